"""How likely a count would be by chance alone, and what survives asking many such questions. Pure.

Sums of the first terms in logarithms (``math.lgamma``), each term from the one before, until the
rest can't matter: right to some ten digits where it is used, without a library.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)
NEGLIGIBLE = 1e-17
LEAST_CHANCE = 1e-300


def binomial_tail(at_least: int, tries: int, chance: float) -> float:
    """Return P(X >= ``at_least``) for X ~ Binomial(``tries``, ``chance``)."""
    if at_least <= 0:
        return 1.0
    if at_least > tries or chance <= 0:
        return 0.0
    if chance >= 1:
        return 1.0
    first = (
        math.lgamma(tries + 1)
        - math.lgamma(at_least + 1)
        - math.lgamma(tries - at_least + 1)
        + at_least * math.log(chance)
        + (tries - at_least) * math.log1p(-chance)
    )
    odds = chance / (1 - chance)
    return _tail(
        first, at_least, lambda k: (tries - k) / (k + 1) * odds, last=tries, mean=tries * chance
    )


def count_tail(at_least: int, mean: float, variance: float) -> float:
    """Return P(X >= ``at_least``) for a count of this mean and variance.

    Negative binomial where the variance is above the mean (a Poisson whose rate is itself gamma
    distributed: Greenwood and Yule 1920), Poisson where it is not.
    """
    if at_least <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if variance <= mean * (1 + 1e-9):
        first = at_least * math.log(mean) - mean - math.lgamma(at_least + 1)
        return _tail(first, at_least, lambda k: mean / (k + 1), last=None, mean=mean)
    size = mean * mean / (variance - mean)
    share = mean / (mean + size)
    first = (
        math.lgamma(at_least + size)
        - math.lgamma(size)
        - math.lgamma(at_least + 1)
        + size * math.log1p(-share)
        + at_least * math.log(share)
    )
    return _tail(first, at_least, lambda k: (k + size) / (k + 1) * share, last=None, mean=mean)


def _tail(
    log_first: float,
    start: int,
    ratio: Callable[[int], float],
    *,
    last: int | None,
    mean: float,
) -> float:
    """Sum the terms from ``start`` on, the first given by its logarithm, the next by ``ratio``."""
    if start <= mean:
        # No surprise: nobody asks for the digits, and the sum would be long.
        return 1.0
    term, total, k = 1.0, 1.0, start
    while last is None or k < last:
        term *= ratio(k)
        total += term
        k += 1
        if term < total * NEGLIGIBLE:
            break
    return min(1.0, math.exp(max(log_first, math.log(LEAST_CHANCE))) * total)


def surprising(chances: Mapping[Name, float], most: float, asked: int) -> set[Name]:
    """Return which are still surprising when ``asked`` questions were asked, these among them.

    Holm's step-down method (Scandinavian Journal of Statistics 6, 1979): if nothing at all is going
    on, the chance that even one is returned is ``most`` at the highest, however the questions hang
    together. Questions that are left out of ``chances`` count as answered by "no surprise".
    """
    ordered: Sequence[tuple[Name, float]] = sorted(chances.items(), key=lambda item: item[1])
    found: set[Name] = set()
    for place, (name, chance) in enumerate(ordered):
        if chance > most / (max(asked, len(ordered)) - place):
            break
        found.add(name)
    return found
