"""The list on paper: printed, filled in, read in again."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from sqlalchemy import select

from server.activities import queries as activities
from server.activities import service as activity_service
from server.attendance import cases, queries, service
from server.attendance.cases import Case
from server.attendance.models import Evidence
from server.attendance.queries import PaperRow
from server.attendance.service import PaperReport
from server.core import clock, crockford
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.membership import service as membership
from tests.attendance.conftest import Hall, HallFactory
from tests.factories.city import City

HEADINGS = ("序号", "编码", "姓名", "支部", "到场", "离开")
Line = tuple[object, ...]


def as_csv(*lines: Line, encoding: str = "utf-8-sig") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("社区清洁日",), HEADINGS, *lines])
    return buffer.getvalue().encode(encoding)


def as_workbook(*lines: Line) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for place, line in enumerate((("社区清洁日",), HEADINGS, *lines)):
            sheet.write_row(place, 0, line)
    return buffer.getvalue()


def line(row: PaperRow, came: object = "√", left: object = "", **more: Any) -> Line:
    return (row.number, more.get("code", row.code), more.get("name", row.name), "", came, left)


def take(hall: Hall, data: bytes, *, dry_run: bool = False) -> PaperReport:
    with transaction():
        return service.import_paper(
            hall.id, data, actor=hall.organiser.actor, now=clock.now(), dry_run=dry_run
        )


@pytest.fixture
def listed(hall: Hall) -> list[PaperRow]:
    for key, name in (("anna", "王芳"), ("ben", "李强"), ("carl", "李强")):
        hall.guest(key, name)
    return queries.paper_rows(hall.id)


def outcomes(report: PaperReport) -> list[str]:
    return [one.outcome.value for one in report.lines]


def test_the_list_has_turn_code_and_name(listed: list[PaperRow]) -> None:
    assert [(row.number, row.name) for row in listed] == [(1, "王芳"), (2, "李强"), (3, "李强")]
    assert all(crockford.is_code(row.code, 6) for row in listed)
    assert len({row.code for row in listed}) == 3


@pytest.mark.parametrize(
    "write",
    [
        as_csv,
        as_workbook,
        lambda *rows: as_csv(*rows, encoding="gb18030"),
        lambda *rows: as_csv(*rows, encoding="utf-16"),
    ],
)
def test_marks_count_as_the_organisers_word_on_paper(
    hall: Hall, listed: list[PaperRow], write: Any
) -> None:
    report = take(hall, write(line(listed[0]), line(listed[1], ""), line(listed[2], 1)))
    assert outcomes(report) == ["marked", "blank", "marked"]
    assert [item["presence"] for item in hall.overview()["items"]] == ["present", None, "present"]
    db.session.rollback()
    rows = db.session.scalars(select(Evidence)).all()
    assert {(row.kind, row.on_paper, row.given_by) for row in rows} == {
        ("organiser", True, hall.organiser.id)
    }


def test_a_dry_run_tells_the_same_and_stores_nothing(hall: Hall, listed: list[PaperRow]) -> None:
    data = as_csv(line(listed[0]), line(listed[1]))
    assert outcomes(take(hall, data, dry_run=True)) == ["marked", "marked"]
    db.session.rollback()
    assert db.session.scalars(select(Evidence)).all() == []
    assert take(hall, data).counts == {"marked": 2, "unchanged": 0, "blank": 0, "refused": 0}


def test_reading_the_list_in_twice_changes_nothing(hall: Hall, listed: list[PaperRow]) -> None:
    data = as_csv(line(listed[0]))
    take(hall, data)
    assert outcomes(take(hall, data)) == ["unchanged"]


def test_a_name_alone_serves_where_only_one_has_it(hall: Hall, listed: list[PaperRow]) -> None:
    report = take(hall, as_csv(line(listed[0], code=""), line(listed[1], code="")))
    assert outcomes(report) == ["marked", "refused"]
    assert "同名" in report.lines[1].message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "000000"}, "没有这个编码"),
        ({"code": "12"}, "没有这个编码"),
        ({"code": "", "name": "赵六"}, "没有这个姓名"),
        ({"code": "", "name": ""}, "没有编码"),
        ({"name": "赵六"}, "不是同一人"),
        ({"came": "也许"}, "只能打"),
        ({"came": "", "left": "√"}, "请核对"),
        ({"left": "√"}, "不需要签退"),
    ],
)
def test_each_fault_of_a_line_is_named_and_the_others_are_taken(
    hall: Hall, listed: list[PaperRow], changes: dict[str, Any], message: str
) -> None:
    report = take(hall, as_csv(line(listed[2], **changes), line(listed[0])))
    assert outcomes(report) == ["refused", "marked"]
    assert message in report.lines[0].message
    assert report.lines[0].line == 3


def test_a_line_given_twice_counts_once(hall: Hall, listed: list[PaperRow]) -> None:
    report = take(hall, as_csv(line(listed[0]), line(listed[0], came="")))
    assert outcomes(report) == ["marked", "refused"]


def test_leaving_is_read_in_where_it_is_asked_for(make_hall: HallFactory) -> None:
    hall = make_hall(check_out=True)
    hall.guest("anna", "王芳")
    (row,) = queries.paper_rows(hall.id)
    take(hall, as_csv(line(row, left="√")))
    item = hall.overview()["items"][0]
    assert (item["presence"], item["left"]) == ("present", True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\3\4 no workbook", "paper_unreadable"),
        (b"\xff\xfe\x00\x00", "paper_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "paper_unreadable"),
        ("编码,到场\n12\0,√\n".encode(), "paper_unreadable"),
        (as_workbook(("", "_xD800_", "", "", "√", "")), "paper_unreadable"),
        (as_csv(*[("", "a", "", "", "", "")] * 2_000), "paper_too_long"),
        ("姓名,电话\n王芳,1\n".encode(), "paper_headings"),
        (b"", "paper_headings"),
        ("到场\n√\n".encode(), "paper_headings"),
        (b"x" * (1024 * 1024 + 1), "paper_too_long"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused(hall: Hall, data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        take(hall, data)
    assert refused.value.code == code


def test_an_organiser_does_not_mark_himself(hall: Hall) -> None:
    with transaction():
        activity_service.join(hall.id, hall.organiser.id, clock.now())
    (row,) = queries.paper_rows(hall.id)
    report = take(hall, as_csv(line(row)))
    assert "您本人" in report.lines[0].message


def test_only_the_organiser_reads_a_list_in(hall: Hall, city: City) -> None:
    anna = hall.guest("anna")
    for actor in (anna.actor, city.actors["office1"]):
        with pytest.raises(Refusal, match="not_allowed"), transaction():
            service.import_paper(hall.id, b"", actor=actor, now=clock.now(), dry_run=True)


def test_codes_that_begin_alike_are_printed_longer() -> None:
    tickets = [bytes.fromhex("0011223344556677"), bytes.fromhex("0011223344ff6677")]
    spelled = queries._list_codes(tickets)
    assert len(set(spelled)) == 2
    assert all(len(code) > 6 for code in spelled)


def test_a_walk_in_is_on_the_list_too(hall: Hall) -> None:
    eve = hall.guest("eve", "赵六", joined=False)
    hall.send(eve)
    assert queries.paper_rows(hall.id) == []
    hall.decide(eve)
    assert activities.participation(hall.id, eve.id) is not None
    assert [row.name for row in queries.paper_rows(hall.id)] == ["赵六"]


def test_who_has_left_since_is_marked_and_who_is_gone_is_a_refused_line(
    hall: Hall, listed: list[PaperRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        membership.remove_person(listed[0].person, actor=SYSTEM, now=clock.now())
    read = cases.of_person

    def but_one(activity_id: int, person_id: UUID) -> Case:
        if person_id == listed[1].person:
            raise Refusal("person_unknown", 404)
        return read(activity_id, person_id)

    monkeypatch.setattr(cases, "of_person", but_one)
    report = take(hall, as_csv(*(line(row) for row in listed)))
    assert outcomes(report) == ["marked", "refused", "marked"]
