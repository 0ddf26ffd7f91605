"""Rounding half up, as every figure that people read is rounded. Pure.

Python's ``round`` and its formats take a half to the even neighbour: 6.25 would be 6.2 on a page
that formats it, and 6.3 on one that rounds as the rules say.
"""

from decimal import ROUND_HALF_UP, Decimal


def half_up(number: Decimal | float, places: int = 0) -> Decimal:
    """Return a number with so many places, a half rounded up.

    A float counts as the shortest decimal that stands for it: what is shown for 0.35 is 0.4, though
    the float lies below.
    """
    exact = number if isinstance(number, Decimal) else Decimal(str(number))
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
