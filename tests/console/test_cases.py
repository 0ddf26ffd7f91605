"""The pages of cases: what they list, to whom, and what is done there."""

import io
import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM
from server.core.crypto import seal
from server.core.database import db
from server.core.keyring import standing_key
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.evaluation.rules import CommentState
from server.rectification import calls, queries
from server.rectification import service as rectification
from server.rectification.models import CaseEvent
from server.rectification.rules import CaseKind, ClosedBy, EventKind, OriginKind, Stage
from server.sources.models import SourceMatter
from server.sources.rules import CONTACT_PURPOSE, KEY_NAME
from tests.console.conftest import Desk, SignIn, confine
from tests.console.test_lists import queries_of
from tests.console.test_sources import CHOSEN, taken_in
from tests.factories.city import City
from tests.factories.contesting import CONTACT, Rated, poor_rating
from tests.sources.files import messages


@pytest.fixture
def rated(city: City, client: FlaskClient) -> Rated:
    """A case that a poor rating registered."""
    return poor_rating(city, client)


def finding(city: City, title: str, *, department: int = 0, now: datetime | None = None) -> UUID:
    """Register a finding as the office does; return its case."""
    with transaction():
        return rectification.register_finding(
            CaseKind.SUPERVISION,
            city.departments[department].id,
            document="临督〔2026〕1 号",
            title=title,
            summary="详见通报。",
            basis="《督查工作办法》第十条",
            actor=city.actors["office1"],
            now=now or clock.now(),
        ).id


def listed(desk: Desk, query: str = "") -> set[str]:
    """Return the titles in a list, without the page around it."""
    text = desk.read(f"/cases{query}").split('id="list"')[1].split("figure-card")[0]
    return set(re.findall(r'href="/console/cases/[0-9a-f-]{36}">([^<]+)<', text))


def offered(desk: Desk, case_id: UUID) -> set[str]:
    """Return the steps that a case's page offers."""
    return set(re.findall(r"\?step=(\w+)#step", desk.read(f"/cases/{case_id}")))


def picture() -> tuple[io.BytesIO, str]:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), "#336699").save(held, "JPEG")
    held.seek(0)
    return held, "evidence.jpg"


def events(case_id: UUID, kind: EventKind) -> list[CaseEvent]:
    db.session.expire_all()
    return list(
        db.session.scalars(
            select(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.kind == kind.value)
        )
    )


# The list


def test_an_empty_list_says_where_cases_come_from(desk: SignIn, city: City) -> None:
    text = desk("office1").read("/cases")
    assert "还没有差评件" in text
    assert "没有符合条件的差评件" in desk("office1").read("/cases?q=zzz")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"甲", "乙", "丙"}),
        ("?department={second}", {"丙"}),
        ("?state=late", {"乙"}),
        ("?state=yellow", {"丙"}),
        ("?state=open&kind=supervision", {"甲", "乙", "丙"}),
        ("?kind=patrol", set()),
        ("?stage=closed", set()),
        ("?q=乙", {"乙"}),
        ("?q={number}", {"甲"}),
        ("?quarter=1999Q1", set()),
        ("?kind=nonsense&stage=x&state=y&department=abc", {"甲", "乙", "丙"}),
    ],
)
def test_the_list_is_filtered(desk: SignIn, city: City, query: str, shown: set[str]) -> None:
    now = clock.now()
    due_tomorrow = _counted_from_for(city, "丙", now)
    first = finding(city, "甲")
    finding(city, "乙", now=now - timedelta(days=60))
    finding(city, "丙", department=1, now=due_tomorrow)
    asked = query.format(second=city.departments[1].id, number=queries.case(first).number)
    assert listed(desk("office1"), asked) == shown


def _counted_from_for(city: City, title: str, now: datetime) -> datetime:
    """Return when a case must have been registered for its limit to end on the next working day."""
    calendar = queries.calendar()
    last = calendar.working_days_on(clock.local_date(now), 1)
    first = last
    for _ in range(15):
        first = calendar.working_day_before(first)
    return datetime.combine(first, datetime.min.time(), clock.SHANGHAI).replace(hour=10)


def test_the_list_goes_on_by_key(desk: SignIn, city: City) -> None:
    titles = {f"问题 {place:02}" for place in range(33)}
    for title in sorted(titles):
        finding(city, title)
    office = desk("office1")
    first = office.read("/cases")
    following = re.search(r'href="/console(/cases\?cursor=[^"]+)" rel="next"', first)
    assert following
    seen = [listed(office), listed(office, following[1].removeprefix("/cases"))]
    assert seen[0] | seen[1] == titles
    assert not seen[0] & seen[1]


def test_the_counts_and_the_chart_tell_how_departments_stand(desk: SignIn, city: City) -> None:
    finding(city, "甲")
    finding(city, "乙", now=clock.now() - timedelta(days=60))
    finding(city, "丙", department=1)
    text = desk("office1").read("/cases")
    counts = re.findall(
        r'<div class="h2 mb-0">(\d+)</div><div class="text-secondary">([^<]+)<', text
    )
    assert {words: int(number) for number, words in counts}["件未销号"] == 3
    assert {words: int(number) for number, words in counts}["件超期未答复"] == 1
    row = re.search(r'<th scope="row">市监局</th>(.*?)</tr>', text, re.DOTALL)
    assert row
    assert re.findall(r">(\d+)<", row[1]) == ["2", "1", "0", "1"]


def test_a_department_sees_its_own_cases_alone(desk: SignIn, city: City) -> None:
    finding(city, "甲")
    other = finding(city, "丙", department=1)
    for name in ("liaison", "head", "inspector"):
        assert listed(desk(name)) == {"甲"}
        assert desk(name).get(f"/cases/{other}").status_code == 403
    assert "figure-card" not in desk("liaison").read("/cases")


def test_the_export_has_the_filters_cases_and_is_recorded(desk: SignIn, city: City) -> None:
    finding(city, "甲")
    finding(city, "丙", department=1)
    answer = desk("office1").post(f"/cases/export?department={city.departments[1].id}")
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0][:3] == ["编号", "标题", "部门"]
    assert [row[1] for row in rows[1:]] == ["丙"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "case.exported")).one()
    assert entry.detail["rows"] == 1


# One case, and its steps


def test_each_person_is_offered_the_steps_that_it_may_take_now(
    desk: SignIn, city: City, rated: Rated
) -> None:
    of_department = {"accept", "call_back", "answer", "measure", "extend", "appeal", "note"}
    assert offered(desk("liaison"), rated.case_id) == of_department
    assert offered(desk("head"), rated.case_id) == of_department
    assert offered(desk("office1"), rated.case_id) == {"transfer", "note"}
    assert offered(desk("inspector"), rated.case_id) == {"note"}
    rated.answer()
    assert offered(desk("liaison"), rated.case_id) == {
        "answer", "measure", "ask_closing", "appeal", "note",
    }  # fmt: skip
    assert offered(desk("office1"), rated.case_id) == {
        "close", "refuse_closing", "transfer", "note",
    }  # fmt: skip
    with transaction():
        name = queries.origin(rated.origin_id).origin_id
        rectification.release_origin(OriginKind.EVALUATION, name, now=clock.now())
    assert offered(desk("liaison"), rated.case_id) == set()


def test_a_case_goes_its_way_through_the_forms(desk: SignIn, city: City, rated: Rated) -> None:
    liaison, office, path = desk("liaison"), desk("office1"), f"/cases/{rated.case_id}"
    assert liaison.post(f"{path}/accept").status_code == 302
    assert rated.case.stage == Stage.ACCEPTED
    called = liaison.post(
        f"{path}/call_back", origin=rated.origin_id, outcome="reached", note="已沟通。"
    )
    assert called.status_code == 302
    measure = liaison.post(f"{path}/measure", text="内部提醒。", internal="yes")
    assert measure.status_code == 302
    answered = liaison.post(f"{path}/answer", text="已整改。", picture_files=picture())
    assert answered.status_code == 302
    assert liaison.post(f"{path}/ask_closing", text="").status_code == 302
    assert rated.case.stage == Stage.CLOSING_ASKED
    assert office.post(f"{path}/refuse_closing", reason="请补充照片。").status_code == 302
    assert rated.case.stage == Stage.ACCEPTED
    (line,) = events(rated.case_id, EventKind.MEASURE)
    assert line.internal
    text = office.read(path)
    shown = re.search(rf"/console({path}/pictures/[0-9a-f-]+)", text)
    assert shown
    assert office.get(shown[1]).mimetype == "image/jpeg"


def test_what_is_missing_stands_beside_the_field_and_pictures_stay(
    desk: SignIn, rated: Rated
) -> None:
    answer = desk("liaison").post(
        f"/cases/{rated.case_id}/answer", text="", picture_files=picture()
    )
    assert answer.status_code == 422
    assert "请填写 1 至 5000 个字。" in answer.text
    kept = re.search(r'name="pictures" value="([0-9a-f-]{36})"', answer.text)
    assert kept
    again = desk("liaison").post(
        f"/cases/{rated.case_id}/answer", text="已整改。", pictures=kept[1], picture_number="1"
    )
    assert again.status_code == 302
    (line,) = queries.timeline(rated.case_id)[-1:]
    assert [str(one.id) for one in line.pictures] == [kept[1]]


def test_another_cases_origin_is_refused(desk: SignIn, city: City, client: FlaskClient) -> None:
    mine = poor_rating(city, client)
    other = poor_rating(city, client, person="berta")
    answer = desk("liaison").post(
        f"/cases/{mine.case_id}/call_back", origin=other.origin_id, outcome="reached", note="好"
    )
    assert answer.status_code == 422
    assert not events(other.case_id, EventKind.CALLED_BACK)


def test_the_department_can_not_close_its_own_case(desk: SignIn, rated: Rated) -> None:
    rated.answer()
    answer = desk("liaison").post(f"/cases/{rated.case_id}/close", ground="rater", note="请销号。")
    assert answer.status_code == 403
    assert rated.case.stage == Stage.ANSWERED


def test_the_office_is_told_what_a_closing_still_waits_for(desk: SignIn, rated: Rated) -> None:
    rated.answer()
    text = desk("office1").read(f"/cases/{rated.case_id}?step=close")
    assert "现在还不能销号" in text
    refused = desk("office1").post(
        f"/cases/{rated.case_id}/close", ground="silence", note="没有回应。"
    )
    assert refused.status_code == 422
    assert rated.case.stage == Stage.ANSWERED


def test_after_the_raters_silence_the_office_closes(desk: SignIn, rated: Rated) -> None:
    rated.answer(now=clock.now() - timedelta(days=40))
    case = rated.case
    with transaction():
        case.registered_at = case.counts_from = clock.now() - timedelta(days=41)
        origin = queries.origin(rated.origin_id)
        origin.joined_at = clock.now() - timedelta(days=41)
    answer = desk("office1").post(
        f"/cases/{rated.case_id}/close", ground="silence", note="已核对整改照片。"
    )
    assert answer.status_code == 302, answer.text
    assert (rated.case.stage, rated.case.closed_by) == (Stage.CLOSED, ClosedBy.SILENCE)


def test_the_contact_is_shown_for_the_callback_and_every_look_is_recorded(
    desk: SignIn, rated: Rated
) -> None:
    liaison = desk("liaison")
    assert CONTACT["phone"] not in liaison.read(f"/cases/{rated.case_id}")
    path = f"/cases/{rated.case_id}/origins/{rated.origin_id}/contact"
    for look in (1, 2):
        answer = liaison.post(path)
        assert CONTACT["phone"] in answer.text
        assert CONTACT["name"] in answer.text
        assert len(events(rated.case_id, EventKind.CONTACT_SHOWN)) == look
    assert answer.headers["Cache-Control"] == "no-store"
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action == "case.contact_shown")
    ).all()
    assert len(actions) == 2


@pytest.mark.parametrize("name", ["office1", "inspector", "adjudicator"])
def test_nobody_but_the_department_sees_a_contact(desk: SignIn, rated: Rated, name: str) -> None:
    path = f"/cases/{rated.case_id}/origins/{rated.origin_id}/contact"
    answer = desk(name).post(path)
    assert answer.status_code == 403
    assert CONTACT["phone"] not in answer.text
    assert not events(rated.case_id, EventKind.CONTACT_SHOWN)


def test_another_departments_liaison_sees_no_contact(
    desk: SignIn, city: City, rated: Rated
) -> None:
    confine(city, "liaison", city.departments[1])
    path = f"/cases/{rated.case_id}/origins/{rated.origin_id}/contact"
    answer = desk("liaison").post(path)
    assert answer.status_code == 403
    assert CONTACT["phone"] not in answer.text


def test_words_that_wait_for_their_check_are_not_shown(desk: SignIn, rated: Rated) -> None:
    words = "等了三个小时"
    liaison = desk("liaison")
    assert words not in liaison.read(f"/cases/{rated.case_id}")
    with transaction():
        rating = db.session.get_one(Evaluation, (rated.campaign.id, rated.evaluation_id))
        rating.comment_state = CommentState.PASSED
    assert words in liaison.read(f"/cases/{rated.case_id}")


def test_a_picture_of_another_case_is_not_given_out(desk: SignIn, city: City, rated: Rated) -> None:
    path = f"/cases/{rated.case_id}"
    desk("liaison").post(f"{path}/measure", text="已整改。", picture_files=picture())
    (line,) = queries.timeline(rated.case_id)[-1:]
    shown = line.pictures[0].id
    other = finding(city, "甲")
    assert desk("liaison").get(f"{path}/pictures/{shown}").status_code == 200
    assert desk("liaison").get(f"/cases/{other}/pictures/{shown}").status_code == 404
    assert desk("liaison").get(f"{path}/pictures/{uuid4()}").status_code == 404
    confine(city, "liaison", city.departments[1])
    assert desk("liaison").get(f"{path}/pictures/{shown}").status_code == 403


# Findings


def test_a_finding_is_registered_with_the_rule_that_it_cites(desk: SignIn, city: City) -> None:
    form = {
        "kind": "patrol",
        "department": city.departments[0].id,
        "document": "临巡反〔2026〕12 号",
        "title": "惠企政策兑现不及时",
        "summary": "抽查 20 家企业。",
        "basis": "《办法》第七条",
    }
    office = desk("office1")
    missing = office.post("/cases", **{**form, "basis": ""})
    assert missing.status_code == 422
    assert office.post("/cases", **{**form, "kind": "poor_rating"}).status_code == 422
    answer = office.post("/cases", **form)
    assert answer.status_code == 302
    text = office.read(answer.headers["Location"].removeprefix("/console"))
    assert "《办法》第七条" in text
    again = office.post("/cases", **form)
    assert again.headers["Location"] == answer.headers["Location"]


def test_an_inspector_registers_for_his_department_alone(desk: SignIn, city: City) -> None:
    form = {"kind": "discipline", "document": "纪〔2026〕1 号", "title": "甲", "summary": "乙",
            "basis": "丙"}  # fmt: skip
    inspector = desk("inspector")
    own = inspector.post("/cases", department=city.departments[0].id, **form)
    assert own.status_code == 302
    other = inspector.post("/cases", department=city.departments[1].id, **form)
    assert other.status_code == 403


# The dashboard


def test_the_dashboard_counts_what_is_open_near_and_late(desk: SignIn, city: City) -> None:
    finding(city, "甲")
    finding(city, "乙", now=clock.now() - timedelta(days=60))
    finding(city, "丙", department=1)
    boxes = {
        words: int(number)
        for number, words in re.findall(
            r'<div class="h2 mb-0">(\d+)</div><div class="text-secondary">([^<]+)<',
            desk("liaison").read("/"),
        )
    }
    assert boxes["件差评件未销号"] == 2
    assert boxes["件超期未答复"] == 1
    assert boxes["件明天前到时限"] == 0


def test_the_dashboard_tells_an_adjudicator_what_waits(desk: SignIn, rated: Rated) -> None:
    assert '<div class="h2 mb-0">0</div><div class="text-secondary">项申诉待裁定<' in desk(
        "adjudicator"
    ).read("/")
    rated.appeal()
    assert '<div class="h2 mb-0">1</div><div class="text-secondary">项申诉待裁定<' in desk(
        "adjudicator"
    ).read("/")


# What a source handed over


def test_a_matter_behind_a_case_is_read_and_its_contact_shown_for_the_callback(
    desk: SignIn, city: City
) -> None:
    taken_in(desk("office1"), messages(), CHOSEN)
    with transaction():
        matter = db.session.scalars(select(SourceMatter).order_by(SourceMatter.id)).first()
        assert matter
        matter.contact_sealed = seal(standing_key(KEY_NAME), b"13900000002", CONTACT_PURPOSE)
        case = rectification.register(
            CaseKind.HOTLINE_RATING,
            city.departments[0].id,
            f"ticket:{matter.source_id}:{matter.ticket}",
            origin=rectification.Origin(OriginKind.MATTER, str(matter.id), real_name=True),
            title=matter.subject,
            counts_from=clock.now(),
            quarter="2026Q4",
            actor=SYSTEM,
            now=clock.now(),
        )
    (origin,) = queries.origins(case.id)
    liaison = desk("liaison")
    text = liaison.read(f"/cases/{case.id}")
    assert "物业公司乱收费" in text
    assert "13900000002" not in text
    shown = liaison.post(f"/cases/{case.id}/origins/{origin.id}/contact")
    assert "13900000002" in shown.text
    assert len(events(case.id, EventKind.CONTACT_SHOWN)) == 1
    confine(city, "liaison", city.departments[1])
    assert desk("liaison").get(f"/cases/{case.id}").status_code == 403


def test_lists_ask_the_database_as_often_for_many_cases_as_for_few(
    app: APIFlask, desk: SignIn, city: City, client: FlaskClient
) -> None:
    rated = poor_rating(city, client)
    rated.appeal()
    finding(city, "甲")
    with transaction():
        calls.call_now(actor=city.actors["office1"], now=clock.now())
    office = desk("office1")
    paths = ("/", "/cases", "/cases?state=late", "/appeals", "/calls", "/case-limits")
    for path in paths:
        office.read(path)
    few = {path: queries_of(app, office, path) for path in paths}
    for place in range(6):
        finding(city, f"问题 {place}", department=place % 3)
        more = poor_rating(city, client, campaign=rated.campaign, person=f"p{place}")
        more.appeal()
        with transaction():
            calls.call_now(actor=city.actors["office1"], now=clock.now())
    assert {path: queries_of(app, office, path) for path in paths} == few
