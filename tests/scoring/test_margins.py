"""Which categories are raked as one, and how cells are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sampling.rules import categories_of, cell_name
from server.scoring.margins import categories_in, check_panel_margins, together

AGES = {"年龄": {"少": 600, "中": 250, "老": 150}}


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


def test_categories_that_stand_together_in_a_cell_are_one_target() -> None:
    found = together(AGES, [{"年龄": "少"}, {"年龄": "中+老"}])
    assert found.targets == {"年龄": {"少": 600, "中+老": 400}}
    assert found.group_of("年龄", "中+老") == found.group_of("年龄", "老") == "中+老"


def test_togetherness_passes_from_cell_to_cell() -> None:
    cells = [{"年龄": "少+中"}, {"年龄": "中+老"}, {"年龄": "少"}]
    found = together(AGES, cells)
    assert found.targets == {"年龄": {"中+少+老": 1000}}
    assert {found.group_of("年龄", cell["年龄"]) for cell in cells} == {"中+少+老"}


def test_a_scheme_can_put_categories_together_itself() -> None:
    found = together({"年龄": {"少": 600, "中+老": 400}}, [{"年龄": "中"}, {"年龄": "老"}])
    assert found.group_of("年龄", "中") == found.group_of("年龄", "老") == "中+老"
    assert found.targets == {"年龄": {"少": 600, "中+老": 400}}


def test_the_order_of_the_cells_changes_nothing() -> None:
    cells = [{"年龄": "少+中"}, {"年龄": "老"}, {"年龄": "中"}]
    assert together(AGES, cells) == together(AGES, cells[::-1])


def test_a_category_without_a_target_is_named() -> None:
    with pytest.raises(KeyError) as caught:
        together(AGES, [{"年龄": "少+幼"}])
    assert caught.value.args == ("年龄", "幼")


def test_a_sign_at_the_end_joins_nothing() -> None:
    assert categories_in("60岁+") == ["60岁+"]
    assert categories_in("46至60岁+60岁以上") == ["46至60岁", "60岁以上"]


def test_a_category_stands_once_in_a_dimension() -> None:
    panel = {"margins": {"年龄": {"少+中": 600, "中": 400}}}
    (fault,) = check_panel_margins("p", "群体", panel)
    assert "只能出现一次" in fault.message
