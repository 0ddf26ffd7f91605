"""A year's result: exact, with every part, and nothing in the place of what is missing."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.assessment import arithmetic, scheme
from server.assessment.rules import Rate, WithoutCases, quarter_codes
from server.scoring import canonical

YEAR = 2026


def made(
    quarters: dict[str, str] | None = None,
    rates: dict[str, str] | None = None,
    without: WithoutCases = WithoutCases.SPREAD,
) -> dict[str, Any]:
    weights = dict.fromkeys(quarter_codes(YEAR), "15")
    starting = scheme.starting_document(YEAR)["rates"]
    return scheme.checked(
        YEAR,
        weights if quarters is None else quarters,
        starting if rates is None else rates,
        without,
    )


def inputs(scores: dict[str, list[Any]], rates: dict[Rate, tuple[int, int]]) -> dict[str, Any]:
    return {
        "year": YEAR,
        "department": {"id": 7, "name": "公安局"},
        "group": "窗口部门",
        "scheme": {"version": 1, "digest": ""},
        "quarters": {
            code: {
                "edition": 1,
                "digest": "",
                "rated": True,
                "scores": [
                    {"campaign": place, **one}
                    if isinstance(one, dict)
                    else {"campaign": place, "score": one}
                    for place, one in enumerate(found)
                ],
            }
            for code, found in scores.items()
        },
        "rates": {rate.value: list(rates.get(rate, (0, 0))) for rate in Rate},
    }


FULL = {code: ["80.00"] for code in quarter_codes(YEAR)}
ALL_RATES = dict.fromkeys(Rate, (9, 10))


def test_every_part_adds_to_the_result() -> None:
    found = arithmetic.make(made(), inputs(FULL, ALL_RATES))
    # 60 per cent of 80, and 40 per cent of 90.
    assert found["result"] == "84.00"
    assert [part["points"] for part in found["parts"]] == ["12.0000"] * 4 + ["9.0000"] * 4
    assert found["missing"] == found["spread"] == []


def test_campaigns_of_one_quarter_count_alike() -> None:
    quarters = {"2026Q1": "100"}
    found = arithmetic.make(made(quarters, {}), inputs({"2026Q1": ["80.00", "85.01", "90.00"]}, {}))
    # 255.01 / 3 = 85.00333…
    assert found["result"] == "85.00"
    assert found["parts"][0]["points"] == "85.0033"


def test_halves_are_rounded_up_and_once() -> None:
    found = arithmetic.make(
        made({"2026Q1": "50", "2026Q2": "50"}, {}),
        inputs({"2026Q1": ["80.00"], "2026Q2": ["80.01"]}, {}),
    )
    assert found["result"] == "80.01"


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (None, "not_published"),
        ([], "not_scored"),
        ([{"withheld": True}], "withheld"),
        (["80.00", {"withheld": True}], "withheld"),
        ([{"reason": "no_ratings"}], "not_scored"),
    ],
)
def test_a_missing_quarter_is_named_and_there_is_no_result(scores: Any, reason: str) -> None:
    found = dict(FULL)
    del found["2026Q3"]
    if scores is not None:
        found["2026Q3"] = scores
    result = arithmetic.make(made(), inputs(found, ALL_RATES))
    assert result["result"] is None
    assert result["missing"] == ["2026Q3"]
    (part,) = [one for one in result["parts"] if one["code"] == "2026Q3"]
    assert part["reason"] == reason
    assert "points" not in part


def test_a_department_that_was_not_rated_has_no_quarter() -> None:
    made_of = inputs(FULL, ALL_RATES)
    made_of["quarters"]["2026Q1"] |= {"rated": False, "scores": []}
    assert arithmetic.make(made(), made_of)["parts"][0]["reason"] == "not_rated"


def test_a_rate_of_no_cases_gives_its_weight_to_the_others_and_says_so() -> None:
    rates = {rate: whole for rate, whole in ALL_RATES.items() if rate is not Rate.SOLVED}
    found = arithmetic.make(made(), inputs(FULL, rates))
    # (60 x 80 + 30 x 90) / 90
    assert found["result"] == "83.33"
    assert found["spread"] == ["solved"]
    (part,) = [one for one in found["parts"] if one["code"] == "solved"]
    assert (part["counted_weight"], part["reason"]) == ("0.00", "no_cases")


def test_a_scheme_may_want_every_rate() -> None:
    strict = made(without=WithoutCases.MISSING)
    found = arithmetic.make(strict, inputs(FULL, {}))
    assert found["result"] is None
    assert set(found["missing"]) == set(strict["rates"])


@given(
    scores=st.lists(st.decimals("0", "100", places=2), min_size=4, max_size=4),
    rates=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=5),
)
def test_a_result_lies_between_its_parts_and_comes_out_the_same_again(
    scores: list[Decimal], rates: list[tuple[int, int]]
) -> None:
    quarters = {
        code: [f"{score:.2f}"] for code, score in zip(quarter_codes(YEAR), scores, strict=True)
    }
    counted = {rate: (min(pair), max(pair)) for rate, pair in zip(Rate, rates, strict=True)}
    found = arithmetic.make(made(), inputs(quarters, counted))
    values = [Decimal(part["value"]) for part in found["parts"] if "value" in part]
    assert min(values) - Decimal("0.01") <= Decimal(found["result"])
    assert Decimal(found["result"]) <= max(values) + Decimal("0.01")
    assert canonical.digest(arithmetic.again(found)) == canonical.digest(found)


@pytest.mark.parametrize(
    ("quarters", "rates", "field"),
    [
        ({"2026Q1": "99.99"}, {}, ""),
        ({"2026Q1": "100.01"}, {}, "2026Q1"),
        ({"2026Q1": "-1", "2026Q2": "101"}, {}, "2026Q1"),
        ({"2026Q1": "a"}, {}, "2026Q1"),
        ({"2026Q1": "NaN"}, {}, "2026Q1"),
        ({"2026Q1": "33.333"}, {}, "2026Q1"),
        ({}, {"solved": "100"}, ""),
        ({"2026Q1": "60"}, {"solved": "39"}, ""),
    ],
)
def test_weights_that_do_not_add_up_are_refused(
    quarters: dict[str, str], rates: dict[str, str], field: str
) -> None:
    with pytest.raises(scheme.SchemeFaultError) as fault:
        made(quarters, rates)
    assert fault.value.field == field


def test_weights_have_one_form() -> None:
    found = made({"2026Q1": "60.0", "2026Q2": " 20 "}, {"solved": "20.00", "called_back": "0"})
    assert found["quarters"] == {"2026Q1": "60", "2026Q2": "20"}
    assert found["rates"] == {"solved": "20"}
