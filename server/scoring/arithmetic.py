"""Decimal arithmetic of scores: sums exact, one division, one rounding. Pure.

Numbers here have few digits (counts below 10^10, weights and points of 4 to 6 places), so sums and
products are exact within 100 digits, and a quotient's 100 digits are enough to tell on which side
of a half it lies: what is rounded is the true quotient. The contexts are named at every step, so
that what a caller's own context says changes nothing.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, Rounded

from server.scoring.rules import STEP

ZERO = Decimal(0)
ONE = Decimal(1)
# Exact work fails loudly where 100 digits would not do, instead of rounding on the sly.
EXACT = Context(prec=100, rounding=ROUND_HALF_UP, traps=[*Context().traps, Inexact, Rounded])
ROUNDING = Context(prec=100, rounding=ROUND_HALF_UP)


def product(first: Decimal, second: Decimal, third: Decimal = ONE) -> Decimal:
    """Return a product, exactly."""
    return EXACT.multiply(EXACT.multiply(first, second), third)


def difference(first: Decimal, second: Decimal) -> Decimal:
    """Return ``first`` less ``second``, exactly."""
    return EXACT.subtract(first, second)


def total_of(values: Iterable[Decimal]) -> Decimal:
    """Return a sum, exactly."""
    return weighted((value, ONE) for value in values)


def weighted(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the sum of products, exactly."""
    total = ZERO
    for first, second in pairs:
        total = EXACT.fma(first, second, total)
    return total


def quotient(dividend: Decimal, divisor: Decimal, step: Decimal = STEP) -> Decimal:
    """Return a quotient, rounded half up to ``step``."""
    return ROUNDING.quantize(ROUNDING.divide(dividend, divisor), step)


def mean(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return Σ weight x value / Σ weight of (weight, value) pairs, rounded half up to a step."""
    given = list(pairs)
    return quotient(weighted(given), total_of(weight for weight, _ in given))


def root_of_quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Return √dividend / divisor, rounded half up to a step."""
    return quotient(ROUNDING.sqrt(dividend), divisor)


def rounded(value: Decimal, step: Decimal) -> Decimal:
    """Return a value rounded half up to ``step``."""
    return ROUNDING.quantize(value, step)
