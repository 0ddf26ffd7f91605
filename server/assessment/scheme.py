"""The document of a yearly scheme, and the check that it can be used. Pure.

    {"assessment_scheme": 1, "year": 2026, "without_cases": "spread",
     "quarters": {"2026Q1": "15", "2026Q2": "15", "2026Q3": "15", "2026Q4": "15"},
     "rates": {"called_back": "10", "answered_in_time": "10", "closed_in_time": "10",
               "solved": "10"}}

Weights are decimal texts with two places at most, and add up to 100 exactly.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from server.assessment.rules import Rate, WithoutCases, quarter_codes

FORMAT = 1
WHOLE = Decimal(100)
CENT = Decimal("0.01")
START_QUARTER, START_RATES = "15", {Rate.CALLED_BACK_IN_TIME: "10", Rate.ANSWERED_IN_TIME: "10",
                                    Rate.CLOSED_IN_TIME: "10", Rate.SOLVED: "10"}  # fmt: skip

Node = Mapping[str, Any]
Document = dict[str, Any]


class SchemeFaultError(ValueError):
    """A scheme can't be used; ``field`` names where, nothing where it is all."""

    def __init__(self, field: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.field, self.message = field, message


def starting_document(year: int) -> Document:
    """Return what a year begins with until the office sets something else."""
    return {
        "assessment_scheme": FORMAT,
        "year": year,
        "without_cases": WithoutCases.SPREAD.value,
        "quarters": dict.fromkeys(quarter_codes(year), START_QUARTER),
        "rates": {rate.value: weight for rate, weight in START_RATES.items()},
    }


def checked(
    year: int, quarters: Mapping[str, str], rates: Mapping[str, str], without_cases: WithoutCases
) -> Document:
    """Return a scheme's document; raise SchemeFaultError for one that can't be used.

    A weight of nothing leaves the part out.
    """
    found_quarters = {
        code: weight
        for code in quarter_codes(year)
        if (weight := _weight(code, quarters.get(code, "")))
    }
    found_rates = {
        rate.value: weight
        for rate in Rate
        if (weight := _weight(rate.value, rates.get(rate.value, "")))
    }
    if not found_quarters:
        raise SchemeFaultError("", "至少一个季度的权重要大于 0。")
    total = sum(
        (Decimal(weight) for weight in (*found_quarters.values(), *found_rates.values())),
        Decimal(0),
    )
    if total != WHOLE:
        raise SchemeFaultError("", f"各部分权重之和须为 100，现在是 {total:f}。")
    return {
        "assessment_scheme": FORMAT,
        "year": year,
        "without_cases": without_cases.value,
        "quarters": found_quarters,
        "rates": found_rates,
    }


def _weight(field: str, text: str) -> str:
    """Return a weight in its canonical form, or nothing where the part is left out."""
    typed = text.strip()
    if not typed:
        return ""
    try:
        weight = Decimal(typed)
    except InvalidOperation as error:
        raise SchemeFaultError(field, "请填写数字。") from error
    if not weight.is_finite() or not 0 <= weight <= WHOLE:
        raise SchemeFaultError(field, "请填写 0 至 100 的数字。")
    if weight != weight.quantize(CENT):
        raise SchemeFaultError(field, "最多两位小数。")
    return f"{weight.quantize(CENT).normalize():f}" if weight else ""
