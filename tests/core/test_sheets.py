"""Spreadsheets that come in and go out: encodings, bounds, files that mean harm, formulas."""

import csv
import io
import struct
import zipfile
import zlib
from contextlib import suppress

import pytest
from xlsxwriter.workbook import Workbook

from server.core.sheets import (
    LONGEST_CELL,
    MOST_COLUMNS,
    UnreadableSheetError,
    one_line,
    plain_heading,
    read_sheet,
)
from server.core.workbooks import csv_table, inert, workbook, write_headings, write_texts
from tests.membership.files import table, xlsx

LARGEST_FILE = 5 * 1024 * 1024
MOST_ROWS = 100
TEXTS = [
    "=1+1",
    " =1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r1",
    "＝1",
    "https://a.example",
    "13800000000",
]
Rows = list[tuple[int, list[str]]]


def read(data: bytes) -> Rows:
    return read_sheet(data, most_rows=MOST_ROWS).rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
def test_text_tables_are_read_as_programs_write_them(encoding: str, separator: str) -> None:
    text = f"\r\n姓名{separator}支部\r\n張三丰{separator}一支部\r\n"
    found = read(text.encode(encoding))
    assert found == [(1, ["姓名", "支部"]), (2, ["張三丰", "一支部"])]


def test_workbooks_give_the_numbers_that_the_table_shows_as_texts() -> None:
    sheet = read_sheet(
        xlsx([["a", 1], [], [1.5, True, "x"]], merged=[(4, 0, 5, 1)]), most_rows=MOST_ROWS
    )
    assert sheet.rows == [(0, ["a", "1", ""]), (2, ["1.5", "是", "x"])]
    assert sheet.merged == [[4, 0, 5, 1]]


@pytest.mark.parametrize("kind", [table, lambda *lines: xlsx([[one] for one in lines])])
def test_reading_ends_one_row_behind_the_bound(kind: object) -> None:
    assert callable(kind)
    assert len(read(kind(*map(str, range(MOST_ROWS))))) == MOST_ROWS
    assert len(read(kind(*map(str, range(MOST_ROWS * 2))))) == MOST_ROWS + 1


def test_rows_and_cells_are_cut_where_no_real_one_goes_on() -> None:
    long = "字" * (LONGEST_CELL + 1)
    for data in (xlsx([[long] * (MOST_COLUMNS + 1)]), table(",".join([long] * (MOST_COLUMNS + 1)))):
        ((_, cells),) = read(data)
        assert [len(cell) for cell in cells] == [LONGEST_CELL] * MOST_COLUMNS


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00\xd8",
        b"\x81\x20" * 50,
        b"PK\x03\x04 but no archive",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"%PDF-1.7\n" + bytes(range(256)),
        b'"' + b"x" * 200_000,
    ],
)
def test_what_is_no_table_is_told_from_one(data: bytes) -> None:
    with pytest.raises(UnreadableSheetError):
        read(data)


def test_cells_become_one_line_and_headings_plain() -> None:
    assert one_line("\ufeff 张\n三_x000D_ \u200b丰 ") == "张 三 丰"
    assert plain_heading("\ufeff*姓 名（必填）：") == "姓名"


@pytest.mark.parametrize("text", TEXTS[:8])
def test_a_text_that_would_be_calculated_is_not_in_csv(text: str) -> None:
    rows = list(
        csv.reader(io.StringIO(csv_table([["列"], [text]]).removeprefix("\ufeff"), newline=""))
    )
    assert rows == [["列"], [f"'{text}"]]


def test_numbers_and_plain_texts_stay_as_they_are() -> None:
    assert [inert(cell) for cell in (-1, "张三", "1-2", "", None)] == [-1, "张三", "1-2", "", None]


def test_a_workbook_holds_texts_alone() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        write_headings(book, sheet, [("列", 10.0)])
        write_texts(sheet, 1, TEXTS)

    members = _members(workbook(fill))
    sheet = members["xl/worksheets/sheet1.xml"]
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    assert sheet.count(b't="s"') == len(TEXTS) + 1


def _packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_archive_that_unpacks_to_gigabytes_is_refused_and_takes_nobody_along() -> None:
    members = _members(xlsx([["姓名", "支部"], ["张三", "一支部"]]))
    sheet = members["xl/worksheets/sheet1.xml"]
    filling = b"<row>" + b" " * 300_000_000 + b"</row>"
    start = zlib.compressobj(9, wbits=-15)
    packed = start.compress(sheet[:-50]) + b"".join(start.compress(filling) for _ in range(5))
    packed += start.flush()
    assert len(packed) < LARGEST_FILE
    name = b"xl/worksheets/sheet1.xml"
    bomb = _packed({key: value for key, value in members.items() if key.encode() != name})
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        assert archive.testzip() is None
    with pytest.raises(UnreadableSheetError):
        read(_with_raw(bomb, name, packed, 2**31 - 1))


def _with_raw(archive: bytes, name: bytes, packed: bytes, claimed: int) -> bytes:
    """Append a member of deflated bytes to an archive, whatever they unpack to."""
    end = archive.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack("<HII", archive[end + 10 : end + 20])
    directory = archive[offset : offset + size]
    body = archive[:offset]
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(packed), claimed, len(name), 0)
    local = b"PK\x03\x04" + fields + name + packed
    entry = (
        b"PK\x01\x02"
        + struct.pack("<H", 20)
        + fields
        + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        + name
    )
    directory += entry
    start = len(body) + len(local)
    tail = struct.pack("<HHHHIIH", 0, 0, count + 1, count + 1, len(directory), start, 0)
    return body + local + directory + b"PK\x05\x06" + tail


def test_a_single_cell_at_the_far_corner_is_refused_within_the_readers_bounds() -> None:
    members = _members(xlsx([["姓名", "支部"], ["张三", "一支部"]]))
    sheet = members["xl/worksheets/sheet1.xml"]
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", far)
    with pytest.raises(UnreadableSheetError):
        read(_packed(members))


def test_entities_that_multiply_are_not_expanded() -> None:
    members = _members(xlsx([["姓名", "支部"], ["张三", "一支部"]]))
    laughs = b'<!DOCTYPE x [<!ENTITY a "%s">' % (b"ha" * 1000)
    for step in range(10):
        before = b"&a;" if step == 0 else b"&a%d;" % (step - 1)
        laughs += b'<!ENTITY a%d "%s">' % (step, before * 10)
    strings = members["xl/sharedStrings.xml"]
    at = strings.index(b"<sst")
    members["xl/sharedStrings.xml"] = (
        strings[:at] + laughs + b"]>" + strings[at:].replace("张三".encode(), b"&a9;")
    )
    with suppress(UnreadableSheetError):
        assert all(
            len(cell) <= LONGEST_CELL for _, cells in read(_packed(members)) for cell in cells
        )
