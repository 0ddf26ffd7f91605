"""Raking against the published example of R's ``survey`` (tests/rakecheck), and by properties.

``data/api_schools.csv``: the cluster sample ``apiclus1`` of 183 schools of California's Academic
Performance Index 2000 (figures published by the state; see docs/decisions/0009), the columns that
the example needs: district, type of school, whether the school-wide target was met, index,
enrolment.
"""

import csv
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scoring.raking import Cell, RakingError, design_effect, rake, trim

SCHOOLS = Path(__file__).parent / "data" / "api_schools.csv"
# The published design's weight of a school: 6,194 in the population, 183 in the sample.
BASE = 6194 / 183
MARGINS = {
    "type": {"E": 4421.0, "H": 755.0, "M": 1018.0},
    "target_met": {"No": 1072.0, "Yes": 5122.0},
}


def schools() -> list[dict[str, str]]:
    with SCHOOLS.open() as file:
        return list(csv.DictReader(file))


def cells_of(rows: list[dict[str, str]]) -> list[Cell]:
    return [Cell({"type": row["type"], "target_met": row["target_met"]}, 1, BASE) for row in rows]


def test_the_sample_is_the_published_one() -> None:
    rows = schools()
    assert len(rows) == 183
    assert sum(int(row["index"]) for row in rows) / 183 == pytest.approx(644.17, abs=0.005)
    total = sum(int(row["enrolled"]) for row in rows) * 33.846996307373
    assert total == pytest.approx(3_404_940, abs=0.5)


def test_raking_gives_what_the_published_example_gives() -> None:
    rows = schools()
    weights = rake(cells_of(rows), MARGINS).weights
    index = math.fsum(w * int(row["index"]) for w, row in zip(weights, rows, strict=True))
    enrolled = math.fsum(w * int(row["enrolled"]) for w, row in zip(weights, rows, strict=True))
    assert index / math.fsum(weights) == pytest.approx(641.23, abs=0.005)
    assert enrolled == pytest.approx(3_647_280, abs=0.5)


def test_raking_cells_is_raking_raters() -> None:
    rows = schools()
    single = rake(cells_of(rows), MARGINS).weights
    keys = sorted({(row["type"], row["target_met"]) for row in rows})
    counted = [
        Cell(
            {"type": kind, "target_met": met},
            sum((row["type"], row["target_met"]) == (kind, met) for row in rows),
        )
        for kind, met in keys
    ]
    grouped = dict(zip(keys, rake(counted, MARGINS).weights, strict=True))
    for weight, row in zip(single, rows, strict=True):
        assert weight == pytest.approx(grouped[row["type"], row["target_met"]])


def test_one_margin_is_met_at_once() -> None:
    cells = [Cell({"区": "东"}, 30), Cell({"区": "西"}, 10)]
    raked = rake(cells, {"区": {"东": 600.0, "西": 400.0}})
    assert raked.weights == pytest.approx((20, 40))
    assert raked.largest_gap == pytest.approx(0, abs=1e-12)


counts = st.integers(1, 500)


@given(st.lists(counts, min_size=6, max_size=6), st.lists(counts, min_size=6, max_size=6))
def test_all_margins_of_a_full_table_are_met(raters: list[int], people: list[int]) -> None:
    names = [(row, column) for row in "ab" for column in "xyz"]
    cells = [
        Cell({"row": row, "column": column}, number)
        for (row, column), number in zip(names, raters, strict=True)
    ]
    population = dict(zip(names, people, strict=True))
    margins = {
        "row": {r: float(sum(n for (a, _), n in population.items() if a == r)) for r in "ab"},
        "column": {c: float(sum(n for (_, b), n in population.items() if b == c)) for c in "xyz"},
    }
    raked = rake(cells, margins)
    for name, targets in margins.items():
        for category, target in targets.items():
            found = math.fsum(
                weight * cell.raters
                for weight, cell in zip(raked.weights, cells, strict=True)
                if cell.categories[name] == category
            )
            assert found == pytest.approx(target, rel=1e-6)
    assert all(weight > 0 for weight in raked.weights)


def test_a_cap_holds_and_says_what_it_leaves() -> None:
    cells = [Cell({"区": "东"}, 90), Cell({"区": "西"}, 10)]
    margins = {"区": {"东": 500.0, "西": 500.0}}
    assert rake(cells, margins).weights[1] == pytest.approx(50)
    raked = rake(cells, margins, cap=2)
    assert raked.weights[1] == pytest.approx(20)
    total = sum(w * cell.raters for w, cell in zip(raked.weights, cells, strict=True))
    assert total == pytest.approx(1000)
    assert raked.largest_gap == pytest.approx(0.3)


def test_a_cap_that_nothing_reaches_changes_nothing() -> None:
    rows = schools()
    assert rake(cells_of(rows), MARGINS, cap=5).weights == pytest.approx(
        rake(cells_of(rows), MARGINS).weights
    )


@given(
    st.lists(st.tuples(st.floats(0.01, 100), st.integers(1, 200)), min_size=1, max_size=12),
    st.floats(1.05, 5),
)
def test_trimming_keeps_the_sum_and_the_order(given_: list[tuple[float, int]], cap: float) -> None:
    weights, sizes = [one[0] for one in given_], [one[1] for one in given_]
    trimmed = trim(weights, sizes, cap=cap)
    total = math.fsum(w * n for w, n in zip(weights, sizes, strict=True))
    assert math.fsum(w * n for w, n in zip(trimmed, sizes, strict=True)) == pytest.approx(total)
    assert max(trimmed) <= cap * total / sum(sizes) * (1 + 1e-9)
    ordered = sorted(range(len(weights)), key=weights.__getitem__)
    assert all(trimmed[low] <= trimmed[high] * (1 + 1e-9) for low, high in pairwise(ordered))


def test_kish_design_effect_of_equal_weights_is_1_and_of_unequal_ones_by_hand() -> None:
    assert design_effect([3, 3], [10, 20]) == pytest.approx(1)
    # 4 raters of weight 1 and 2 of weight 4: 6 x (4 + 32) / 12²
    assert design_effect([1, 4], [4, 2]) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("cells", "margins", "reason"),
    [
        ([], {"区": {"东": 1.0}}, "no_raters"),
        ([Cell({"区": "东"}, 0)], {"区": {"东": 1.0}}, "no_raters"),
        ([Cell({"区": "东"}, 5)], {}, "no_raters"),
        ([Cell({"区": "北"}, 5)], {"区": {"东": 1.0}}, "unknown_category"),
        ([Cell({}, 5)], {"区": {"东": 1.0}}, "unknown_category"),
        ([Cell({"区": "东"}, 5)], {"区": {"东": 1.0, "西": 1.0}}, "empty_category"),
        (
            [Cell({"区": "东", "龄": "老"}, 5)],
            {"区": {"东": 1.0}, "龄": {"老": 2.0}},
            "unequal_totals",
        ),
        (
            [Cell({"区": "东", "龄": "老"}, 5), Cell({"区": "西", "龄": "少"}, 5)],
            {"区": {"东": 1.0, "西": 3.0}, "龄": {"老": 3.0, "少": 1.0}},
            "not_converging",
        ),
    ],
)
def test_margins_that_cannot_be_met_are_refused(
    cells: list[Cell], margins: dict[str, dict[str, float]], reason: str
) -> None:
    with pytest.raises(RakingError) as caught:
        rake(cells, margins)
    assert caught.value.reason == reason
