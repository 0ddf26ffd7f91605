"""Ratings that give every question the same extreme level: more of them than elsewhere. Pure.

Who gives a department 非常满意 as a whole may well give it to every question: that is no trace of
anything by itself, and a good department has many who do. So the *share* is looked at: of those who
gave a group (department and channel) the extreme level as a whole, how many gave it to every
question, compared with the same share in all other departments of the channel (of all channels,
where the channel has under ``LEAST_COMPARED`` such ratings elsewhere). It stands out where it is
``straight_points`` percentage points higher, at least ``straight_least`` ratings more than that
share lets one expect, and P(X >= count), X binomial with the other departments' share, survives
Holm's correction over all groups and both extremes.

Only ratings that answered at least five questions are looked at, and none of them with 不了解.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from server.integrity.rules import Group, Thresholds
from server.integrity.tails import binomial_tail, surprising

LEAST_COMPARED = 100


class Extreme(NamedTuple):
    """Ratings with an extreme overall level: all of them, and those that are straight."""

    ratings: int
    straight: int


@dataclass(frozen=True)
class StraightLine:
    """A group where far more of an extreme level's ratings are straight than elsewhere."""

    group: Group
    level: int
    count: int
    ratings: int
    expected: float
    share_elsewhere: float
    chance: float


# By group and extreme level.
Extremes = Mapping[tuple[Group, int], Extreme]


def find_straight_lines(counts: Extremes, thresholds: Thresholds) -> list[StraightLine]:
    """Return where straight ratings stand out."""
    candidates: dict[tuple[Group, int], StraightLine] = {}
    for (group, level), here in counts.items():
        share = _share_elsewhere(counts, group, level)
        if share is None or not here.ratings:
            continue
        expected = share * here.ratings
        points = 100 * (here.straight / here.ratings - share)
        if points < thresholds.straight_points:
            continue
        if here.straight - expected < thresholds.straight_least:
            continue
        chance = binomial_tail(here.straight, here.ratings, share)
        candidates[group, level] = StraightLine(
            group, level, here.straight, here.ratings, expected, share, chance
        )
    chances = {name: line.chance for name, line in candidates.items()}
    found = surprising(chances, thresholds.chance, asked=len(counts))
    return [candidates[name] for name in sorted(found)]


def _share_elsewhere(counts: Extremes, group: Group, level: int) -> float | None:
    """Return the share of straight ratings in other departments; None where there are too few."""
    others = [
        (one.channel, extreme)
        for (one, at), extreme in counts.items()
        if at == level and one.department_id != group.department_id
    ]
    alike = [extreme for channel, extreme in others if channel == group.channel]
    for compared in (alike, [extreme for _, extreme in others]):
        ratings = sum(extreme.ratings for extreme in compared)
        if ratings >= LEAST_COMPARED:
            # One more of each kind: nothing that was not seen yet is impossible.
            return (sum(extreme.straight for extreme in compared) + 1) / (ratings + 2)
    return None
