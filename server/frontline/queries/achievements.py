"""What was done for the people (为民办实事), by unit and quarter: approved, never a person."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from server.activities.rules import Quarter
from server.core.database import db
from server.frontline.models import Entry, EntryUnit, Experience, ExperienceUse
from server.frontline.queries.effects import EffectResult, effect_by_branch, smallest_group
from server.frontline.rules import EntryState, ExperienceState, Solution, days_of
from server.identity import queries as identity

Organisation = identity.Organisation
MOST_QUARTERS = 12


@dataclass(frozen=True, kw_only=True)
class Achievement:
    """What one unit did in a quarter.

    ``people`` is how many came, those of other units on its entries included; ``handed_on`` are of
    the open problems those that were put forward; ``used`` is how often other units took up what
    this one shared.
    """

    visits: int = 0
    people: int = 0
    solved: int = 0
    open: int = 0
    handed_on: int = 0
    shared: int = 0
    used: int = 0

    @property
    def problems(self) -> int:
        """How many problems were found."""
        return self.solved + self.open


@dataclass(frozen=True)
class UnitAchievement:
    """A unit's row on the board."""

    id: int
    name: str
    done: Achievement
    effect: EffectResult


@dataclass(frozen=True)
class Achievements:
    """A quarter's rows by pinyin, and the sum of them; effects have no sum."""

    quarter: Quarter
    smallest_group: int
    total: Achievement
    units: Sequence[UnitAchievement] = field(default_factory=tuple)


def quarters(today: date) -> list[Quarter]:
    """Return the quarters from the first approved entry to the present one, the latest first."""
    first = db.session.scalar(
        select(func.min(Entry.happened_on)).where(Entry.state == EntryState.APPROVED.value)
    )
    found = [Quarter.of(today)]
    while first is not None and days_of(found[-1])[0] > first and len(found) < MOST_QUARTERS:
        found.append(Quarter.of(days_of(found[-1])[0] - timedelta(days=1)))
    return found


def achievements(quarter: Quarter, *, today: date) -> Achievements:
    """Return what was done in a quarter by unit, with the effects that may be shown."""
    done = _done(quarter)
    effects = effect_by_branch(quarter, today=today)
    organisations = identity.organisations_by_id(done)
    return Achievements(
        quarter=quarter,
        smallest_group=smallest_group(),
        total=_sum(done.values()),
        units=tuple(
            UnitAchievement(one.id, one.name, done[one.id], effects.get(one.id, EffectResult()))
            for one in organisations
        ),
    )


def total(quarter: Quarter) -> Achievement:
    """Return what was done in a quarter by all units together."""
    return _sum(_done(quarter).values())


def _sum(found: Iterable[Achievement]) -> Achievement:
    summed: Counter[str] = Counter()
    for one in found:
        summed.update(asdict(one))
    return Achievement(**summed)


def _done(quarter: Quarter) -> dict[int, Achievement]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for query in (_visits(quarter), _people(quarter), _shared(quarter), _used(quarter)):
        for row in db.session.execute(query):
            values = dict(row._mapping)  # noqa: SLF001 SQLAlchemy's own name for it
            found[values.pop("branch_id")].update(values)
    return {branch_id: Achievement(**values) for branch_id, values in found.items()}


def _approved(quarter: Quarter) -> ColumnElement[bool]:
    return and_(
        Entry.state == EntryState.APPROVED.value,
        Entry.happened_on.between(*days_of(quarter)),
    )


def _visits(quarter: Quarter) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Entry.branch_id,
            func.count().label("visits"),
            func.count().filter(Entry.solution == Solution.SOLVED.value).label("solved"),
            func.count().filter(Entry.solution == Solution.OPEN.value).label("open"),
            func.count().filter(Entry.hand_on).label("handed_on"),
        )
        .where(_approved(quarter))
        .group_by(Entry.branch_id)
    )


def _people(quarter: Quarter) -> Select[*tuple[Any, ...]]:
    return (
        select(Entry.branch_id, func.sum(EntryUnit.people).label("people"))
        .join(EntryUnit, EntryUnit.entry_id == Entry.id)
        .where(_approved(quarter))
        .group_by(Entry.branch_id)
    )


def _shared(quarter: Quarter) -> Select[*tuple[Any, ...]]:
    return (
        select(Experience.branch_id, func.count().label("shared"))
        .where(
            Experience.state == ExperienceState.SHARED.value,
            Experience.shared_at >= quarter.starts_at,
            Experience.shared_at < quarter.ends_at,
        )
        .group_by(Experience.branch_id)
    )


def _used(quarter: Quarter) -> Select[*tuple[Any, ...]]:
    return (
        select(Experience.branch_id, func.count().label("used"))
        .join(ExperienceUse, ExperienceUse.experience_id == Experience.id)
        .where(
            Experience.state == ExperienceState.SHARED.value,
            ExperienceUse.used_on.between(*days_of(quarter)),
        )
        .group_by(Experience.branch_id)
    )
