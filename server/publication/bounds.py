"""How closely a figure that is not shown can be told from those that are. Pure, exact.

Scores are weighted means of weighted means, a tree whose every figure lies between 0 and 100. Each
figure stands in one place of it, so passing intervals up (from parts to means) and down again (from
a mean that is shown to its parts) gives the narrowest interval there is for each. What is shown is
taken for exact, though it is rounded: who attacks knows less than is reckoned with here. Several
trees over the same figures, of several versions, are reckoned together in ``simplex``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

LOWEST, HIGHEST = Fraction(0), Fraction(100)


@dataclass
class Mean:
    """A figure in a tree: shown or not, with the parts that it is the weighted mean of.

    ``bounds``: what a figure without parts can be, without regard to others.
    """

    key: tuple[str, ...]
    weight: Fraction
    value: Fraction
    shown: bool
    parts: list["Mean"] = field(default_factory=list)
    bounds: tuple[Fraction, Fraction] = (LOWEST, HIGHEST)
    low: Fraction = LOWEST
    high: Fraction = HIGHEST

    @property
    def width(self) -> Fraction:
        """How far apart the least and the greatest possible value lie."""
        return self.high - self.low

    def ends(self) -> Iterator["Mean"]:
        """Yield the figures that have no parts."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.ends()


def narrow(root: Mean) -> None:
    """Set every figure's ``low`` and ``high`` to what can be told of it."""
    _up(root)
    _down(root)


def _up(node: Mean) -> None:
    for part in node.parts:
        _up(part)
    if node.shown:
        node.low = node.high = node.value
    elif node.parts:
        total = sum((part.weight for part in node.parts), Fraction(0))
        node.low = sum((part.weight * part.low for part in node.parts), Fraction(0)) / total
        node.high = sum((part.weight * part.high for part in node.parts), Fraction(0)) / total
    else:
        node.low, node.high = node.bounds


def _down(node: Mean) -> None:
    total = sum((part.weight for part in node.parts), Fraction(0))
    lows = sum((part.weight * part.low for part in node.parts), Fraction(0))
    highs = sum((part.weight * part.high for part in node.parts), Fraction(0))
    found = [
        (
            max(part.low, (node.low * total - (highs - part.weight * part.high)) / part.weight),
            min(part.high, (node.high * total - (lows - part.weight * part.low)) / part.weight),
        )
        for part in node.parts
    ]
    for part, (low, high) in zip(node.parts, found, strict=True):
        # Figures are rounded to 6 places, so the ends may cross by less than that.
        part.low, part.high = min(low, high), max(low, high)
        _down(part)
