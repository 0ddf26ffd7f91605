"""The everyday steps of a case by the desk's API: on a linked phone, each once, by the right."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.audit.models import AuditEntry
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.transaction import transaction
from server.core.web import UNLOGGED
from server.evaluation import photo_addresses, photos, registering
from server.evaluation.models import Evaluation
from server.evaluation.rules import CommentState, PhotoState
from server.rectification import service
from server.rectification.models import Case, CaseEvent, CaseOrigin
from server.rectification.rules import CaseKind, OriginKind, quarter_of
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.identity import at_once, bearer, office_session
from tests.factories.rating import Phone
from tests.factories.standing_in import hire, link, stand_in

People = Callable[[str], Phone]
CONTACT = {"name": "王女士", "phone": "13800000001"}


class Desk:
    """Somebody at work on a linked phone."""

    def __init__(self, city: City, name: str, phone: Phone) -> None:
        link(city, name, phone)
        self.phone, self.client = phone, phone.client
        self.token = self.client.post("/api/v1/me/desk-sessions", headers=phone.headers).json[
            "token"
        ]

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1/desk{path}", headers=bearer(self.token))

    def post(self, path: str, **body: Any) -> TestResponse:
        return self.client.post(
            f"/api/v1/desk{path}", json=body or None, headers=bearer(self.token)
        )

    def picture(self) -> str:
        """Upload a picture as this phone's member does."""
        data = io.BytesIO()
        Image.new("RGB", (40, 30), "red").save(data, "JPEG")
        answer = self.client.post(
            "/api/v1/pictures",
            data={"purpose": "case", "file": (io.BytesIO(data.getvalue()), "a.jpg")},
            headers=self.phone.headers,
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])


@pytest.fixture
def rated(city: City, phone: People) -> UUID:
    """A case of the first department, registered by a real-name rating of a visit."""
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    department = city.departments[0]
    (code,) = city.codes(campaign, department, size=1)
    answer = phone("rater").rate(
        campaign.id, department.id, level=1, code=code, contact=CONTACT, comment="窗口没有人"
    )
    assert answer.status_code == 201, answer.text
    with transaction():
        for rating in db.session.scalars(select(Evaluation)):
            rating.comment_state = CommentState.PASSED
    assert registering.register_at_once(now=clock.now()) == 1
    return db.session.scalars(select(Case.id)).one()


@pytest.fixture
def liaison(city: City, phone: People) -> Desk:
    return Desk(city, "liaison", phone("anna"))


def make_case(city: City, *, place: int = 0, matter: str = "m", **more: Any) -> UUID:
    """Register a case that no rating is behind."""
    now = clock.now()
    with transaction():
        case = service.register(
            CaseKind.FRONTLINE,
            city.departments[place].id,
            matter,
            origin=service.Origin(OriginKind.FRONTLINE_ENTRY, matter),
            title=f"望江路积水 {matter}",
            counts_from=now,
            quarter=quarter_of(clock.local_date(now)),
            actor=SYSTEM,
            now=now,
            **more,
        )
        return case.id


def events(case_id: UUID, kind: str) -> int:
    db.session.rollback()
    found = select(func.count()).where(CaseEvent.case_id == case_id, CaseEvent.kind == kind)
    return db.session.scalar(found) or 0


def origin_of(case_id: UUID) -> int:
    return db.session.scalars(select(CaseOrigin.id).where(CaseOrigin.case_id == case_id)).one()


def test_a_liaison_sees_the_cases_of_the_own_department_alone(city: City, liaison: Desk) -> None:
    mine, other = make_case(city), make_case(city, place=1, matter="other")
    listed = liaison.get("/cases").json
    assert [one["id"] for one in listed["items"]] == [str(mine)]
    assert liaison.get(f"/cases/{other}").status_code == 403
    assert liaison.post(f"/cases/{other}/answers", text="已处理").status_code == 403
    assert events(other, "answered") == 0


@pytest.mark.parametrize(
    ("scope", "found"), [("open", 1), ("late", 0), ("callback", 0), ("closed", 0), ("all", 1)]
)
def test_cases_are_found_by_where_they_stand(
    city: City, liaison: Desk, scope: str, found: int
) -> None:
    make_case(city)
    assert len(liaison.get(f"/cases?scope={scope}").json["items"]) == found


def test_cases_are_found_by_their_title_and_paged(city: City, liaison: Desk) -> None:
    for number in range(5):
        make_case(city, matter=f"m{number}")
    assert len(liaison.get("/cases?q=积水 m3").json["items"]) == 1
    first = liaison.get("/cases?limit=3").json
    second = liaison.get(f"/cases?limit=3&cursor={first['next_cursor']}").json
    ids = {one["id"] for one in first["items"] + second["items"]}
    assert (len(ids), second["next_cursor"]) == (5, None)


def test_the_whole_way_of_a_real_name_rating_on_the_phone(rated: UUID, liaison: Desk) -> None:
    steps = liaison.get(f"/cases/{rated}").json["steps"]
    assert {"accept", "call_back", "answer", "measure", "extend"} == set(steps)
    assert liaison.post(f"/cases/{rated}/acceptance").json["stage"] == "accepted"
    contact = liaison.post(f"/case-origins/{origin_of(rated)}/contact")
    assert contact.json == CONTACT
    called = liaison.post(
        f"/case-origins/{origin_of(rated)}/callbacks", outcome="reached", note="已致歉"
    )
    assert called.json["origins"][0]["outcome_label"] == "已联系上"
    answered = liaison.post(
        f"/cases/{rated}/answers", text="已增设窗口。", pictures=[liaison.picture()]
    ).json
    assert answered["stage"] == "answered"
    assert answered["steps"] == ["answer", "measure", "ask_closing"]
    assert len(answered["timeline"][-1]["pictures"]) == 1
    asked = liaison.post(f"/cases/{rated}/closing-requests", text="已整改").json
    assert asked["stage"] == "closing_asked"


def test_a_lines_number_tells_nothing_of_what_was_written_elsewhere(
    rated: UUID, city: City, liaison: Desk
) -> None:
    for place in range(3):
        # Numbers of the table that the department knows the times of.
        liaison.post(f"/cases/{make_case(city, matter=f'm{place}')}/answers", text="已办")
        liaison.post(f"/cases/{rated}/measures", text=f"第 {place} 项措施", internal=True)
    lines = liaison.get(f"/cases/{rated}").json["timeline"]
    assert [line["id"] for line in lines] == list(range(1, len(lines) + 1))


def test_a_second_tap_of_each_step_gets_the_first_answer_and_adds_nothing(
    rated: UUID, liaison: Desk
) -> None:
    origin, picture = origin_of(rated), liaison.picture()
    taps: list[tuple[str, dict[str, Any], str]] = [
        (f"/cases/{rated}/acceptance", {}, "accepted"),
        (f"/cases/{rated}/extensions", {"reason": "需要采购"}, "extended"),
        (f"/case-origins/{origin}/callbacks", {"outcome": "reached", "note": ""}, "called_back"),
        (f"/cases/{rated}/measures", {"text": "公示", "pictures": [picture]}, "measure"),
        (f"/cases/{rated}/answers", {"text": "已办"}, "answered"),
        (f"/cases/{rated}/closing-requests", {"text": ""}, "closing_asked"),
    ]
    for path, body, kind in taps:
        first, second = liaison.post(path, **body), liaison.post(path, **body)
        assert (first.status_code, second.status_code) in {(200, 200), (201, 201)}, second.text
        assert first.json["stage"] == second.json["stage"]
        assert events(rated, kind) == 1, kind


def test_the_same_words_count_again_once_something_else_was_said_or_a_day_has_gone(
    city: City, liaison: Desk
) -> None:
    case = make_case(city)
    for text in ("正在办", "办好了", "正在办"):
        liaison.post(f"/cases/{case}/answers", text=text)
    assert events(case, "answered") == 3
    with transaction():
        newest = db.session.scalars(
            select(CaseEvent).where(CaseEvent.kind == "answered").order_by(CaseEvent.id.desc())
        ).first()
        assert newest is not None
        newest.at -= timedelta(days=2)
    liaison.post(f"/cases/{case}/answers", text="正在办")
    assert events(case, "answered") == 4


def test_the_same_answer_after_a_refusal_is_an_answer(city: City, liaison: Desk) -> None:
    case = make_case(city)
    liaison.post(f"/cases/{case}/answers", text="已办")
    with transaction():
        service.refuse_closing(
            case, "请写明怎么办的", actor=city.actors["office1"], now=clock.now()
        )
    for _ in range(2):
        answer = liaison.post(f"/cases/{case}/answers", text="已办")
        assert (answer.status_code, answer.json["stage"]) == (201, "answered"), answer.text
    assert events(case, "answered") == 2


def test_somebody_elses_same_words_are_no_repeat(city: City, liaison: Desk, phone: People) -> None:
    case, head = make_case(city), Desk(city, "head", phone("bert"))
    for desk in (liaison, head):
        assert desk.post(f"/cases/{case}/answers", text="已办").status_code == 201
    assert events(case, "answered") == 2


def test_another_phones_picture_is_no_evidence(city: City, liaison: Desk, phone: People) -> None:
    case, head = make_case(city), Desk(city, "head", phone("bert"))
    answer = liaison.post(f"/cases/{case}/answers", text="已办", pictures=[head.picture()])
    assert (answer.status_code, answer.json["code"]) == (422, "picture_unknown")
    assert events(case, "answered") == 0


def test_every_look_at_a_contact_is_recorded_and_only_the_own_department_looks(
    city: City, rated: UUID, liaison: Desk, phone: People
) -> None:
    path = f"/case-origins/{origin_of(rated)}/contact"
    assert [liaison.post(path).status_code for _ in range(2)] == [200, 200]
    db.session.rollback()
    looks = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "case.contact_shown")
    ).all()
    assert [one.actor_id for one in looks] == [str(city.accounts["liaison"].id)] * 2
    assert CONTACT["phone"] not in str([one.detail for one in looks])
    hire(city, "other", Role.LIAISON, place=1)
    token = office_session(liaison.client, "other").json["token"]
    foreign = liaison.client.post(f"/api/v1/desk{path}", headers=bearer(token))
    assert foreign.status_code == 403


def test_the_rating_behind_the_case_is_shown_with_no_hint_of_its_rater(
    rated: UUID, liaison: Desk
) -> None:
    shown = liaison.get(f"/case-origins/{origin_of(rated)}/rating")
    assert shown.status_code == 200, shown.text
    assert (shown.json["level_label"], shown.json["comment"]) == ("非常不满意", "窗口没有人")
    assert len(shown.json["answers"]) == 8
    assert CONTACT["phone"] not in shown.text
    assert CONTACT["name"] not in shown.text


def test_of_a_withheld_rating_not_even_the_channel_is_told(city: City, liaison: Desk) -> None:
    survey = city.campaign()
    store_ratings(survey.id, city.departments[0].id, [1] + [5] * 8)
    close_and_settle(survey.id)
    registering.register_closed(survey.id, now=clock.now())
    (origin,) = db.session.scalars(select(CaseOrigin.id))
    shown = liaison.get(f"/case-origins/{origin}/rating")
    assert shown.status_code == 200, shown.text
    assert (shown.json["withheld"], shown.json["channel_label"]) == (True, "")


def test_an_open_console_token_does_the_same_steps(city: City, client: FlaskClient) -> None:
    case = make_case(city)
    token = office_session(client, "liaison").json["token"]
    answer = client.post(
        f"/api/v1/desk/cases/{case}/answers", json={"text": "已办"}, headers=bearer(token)
    )
    assert answer.status_code == 201, answer.text


def test_the_office_reads_every_case_and_takes_no_step_of_the_department(
    city: City, phone: People
) -> None:
    case, office = make_case(city), Desk(city, "office1", phone("anna"))
    assert office.get(f"/cases/{case}").json["steps"] == []
    assert office.post(f"/cases/{case}/answers", text="已办").status_code == 403


def test_a_delegate_works_on_the_phone_in_the_heads_stead_and_the_log_says_so(
    city: City, phone: People
) -> None:
    case = make_case(city)
    hire(city, "staff", Role.PARTY_STAFF)
    stand_in(city, "head", "staff")
    desk = Desk(city, "staff", phone("carl"))
    assert desk.post(f"/cases/{case}/answers", text="代为答复").status_code == 201
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "case.answered")).one()
    assert entry.actor_id == str(city.accounts["staff"].id)
    assert entry.detail["in_stead_of"] == str(city.accounts["head"].id)


def test_a_held_comment_is_released_once_and_a_colleagues_refusal_stands(
    city: City, phone: People
) -> None:
    campaign = city.campaign()
    phone("rater").rate(campaign.id, city.departments[0].id, level=2, comment="待审")
    with transaction():
        rating = db.session.scalars(select(Evaluation)).one()
        rating.comment_state = CommentState.HELD
        key = rating.id
    office = Desk(city, "office1", phone("anna"))
    (held,) = office.get("/held-comments").json["items"]
    assert (held["comment"], held["level_label"]) == ("待审", "")
    path = f"/held-comments/{campaign.id}/{key}"
    assert [office.post(f"{path}/release").status_code for _ in range(2)] == [204, 204]
    assert office.get("/held-comments").json["items"] == []
    other = Desk(city, "office2", phone("bert"))
    answer = other.post(f"{path}/refusal")
    assert (answer.status_code, answer.json["code"]) == (409, "comment_not_held")
    entries = select(func.count()).where(AuditEntry.action == "comment.released")
    assert db.session.scalar(entries) == 1


def test_only_the_office_reads_held_comments(liaison: Desk) -> None:
    assert liaison.get("/held-comments").status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("answers", {"text": ""}),
        ("answers", {"text": "字" * 5001}),
        ("measures", {"text": "x", "pictures": ["00000000-0000-0000-0000-000000000000"] * 10}),
        ("extensions", {"reason": " "}),
    ],
)
def test_what_is_empty_or_too_long_is_refused(
    city: City, liaison: Desk, path: str, body: dict[str, Any]
) -> None:
    case = make_case(city)
    assert liaison.post(f"/cases/{case}/{path}", **body).status_code == 422


def test_the_pictures_of_the_rating_are_seen_by_an_address_that_ends(
    city: City, rated: UUID, liaison: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rating = db.session.scalars(select(Evaluation)).one()
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, "JPEG")
    with transaction():
        photo = photos.store(rating.campaign_id, data.getvalue(), now=clock.now())
        photo.evaluation_id, photo.state, photo.position = rating.id, PhotoState.PASSED, 0
    (shown,) = liaison.get(f"/case-origins/{origin_of(rated)}/rating").json["photos"]
    found = liaison.client.get(shown["address"])
    assert (found.status_code, found.mimetype) == (200, "image/jpeg")
    assert UNLOGGED.match(shown["address"])
    assert liaison.client.get(shown["address"][:-2] + "xx").status_code == 404
    monkeypatch.setattr(photo_addresses, "SECONDS", -1)
    assert liaison.client.get(shown["address"]).status_code == 404


def test_of_taps_at_once_one_is_written(app: APIFlask, city: City, liaison: Desk) -> None:
    case = make_case(city)

    def tap() -> None:
        answer = liaison.post(f"/cases/{case}/answers", text="已办")
        assert answer.status_code == 201, answer.text

    assert at_once(app, [tap] * 5) == ["done"] * 5
    assert events(case, "answered") == 1
