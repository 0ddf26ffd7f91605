"""The score of a group of ratings: the mean of what its levels are worth.

score = sum(score of level x ratings of that level) / ratings, exact, rounded half up to 2 places.
"""

from collections.abc import Mapping
from decimal import Decimal

from server.core.rounding import half_up

Scores = Mapping[int, Decimal]


def score(distribution: Mapping[int, int], scores: Scores) -> Decimal | None:
    """Return the mean score of a distribution of levels 1 to 5, or None of an empty one."""
    total = sum(distribution.values())
    if not total:
        return None
    points = sum((scores[level] * number for level, number in distribution.items()), Decimal(0))
    return half_up(points / total, 2)
