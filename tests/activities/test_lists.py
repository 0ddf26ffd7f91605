"""Lists: who sees what, search, pages, and a number of statements that does not grow."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from server.activities import queries, service
from server.activities.rules import ActivityKind, ActivityState, Audience
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from tests.activities.conftest import People
from tests.factories.activities import CIRCLE, ActivityFactory, make_activity
from tests.factories.city import City
from tests.factories.members import Comrade

JSON = dict[str, Any]
DAY = timedelta(days=1)
Listing = Callable[..., list[str]]


@pytest.fixture
def listed(client: FlaskClient) -> Listing:
    """Return the titles that somebody sees."""

    def titles(who: Comrade, **query: object) -> list[str]:
        answer = client.get("/api/v1/activities", query_string=query, headers=who.headers)
        assert answer.status_code == 200, answer.text
        return [one["title"] for one in answer.json["items"]]

    return titles


def test_upcoming_activities_that_are_for_the_reader_come_by_start(
    branch: Organisation, other_branch: Organisation, people: People, listed: Listing
) -> None:
    make_activity(branch.id, title="后天", starts_in=2 * DAY)
    make_activity(other_branch.id, title="明天", starts_in=DAY)
    make_activity(branch.id, title="正在进行", starts_in=-DAY / 24)
    make_activity(branch.id, title="过去", at=clock.now() - 9 * DAY)
    make_activity(branch.id, title="草稿", announced=False)
    make_activity(branch.id, title="本支部", audience=Audience.PARTNERS, starts_in=4 * DAY)
    make_activity(other_branch.id, title="别的支部", audience=Audience.PARTNERS)
    cancelled = make_activity(branch.id, title="取消")
    with transaction():
        service.cancel(cancelled.id, "台风", actor=SYSTEM, now=clock.now())
    assert listed(people.anna) == ["正在进行", "明天", "后天", "本支部"]
    assert listed(people.anna, when="past") == ["过去"]
    assert listed(people.stranger) == ["正在进行", "明天", "后天", "别的支部"]


def test_mine_are_those_i_take_part_in_and_my_drafts_the_latest_first(
    client: FlaskClient, branch: Organisation, people: People, listed: Listing
) -> None:
    first = make_activity(branch.id, title="报了名", starts_in=DAY)
    other = make_activity(branch.id, title="候补", starts_in=2 * DAY, capacity=1)
    left = make_activity(branch.id, title="退了")
    make_activity(branch.id, title="没报名")
    cancelled = make_activity(branch.id, title="后来取消", starts_in=3 * DAY)
    now = clock.now()
    with transaction():
        service.join(other.id, people.bo.id, now)
        for held in (first, other, left, cancelled):
            service.join(held.id, people.anna.id, now)
        service.leave(left.id, people.anna.id, now)
        service.cancel(cancelled.id, "台风", actor=SYSTEM, now=now)
        service.draft_activity(
            service.ActivityContent(
                kind=ActivityKind.STUDY,
                title="我的草稿",
                place="会议室",
                organiser_id=branch.id,
                starts_at=now + 5 * DAY,
                ends_at=now + 6 * DAY,
            ),
            actor=people.secretary.actor,
            now=now,
        )
    assert listed(people.anna, when="mine") == ["后来取消", "候补", "报了名"]
    assert listed(people.secretary, when="mine") == ["我的草稿"]
    assert set(listed(people.secretary, when="managed")) == {
        "我的草稿",
        "报了名",
        "候补",
        "退了",
        "没报名",
        "后来取消",
    }
    assert listed(people.anna, when="managed") == []


def test_a_brief_tells_where_the_reader_stands(
    client: FlaskClient, branch: Organisation, people: People
) -> None:
    held = make_activity(branch.id, capacity=1, fences=(CIRCLE,))

    def brief(who: Comrade) -> JSON:
        answer = client.get("/api/v1/activities", headers=who.headers)
        (item,) = answer.json["items"]
        found: JSON = item
        return found

    seen = brief(people.anna)
    assert seen["may_join"] is True
    assert (seen["my"], seen["kind_label"], seen["position"]) == (
        None,
        "一线",
        {"longitude": 120.1598, "latitude": 30.2718},
    )
    assert seen["organiser"] == {"id": branch.id, "name": "第一党支部"}
    now = clock.now()
    with transaction():
        for one in (people.anna, people.bo, people.stranger):
            service.join(held.id, one.id, now)
        service.leave(held.id, people.anna.id, now)
    assert brief(people.bo)["my"] == {"standing": "joined", "number": 2, "ahead": 0}
    waiting = brief(people.stranger)
    assert waiting["my"] == {"standing": "waiting", "number": 3, "ahead": 0}
    assert (waiting["taken"], waiting["waiting"], waiting["may_join"]) == (1, 1, False)
    assert (brief(people.anna)["my"], brief(people.anna)["may_join"]) == (None, True)


def test_a_search_finds_title_place_and_organiser_and_takes_signs_as_they_are(
    branch: Organisation, other_branch: Organisation, people: People, listed: Listing
) -> None:
    make_activity(branch.id, title="读书会", place="图书馆三楼", kind=ActivityKind.STUDY)
    make_activity(other_branch.id, title="100%清洁", place="河岸")
    assert listed(people.anna, q="读书") == ["读书会"]
    assert listed(people.anna, q="三楼") == ["读书会"]
    assert listed(people.anna, q="第二党支部") == ["100%清洁"]
    assert listed(people.anna, q="dedzb") == ["100%清洁"]
    assert listed(people.anna, q="0%清") == ["100%清洁"]
    assert listed(people.anna, q="%") == ["100%清洁"]
    assert listed(people.anna, kind="study") == ["读书会"]


@pytest.mark.parametrize("when", ["upcoming", "mine", "managed"])
def test_pages_follow_each_other_without_gap_or_double(
    client: FlaskClient, branch: Organisation, people: People, when: str
) -> None:
    now = clock.now()
    starts = now + DAY
    titles = []
    for place in range(7):
        # Three of them at the same moment: the id decides.
        held = make_activity(
            branch.id, title=f"活动{place}", at=now, starts_in=starts - now + DAY * (place // 3)
        )
        titles.append(held.title)
        with transaction():
            service.join(held.id, people.secretary.id, now)
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        answer = client.get(
            "/api/v1/activities",
            query_string={"when": when, "limit": 3, **({"cursor": cursor} if cursor else {})},
            headers=people.secretary.headers,
        ).json
        seen += [one["title"] for one in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    expected = titles if when == "upcoming" else titles[::-1]
    assert seen == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"when": "someday"}, "when"),
        ({"kind": "party"}, "kind"),
        ({"q": "长" * 51}, "q"),
        ({"cursor": "x"}, "cursor"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
    ],
)
def test_a_list_asked_for_wrongly_names_the_field(
    client: FlaskClient, branch: Organisation, people: People, query: JSON, field: str
) -> None:
    make_activity(branch.id)
    answer = client.get("/api/v1/activities", query_string=query, headers=people.anna.headers)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json["errors"]] == [field]


def statements(client: FlaskClient, path: str, who: Comrade) -> int:
    """Count the statements behind one answer."""
    count = 0

    def heard(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(db.engine, "before_cursor_execute", heard)
    try:
        answer = client.get(path, headers=who.headers)
    finally:
        event.remove(db.engine, "before_cursor_execute", heard)
    assert answer.status_code == 200, answer.text
    return count


@pytest.mark.parametrize("when", ["upcoming", "mine", "managed"])
def test_a_list_asks_the_database_as_often_for_one_as_for_many(
    client: FlaskClient,
    branch: Organisation,
    other_branch: Organisation,
    people: People,
    activity: ActivityFactory,
    when: str,
) -> None:
    def make(organiser: int, partner: int) -> None:
        held = activity(organiser, partner_ids=(partner,), capacity=1, fences=(CIRCLE,))
        with transaction():
            service.join(held.id, people.secretary.id, clock.now())
            service.join(held.id, people.anna.id, clock.now())

    path = f"/api/v1/activities?when={when}&limit=50"
    make(branch.id, other_branch.id)
    one = statements(client, path, people.secretary)
    for _ in range(5):
        make(branch.id, other_branch.id)
        make(other_branch.id, branch.id)
    assert statements(client, path, people.secretary) == one <= 10


def test_organisable_are_the_party_organisations_within_reach(
    client: FlaskClient, branch: Organisation, other_branch: Organisation, people: People
) -> None:
    answer = client.get("/api/v1/organisable", headers=people.secretary.headers)
    assert answer.json["items"] == [{"id": branch.id, "name": "第一党支部"}]
    assert client.get("/api/v1/organisable", headers=people.anna.headers).status_code == 403


def test_the_desks_list_and_calendar_hold_what_is_below_a_place(
    city: City, branch: Organisation, other_branch: Organisation, activity: ActivityFactory
) -> None:
    now = clock.now()
    own = activity(branch.id, title="甲", starts_in=2 * DAY)
    shared = activity(other_branch.id, title="乙", partner_ids=(branch.id,), starts_in=DAY)
    activity(other_branch.id, title="丙")
    draft = activity(branch.id, title="草稿", announced=False, starts_in=20 * DAY)
    path = city.departments[0].path
    found = queries.activity_page(paths=[path])
    assert [one.id for one in found.items] == [draft.id, own.id, shared.id]
    found = queries.activity_page(paths=[path], state=ActivityState.DRAFT, q="草")
    assert [one.id for one in found.items] == [draft.id]
    assert queries.activity_page(paths=[]).items == []
    week = queries.calendar(frm=now, to=now + 7 * DAY, path=path)
    assert [one.id for one in week] == [shared.id, own.id]
    running = own.starts_at + timedelta(hours=1)
    assert [one.id for one in queries.calendar(frm=running, to=running + DAY, path=path)] == [
        own.id
    ]
