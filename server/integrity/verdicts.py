"""Reading what two persons decided of a finding's ratings, and what waits for the second one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from server.campaigns.rules import Channel
from server.core.database import db
from server.evaluation.models import Exclusion
from server.evaluation.readings import ExclusionReading
from server.evaluation.rules import ExclusionReason, ExclusionState
from server.integrity.models import Finding, FindingRating
from server.integrity.queries import FindingReading, Progress
from server.integrity.rules import FindingKind, FindingState, Outcome, outcome


@dataclass(frozen=True)
class Act:
    """What one person proposed of a finding, and a second one decided: of so many ratings."""

    reason: ExclusionReason
    note: str
    state: ExclusionState
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    ratings: int


@dataclass(frozen=True)
class Origin:
    """The finding that a proposal came from."""

    id: UUID
    kind: FindingKind
    channel: Channel


@dataclass
class Waiting:
    """Proposals that are decided together: those of one finding by one person, or a single one."""

    first: ExclusionReading
    finding: Origin | None
    number: int = 0


def outcome_of(finding: FindingReading, progress: Progress) -> Outcome:
    """Return what came of a finding."""
    return outcome(
        finding.state,
        counted=progress.counted,
        waiting=progress.waiting,
        excluded=progress.excluded,
    )


def acts(finding_id: UUID) -> list[Act]:
    """Return what was proposed of a finding's ratings and what became of it, in its order."""
    same = (
        Exclusion.reason,
        Exclusion.note,
        Exclusion.state,
        Exclusion.proposed_by,
        Exclusion.proposed_at,
        Exclusion.decided_by,
    )
    decided = func.max(Exclusion.decided_at).label("decided_at")
    rows = db.session.execute(
        select(*same, decided, func.count().label("ratings"))
        .select_from(FindingRating)
        .join(Finding, Finding.id == FindingRating.finding_id)
        .join(
            Exclusion,
            and_(
                Exclusion.campaign_id == Finding.campaign_id,
                Exclusion.evaluation_id == FindingRating.evaluation_id,
            ),
        )
        .where(FindingRating.finding_id == finding_id)
        .group_by(*same)
        .order_by(Exclusion.proposed_at, decided)
    )
    return [
        Act(
            reason=ExclusionReason(row.reason),
            note=row.note,
            state=ExclusionState(row.state),
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            ratings=row.ratings,
        )
        for row in rows
    ]


def origins(exclusion_ids: Iterable[UUID]) -> dict[UUID, Origin]:
    """Return the finding that each proposal is decided with, of those that came from one."""
    # A rating may be in several: the one whose judge proposed it in the same act goes first.
    apart = Finding.judged_at.is_distinct_from(Exclusion.proposed_at)
    rows = db.session.execute(
        select(Exclusion.id, Finding.id, Finding.kind, Finding.channel)
        .select_from(Exclusion)
        .join(FindingRating, FindingRating.evaluation_id == Exclusion.evaluation_id)
        .join(
            Finding,
            and_(
                Finding.id == FindingRating.finding_id,
                Finding.campaign_id == Exclusion.campaign_id,
            ),
        )
        .where(Exclusion.id.in_(list(exclusion_ids)), Finding.state == FindingState.PROPOSED.value)
        .ext(distinct_on(Exclusion.id))
        .order_by(Exclusion.id, apart, Finding.id)
    )
    return {
        exclusion: Origin(finding, FindingKind(kind), Channel(channel))
        for exclusion, finding, kind, channel in rows
    }


def together(proposals: Sequence[ExclusionReading]) -> list[Waiting]:
    """Put the proposals of one finding by one person together, each in the place of its first."""
    found = origins(one.id for one in proposals)
    groups: dict[tuple[object, ...], Waiting] = {}
    for one in proposals:
        origin = found.get(one.id)
        key = (one.id,) if origin is None else (origin.id, one.proposed_by, one.reason, one.note)
        groups.setdefault(key, Waiting(one, origin)).number += 1
    return list(groups.values())


def waiting(campaign_id: int, evaluation_ids: Iterable[UUID]) -> set[UUID]:
    """Return which ratings somebody proposed to exclude and nobody has decided about."""
    return set(
        db.session.scalars(
            select(Exclusion.evaluation_id).where(
                Exclusion.campaign_id == campaign_id,
                Exclusion.evaluation_id.in_(list(evaluation_ids)),
                Exclusion.state == ExclusionState.PROPOSED.value,
            )
        )
    )
