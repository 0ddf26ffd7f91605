"""Reading scoring schemes and computations of scores."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import defer

from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.identity import queries as identity
from server.scoring.models import ScoreRun, ScoringScheme
from server.scoring.rules import BUSY, RunState
from server.scoring.scheme import Scheme, build

__all__ = ["ScoreRun", "ScoringScheme"]

_WITHOUT_DOCUMENTS = (defer(ScoreRun.snapshot), defer(ScoreRun.result))
_NEWEST = (ScoreRun.requested_at.desc(), ScoreRun.id.desc())


def schemes() -> Sequence[ScoringScheme]:
    """Return every version of every scheme, newest first."""
    return db.session.scalars(select(ScoringScheme).order_by(ScoringScheme.id.desc())).all()


def stored_scheme(scheme_id: int) -> ScoringScheme:
    """Return a stored version; refuse an unknown one with 404."""
    found = db.session.get(ScoringScheme, scheme_id)
    if found is None:
        raise Refusal("not_found", 404)
    return found


def scheme_for_update(scheme_id: int) -> ScoringScheme:
    """Return a stored version locked against others' changes; refuse an unknown one with 404."""
    found: ScoringScheme | None = db.session.scalar(
        select(ScoringScheme).where(ScoringScheme.id == scheme_id).with_for_update()
    )
    if found is None:
        raise Refusal("not_found", 404)
    return found


def scheme_labels(scheme_ids: Collection[int]) -> dict[int, str]:
    """Return the names of schemes with their versions, for lists that show them by id."""
    rows = db.session.execute(
        select(ScoringScheme.id, ScoringScheme.name, ScoringScheme.version).where(
            ScoringScheme.id.in_(scheme_ids)
        )
    )
    return {row.id: f"{row.name}（第 {row.version} 版）" for row in rows}


def scheme(scheme_id: int) -> Scheme:
    """Return a stored version as scores are worked out by it."""
    return build(stored_scheme(scheme_id).document)


def newest_version(name: str) -> ScoringScheme | None:
    """Return the newest version of a name, None where there is none."""
    return db.session.scalars(
        select(ScoringScheme)
        .where(ScoringScheme.name == name)
        .order_by(ScoringScheme.version.desc())
        .limit(1)
    ).first()


def run(run_id: UUID) -> ScoreRun:
    """Return a computation; refuse an unknown one with 404.

    Its documents, some megabytes each, are read when they are asked for.
    """
    found = db.session.get(ScoreRun, run_id, options=_WITHOUT_DOCUMENTS, populate_existing=True)
    if found is None:
        raise Refusal("not_found", 404)
    return found


def file_of(found: ScoreRun) -> dict[str, Any]:
    """Return what ``recompute`` reads: scheme, snapshot and result of a finished computation."""
    if found.state != RunState.DONE:
        raise Refusal("score_run_not_done", 409)
    return {
        "scheme": stored_scheme(found.scheme_id).document,
        "snapshot": found.snapshot,
        "result": found.result,
    }


def strata(run_id: UUID) -> list[dict[str, Any]]:
    """Return the sample survey's cells of a computation: people, asked, ratings, weight."""
    found: list[dict[str, Any]] | None = db.session.scalar(
        select(ScoreRun.snapshot["strata"]).where(ScoreRun.id == run_id)
    )
    return found or []


def has_runs(scheme_id: int, *, only_busy: bool) -> bool:
    """Tell whether somebody asked for scores by a scheme, or whether that is not over yet."""
    query = select(ScoreRun.id).where(ScoreRun.scheme_id == scheme_id)
    if only_busy:
        query = query.where(ScoreRun.state.in_([state.value for state in BUSY]))
    return db.session.scalar(query.limit(1)) is not None


def left_runs() -> Sequence[tuple[UUID, datetime]]:
    """Return the computations that are not over and when they were asked for, oldest first."""
    rows = db.session.execute(
        select(ScoreRun.id, ScoreRun.requested_at)
        .where(ScoreRun.state.in_([state.value for state in BUSY]))
        .order_by(ScoreRun.requested_at, ScoreRun.id)
    )
    return [(row[0], row[1]) for row in rows]


def runs(campaign_id: int) -> Sequence[ScoreRun]:
    """Return a campaign's computations, newest first; their documents are read when asked for."""
    return db.session.scalars(
        _listed().where(ScoreRun.campaign_id == campaign_id).order_by(*_NEWEST)
    ).all()


def run_page(
    *,
    campaign_id: int | None = None,
    among: Collection[UUID] | None = None,
    cursor: str | None,
    limit: int = 20,
) -> Page[ScoreRun]:
    """Return a page of computations, newest first: of a campaign, and ``among`` some, if given."""
    query = _listed()
    if campaign_id is not None:
        query = query.where(ScoreRun.campaign_id == campaign_id)
    if among is not None:
        query = query.where(ScoreRun.id.in_(among))
    return newest_first(
        query, ScoreRun.requested_at, ScoreRun.id, kind=UUID, cursor=cursor, limit=limit
    )


def newest_done(
    campaign_id: int, *, scheme_id: int | None = None, set_apart: bool = False
) -> ScoreRun | None:
    """Return a campaign's newest finished computation, of all that is counted unless asked.

    ``set_apart`` True asks for one that leaves out what findings set apart.
    """
    query = select(ScoreRun).where(
        ScoreRun.campaign_id == campaign_id,
        ScoreRun.state == RunState.DONE.value,
        ScoreRun.set_apart.is_(set_apart),
    )
    if scheme_id is not None:
        query = query.where(ScoreRun.scheme_id == scheme_id)
    return db.session.scalars(query.order_by(*_NEWEST).limit(1)).first()


def _listed() -> Select[ScoreRun]:
    return select(ScoreRun).options(*_WITHOUT_DOCUMENTS)


def matching(q: str) -> set[int]:
    """Return the organisations whose name, alias, pinyin or initials match."""
    return set(db.session.scalars(select(identity.Organisation.id).where(identity.matches(q))))
