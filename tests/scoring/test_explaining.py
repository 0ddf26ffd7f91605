"""A score opened: every step's arithmetic gives the figure that it is followed by."""

import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.campaigns.rules import Channel
from server.scoring.explaining import Explanation, explain
from server.scoring.snapshot import Cell, Department, Group
from server.scoring.tree import score_department
from tests.scoring.documents import everybody, small_scheme, snapshot_of

SCHEME = small_scheme()
TERM = re.compile(r"([0-9.]+)(?:×([0-9.]+))?")
ANSWERS = st.dictionaries(st.integers(0, 5), st.integers(0, 40), max_size=6)
LEAVES = st.fixed_dictionaries({leaf.code: ANSWERS for leaf in SCHEME.leaves})
WEIGHTS = st.decimals("0.100000", "5.000000", places=6)


def worked_out(formula: str) -> tuple[Decimal, Decimal]:
    """Return what a written-out step gives, and what it says that it gives."""
    sums, _, value = formula.partition(" = ")
    dividend, _, divisor = sums.partition(" ÷ ")
    return _sum(dividend) / _sum(divisor), Decimal(value.partition(" ≈ ")[0])


def _sum(text: str) -> Decimal:
    return sum(
        (Decimal(first) * Decimal(second or 1) for first, second in TERM.findall(text)),
        Decimal(0),
    )


def formulas(found: Explanation) -> list[str]:
    panels = [panel for channel in found.channels for panel in channel.panels]
    return [
        text
        for text in (
            found.formula,
            *(channel.formula for channel in found.channels),
            *(panel.formula for panel in panels),
            *(one.formula for panel in panels for one in panel.indicators),
        )
        if text
    ]


def opened(*groups: Group) -> Explanation:
    department = Department(1, "市民政局", groups)
    return explain(SCHEME, snapshot_of(SCHEME, department), department)


def test_a_step_is_written_as_one_would_by_hand() -> None:
    leaves = {"A1": {5: 12, 4: 7, 3: 3, 2: 2, 1: 1, 0: 4}, "overall": {5: 29}}
    found = opened(Group(Channel.SERVICE_CENTRE, "", 29, (Cell("", Decimal(1), leaves),)))
    (panel,) = found.channels[1].panels
    first, overall = panel.indicators
    assert first.formula == "(100×12 + 80×7 + 60×3 + 30×2 + 0×1) ÷ 25 = 80"
    assert first.answers == 25
    assert overall.formula == "(100×29 + 80×0 + 60×0 + 30×0 + 0×0) ÷ 29 = 100"
    assert panel.formula == "(30×80 + 30×100) ÷ 60 = 90"


def test_weights_of_cells_are_written_out() -> None:
    cells = (
        Cell("区县=东区", Decimal("0.8"), {"overall": {5: 15}}),
        Cell("区县=西区", Decimal("1.6"), {"overall": {1: 5, 0: 2}}),
    )
    found = opened(Group(Channel.SAMPLE, "residents", 22, cells))
    panel = found.channels[0].panels[1]
    (overall,) = panel.indicators
    assert overall.formula == "(1200 + 0) ÷ (12 + 8) = 60"
    assert [(line.name, line.points, line.answers) for line in overall.cells] == [
        ("区县=东区", Decimal(1200), Decimal(12)),
        ("区县=西区", Decimal(0), Decimal(8)),
    ]
    assert [one.cell for one in panel.strata] == ["区县=东区", "区县=西区"]


def test_the_last_rounding_is_shown() -> None:
    found = opened(*everybody({5: 1, 4: 11}, 12, scheme=SCHEME).groups)
    assert found.formula.endswith(f"≈ {found.node.score}")


def test_what_has_no_score_has_no_arithmetic_but_its_counts() -> None:
    leaves = {"A1": {5: 3}}
    found = opened(Group(Channel.SERVICE_CENTRE, "", 3, (Cell("", Decimal(1), leaves),)))
    assert found.formula == ""
    (panel,) = found.channels[1].panels
    assert (panel.formula, panel.node.reason) == ("", "too_few")
    assert panel.indicators[0].formula == "(100×3 + 80×0 + 60×0 + 30×0 + 0×0) ÷ 3 = 100"


@given(st.lists(st.tuples(WEIGHTS, LEAVES), min_size=1, max_size=4), LEAVES, LEAVES)
def test_every_step_gives_what_it_says(
    cells: list[tuple[Decimal, dict[str, dict[int, int]]]],
    centre: dict[str, dict[int, int]],
    community: dict[str, dict[int, int]],
) -> None:
    sampled = tuple(Cell(f"区县={n}", weight, leaves) for n, (weight, leaves) in enumerate(cells))
    found = opened(
        Group(Channel.SAMPLE, "residents", 30, sampled),
        Group(Channel.SERVICE_CENTRE, "", 30, (Cell("", Decimal(1), centre),)),
        Group(Channel.COMMUNITY, "", 2, (Cell("", Decimal(1), community),)),
    )
    for formula in formulas(found):
        exact, said = worked_out(formula)
        assert exact.quantize(Decimal("0.000001"), ROUND_HALF_UP) == said, formula
    assert found.node == score_department(SCHEME, found.node.department)


@pytest.mark.parametrize("cut", ["headings", "parts"])
def test_cuts_that_cover_everything_alone_are_the_score(cut: str) -> None:
    found = opened(*everybody({5: 20, 4: 10, 1: 3}, 33, scheme=SCHEME).groups)
    scores = [one.figure.score for one in getattr(found, cut)]
    assert all(score is not None for score in scores)
    weights = [one.weight for one in getattr(found, cut)]
    mean = sum(w * s for w, s in zip(weights, scores, strict=True) if s is not None) / 100
    assert mean == pytest.approx(found.node.figure.score, abs=Decimal("0.00001"))
