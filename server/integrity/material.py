"""What the searches read of a campaign's counted ratings: counts, and comments in two passes.

Nothing here names a rater: neither pseudonym nor receipt is ever loaded.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, all_, func, literal, select

from server.campaigns.rules import Channel
from server.core.database import db
from server.core.lazily import Later
from server.evaluation.models import Evaluation
from server.evaluation.rules import UNKNOWN, EvaluationState
from server.integrity.rules import EXTREMES, LEAST_LEAVES, RISKY, Group
from server.integrity.straight import Extreme

if TYPE_CHECKING:
    from server.integrity import similarity
else:
    similarity = Later("server.integrity.similarity")

# Comments are read so many at a time, and compared so many at once at the most; a department's
# comments are never parted.
READ_AT_ONCE = 5000
COMPARED_AT_ONCE = 200_000

GROUP = (Evaluation.department_id, Evaluation.channel)


@dataclass
class RiskyRatings:
    """A group's ratings by WeChat's risk rank: those looked at, and all whose rank is known."""

    by_rank: dict[int, int] = field(default_factory=dict)
    known: int = 0


def ratings(campaign_id: int, group: Group, *conditions: ColumnElement[bool]) -> Select[UUID]:
    """Select the counted ratings of a group under some conditions."""
    return select(Evaluation.id).where(
        *_counted(campaign_id),
        Evaluation.department_id == group.department_id,
        Evaluation.channel == group.channel,
        *conditions,
    )


def is_straight(level: int) -> ColumnElement[bool]:
    """Tell which ratings give the department and each of five questions or more this level."""
    return (
        (Evaluation.overall == level)
        & (func.cardinality(Evaluation.levels) >= LEAST_LEAVES)
        & (literal(level) == all_(Evaluation.levels))
    )


def days_between(first: date, last: date) -> list[date]:
    """Return every day from the first to the last."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def day_counts(campaign_id: int) -> dict[Group, dict[date, int]]:
    """Return how many ratings each group got on each day; of sample ratings no day is kept."""
    counts: dict[Group, dict[date, int]] = defaultdict(dict)
    dated = Evaluation.channel != int(Channel.SAMPLE)
    for row in _grouped(campaign_id, Evaluation.rated_on, where=[dated]):
        counts[Group(row.department_id, row.channel)][row.rated_on] = row.number
    return counts


def block_counts(campaign_id: int) -> dict[Group, dict[bytes, int]]:
    """Return how many ratings each group got from each known block of addresses."""
    counts: dict[Group, dict[bytes, int]] = defaultdict(dict)
    known = Evaluation.address_block.is_not(None)
    for row in _grouped(campaign_id, Evaluation.address_block, where=[known]):
        counts[Group(row.department_id, row.channel)][bytes(row.address_block)] = row.number
    return counts


def extremes(campaign_id: int) -> dict[tuple[Group, int], Extreme]:
    """Return each group's ratings with an extreme overall level, and how many are straight."""
    answered = [
        Evaluation.overall.in_(EXTREMES),
        func.cardinality(Evaluation.levels) >= LEAST_LEAVES,
        literal(UNKNOWN) != all_(Evaluation.levels),
    ]
    straight = func.count().filter(Evaluation.overall == all_(Evaluation.levels))
    rows = db.session.execute(
        select(*GROUP, Evaluation.overall, func.count().label("number"), straight.label("straight"))
        .where(*_counted(campaign_id), *answered)
        .group_by(*GROUP, Evaluation.overall)
    )
    return {
        (Group(row.department_id, row.channel), row.overall): Extreme(row.number, row.straight)
        for row in rows
    }


def risky_counts(campaign_id: int) -> dict[Group, RiskyRatings]:
    """Return the groups that have ratings of a risky account."""
    found: dict[Group, RiskyRatings] = defaultdict(RiskyRatings)
    known = Evaluation.risk_rank.is_not(None)
    for row in _grouped(campaign_id, Evaluation.risk_rank, where=[known]):
        group = found[Group(row.department_id, row.channel)]
        group.known += row.number
        if row.risk_rank in RISKY:
            group.by_rank[row.risk_rank] = row.number
    return {group: risky for group, risky in found.items() if risky.by_rank}


@dataclass(frozen=True)
class Said:
    """The comments of some departments: how many say each plain text, and how many there are."""

    texts: Mapping[str, Mapping[Group, int]]
    comments: Mapping[Group, int]


def said(campaign_id: int) -> Iterator[Said]:
    """Yield the comments of a few departments at a time, until all were yielded."""
    for departments in _portions(campaign_id):
        texts: dict[str, dict[Group, int]] = defaultdict(dict)
        comments: dict[Group, int] = defaultdict(int)
        for group, _, text in _comments(campaign_id, departments):
            comments[group] += 1
            of_text = texts[text]
            of_text[group] = of_text.get(group, 0) + 1
        yield Said(texts, comments)


def who_said(campaign_id: int, group: Group, texts: Sequence[str]) -> list[UUID]:
    """Return a group's ratings whose comment says one of these plain texts."""
    wanted = frozenset(texts)
    found = _comments(campaign_id, [group.department_id], channel=group.channel)
    return [identifier for _, identifier, text in found if text in wanted]


def _portions(campaign_id: int) -> list[list[int]]:
    rows = db.session.execute(
        select(Evaluation.department_id, func.count().label("number"))
        .where(*_counted(campaign_id), Evaluation.comment.is_not(None))
        .group_by(Evaluation.department_id)
        .order_by(Evaluation.department_id)
    )
    portions: list[list[int]] = [[]]
    held = 0
    for row in rows:
        if portions[-1] and held + row.number > COMPARED_AT_ONCE:
            portions.append([])
            held = 0
        portions[-1].append(row.department_id)
        held += row.number
    return [portion for portion in portions if portion]


def _comments(
    campaign_id: int, departments: Sequence[int], *, channel: int | None = None
) -> Iterator[tuple[Group, UUID, str]]:
    wanted: list[ColumnElement[bool]] = [
        Evaluation.department_id.in_(departments),
        Evaluation.comment.is_not(None),
    ]
    if channel is not None:
        wanted.append(Evaluation.channel == channel)
    query = select(*GROUP, Evaluation.id, Evaluation.comment).where(*_counted(campaign_id), *wanted)
    for row in db.session.execute(query.execution_options(yield_per=READ_AT_ONCE)):
        yield Group(row.department_id, row.channel), row.id, similarity.plain(row.comment)


def _counted(campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Evaluation.campaign_id == campaign_id,
        Evaluation.state == EvaluationState.COUNTED,
    )


def _grouped(campaign_id: int, column: Any, where: Sequence[ColumnElement[bool]] = ()) -> Any:
    return db.session.execute(
        select(*GROUP, column, func.count().label("number"))
        .where(*_counted(campaign_id), *where)
        .group_by(*GROUP, column)
    )
