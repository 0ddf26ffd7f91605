"""How much must stay possible of a figure that is not shown. Pure, exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import comb, prod

from server.publication.bounds import HIGHEST, LOWEST
from server.publication.rules import LEAST_WIDTH_OF_COMPLEMENT
from server.scoring.rules import LEVELS

Points = Mapping[int, Fraction]
# Weight and known answers of a panel's stratum cells.
Strata = Sequence[tuple[Fraction, int]]


@dataclass(frozen=True)
class Room:
    """What a figure can be without regard to others, and how much of that must remain.

    ``steps``: what it can be if one person answered; two of them must remain.
    """

    low: Fraction = LOWEST
    high: Fraction = HIGHEST
    least: Fraction = Fraction(0)
    steps: tuple[Fraction, ...] = ()

    def holds(self, low: Fraction | float, high: Fraction | float) -> bool:
        """Tell whether enough remains between two ends."""
        if high - low < self.least:
            return False
        return not self.steps or sum(1 for step in self.steps if low <= step <= high) > 1


def of_few(points: Points) -> Room:
    """Return the room of a mean of too few answers.

    It stays as wide as the widest gap between neighbouring levels, and two levels stay possible:
    so one person's answer has two values at least. The means of more answers lie closer together,
    so that there are two of them all the more.
    """
    steps = tuple(sorted(set(points.values())))
    return Room(steps[0], steps[-1], _gap(steps), steps)


def of_complement(points: Points) -> Room:
    """Return the room of what is withheld for another's sake: it must not be told, that is all."""
    return Room(min(points.values()), max(points.values()), LEAST_WIDTH_OF_COMPLEMENT)


def of_strata(levels: Mapping[int, int], strata: Strata, points: Points, *, few: bool) -> Room:
    """Return the room of a weighted mean whose answers are shown by counts.

    It is least where the cells that weigh most answered worst, and greatest where they answered
    best. ``few``: a cell is small, so two levels must stay possible for who is in it.
    """
    told = sorted((points[one], levels.get(one, 0)) for one in LEVELS if levels.get(one, 0))
    if not told or not any(number for _, number in strata):
        return Room()
    rising = sorted(strata)
    low, high = _matched(rising[::-1], told), _matched(rising, told)
    if not few or low == high:
        return Room(low, high)
    values = sorted({value for value, _ in told})
    share = (high - low) / (values[-1] - values[0])
    smallest = min((one for one in strata if one[1]), key=lambda one: (one[1], one[0]))
    total = sum(weight * number for weight, number in strata)
    heavy = smallest[0] * sum(number for _, number in strata) > total
    steps = [
        low + (value - values[0]) * share if heavy else high - (value - values[0]) * share
        for value in values
    ]
    return Room(low, high, _gap(values) * share, tuple(steps))


def ways(levels: Mapping[int, int], strata: Strata) -> int:
    """Return in how many ways the answers of the smaller cells can be spread, at most."""
    sizes = sorted(number for _, number in strata if number)
    kinds = sum(1 for one in LEVELS if levels.get(one, 0))
    return prod(comb(size + kinds - 1, size) for size in sizes[:-1])


def _matched(strata: Strata, told: Sequence[tuple[Fraction, int]]) -> Fraction:
    """Return the weighted mean where cells take the answers in the order given."""
    answers = [value for value, number in told for _ in range(number)]
    total, weights, place = Fraction(0), Fraction(0), 0
    for weight, number in strata:
        total += weight * sum(answers[place : place + number], Fraction(0))
        weights += weight * number
        place += number
    return total / weights


def _gap(steps: Sequence[Fraction]) -> Fraction:
    return max((after - before for before, after in pairwise(steps)), default=Fraction(0))
