"""Made-up cities: departments in groups, numbers of cases that change from edition to edition."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest import mock

from server.quarterly import document as documents
from server.quarterly.figures import CaseFigures, Choice, Count, Sum
from server.quarterly.rules import PARTS, Measure, Reason

LIMIT = 10
Document = dict[str, Any]


@dataclass
class City:
    """Departments by group, and each department's numbers."""

    groups: dict[str | None, list[int]]
    numbers: dict[int, dict[Measure, Count]] = field(default_factory=dict)

    @property
    def departments(self) -> list[int]:
        """Every department."""
        return sorted(self.numbers)

    def inputs(self) -> dict[str, Any]:
        """Return what an edition would be made of."""
        nothing = {measure: _count(measure, 0, Random(0)) for measure in Measure}  # noqa: S311
        return {
            "quarter": "2026Q3",
            "as_of": "2026-10-08T00:00:00+08:00",
            "smallest_group": LIMIT,
            "publications": [],
            "departments": [{"id": one, "name": f"部门{one}"} for one in self.departments],
            "groups": [
                {"name": name, "departments": members}
                for name, members in self.groups.items()
                if members
            ],
            "cases": {
                str(one): documents.figures_node(self.numbers[one]) for one in self.departments
            },
            "no_cases": documents.figures_node(nothing),
        }


def drawn(seed: int) -> Random:
    """Return the same draws for the same seed."""
    return Random(seed)  # noqa: S311


def city_of(draw: Random) -> City:
    """Return a city of random groups and numbers, many of them small."""
    city = City({})
    number = 0
    for name in [*(f"组{place}" for place in range(draw.randint(1, 3))), None]:
        size = draw.randint(1, 4)
        city.groups[name] = list(range(number + 1, number + 1 + size))
        number += size
    for one in range(1, number + 1):
        city.numbers[one] = _numbers(draw)
    return city


def later(city: City, draw: Random) -> City:
    """Return the city at a later edition: some numbers differ, and somebody may have moved."""
    found = copy.deepcopy(city)
    for one in found.departments:
        if draw.random() < 0.3:
            found.numbers[one] = {
                measure: _count(measure, max(0, count.of + draw.choice((-12, -2, 1, 3, 15))), draw)
                for measure, count in found.numbers[one].items()
            }
    if draw.random() < 0.4:
        moved = draw.choice(found.departments)
        for members in found.groups.values():
            if moved in members:
                members.remove(moved)
        found.groups[draw.choice(list(found.groups))].append(moved)
    return found


def publish(city: City, earlier: Sequence[Document] = ()) -> Document:
    """Return the city's document."""
    return documents.make(city.inputs(), {}, list(earlier)).document


@contextmanager
def without_protection() -> Iterator[None]:
    """Leave out the small numbers themselves, and nothing for their sake."""

    def naive(
        figures: Mapping[int, CaseFigures], sums: Sequence[Sum], smallest: int, _: object
    ) -> dict[Measure, Choice]:
        return {
            measure: Choice(
                {one: Reason.FEW for one, found in figures.items() if found[measure].of < smallest},
                {
                    one.key: Reason.FEW
                    for one in sums
                    if sum(figures[member][measure].of for member in one.members) < smallest
                },
            )
            for measure in Measure
        }

    with mock.patch.object(documents, "withhold", naive):
        yield


def _numbers(draw: Random) -> dict[Measure, Count]:
    registered = draw.choice((0, 3, 7, 9, 12, 20, 45))
    wanted = {
        Measure.REGISTERED: registered,
        Measure.DUE: draw.randint(registered // 2, registered),
        Measure.CALLED_BACK: draw.randint(0, registered),
        Measure.SATISFIED: draw.randint(0, registered),
    }
    return {measure: _count(measure, of, draw) for measure, of in wanted.items()}


def _count(measure: Measure, of: int, draw: Random) -> Count:
    return Count(of, {part: draw.randint(0, of) for part in PARTS[measure]})
