"""Import of pairings from a file: looked at, applied, refused rows named."""

from collections.abc import Callable
from typing import Any

import pytest

from server.console.tables import Table, workbook
from server.core import clock
from server.core.access import Role
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import service as identity
from server.identity.rules import OrganisationKind
from server.pairings import files, imports, queries
from server.pairings.imports import Checked
from tests.factories.city import City
from tests.factories.identity import actor_in
from tests.factories.pairings import make_community, make_village, pair

HEADINGS = ("社区（村）", "部门", "开始日期", "结束日期", "备注")
Sheet = Callable[..., bytes]


def csv(*rows: tuple[str, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    return "\n".join(",".join(row) for row in (headings, *rows)).encode("gb18030")


def xlsx(*rows: tuple[str, ...]) -> bytes:
    return workbook(Table("结对", HEADINGS, rows))


def checked(city: City, data: bytes, actor: Any = None) -> list[Checked]:
    return imports.check(files.read(data), actor=actor or city.actors["office1"])


def applied(city: City, data: bytes) -> list[Checked]:
    with transaction():
        return imports.apply(files.read(data), actor=city.actors["office1"], now=clock.now())


def stored(city: City) -> list[tuple[str, str, str, str]]:
    return [
        (
            row.organisation.name,
            row.department.name,
            str(row.pairing.starts_on),
            str(row.pairing.ends_on or ""),
        )
        for row in queries.every_pairing(actor=city.actors["office1"])
    ]


@pytest.mark.parametrize("sheet", [csv, xlsx])
def test_good_rows_go_in_and_bad_ones_are_named_with_line_and_reason(
    city: City, sheet: Sheet
) -> None:
    make_community(city)
    make_village(city)
    data = sheet(
        ("滨江社区", "市监局", "2026-01-01", "2026-12-31", "协议一"),
        ("上塘村", "公安局", "2026年3月1日", "", ""),
        ("不存在的社区", "公安局", "2026-01-01", "", ""),
        ("滨江社区", "没有的局", "2026-01-01", "", ""),
        ("滨江社区", "公安局", "下周", "", ""),
        ("滨江社区", "公安局", "2026-05-01", "2026-04-01", ""),
        ("滨江社区", "市场监督管理局", "2026/06/01", "", ""),
        ("江畔纺织有限公司", "公安局", "2026-01-01", "", ""),
        ("", "公安局", "2026-01-01", "", ""),
    )
    rows = checked(city, data)
    assert stored(city) == []
    assert [(row.line.number, row.outcome) for row in rows] == [
        (2, "new"),
        (3, "new"),
        *((number, "refused") for number in range(4, 11)),
    ]
    for row, words in zip(
        rows[2:],
        ("不存在的社区", "没有的局", "下周", "早于", "重叠", "江畔纺织", "没有填写社区或村"),
        strict=True,
    ):
        assert words in row.reason, row.reason
    assert [row.outcome for row in applied(city, data)] == [row.outcome for row in rows]
    assert stored(city) == [
        ("滨江社区", "市场监督管理局", "2026-01-01", "2026-12-31"),
        ("上塘村", "公安局", "2026-03-01", ""),
    ]


def test_the_same_file_again_changes_nothing(city: City) -> None:
    make_community(city)
    data = csv(("滨江社区", "公安局", "2026-01-01", "", ""))
    applied(city, data)
    assert [row.outcome for row in applied(city, data)] == ["there"]
    assert len(stored(city)) == 1


def test_a_row_twice_in_one_file_goes_in_once(city: City) -> None:
    make_community(city)
    row = ("滨江社区", "公安局", "2026-01-01", "", "")
    assert [one.outcome for one in applied(city, csv(row, row))] == ["new", "there"]
    assert len(stored(city)) == 1


def test_what_changed_between_the_look_and_the_import_is_seen(city: City) -> None:
    community = make_community(city)
    data = csv(("滨江社区", "公安局", "2026-01-01", "", ""))
    assert checked(city, data)[0].outcome == "new"
    pair(city, community, city.departments[1])
    (row,) = applied(city, data)
    assert (row.outcome, len(stored(city))) == ("refused", 1)


def test_a_name_that_two_have_is_told_apart_by_what_stands_above(city: City) -> None:
    make_community(city)
    with transaction():
        district = identity.create_organisation(
            name="东城区",
            kind=OrganisationKind.DISTRICT,
            parent_id=city.root.id,
            actor=city.actors["admin"],
            now=clock.now(),
        )
        second = identity.create_organisation(
            name="滨江社区",
            kind=OrganisationKind.COMMUNITY,
            parent_id=district.id,
            actor=city.actors["admin"],
            now=clock.now(),
        )
    rows = checked(
        city,
        csv(
            ("滨江社区", "公安局", "2026-01-01", "", ""),
            ("东城区/滨江社区", "公安局", "2026-01-01", "", ""),
        ),
    )
    assert (rows[0].outcome, "2 个" in rows[0].reason) == ("refused", True)
    assert (rows[1].outcome, rows[1].organisation_id) == ("new", second.id)


def test_an_office_imports_for_its_own_departments_alone(city: City) -> None:
    make_community(city)
    data = csv(
        ("滨江社区", "公安局", "2026-01-01", "", ""),
        ("滨江社区", "市监局", "2026-01-01", "", ""),
    )
    own = actor_in(Role.OFFICE, city.departments[1])
    assert [row.outcome for row in checked(city, data, own)] == ["new", "refused"]
    with pytest.raises(Refusal) as refusal:
        checked(city, data, city.actors["head"])
    assert refusal.value.code == "not_allowed"


def test_what_is_exported_can_be_imported_again(city: City) -> None:
    pair(city, make_community(city), city.departments[0])
    pair(city, make_village(city), city.departments[1])
    data = files.listed(queries.every_pairing(actor=city.actors["office1"]))
    assert [row.outcome for row in checked(city, data)] == ["there", "there"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04 no workbook", "import_file_unreadable"),
        (csv(), "import_file_empty"),
        (csv(("a", "b"), headings=("社区", "部门")), "import_columns_missing"),
        (
            csv(("a", "b", "c", "d"), headings=("社区", "村", "部门", "开始日期")),
            "import_column_twice",
        ),
        (
            csv(*[("甲", "乙", "2026-01-01", "", "")] * (files.MOST_ROWS + 1)),
            "import_too_many_rows",
        ),
        (b"x" * (files.LARGEST_FILE + 1), "import_file_too_large"),
    ],
)
def test_a_file_that_is_no_list_of_pairings_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        files.read(data)
    assert refusal.value.code == code


def test_cells_that_no_database_takes_are_refused_and_not_an_error(city: City) -> None:
    make_community(city)
    rows = checked(
        city,
        csv(
            ("滨江社区", "公安局", "2026-01-01", "", "长" * 201),
            ("滨江\0社区", "公安局", "2026-01-01", "", ""),
            ("滨江社区", "公安局", "2026-02-30", "", ""),
        ),
    )
    assert [row.outcome for row in rows] == ["refused"] * 3
