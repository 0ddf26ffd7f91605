"""How many persons a sample needs. Pure.

W. G. Cochran, Sampling Techniques, 3rd edition (1977), section 4.4: for a share p that is to be
known to within e with the confidence whose normal deviate is z,

    n0 = z² p (1 - p) / e²          and, of a population of N,          n = n0 / (1 + (n0 - 1) / N)

p is taken as 1/2, where n0 is largest. A sample that is no simple random one needs n0 times its
design effect (L. Kish, Survey Sampling (1965), section 8.2). Sizes are rounded up, at the end.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from statistics import NormalDist

CONFIDENCES = (Decimal("0.90"), Decimal("0.95"), Decimal("0.99"))
LEAST_MARGIN, MOST_MARGIN = Decimal("0.005"), Decimal("0.2")
LEAST_EFFECT, MOST_EFFECT = Decimal(1), Decimal(10)
MOST_RESERVE = Decimal(3)
HALF = 0.5


@dataclass(frozen=True)
class Sizes:
    """The size of a simple random sample, times the design effect, and of this population."""

    simple: int
    with_effect: int
    corrected: int


def sizes(
    margin: Decimal, confidence: Decimal, design_effect: Decimal, population: int | None = None
) -> Sizes:
    """Return how many answers a margin of error asks for.

    Args:
        margin: half the width of the interval, as a share: 0.05 for ±5 %.
        confidence: how sure the interval is, 0.95 for 95 %.
        design_effect: variance of this design over that of a simple random sample.
        population: how many persons the frame has; None for one without an end.
    """
    deviate = NormalDist().inv_cdf((1 + float(confidence)) / 2)
    simple = deviate**2 * HALF * (1 - HALF) / float(margin) ** 2
    needed = simple * float(design_effect)
    corrected = needed if population is None else needed / (1 + (needed - 1) / population)
    return Sizes(ceil(simple), ceil(needed), ceil(corrected))
