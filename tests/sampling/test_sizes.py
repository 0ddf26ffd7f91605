"""Sizes, merging and allocation, against published figures and by property."""

from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sampling.allocation import Block, Stratum, allocated, merged, natural
from server.sampling.drawing import CellWish, draw
from server.sampling.planning import TooFewError, Wish, least_mixed, plan
from server.sampling.rules import categories_of, cell_label
from server.sampling.sizes import sizes


@pytest.mark.parametrize(
    ("margin", "confidence", "effect", "population", "expected"),
    [
        # The figures of every table of sample sizes: Cochran (1977), section 4.4.
        ("0.05", "0.95", "1", None, 385),
        ("0.03", "0.95", "1", None, 1068),
        ("0.05", "0.95", "1.5", None, 577),
        ("0.05", "0.99", "1", None, 664),
        ("0.05", "0.90", "1", None, 271),
        # Krejcie and Morgan (1970) give 278 of 1,000 and 80 of 100.
        ("0.05", "0.95", "1", 1000, 278),
        ("0.05", "0.95", "1", 100, 80),
        ("0.05", "0.95", "1", 1, 1),
    ],
)
def test_sizes_are_those_of_the_tables(
    margin: str, confidence: str, effect: str, population: int | None, expected: int
) -> None:
    found = sizes(Decimal(margin), Decimal(confidence), Decimal(effect), population)
    assert found.corrected == expected


@given(
    margin=st.decimals("0.005", "0.2", places=4),
    effect=st.decimals("1", "10", places=2),
    population=st.integers(1, 10_000_000),
)
def test_a_sample_is_never_larger_than_its_population(
    margin: Decimal, effect: Decimal, population: int
) -> None:
    found = sizes(margin, Decimal("0.95"), effect, population)
    assert 1 <= found.corrected <= min(population, found.with_effect)


def blocks(*persons: int, eligible: tuple[int, ...] | None = None) -> list[Block]:
    free = eligible or persons
    return [
        Block(((str(at),),), (Stratum((str(at),), count, free[at]),))
        for at, count in enumerate(persons)
    ]


def test_allocation_is_proportional_by_largest_remainder() -> None:
    # Quotas 16.67, 33.33, 50: the largest remainder gets the one that is left.
    assert allocated(blocks(100, 200, 300), size=100, least=1) == [17, 33, 50]
    # Equal remainders: the former cell.
    assert allocated(blocks(10, 10, 10), size=10, least=1) == [4, 3, 3]


def test_small_cells_get_the_least_and_the_others_share_the_rest() -> None:
    assert allocated(blocks(10, 490, 500), size=100, least=10) == [10, 45, 45]
    assert allocated(blocks(5, 995), size=100, least=10) == [5, 95]


def test_nobody_is_drawn_who_may_not_be() -> None:
    assert allocated(blocks(500, 500, eligible=(20, 500)), size=100, least=10) == [20, 80]
    assert allocated(blocks(30, 30), size=1000, least=10) == [30, 30]


def test_bounds_may_ask_for_more_than_the_size() -> None:
    assert allocated(blocks(100, 100, 100), size=60, least=40) == [40, 40, 40]


@given(
    persons=st.lists(st.integers(1, 3000), min_size=1, max_size=12),
    size=st.integers(1, 2000),
    least=st.integers(1, 50),
)
def test_allocation_keeps_its_bounds_and_is_fair(persons: list[int], size: int, least: int) -> None:
    drawn = allocated(blocks(*persons), size=size, least=least)
    fewest = [min(least, one) for one in persons]
    assert all(low <= one <= most for low, one, most in zip(fewest, drawn, persons, strict=True))
    assert sum(drawn) == min(max(size, sum(fewest)), sum(persons))
    free = [
        (Fraction(one, most))
        for low, one, most in zip(fewest, drawn, persons, strict=True)
        if low < one < most
    ]
    # Where no bound binds, shares differ by rounding alone.
    rounding = [Fraction(1, most) for most in persons]
    if free:
        assert max(free) - min(free) <= 2 * max(rounding)


def test_categories_stand_in_natural_order() -> None:
    names = ["60岁以上", "9岁以下", "18至35岁", "10至17岁"]
    assert sorted(names, key=natural) == ["9岁以下", "10至17岁", "18至35岁", "60岁以上"]


def strata(counts: dict[tuple[str, ...], int]) -> list[Stratum]:
    return [Stratum(key, count, count) for key, count in counts.items()]


def names(found: list[Block], *dimensions: str) -> list[str]:
    return [block.name(dimensions) for block in found]


def test_a_small_cell_joins_its_smaller_neighbour_of_the_last_dimension() -> None:
    counts = {("东", "18至35岁"): 300, ("东", "36至60岁"): 200, ("东", "61岁以上"): 20}
    found = merged(strata({**counts, ("西", "18至35岁"): 400}), size=100, least=10)
    assert names(found, "区县", "年龄") == [
        "区县=东;年龄=18至35岁",
        "区县=东;年龄=36至60岁+61岁以上",
        "区县=西;年龄=18至35岁",
    ]


def test_a_district_that_is_too_small_joins_another_and_keeps_the_last_dimension() -> None:
    counts = {
        ("甲", "女"): 10,
        ("甲", "男"): 12,
        ("乙", "女"): 200,
        ("乙", "男"): 190,
        ("丙", "女"): 300,
        ("丙", "男"): 288,
    }
    found = merged(strata(counts), size=100, least=10)
    # 丙 < 乙 < 甲 by code point is not the order of the tongue, but it is one: 丙 乙 甲.
    assert names(found, "区县", "性别") == [
        "区县=丙;性别=女",
        "区县=丙;性别=男",
        "区县=乙+甲;性别=女",
        "区县=乙+甲;性别=男",
    ]


def test_all_may_have_to_become_one_cell() -> None:
    found = merged(strata({("甲", "女"): 5, ("乙", "男"): 8}), size=12, least=10)
    assert [block.population for block in found] == [13]
    assert categories_of(names(found, "区县", "性别")[0]) == {"区县": "乙+甲", "性别": "女+男"}


def test_who_may_not_be_drawn_makes_a_cell_small() -> None:
    found = merged([Stratum(("东",), 500, 9), Stratum(("西",), 500, 500)], size=100, least=10)
    assert len(found) == 1


@given(
    counts=st.dictionaries(
        st.tuples(*(st.sampled_from("甲乙丙丁"), st.sampled_from(["1", "2", "10"]))),
        st.integers(1, 400),
        min_size=1,
    ),
    size=st.integers(10, 500),
    least=st.integers(10, 40),
)
def test_merging_parts_everybody_and_leaves_no_small_cell_but_the_last(
    counts: dict[tuple[str, ...], int], size: int, least: int
) -> None:
    found = merged(strata(counts), size=size, least=least)
    keys = [one.categories for block in found for one in block.strata]
    assert sorted(keys) == sorted(counts)
    population = sum(counts.values())
    for block in found:
        assert block.eligible >= least or len(found) == 1
        assert size * block.population >= least * population or len(found) == 1
        # A cell is a box: its strata have joined categories alone, and no other cell does.
        assert all(
            category in joined
            for one in block.strata
            for category, joined in zip(one.categories, block.joined, strict=True)
        )
    boxes = [set(product(*block.joined)) for block in found]
    assert sum(map(len, boxes)) == len(set().union(*boxes))
    shuffled = merged(strata(dict(reversed(counts.items()))), size=size, least=least)
    assert [block.joined for block in shuffled] == [block.joined for block in found]


def wish(each: int, **more: str) -> Wish:
    said = {"margin": "0.05", "confidence": "0.95", "design_effect": "1", "reserve_share": "0.5"}
    figures = {name: Decimal(value) for name, value in {**said, **more}.items()}
    return Wish(**figures, departments_each=each)


def test_ten_persons_of_each_cell_rate_each_department() -> None:
    assert least_mixed(3, 3) == 10
    assert least_mixed(50, 5) == 100
    assert least_mixed(7, 3) == 24
    counts = {(f"{at}区",): 1000 for at in range(20)}
    planned = plan(["区县"], counts, counts, wish(5), 50)
    # 384.15 / (1 + 383.15 / 20,000) = 376.9
    assert planned.drawn == 377
    assert all(cell.drawn >= 100 for cell in planned.cells)


def test_too_few_persons_for_one_cell_are_an_error() -> None:
    with pytest.raises(TooFewError) as error:
        plan(["区县"], {("东",): 99}, {("东",): 99}, wish(5), 50)
    assert (error.value.least, error.value.eligible) == (100, 99)


def test_a_small_sample_is_raised_to_one_whole_cell() -> None:
    planned = plan([], {(): 60}, {(): 60}, wish(3, margin="0.2"), 3)
    assert planned.sizes.corrected == 18
    assert plan([], {(): 60}, {(): 60}, wish(1, margin="0.2"), 3).drawn == 30


def test_reserves_end_where_the_cell_does() -> None:
    planned = plan([], {(): 20}, {(): 20}, wish(3, reserve_share="1"), 3)
    assert (planned.drawn, planned.reserve) == (20, 0)


def test_the_order_of_a_draw_is_the_documented_hash() -> None:
    # printf '甲\nresidents\n2' | sha256sum begins with 998c, 3 with 9c11, 1 with b64f, 5 with c315.
    cell = CellWish(1, range(1, 6), 2, 1)
    found = draw("甲", "residents", [cell], [11, 12], 2)
    assert [one.number for one in found] == [2, 3, 1]
    assert [one.is_reserve for one in found] == [False, False, True]
    assert [one.place for one in found] == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", "全体"), ("区县=东+西;性别=女", "区县：东、西；性别：女")],
)
def test_cells_are_shown_as_people_say_them(name: str, shown: str) -> None:
    assert cell_label(name) == shown
