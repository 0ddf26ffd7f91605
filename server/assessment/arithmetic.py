"""A department's year, worked out from what it is made of. Exact, and nothing else is read. Pure.

    result = sum over parts of  value x weight / 100

A quarter's value is the mean of the department's published scores in the campaigns of the quarter's
edition that have scores; a rate's is part x 100 / whole over all cases of the year's quarters.
Nothing is put in the place of what is missing: it is named, and there is no result. One exception
is the scheme's to make, and it is named too: a rate of no cases at all (``Reason.NO_CASES``) may
give its weight to the parts that there are, in proportion.

Fractions are exact; a part's points are shown with four places, the result with two, half up. So
anybody gets the same digits from the same inputs: ``make`` is all there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from server.assessment.rules import PartKind, Rate, Reason, WithoutCases, quarter_codes

FORMAT = 1
WHOLE = 100
RESULT_PLACES, PART_PLACES = Decimal("0.01"), Decimal("0.0001")

Node = Mapping[str, Any]
Document = dict[str, Any]


@dataclass(frozen=True)
class _Part:
    kind: PartKind
    code: str
    weight: Fraction
    value: Fraction | None
    reason: Reason | None


def make(scheme: Node, inputs: Node) -> Document:
    """Return a department's result with each part.

    Args:
        scheme: the scheme's document, with ``version`` and ``digest`` beside it under
            ``inputs["scheme"]``.
        inputs: department, group, quarters, rates: everything that the result is made of.
    """
    parts = [*_quarters(scheme, inputs), *_rates(scheme, inputs)]
    spread = scheme["without_cases"] == WithoutCases.SPREAD
    left_out = [one for one in parts if spread and one.reason is Reason.NO_CASES]
    missing = [one for one in parts if one.value is None and one not in left_out]
    counted = sum((one.weight for one in parts if one not in left_out), Fraction(0))
    shown = [_shown(one, counted, left_out) for one in parts]
    complete = not missing and counted > 0
    total = sum((_points(one, counted) for one in parts if one.value is not None), Fraction(0))
    return {
        "assessment": FORMAT,
        "department": dict(inputs["department"]),
        "year": inputs["year"],
        "group": inputs["group"],
        "parts": shown,
        "missing": [one.code for one in missing],
        "spread": [one.code for one in left_out],
        "result": _decimal(total, RESULT_PLACES) if complete else None,
        "inputs": dict(inputs),
        "scheme": dict(scheme),
    }


def again(document: Node) -> Document:
    """Work a result out again from the inputs that its document holds."""
    return make(document["scheme"], document["inputs"])


def _quarters(scheme: Node, inputs: Node) -> list[_Part]:
    found = []
    for code in quarter_codes(inputs["year"]):
        weight = scheme["quarters"].get(code)
        if weight is not None:
            value, reason = _quarter_value(inputs["quarters"].get(code))
            found.append(_Part(PartKind.QUARTER, code, Fraction(weight), value, reason))
    return found


def _quarter_value(edition: Node | None) -> tuple[Fraction | None, Reason | None]:
    if edition is None:
        return None, Reason.NOT_PUBLISHED
    scores: Sequence[Node] = edition["scores"]
    if not edition["rated"]:
        return None, Reason.NOT_RATED
    if not scores:
        return None, Reason.NOT_SCORED
    if any("withheld" in one for one in scores):
        return None, Reason.WITHHELD
    if any("score" not in one for one in scores):
        return None, Reason.NOT_SCORED
    return sum((Fraction(one["score"]) for one in scores), Fraction(0)) / len(scores), None


def _rates(scheme: Node, inputs: Node) -> list[_Part]:
    found = []
    for rate in Rate:
        weight = scheme["rates"].get(rate.value)
        if weight is None:
            continue
        part, whole = inputs["rates"][rate.value]
        value = Fraction(part * WHOLE, whole) if whole else None
        reason = None if whole else Reason.NO_CASES
        found.append(_Part(PartKind.RATE, rate.value, Fraction(weight), value, reason))
    return found


def _points(part: _Part, counted: Fraction) -> Fraction:
    return Fraction(0) if part.value is None else part.value * part.weight / counted


def _shown(part: _Part, counted: Fraction, left_out: Sequence[_Part]) -> Document:
    weight = Fraction(0) if part in left_out else part.weight * WHOLE / (counted or 1)
    found: Document = {
        "kind": part.kind.value,
        "code": part.code,
        "weight": _decimal(part.weight, RESULT_PLACES),
        "counted_weight": _decimal(weight, RESULT_PLACES),
    }
    if part.value is None:
        return {**found, "reason": None if part.reason is None else part.reason.value}
    return {
        **found,
        "value": _decimal(part.value, RESULT_PLACES),
        "points": _decimal(_points(part, counted), PART_PLACES),
    }


def _decimal(number: Fraction, places: Decimal) -> str:
    """Return a fraction with so many places, half up: a Decimal's division rounds twice."""
    scale = int(1 / places)
    scaled = (number * scale * 2 + 1) // 2
    return f"{(Decimal(int(scaled)) / scale).quantize(places, ROUND_HALF_UP):f}"
