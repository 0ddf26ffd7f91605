"""What is taken out of activities: members, experiences, turnout."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from server.activities.rules import Quarter
from server.attendance.models import Attendance
from server.audit.models import AuditEntry
from server.console.views import activity_exports
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.paging import Page
from server.core.transaction import transaction
from server.frontline import queries as frontline
from server.frontline.models import Experience
from server.identity import queries as identity
from server.identity import service as members
from server.identity.models import Organisation
from tests.console.activity_form import last_quarter
from tests.console.conftest import Desk, SignIn
from tests.factories.activities import ActivityFactory
from tests.factories.city import City
from tests.factories.frontline import approve, make_entry, make_experience
from tests.factories.members import PersonFactory


def two_places(city: City) -> list[str]:
    """Leave Party staff two places of the tree, and return the names of the branches below them."""
    account = city.accounts["party"].id
    now = clock.now()
    with transaction():
        (old,) = identity.grants_of_account(account)
        members.revoke_grant(old.id, actor=SYSTEM, now=now)
        for department in city.departments[:2]:
            members.grant_role(
                Role.PARTY_STAFF, department.id, account_id=account, actor=SYSTEM, now=now
            )
    return ["第一党支部", "第二党支部"]


def rows_of(office: Desk, subject: str, kind: str, **form: object) -> list[list[str]]:
    answer = office.post(f"/exports/{subject}", kind=kind, **form)
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["Content-Disposition"]
    if kind == "csv":
        return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_who_has_two_places_chooses_whose_coverage_is_shown_and_taken_out(
    desk: SignIn, city: City, branch: Organisation, other_branch: Organisation
) -> None:
    branches = two_places(city)
    party = desk("party")
    chosen = {}
    for department in city.departments[:2]:
        assert f'value="{department.id}"' in party.read("/coverage")
        text = party.read(f"/coverage?organisation={department.id}")
        chosen[department.id] = [name for name in branches if f">{name}</a>" in text]
    assert sorted(chosen.values()) == [["第一党支部"], ["第二党支部"]]
    first = party.read("/coverage")
    assert re.search(rf'value="{city.departments[0].id}" selected', first)
    refused = party.post("/exports/coverage", quarter=Quarter.of(clock.today()).code)
    assert refused.status_code == 422
    assert "请先选择单位" in refused.text
    rows = rows_of(party, "coverage", "csv", organisation=city.departments[1].id)
    assert [row[1] for row in rows if row[0] == "党支部"] == ["第二党支部"]


def test_an_export_asks_for_its_period_alone_and_takes_out_all_of_it(
    desk: SignIn,
    city: City,
    branch: Organisation,
    person: PersonFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    author = person(branch.id, key="zhang")
    reviewers = city.actors["party"], city.actors["office1"]
    today = clock.today()
    for days_ago in (0, 0, 0, 10):
        entry = make_entry(author, happened_on=today - timedelta(days=days_ago))
        approve(entry.id, *reviewers)
    shared = [make_experience(author, *reviewers).id for _ in range(3)]
    with transaction():
        db.session.get(Experience, shared[0]).shared_at -= timedelta(days=10)  # type: ignore[union-attr,operator]
    read: list[int] = []
    for name in ("approved_entries", "shared_experiences"):
        ask = getattr(frontline, name)

        def noted(*args: object, ask: Callable[..., Page[object]] = ask, **more: object) -> object:
            found = ask(*args, **more)
            read.append(len(found.items))
            return found

        monkeypatch.setattr(frontline, name, noted)
    monkeypatch.setattr(activity_exports, "A_PAGE", 1)
    period = {"frm": today.isoformat(), "to": today.isoformat()}
    assert len(rows_of(desk("party"), "entries", "csv", **period)) == 1 + 3
    assert len(rows_of(desk("party"), "experiences", "csv", **period)) == 1 + 2
    assert sum(read) == 3 + 2


def test_exports_hold_no_formula_and_leave_an_audit_entry(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    activity(branch.id, title="=HYPERLINK(1)", place="@SUM(1)", capacity=7)
    office = desk("office1")
    until = (clock.today() + timedelta(days=10)).isoformat()
    period = {"frm": clock.today().isoformat(), "to": until}
    as_text = rows_of(office, "activities", "csv", **period)
    assert as_text[1][1] == "'=HYPERLINK(1)"
    assert as_text[1][6] == "'@SUM(1)"
    book = office.post("/exports/activities", kind="xlsx", **period).data
    cell = load_workbook(io.BytesIO(book)).worksheets[0].cell(2, 2)
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")
    entries = db.session.query(AuditEntry).filter_by(action="export.made").all()
    assert [entry.detail["rows"] for entry in entries] == [1, 1]
    assert entries[0].subject_id == "activities"
    for subject in ("entries", "experiences", "coverage"):
        assert rows_of(office, subject, "xlsx", **period)[0]
    assert rows_of(office, "turnout", "xlsx", quarter=last_quarter().code)[0]
    assert "导出活动数据" in desk("admin").read("/audit?domain=export")


def test_turnout_is_taken_out_by_whole_quarters_that_are_over(
    desk: SignIn, branch: Organisation, activity: ActivityFactory, person: PersonFactory
) -> None:
    over = last_quarter()
    begun = over.starts_at + timedelta(days=30)
    held = activity(branch.id, at=begun - timedelta(days=1), starts_in=timedelta(days=1))
    people = [person(branch.id, name).id for name in ("安娜", "薄明", "陈晨")]
    with transaction():
        db.session.add_all(
            Attendance(
                activity_id=held.id,
                person_id=one,
                branch_id=branch.id,
                presence="present",
                changed_at=begun,
            )
            for one in people
        )
    office = desk("office1")
    # Days beside the quarter count for nothing: there is no second figure to subtract.
    days = {"frm": clock.local_date(begun).isoformat(), "to": clock.local_date(begun).isoformat()}
    rows = rows_of(office, "turnout", "csv", quarter=over.code, **days)
    assert rows[1:] == [["第一党支部", "1", "3", "3"]]
    page = office.read("/exports")
    form = page[page.index('action="/console/exports/turnout"') :].partition("</form>")[0]
    assert 'type="date"' not in form
    running = Quarter.of(clock.today()).code
    assert f'value="{running}"' not in form
    for quarter in (running, "", "2026-9", "2199-1"):
        answer = office.post("/exports/turnout", quarter=quarter, kind="csv", **days)
        assert answer.status_code == 422, quarter
        assert "请选择已经结束的季度" in answer.text


@pytest.mark.parametrize(
    "period",
    [
        {"frm": "2026-05-01", "to": "2026-04-01"},
        {"frm": "2020-01-01", "to": "2026-01-01"},
        {"frm": "0001-01-01", "to": "0001-02-01"},
        {"frm": "yesterday", "to": "2026-01-01"},
    ],
)
def test_an_export_of_an_impossible_period_is_refused(desk: SignIn, period: dict[str, str]) -> None:
    answer = desk("office1").post("/exports/activities", **period)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
