"""Which unknowns a set of linear equations tells. Pure, exact."""

from collections.abc import Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import TypeVar

Unknown = TypeVar("Unknown", bound=Hashable)
Row = Mapping[Unknown, Fraction]


def determined(rows: Iterable[Row[Unknown]], known: AbstractSet[Unknown]) -> set[Unknown]:
    """Return the unknowns that have one value only, whatever the right sides are.

    An unknown is told exactly when its unit vector lies in the span of the equations: after full
    elimination, when it leads a row that has no other unknown.

    Args:
        rows: coefficients by unknown; the values on the right don't matter.
        known: unknowns whose values are told anyway.
    """
    reduced: dict[Unknown, dict[Unknown, Fraction]] = {}
    for row in rows:
        left = {key: factor for key, factor in row.items() if factor and key not in known}
        for lead, other in reduced.items():
            if lead in left:
                _subtract(left, other, left[lead])
        if not left:
            continue
        lead = next(iter(left))
        scale = left[lead]
        left = {key: factor / scale for key, factor in left.items()}
        for other in reduced.values():
            if lead in other:
                _subtract(other, left, other[lead])
        reduced[lead] = left
    return {lead for lead, row in reduced.items() if len(row) == 1}


def _subtract(
    row: dict[Unknown, Fraction], other: Mapping[Unknown, Fraction], times: Fraction
) -> None:
    for key, factor in other.items():
        rest = row.get(key, Fraction(0)) - times * factor
        if rest:
            row[key] = rest
        else:
            row.pop(key, None)
