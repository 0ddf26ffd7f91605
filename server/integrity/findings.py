"""From traces to findings: a trace that was found before is the same finding, with its verdict.

Two traces of one kind and group are the same where they share a rating. So the same search again
changes nothing; an open finding grows with its trace; and a judged one is not asked about again,
unless as many ratings have come since (``rules.as_many_again``): those are a finding of their own.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from itertools import count
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Uuid, delete, func, insert, literal, select

from server.core.database import db
from server.integrity.models import Finding, FindingRating
from server.integrity.rules import FindingState, Thresholds, as_many_again, least_of
from server.integrity.traces import Trace

FINGERPRINT_BYTES = 16


def keep(campaign_id: int, trace: Trace, thresholds: Thresholds, today: date) -> None:
    """Make a trace a finding, or take it into the finding that it was before."""
    same = _same(campaign_id, trace)
    judged = [one for one in same if one.state != FindingState.OPEN]
    seen: frozenset[UUID] = frozenset().union(*(_ratings(one.id) for one in judged))
    fresh = trace.ratings - seen
    is_open = next((one for one in same if one.state == FindingState.OPEN), None)
    if is_open is not None:
        _renew(is_open, trace, fresh)
        return
    least = 1
    if judged:
        least = as_many_again(trace.kind, len(seen), least_of(trace.kind, thresholds))
    if len(fresh) >= least:
        _add(campaign_id, trace, fresh, today)


def _same(campaign_id: int, trace: Trace) -> Sequence[Finding]:
    """Return the findings that this trace was before, locked, so that no verdict comes between."""
    shared = select(FindingRating.finding_id).where(
        FindingRating.evaluation_id.in_(
            select(func.unnest(literal(list(trace.ratings), ARRAY(Uuid))))
        )
    )
    return db.session.scalars(
        select(Finding)
        .where(
            Finding.campaign_id == campaign_id,
            Finding.kind == trace.kind.value,
            Finding.department_id == trace.group.department_id,
            Finding.channel == trace.group.channel,
            Finding.id.in_(shared),
        )
        .order_by(Finding.id)
        .with_for_update()
    ).all()


def _ratings(finding_id: UUID) -> frozenset[UUID]:
    return frozenset(
        db.session.scalars(
            select(FindingRating.evaluation_id).where(FindingRating.finding_id == finding_id)
        )
    )


def _renew(finding: Finding, trace: Trace, ratings: frozenset[UUID]) -> None:
    held = _ratings(finding.id)
    if held == ratings and finding.evidence == trace.evidence:
        return
    if gone := held - ratings:
        db.session.execute(
            delete(FindingRating).where(
                FindingRating.finding_id == finding.id, FindingRating.evaluation_id.in_(gone)
            )
        )
    _set_apart(finding.id, ratings - held)
    finding.evidence = trace.evidence
    finding.ratings = len(ratings)


def _add(campaign_id: int, trace: Trace, ratings: frozenset[UUID], today: date) -> None:
    finding = Finding(
        id=uuid4(),
        campaign_id=campaign_id,
        department_id=trace.group.department_id,
        channel=trace.group.channel,
        kind=trace.kind.value,
        fingerprint=_free_fingerprint(campaign_id, trace),
        evidence=trace.evidence,
        ratings=len(ratings),
        found_on=today,
    )
    db.session.add(finding)
    db.session.flush()
    _set_apart(finding.id, ratings)


def _set_apart(finding_id: UUID, ratings: Iterable[UUID]) -> None:
    # In the order of the random ids, so that the order of rows tells nothing.
    rows = [{"finding_id": finding_id, "evaluation_id": one} for one in sorted(ratings)]
    if rows:
        db.session.execute(insert(FindingRating), rows)


def _free_fingerprint(campaign_id: int, trace: Trace) -> bytes:
    """Return the fingerprint of a trace's first finding, or of the next one after judged ones."""
    parts = f"{trace.kind}:{trace.group.department_id}:{trace.group.channel}:".encode() + trace.key
    taken = set(
        db.session.scalars(select(Finding.fingerprint).where(Finding.campaign_id == campaign_id))
    )
    for number in count():
        fingerprint = sha256(f"{number}:".encode() + parts).digest()[:FINGERPRINT_BYTES]
        if fingerprint not in taken:
            return fingerprint
    raise AssertionError
