"""Rating codes and QR codes, on paper and as files."""

import io
import re
from uuid import UUID

from openpyxl import load_workbook

from server.campaigns import queries
from server.campaigns import service as campaigns
from server.campaigns.codes import shown
from server.core import clock
from server.core.transaction import transaction
from tests.console.conftest import Desk, SignIn
from tests.factories.city import City


def issue(office: Desk, city: City, size: int = 30) -> UUID:
    campaign, department = city.campaign().id, city.departments[0].id
    answer = office.post(f"/campaigns/{campaign}/codes", department_id=department, size=size)
    assert answer.status_code == 302, answer.text
    return UUID(answer.headers["Location"].rpartition("/")[2])


def test_sheets_hold_24_codes_each_and_can_be_printed_again(desk: SignIn, city: City) -> None:
    office = desk("office1")
    batch = issue(office, city)
    codes = [shown(code) for code in queries.codes_of(queries.batch(batch))]
    for _ in range(2):
        text = office.read(f"/codes/{batch}/sheets/1")
        sheets = text.split('<section class="sheet"')[1:]
        assert [sheet.count("<svg") for sheet in sheets] == [24, 6]
        assert re.findall(r'class="ticket-code">([^<]+)', text) == codes


def test_the_spreadsheet_holds_the_codes_as_text(desk: SignIn, city: City) -> None:
    office = desk("office1")
    batch = issue(office, city, size=3)
    answer = office.get(f"/codes/{batch}/codes.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True))
    codes = [shown(code) for code in queries.codes_of(queries.batch(batch))]
    assert [row[1] for row in rows[1:]] == codes
    assert rows[1][2] == f"http://ronghe.test/rate/{codes[0]}"
    assert rows[1][3] == city.departments[0].name


def test_a_wrong_number_is_told_beside_the_field_and_issues_nothing(
    desk: SignIn, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    for size, words in (("0", "每批 1 至 5000 个"), ("many", "请填写整数"), ("", "请填写整数")):
        answer = desk("office1").post(
            f"/campaigns/{campaign}/codes", department_id=department, size=size, note="大厅"
        )
        assert answer.status_code == 422
        assert words in answer.text
        assert 'value="大厅"' in answer.text
    assert queries.batches(campaign) == []


def test_codes_are_files_of_their_kind(desk: SignIn, city: City) -> None:
    office, department = desk("office1"), city.departments[0].id
    with transaction():
        counter = campaigns.add_counter(
            department, "一号窗口", actor=city.actors["office1"], now=clock.now()
        )
    for path, start in (
        (f"/qr-codes/{department}/mini-program.png", b"\x89PNG"),
        (f"/qr-codes/{department}/web.png?download=1", b"\x89PNG"),
        (f"/qr-codes/{department}/web.svg?download=1", b"<?xml"),
        (f"/counters/{counter.id}/mini-program.png", b"\x89PNG"),
    ):
        answer = office.get(path)
        assert answer.data.startswith(start)
        assert ("attachment" in answer.headers.get("Content-Disposition", "")) == (
            "download" in path
        )


def test_a_counter_is_added_once_retired_and_taken_back(desk: SignIn, city: City) -> None:
    office, department = desk("office1"), city.departments[0].id
    path = f"/qr-codes/{department}"
    assert office.post(f"{path}/counters", name="一号窗口").status_code == 302
    again = office.post(f"{path}/counters", name="一号窗口")
    assert again.status_code in {409, 422}
    counter = queries.counters(department)[0]
    office.post(f"/counters/{counter.id}/retirement")
    assert "已停用" in office.read(path)
    office.post(f"/counters/{counter.id}/activation")
    text = office.read(path)
    assert f"/counters/{counter.id}/retirement" in text
