"""Which effect ratings may be shown: whole blocks of the smallest group or more, nothing between.

What changes from day to day betrays what was added. So ratings are put together into blocks by the
day on which they came, of one entry where it has enough of its own, at a month's end of what a
unit's entries have left over. A block has the smallest group or more, never changes, and shares no
rating with another; every figure shown is a sum of whole blocks. Whatever two figures are
subtracted from each other, of whatever days, what is left is a sum of blocks again. The day under
way is left out, because it can still grow. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

Levels = Counter[int]


@dataclass(frozen=True)
class Rated:
    """How many ratings of one level an entry got on a day."""

    entry_id: UUID
    day: date
    level: int
    number: int


@dataclass
class Shown:
    """What may be shown: of single entries, and of all together."""

    entries: dict[UUID, Levels] = field(default_factory=dict)
    together: Levels = field(default_factory=Counter)


def shown(ratings: Iterable[Rated], *, smallest: int, today: date) -> Shown:
    """Return what may be shown of a unit's ratings in one quarter.

    ``ratings`` are all of them; ``smallest`` is the smallest group shown.
    """
    by_day: dict[date, list[Rated]] = defaultdict(list)
    for rated in ratings:
        if rated.day < today:
            by_day[rated.day].append(rated)
    result = Shown()
    waiting: dict[UUID, Levels] = defaultdict(Counter)
    days = sorted(by_day)
    for place, day in enumerate(days):
        for rated in by_day[day]:
            waiting[rated.entry_id][rated.level] += rated.number
        _show_single(waiting, result, smallest)
        following = days[place + 1] if place + 1 < len(days) else today
        if following > _end_of_month(day):
            _show_rest(waiting, result, smallest)
    return result


def _show_single(waiting: dict[UUID, Levels], result: Shown, smallest: int) -> None:
    for entry_id in [key for key, levels in waiting.items() if levels.total() >= smallest]:
        levels = waiting.pop(entry_id)
        result.entries.setdefault(entry_id, Counter()).update(levels)
        result.together.update(levels)


def _show_rest(waiting: dict[UUID, Levels], result: Shown, smallest: int) -> None:
    if _total(waiting) < smallest:
        return
    for levels in waiting.values():
        result.together.update(levels)
    waiting.clear()


def _total(waiting: Mapping[UUID, Levels]) -> int:
    return sum(levels.total() for levels in waiting.values())


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
