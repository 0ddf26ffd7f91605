"""A quarter's figures before and after disclosure control. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.quarterly.rules import PARTS, Measure, Reason

Node = Mapping[str, Any]
# The sum over all departments; a group's sum has the group's number as its key.
CITY = ""


@dataclass(frozen=True)
class Count:
    """A number of cases, ratings or words, and how many of them are each of its parts."""

    of: int
    parts: Mapping[str, int] = field(default_factory=dict)

    def node(self) -> dict[str, int]:
        """Return the form in which it stands in a document."""
        return {"of": self.of, **self.parts}


CaseFigures = Mapping[Measure, Count]


@dataclass(frozen=True)
class Sum:
    """A sum that is shown besides the departments' own figures: a group's, or the city's."""

    key: str
    members: frozenset[int]


@dataclass(frozen=True)
class Told:
    """What an earlier edition shows of one measure: departments' figures, and sums."""

    cells: Mapping[int, Count]
    sums: tuple[tuple[frozenset[int], Count], ...] = ()


@dataclass
class Choice:
    """What of one measure is withheld, by department and by sum, and why."""

    cells: dict[int, Reason] = field(default_factory=dict)
    sums: dict[str, Reason] = field(default_factory=dict)

    def copy(self) -> "Choice":
        """Return another with the same content."""
        return Choice(dict(self.cells), dict(self.sums))


def count_of(node: Node) -> Count:
    """Read a figure as ``Count.node`` wrote it."""
    return Count(node["of"], {key: number for key, number in node.items() if key != "of"})


def total(counts: Iterable[Count], measure: Measure) -> Count:
    """Add figures up."""
    every = list(counts)
    return Count(
        sum(one.of for one in every),
        {part: sum(one.parts[part] for one in every) for part in PARTS[measure]},
    )
