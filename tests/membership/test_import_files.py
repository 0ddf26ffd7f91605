"""Files of people as they come; those that mean harm are in ``tests/core/test_sheets.py``."""

import pytest

from server.core.errors import Refusal
from server.membership import files
from server.membership.rules import MOST_ROWS, ImportKind
from tests.membership.files import table, xlsx

HEAD = "姓名,支部"


def read(data: bytes) -> files.Content:
    return files.read(data, ImportKind.PEOPLE)


def refusal(data: bytes) -> str:
    with pytest.raises(Refusal) as refused:
        read(data)
    assert refused.value.message
    return refused.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_tables_are_read_in_the_encodings_that_programs_write(encoding: str) -> None:
    content = read("姓名,支部\r\n張三丰,第一党支部\r\n".encode(encoding))
    assert content.rows[0].values == {"name": "張三丰", "branch": "第一党支部"}
    assert content.rows[0].line == 2


def test_workbooks_give_the_line_that_the_table_shows() -> None:
    content = read(
        xlsx(
            [
                ["党员花名册"],
                [],
                ["手机号码", "", "所在党支部", "*姓名（必填）"],
                [],
                [13800000000, "x", "第一党支部", "张\n三"],
                [True, "", "第一党支部", "_x674E_四_x000D_"],
            ],
            merged=[(0, 0, 0, 3)],
        )
    )
    assert [row.line for row in content.rows] == [5, 6]
    assert content.rows[0].values == {
        "phone": "13800000000",
        "branch": "第一党支部",
        "name": "张 三",
    }
    assert content.rows[1].values["name"] == "李四"
    assert content.fields == ["phone", "branch", "name"]


def test_columns_stand_in_any_order_and_others_are_named_and_not_read() -> None:
    content = read(table("备注,党支部,姓名,身份证号码", "秘密,一支部,张三,330102199001011234"))
    assert content.unknown == ["备注"]
    assert content.identity == ["身份证号码"]
    assert content.rows[0].values == {"name": "张三", "branch": "一支部"}


def test_identity_numbers_are_left_out_wherever_they_stand() -> None:
    content = read(table("姓名,支部,编号", "张三,一支部,330102199001011234"))
    assert content.rows[0].values["code"] == ""
    assert "身份证" in content.rows[0].faults[0]["message"]
    numbers = read(xlsx([["姓名", "支部", "编号"], ["张三", "一支部", 330102199001011234]]))
    assert numbers.rows[0].values["code"] == ""


def test_a_merged_branch_stands_for_its_rows_and_other_merged_cells_are_faults() -> None:
    content = read(
        xlsx(
            [
                ["支部", "姓名"],
                ["一支部", "张三"],
                ["", "李四"],
                ["", "王五"],
                ["二支部", "赵六"],
                ["二支部", ""],
            ],
            merged=[(1, 0, 3, 0), (4, 1, 5, 1)],
        )
    )
    assert [row.values["branch"] for row in content.rows] == ["一支部"] * 3 + ["二支部"] * 2
    assert [bool(row.faults) for row in content.rows] == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import_file_empty"),
        (b" \r\n\r\n", "import_file_empty"),
        (b",,,\r\n,,,\r\n", "import_file_empty"),
        (table(HEAD), "import_file_empty"),
        (xlsx([["姓名", "支部"]]), "import_file_empty"),
        (xlsx([]), "import_file_empty"),
        (table("姓名", "张三"), "import_columns_missing"),
        (table("a,b", "1,2"), "import_columns_missing"),
        (table("姓名,支部,党支部", "张三,a,b"), "import_column_twice"),
        (b"\xff\xfe\x00\xd8", "import_file_unreadable"),
        (b"\x81\x20" * 50, "import_file_unreadable"),
        (b"PK\x03\x04 but no archive", "import_file_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "import_file_unreadable"),
        (b"%PDF-1.7\n" + bytes(range(256)), "import_file_unreadable"),
        (bytes(files.LARGEST_FILE + 1), "import_file_too_large"),
        (table(HEAD, *["张三,一支部"] * (MOST_ROWS + 1)), "import_too_many_rows"),
    ],
)
def test_what_is_no_table_of_people_is_refused_with_a_reason(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_the_largest_number_of_rows_is_taken() -> None:
    assert len(read(table(HEAD, *["张三,一支部"] * MOST_ROWS)).rows) == MOST_ROWS


def test_characters_that_cannot_be_stored_are_a_fault_of_their_cell() -> None:
    content = read(table(HEAD, "张\0三,一支部", "李四,一支部", "王_x0000_五,一支部", "_xD800_,b"))
    assert [[one["field"] for one in row.faults] for row in content.rows] == [
        ["name"],
        [],
        ["name"],
        ["name"],
    ]
