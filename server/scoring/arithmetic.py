"""Decimal arithmetic of scores: sums exact, one division, one rounding. Pure.

Numbers here have few digits (counts below 10^10, weights and points of 4 to 6 places), so sums and
products are exact within 100 digits, and a quotient's 100 digits are enough to tell on which side
of a half it lies: what is rounded is the true quotient.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, Rounded, localcontext

from server.scoring.rules import STEP

# Exact work fails loudly where 100 digits would not do, instead of rounding on the sly.
EXACT = Context(prec=100, rounding=ROUND_HALF_UP, traps=[*Context().traps, Inexact, Rounded])
ROUNDING = Context(prec=100, rounding=ROUND_HALF_UP)


def weighted(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the sum of products, exactly."""
    with localcontext(EXACT):
        return sum((first * second for first, second in pairs), Decimal(0))


def quotient(dividend: Decimal, divisor: Decimal, step: Decimal = STEP) -> Decimal:
    """Return a quotient, rounded half up to ``step``."""
    with localcontext(ROUNDING):
        return (dividend / divisor).quantize(step)


def mean(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return Σ weight x value / Σ weight of (weight, value) pairs, rounded half up to a step."""
    given = list(pairs)
    return quotient(weighted(given), weighted((weight, Decimal(1)) for weight, _ in given))


def root_of_quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Return √(dividend / divisor²), rounded half up to a step."""
    with localcontext(ROUNDING):
        return (dividend.sqrt() / divisor).quantize(STEP)


def rounded(value: Decimal, step: Decimal) -> Decimal:
    """Return a value rounded half up to ``step``."""
    with localcontext(ROUNDING):
        return value.quantize(step)
