from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sampling.rules import categories_of, cell_name
from server.scoring.margins import frozen, weights_of_cells
from server.scoring.raking import RakingError
from server.scoring.scheme import Panel

HUNDRED = Decimal(100)


def panel(cap: str | None = None, **margins: dict[str, int]) -> Panel:
    return Panel("residents", "普通群众", HUNDRED, margins, Decimal(cap) if cap else None)


@given(
    st.dictionaries(
        st.text("东西南北ab", min_size=1, max_size=5),
        st.text("东西南北12-", min_size=1, max_size=5),
        max_size=4,
    )
)
def test_a_cell_can_be_read_from_its_name(categories: dict[str, str]) -> None:
    assert categories_of(cell_name(categories)) == categories


@pytest.mark.parametrize("name", ["区", "区=", "=东", "区=东;区=西", ";"])
def test_what_is_no_name_of_a_cell_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no cell"):
        categories_of(name)


def test_weights_are_one_on_average_and_meet_the_margins() -> None:
    weights = weights_of_cells(panel(区={"东": 600, "西": 400}), {"区=东": 30, "区=西": 10})
    assert weights == {"区=东": Decimal("0.800000"), "区=西": Decimal("1.600000")}


def test_without_margins_all_weigh_alike() -> None:
    assert weights_of_cells(panel(), {"": 30}) == {"": Decimal(1)}


def test_a_cap_is_kept_in_decimals() -> None:
    weights = weights_of_cells(panel("2", 区={"东": 500, "西": 500}), {"区=东": 90, "区=西": 10})
    assert weights["区=西"] == Decimal("2.000000")


def test_a_cell_without_raters_needs_no_weight() -> None:
    raters = {"区=东;龄=老": 5, "区=西;龄=少": 5, "区=东;龄=少": 5, "区=西;龄=老": 0}
    weights = weights_of_cells(panel(区={"东": 60, "西": 40}, 龄={"老": 30, "少": 70}), raters)
    assert weights["区=西;龄=老"] == 1
    assert len(weights) == 4


@pytest.mark.parametrize("raters", [{"区=东": 5}, {"龄=老": 5}, {"区=东": 5, "区=北": 5}])
def test_margins_that_the_raters_do_not_meet_are_an_error(raters: dict[str, int]) -> None:
    with pytest.raises(RakingError):
        weights_of_cells(panel(区={"东": 60, "西": 40}), raters)


def test_no_weight_is_frozen_as_nothing() -> None:
    assert frozen(1e-12) == Decimal("0.000001")
    assert frozen(1.0000005) == Decimal("1.000001")
