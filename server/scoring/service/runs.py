"""Computations of scores: asked for, begun, ended. Between the steps nothing is half done.

A computation's row says all: a result appears together with ``done``, in the transaction that fixes
its scheme. Whoever works at it holds an advisory lock on a connection of its own, which falls with
that process; a row that says ``running`` and is not locked was left, and begins anew.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns import service as campaign_service
from server.core.access import SYSTEM, Actor, ActorKind
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.scoring import queries
from server.scoring import snapshot as snapshots
from server.scoring.models import ScoreRun
from server.scoring.rules import BUSY, RunState
from server.scoring.scheme import Scheme, build
from server.scoring.service.schemes import freeze
from server.scoring.snapshot import Snapshot
from server.scoring.suitability import suitability


class Cancelled(Exception):  # noqa: N818 somebody's wish, not a fault
    """The computation was cancelled while it was worked at."""


@dataclass(frozen=True)
class Order:
    """What a computation is made from."""

    campaign_id: int
    scheme: Scheme
    set_apart: bool


def request_run(
    campaign_id: int, scheme_id: int, *, set_apart: bool = False, actor: Actor, now: datetime
) -> ScoreRun:
    """Ask for a settled campaign's scores by a scheme; the caller has them worked out.

    Where the same is waiting or being worked out, that one is returned. Refuses a campaign that is
    not settled, and an actor whose office doesn't reach all of it; raises InvalidInput with every
    fault that makes the scheme unsuitable.
    """
    campaigns.settled_campaign(campaign_id)
    campaign_service.require_office(campaigns.department_paths(campaign_id), actor)
    # Two requests at once meet at the scheme's row.
    stored = queries.scheme_for_update(scheme_id)
    waiting: ScoreRun | None = db.session.scalar(
        select(ScoreRun).where(
            ScoreRun.campaign_id == campaign_id,
            ScoreRun.scheme_id == scheme_id,
            ScoreRun.set_apart.is_(set_apart),
            ScoreRun.state.in_([state.value for state in BUSY]),
        )
    )
    if waiting is not None:
        return waiting
    faults = suitability(campaign_id, build(stored.document)).faults
    if faults:
        raise InvalidInput([{"field": "scheme", "message": message} for message in faults])
    run = ScoreRun(
        campaign_id=campaign_id,
        scheme_id=scheme_id,
        set_apart=set_apart,
        requested_by=actor.id,
        requested_at=now,
    )
    db.session.add(run)
    db.session.flush()
    _record(run, "score_run.requested", actor, now, scheme=stored.name, version=stored.version)
    return run


def cancel_run(run_id: UUID, *, actor: Actor, now: datetime) -> ScoreRun:
    """End a computation; nothing of it stays. Refuses a finished one with ``score_run_over``."""
    run = _locked(run_id)
    campaign_service.require_office(campaigns.department_paths(run.campaign_id), actor)
    if run.state in BUSY:
        run.state, run.finished_at = RunState.CANCELLED.value, now
        _record(run, "score_run.cancelled", actor, now)
    elif run.state != RunState.CANCELLED:
        raise Refusal("score_run_over", 409)
    return run


def begin(run_id: UUID) -> Order | None:
    """Say that a computation is worked at, and return what it is made from; None where it is over.

    Safe to repeat: one that a killed worker left begins anew.
    """
    run = _locked(run_id)
    if run.state not in BUSY:
        return None
    run.state, run.progress, run.reason = RunState.RUNNING.value, 0, ""
    scheme = build(queries.stored_scheme(run.scheme_id).document)
    return Order(run.campaign_id, scheme, run.set_apart)


def finish(run_id: UUID, snapshot: Snapshot, result: dict[str, Any], *, now: datetime) -> None:
    """Keep a computation's result, and fix its scheme for good; raise Cancelled where it is over.

    The scheme is the one that was begun with: nobody changes one that a computation waits for.
    """
    run = _locked(run_id)
    if run.state != RunState.RUNNING:
        raise Cancelled
    stored = freeze(run.scheme_id, now=now, actor=_requester(run))
    run.snapshot, run.result = snapshots.document(snapshot), result
    run.state, run.progress, run.finished_at = RunState.DONE.value, 100, now
    audit.record(
        _requester(run),
        "scheme.applied",
        ("campaign", run.campaign_id),
        at=now,
        name=stored.name,
        version=stored.version,
        digest=snapshots.digest(snapshot),
        run=str(run.id),
    )


def end_without(run_id: UUID, reason: str, *, now: datetime, cancelled: bool = False) -> None:
    """Note that a computation ended without a result, and why."""
    run = _locked(run_id)
    if run.state in BUSY:
        state = RunState.CANCELLED if cancelled else RunState.FAILED
        run.state, run.reason, run.finished_at = state.value, reason, now


def _locked(run_id: UUID) -> ScoreRun:
    found = db.session.get(ScoreRun, run_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("not_found", 404)
    return found


def _requester(run: ScoreRun) -> Actor:
    if run.requested_by is None:
        return SYSTEM
    return Actor(ActorKind.ACCOUNT, run.requested_by)


def _record(run: ScoreRun, action: str, actor: Actor, now: datetime, **detail: object) -> None:
    audit.record(actor, action, ("campaign", run.campaign_id), at=now, run=str(run.id), **detail)
