"""What a rater of each cell weighs."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scoring.scheme import Panel
from server.scoring.weighting import SampledCell, WeightingError, check_cells, frozen
from server.scoring.weighting import weights_of_cells as weigh

HUNDRED = Decimal(100)
EAST, WEST = SampledCell("区=东", 600, 30), SampledCell("区=西", 400, 10)


def panel(cap: str | None = None, **margins: dict[str, int]) -> Panel:
    return Panel("residents", "普通群众", HUNDRED, margins, Decimal(cap) if cap else None)


def decimals(**weights: str) -> dict[str, Decimal]:
    return {f"区={name}": Decimal(weight) for name, weight in weights.items()}


def test_without_margins_a_cell_s_ratings_stand_for_its_people() -> None:
    # 600 / 30 = 20 and 400 / 10 = 40 people each, times 40 ratings / 1000 people
    assert weigh(panel(), [EAST, WEST]) == decimals(东="0.8", 西="1.6")


def test_margins_overrule_the_frame() -> None:
    # 500 / 30 and 500 / 10, times 40 / 1000
    margins = panel(区={"东": 500, "西": 500})
    assert weigh(margins, [EAST, WEST]) == decimals(东="0.666667", 西="2")


def test_a_dimension_without_margins_keeps_the_frame_s_proportions() -> None:
    cells = [
        SampledCell("区=东;龄=老", 100, 10),
        SampledCell("区=东;龄=少", 300, 10),
        SampledCell("区=西;龄=少", 400, 20),
    ]
    weights = weigh(panel(区={"东": 500, "西": 500}), cells)
    # Within 东 as 1 to 3: 12.5 and 37.5 people a rating, 西 25; times 40 / 1000
    assert list(weights.values()) == [Decimal("0.5"), Decimal("1.5"), Decimal(1)]


def test_merged_cells_are_raked_as_one() -> None:
    cells = [SampledCell("龄=少", 700, 30), SampledCell("龄=中+老", 300, 10)]
    weights = weigh(panel(龄={"少": 600, "中": 250, "老": 150}), cells)
    # 600 / 30 = 20 and (250 + 150) / 10 = 40, times 40 / 1000
    assert weights == {"龄=少": Decimal("0.8"), "龄=中+老": Decimal("1.6")}


@pytest.mark.parametrize("margins", [{}, {"区": {"东": 500, "西": 500}}])
def test_a_cap_is_kept_in_decimals(margins: dict[str, dict[str, int]]) -> None:
    cells = [SampledCell("区=东", 500, 90), SampledCell("区=西", 500, 10)]
    assert weigh(panel("2", **margins), cells)["区=西"] == Decimal(2)


def test_a_cell_that_nobody_rated_from_weighs_one_and_leaves_the_rest_their_mean() -> None:
    weights = weigh(panel(), [EAST, WEST, SampledCell("区=北", 900, 0)])
    assert weights == decimals(东="0.8", 西="1.6", 北="1")


def test_a_sample_that_nobody_answered_weighs_one() -> None:
    assert weigh(panel(区={"东": 5}), [SampledCell("区=东", 5, 0)]) == decimals(东="1")


def test_a_category_without_ratings_says_what_to_do() -> None:
    cells = [EAST, SampledCell("区=西", 400, 0)]
    with pytest.raises(WeightingError, match=r"“区：西”没有收到评价.*合写成一类"):
        weigh(panel(区={"东": 600, "西": 400}), cells)


def test_a_category_that_the_scheme_does_not_know_is_named() -> None:
    with pytest.raises(WeightingError, match="“区：西”，评分方案的总体分布里没有"):
        weigh(panel(区={"东": 600}), [EAST, WEST])


def test_a_dimension_that_was_not_drawn_by_is_named() -> None:
    with pytest.raises(WeightingError, match="没有按“年龄”分层"):
        weigh(panel(年龄={"少": 600}), [EAST, WEST])


def test_margins_that_contradict_each_other_are_told() -> None:
    cells = [SampledCell("区=东;龄=老", 5, 5), SampledCell("区=西;龄=少", 5, 5)]
    with pytest.raises(WeightingError, match="不能同时吻合"):
        weigh(panel(区={"东": 60, "西": 40}, 龄={"老": 30, "少": 70}), cells)


def test_what_was_drawn_is_compared_before_anybody_answers() -> None:
    check_cells(panel(区={"东": 1, "西": 1}), [EAST, WEST])
    with pytest.raises(WeightingError, match="没有抽到“区：北”的人"):
        check_cells(panel(区={"东": 1, "西": 1, "北": 1}), [EAST, WEST])


@given(
    st.lists(
        st.tuples(st.integers(10, 10**6), st.integers(0, 500)), min_size=1, max_size=12
    ).filter(lambda cells: any(ratings for _, ratings in cells))
)
def test_weighted_ratings_stand_for_people_in_every_cell(cells: list[tuple[int, int]]) -> None:
    given_cells = [SampledCell(f"层={n}", *cell) for n, cell in enumerate(cells)]
    weights = weigh(panel(), given_cells)
    ratings = sum(cell.ratings for cell in given_cells)
    people = sum(cell.population for cell in given_cells if cell.ratings)
    for cell in given_cells:
        if cell.ratings:
            share = float(weights[cell.name]) * cell.ratings / ratings
            assert share == pytest.approx(cell.population / people, abs=1e-5)


def test_no_weight_is_frozen_as_nothing() -> None:
    assert frozen(1e-12) == Decimal("0.000001")
    assert frozen(1.0000005) == Decimal("1.000001")
