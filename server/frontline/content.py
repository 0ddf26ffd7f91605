"""What an author writes, checked as a whole, in the form that is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from server.core.errors import InvalidInput
from server.frontline.models import Entry, Experience
from server.frontline.rules import OLDEST_ENTRY, Served, Solution

Fault = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class EntryContent:
    """The four parts of an entry: 力量下沉, 问题解决, 经验提炼, and where and when.

    ``units`` goes from an organisation's id to how many people it sent.
    """

    happened_on: date
    place: str
    units: Mapping[int, int]
    served: Served
    solution: Solution
    activity: int | None = None
    community: int | None = None
    came: str = ""
    problem: str = ""
    measures: str = ""
    hand_on: bool = False
    lesson: str = ""
    pictures: Sequence[UUID] = ()

    def values(self) -> dict[str, Any]:
        """Return the columns of an entry."""
        return {
            "activity_id": self.activity,
            "community_id": self.community,
            "happened_on": self.happened_on,
            "place": self.place,
            "came": self.came,
            "problem": self.problem,
            "served": self.served.value,
            "solution": self.solution.value,
            "measures": self.measures,
            "hand_on": self.hand_on,
            "lesson": self.lesson,
        }

    def is_that_of(self, entry: Entry, units: Mapping[int, int], pictures: Sequence[UUID]) -> bool:
        """Tell whether an entry says exactly this already."""
        return (
            all(getattr(entry, column) == value for column, value in self.values().items())
            and dict(self.units) == dict(units)
            and list(self.pictures) == list(pictures)
        )


def check(content: EntryContent, *, today: date, stored: date | None = None) -> None:
    """Refuse, by field, what does not go together; ``stored`` is the day that already stands.

    A day that was in order when the entry came stays in order for its corrections.
    """
    faults = _day_faults(content.happened_on, today) if content.happened_on != stored else []
    if not content.units:
        faults.append(_fault("units", "请至少填写一个参与单位及人数。"))
    if content.solution is not Solution.NONE and not content.problem:
        faults.append(_fault("problem", "请写明发现的问题；没有发现问题的请选择“未发现问题”。"))
    if content.solution is Solution.SOLVED and not content.measures:
        faults.append(_fault("measures", "请写明是怎样解决的。"))
    if content.hand_on and content.solution is not Solution.OPEN:
        faults.append(_fault("hand_on", "只有尚未解决的问题才能申请转办。"))
    if faults:
        raise InvalidInput(faults)


def _day_faults(day: date, today: date) -> list[Fault]:
    if day > today:
        return [_fault("happened_on", "日期不能晚于今天。")]
    if day < today - OLDEST_ENTRY:
        return [_fault("happened_on", f"只能填写最近 {OLDEST_ENTRY.days} 天内的走访。")]
    return []


def _fault(field: str, message: str) -> Fault:
    return {"field": field, "message": message}


@dataclass(frozen=True, kw_only=True)
class ExperienceContent:
    """What an author writes of an experience."""

    title: str
    body: str = ""
    tags: Sequence[str] = ()
    pictures: Sequence[UUID] = ()
    entry: UUID | None = None

    def is_that_of(self, experience: Experience, pictures: Sequence[UUID]) -> bool:
        """Tell whether an experience says exactly this already."""
        return (
            experience.title == self.title
            and experience.body == self.body
            and list(experience.tags) == list(self.tags)
            and experience.entry_id == self.entry
            and list(self.pictures) == list(pictures)
        )
