"""Notices at the desk: the bell, the list, what is wanted of them, and messages that got stuck."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from server.core import clock
from server.core.database import db
from server.identity import queries as identity
from server.identity.models import Delegation, PhoneCode
from server.notifications import queries
from server.notifications.models import Notice
from server.notifications.rules import Delivery, DeskKind
from tests.console.conftest import SignIn
from tests.console.notice_pages import dead_letter, tell
from tests.factories.city import City
from tests.factories.standing_in import stand_in

BELL = re.compile(r'class="btn btn-icon bell"[^>]*aria-label="([^"]+)"')


def bell(page: str) -> str:
    found = BELL.search(page)
    assert found
    return found[1]


def test_the_bell_of_every_page_counts_what_is_unread(city: City, desk: SignIn) -> None:
    office = desk("office1")
    assert bell(office.read("/campaigns")) == "通知"
    tell(city, "office1", occasion="1")
    tell(city, "office1", occasion="2")
    assert bell(office.read("/campaigns")) == "通知，2 条未读"


def test_opening_a_notice_marks_it_read_and_leads_to_what_it_is_about(
    city: City, desk: SignIn
) -> None:
    office = desk("office1")
    tell(city, "office1")
    (notice,) = queries.desk_notices(city.accounts["office1"].id).items
    answer = office.post(f"/notices/{notice.id}/reading")
    assert answer.headers["Location"] == "/console/notices/preferences"
    assert queries.desk_unread(city.accounts["office1"].id) == 0


def test_nobody_opens_somebody_elses_notice(city: City, desk: SignIn) -> None:
    tell(city, "office1")
    (notice,) = queries.desk_notices(city.accounts["office1"].id).items
    assert desk("office2").post(f"/notices/{notice.id}/reading").status_code == 404
    assert queries.desk_unread(city.accounts["office1"].id) == 1


def test_the_list_is_narrowed_to_unread_and_to_a_kind(city: City, desk: SignIn) -> None:
    office = desk("office1")
    assert "还没有通知" in office.read("/notices")
    tell(city, "office1")
    assert "差评件将到期" in office.read("/notices?unread=yes&kind=case_warning")
    assert "没有符合条件的通知" in office.read("/notices?kind=appeal_filed")
    office.post("/notices/readings")
    assert "没有符合条件的通知" in office.read("/notices?unread=yes")


def test_a_list_longer_than_a_page_is_read_by_its_cursor(city: City, desk: SignIn) -> None:
    for number in range(35):
        tell(city, "office1", occasion=str(number))
    first = desk("office1").read("/notices")
    cursor = re.search(r"cursor=([^\"&]+)", first)
    assert cursor
    second = desk("office1").read(f"/notices?cursor={cursor[1]}")
    assert (first.count("notice-row"), second.count("notice-row")) == (30, 5)


def test_kinds_are_switched_off_but_not_those_that_limits_demand(city: City, desk: SignIn) -> None:
    head = desk("head")
    page = head.read("/notices/preferences")
    assert 'name="case_moved" value="off"' in page
    assert 'name="case_warning" value="off"' not in page
    assert "办理时限由上级规定" in page
    head.post("/notices/preferences", case_moved="off", case_warning="inbox")
    chosen = queries.of_account(city.accounts["head"].id)
    assert (chosen[DeskKind.CASE_MOVED], chosen[DeskKind.CASE_WARNING]) == ("off", "inbox")
    head.post("/notices/preferences", case_warning="off")
    assert "不能关闭" in head.told()
    assert tell(city, "head") == 1
    assert tell(city, "head", kind=DeskKind.CASE_MOVED) == 0


def test_stuck_messages_are_shown_without_names_and_sent_again(city: City, desk: SignIn) -> None:
    admin, notice = desk("admin"), dead_letter()
    page = admin.read("/dead-letters")
    assert "微信拒绝发送，请检查消息模板（错误码 47003）" in page
    assert "标题里有人名" not in page
    assert str(notice.member_id) not in page
    assert admin.post(f"/dead-letters/{notice.id}/sending").status_code == 302
    assert "没有发送失败的消息" in admin.read("/dead-letters")
    assert db.session.scalars(select(Notice.delivery)).one() == Delivery.WAITING
    admin.post("/dead-letters/sending")
    assert "没有需要重新发送的消息" in admin.told()


def test_a_delegate_is_named_seen_at_both_ends_and_told(city: City, desk: SignIn) -> None:
    head, liaison = desk("head"), desk("liaison")
    page = head.read("/delegations")
    assert "liaison 同志（可代：市场监督管理局部门负责人）" in page
    assert "office1" not in page
    today = clock.today()
    answer = head.post(
        "/delegations",
        delegate_id=str(city.accounts["liaison"].id),
        begins_on=today.isoformat(),
        ends_on=(today + timedelta(days=3)).isoformat(),
        reason="年休假",
    )
    assert answer.status_code == 302, answer.text
    for one in (head, liaison):
        assert "liaison 同志 代 head 同志" in one.read("/delegations")
    assert "今天您正代head 同志办理" in liaison.read("/delegations")
    assert "您被指定为代办人" in liaison.read("/notices")
    made = db.session.scalars(select(Delegation)).one()
    liaison.post(f"/delegations/{made.id}/end")
    assert "已提前结束" in head.read("/delegations")
    assert "代办已结束" in head.read("/notices")
    assert "即刻起各办各的" not in liaison.read("/notices")


def test_a_stranger_sees_and_ends_no_delegation(city: City, desk: SignIn) -> None:
    made = stand_in(city, "head", "liaison")
    office = desk("office1")
    assert "liaison" not in office.read("/delegations")
    assert office.get(f"/delegations?account={city.accounts['head'].id}").status_code == 403
    assert office.post(f"/delegations/{made.id}/end").status_code == 403


def test_an_administrator_names_a_delegate_for_who_fell_ill_and_both_are_told(
    city: City, desk: SignIn
) -> None:
    admin, head = desk("admin"), city.accounts["head"].id
    today = clock.today().isoformat()
    admin.post(
        "/delegations",
        account=str(head),
        delegate_id=str(city.accounts["liaison"].id),
        begins_on=today,
        ends_on=today,
        reason="病假",
    )
    assert "由admin 同志指定" in admin.read(f"/delegations?account={head}")
    for name in ("head", "liaison"):
        assert queries.desk_unread(city.accounts[name].id) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("delegate_id", "", "请选择代办人。"),
        ("begins_on", "2020-01-01", "开始日期不能早于今天。"),
        ("ends_on", "2020-01-01", "结束日期不能早于开始日期。"),
    ],
)
def test_a_form_says_what_is_wrong_beside_the_field(
    city: City, desk: SignIn, field: str, value: str, words: str
) -> None:
    today = clock.today().isoformat()
    form = {
        "delegate_id": str(city.accounts["liaison"].id),
        "begins_on": today,
        "ends_on": today,
        field: value,
    }
    answer = desk("head").post("/delegations", **form)
    assert answer.status_code == 422
    assert words in answer.text


def test_the_code_for_a_phone_is_shown_once_with_its_drawing(city: City, desk: SignIn) -> None:
    liaison = desk("liaison")
    page = liaison.post("/phone/code").text
    code = re.search(r"<code>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</code>", page)
    assert code
    assert "<svg" in page
    assert code[1] not in liaison.read("/phone")
    assert len(db.session.scalars(select(PhoneCode)).all()) == 1


def test_the_log_names_in_whose_stead_and_to_whom(city: City, desk: SignIn) -> None:
    stand_in(city, "office1", "party")
    party = desk("party")
    answer = party.post(
        f"/organisations/{city.enterprise.id}/invitations", role="enterprise_representative"
    )
    assert answer.status_code < 400, answer.text
    page = desk("admin").read("/audit")
    assert re.search(r"代替</span> office1 同志", page)
    assert re.search(r"代办人</span> party 同志", page)
    assert identity.account_names([city.accounts["party"].id])
