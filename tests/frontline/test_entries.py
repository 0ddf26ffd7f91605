"""Entries from the phone: made without network, sent more than once, corrected, withdrawn."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from server.activities import service as activities
from server.activities.rules import Audience
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.frontline import service
from server.frontline.content import EntryContent
from server.frontline.models import Entry, EntryUnit
from server.frontline.rules import Served, Solution, Verdict
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from server.membership import service as membership
from server.pictures import service as pictures
from tests.factories.activities import make_activity
from tests.factories.city import City
from tests.factories.frontline import approve, entry_body, make_entry, put_entry, upload, words_of
from tests.factories.identity import at_once
from tests.factories.members import Comrade, PersonFactory, make_branch
from tests.factories.rating import Phone
from tests.frontline.conftest import Team

ENTRIES = "/api/v1/frontline/entries"


def fields(answer: object) -> set[str]:
    return {error["field"] for error in answer.json["errors"]}  # type: ignore[attr-defined]


def test_an_entry_is_taken_in_under_the_phones_own_id(team: Team) -> None:
    identifier = uuid4()
    answer = put_entry(team.author, identifier)
    assert answer.status_code == 201, answer.text
    found = answer.json
    assert found["id"] == str(identifier)
    assert (found["state"], found["state_label"]) == ("submitted", "待支部审核")
    assert found["branch"] == {"id": team.author.branch_id, "name": "第一党支部"}
    assert found["author"] == "张三"
    assert found["units"] == [
        {"organisation": {"id": team.author.branch_id, "name": "第一党支部"}, "people": 3}
    ]
    assert (found["revision"], found["may_edit"], found["may_review"]) == (1, True, False)
    assert found["case_id"] is None


def test_a_retry_after_a_lost_answer_gets_the_same_answer(team: Team) -> None:
    identifier = uuid4()
    first = put_entry(team.author, identifier)
    second = put_entry(team.author, identifier)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 1


def test_the_same_entry_sent_twice_at_once_is_stored_once(app: APIFlask, team: Team) -> None:
    identifier, actor, now = uuid4(), team.author.actor, clock.now()
    content = EntryContent(
        happened_on=clock.today(),
        place="广场",
        units={team.author.branch_id: 2},
        served=Served.OTHER,
        solution=Solution.NONE,
    )

    def send() -> None:
        service.put_entry(identifier, content, actor=actor, now=now)

    assert at_once(app, [send, send, send]) == ["done"] * 3
    assert db.session.scalar(select(func.count()).select_from(EntryUnit)) == 1


def test_a_correction_raises_the_revision_and_a_stale_one_is_refused(team: Team) -> None:
    identifier = uuid4()
    put_entry(team.author, identifier)
    mended = put_entry(team.author, identifier, place="江滨社区三号楼", revision=1)
    assert (mended.status_code, mended.json["revision"]) == (200, 2)
    again = put_entry(team.author, identifier, place="江滨社区三号楼", revision=1)
    assert again.json == mended.json
    stale = put_entry(team.author, identifier, place="江滨社区五号楼", revision=1)
    assert (stale.status_code, stale.json["code"]) == (409, "entry_changed_meanwhile")


def test_a_phone_that_never_got_an_answer_may_still_correct_what_it_sent(team: Team) -> None:
    identifier = uuid4()
    put_entry(team.author, identifier)
    mended = put_entry(team.author, identifier, place="江滨社区三号楼")
    assert (mended.status_code, mended.json["place"]) == (200, "江滨社区三号楼")
    # The first try, that was under way all the time, arrives last.
    late = put_entry(team.author, identifier)
    assert late.status_code == 409


def test_a_returned_entry_is_corrected_and_starts_at_the_branch_again(team: Team) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor)
    with transaction():
        service.review_entry(
            entry.id,
            verdict=Verdict.RETURNED,
            reason="请写明楼号。",
            actor=team.office,
            now=clock.now(),
        )
    shown = team.author.phone.client.get(f"{ENTRIES}/{entry.id}", headers=team.author.headers)
    assert shown.json["state"] == "returned"
    assert [one["verdict"] for one in shown.json["reviews"]] == ["approved", "returned"]
    assert "reviewed_by" not in shown.text
    mended = put_entry(team.author, entry.id, place="三号楼", revision=1)
    assert (mended.json["state"], mended.json["revision"]) == ("submitted", 2)


def test_an_entry_under_the_offices_review_is_not_corrected(team: Team) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor)
    answer = put_entry(team.author, entry.id, revision=1)
    assert (answer.status_code, answer.json["code"]) == (409, "entry_not_correctable")


def test_an_entry_keeps_the_branch_that_its_author_was_in(
    team: Team, other_branch: Organisation
) -> None:
    entry = make_entry(team.author)
    with transaction():
        membership.move_person(team.author.id, other_branch.id, actor=SYSTEM, now=clock.now())
    shown = put_entry(team.author, entry.id, units=[{"organisation": entry.branch_id, "people": 1}])
    assert shown.json["branch"]["id"] == entry.branch_id


def test_somebody_elses_entry_looks_like_none(team: Team) -> None:
    entry = make_entry(team.author)
    for other in (team.colleague, team.stranger):
        assert put_entry(other, entry.id).status_code == 404
        client, headers = other.phone.client, other.headers
        assert client.delete(f"{ENTRIES}/{entry.id}", headers=headers).status_code == 404
        assert client.get(f"{ENTRIES}/{entry.id}", headers=headers).status_code == 404


def test_who_is_bound_to_no_person_sends_nothing_and_sees_nothing(
    client: FlaskClient, team: Team
) -> None:
    citizen = Phone.of(client, "citizen")
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor, team.office)
    body = entry_body(team.author.branch_id)
    sent = client.put(f"{ENTRIES}/{uuid4()}", json=body, headers=citizen.headers)
    assert (sent.status_code, sent.json["code"]) == (403, "person_not_bound")
    assert client.get(f"{ENTRIES}/{entry.id}", headers=citizen.headers).status_code == 404
    for scope in ("mine", "branch", "review"):
        assert client.get(f"{ENTRIES}?scope={scope}", headers=citizen.headers).json["items"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"happened_on": "2999-01-01"}, "happened_on"),
        ({"happened_on": (clock.today() - timedelta(days=91)).isoformat()}, "happened_on"),
        ({"happened_on": "昨天"}, "happened_on"),
        ({"place": "  "}, "place"),
        ({"problem": ""}, "problem"),
        ({"measures": ""}, "measures"),
        ({"hand_on": True}, "hand_on"),
        ({"solution": "perhaps"}, "solution"),
        ({"served": "张大爷"}, "served"),
        ({"came": "长" * 2001}, "came"),
        ({"lesson": "a\x00b"}, "lesson"),
        ({"units": []}, "units"),
        ({"units": [{"organisation": 1, "people": 0}]}, "units.0.people"),
        ({"units": [{"organisation": 1, "people": 1}] * 2}, "units"),
        ({"units": [{"organisation": 999_999, "people": 1}]}, "units"),
        ({"community": 1}, "community"),
        ({"activity": 999_999}, "activity"),
        ({"pictures": [str(uuid4())]}, "pictures"),
        ({"pictures": [str(uuid4()) for _ in range(7)]}, "pictures"),
        ({"names": ["张大爷"]}, "names"),
    ],
)
def test_what_is_wrong_is_said_by_field(team: Team, wrong: dict[str, object], field: str) -> None:
    answer = put_entry(team.author, **wrong)
    assert answer.status_code == 422, answer.text
    assert field in fields(answer)
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 0


def test_a_problem_left_open_can_be_handed_on_and_waits_for_its_case(team: Team) -> None:
    answer = put_entry(team.author, solution="open", measures="", hand_on=True)
    assert answer.status_code == 201, answer.text
    assert (answer.json["hand_on"], answer.json["case_id"]) == (True, None)


def test_a_withdrawn_entry_is_its_authors_alone(team: Team) -> None:
    entry = make_entry(team.author)
    client, path = team.author.phone.client, f"{ENTRIES}/{entry.id}"
    for _ in range(2):
        answer = client.delete(path, headers=team.author.headers)
        assert (answer.status_code, answer.json["state"]) == (200, "withdrawn")
    assert client.get(path, headers=team.author.headers).status_code == 200
    assert client.get(path, headers=team.secretary.headers).status_code == 404


def test_an_approved_entry_is_not_withdrawn(team: Team) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor, team.office)
    answer = team.author.phone.client.delete(f"{ENTRIES}/{entry.id}", headers=team.author.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "entry_not_withdrawable")


def test_pictures_keep_their_order_and_another_members_are_refused(team: Team) -> None:
    mine = [upload(team.author) for _ in range(2)]
    identifier = uuid4()
    answer = put_entry(team.author, identifier, pictures=[mine[1], mine[0]])
    assert [one["id"] for one in answer.json["pictures"]] == [mine[1], mine[0]]
    assert answer.json["pictures"][0]["address"] is None
    retry = put_entry(team.author, identifier, pictures=[mine[1], mine[0]])
    assert retry.json == answer.json
    theirs = put_entry(team.author, pictures=[upload(team.colleague)])
    assert (theirs.status_code, theirs.json["code"]) == (422, "picture_unknown")


def test_a_withdrawn_entrys_pictures_are_shown_to_nobody(team: Team) -> None:
    client, identifier = team.author.phone.client, uuid4()
    picture = upload(team.author)
    put_entry(team.author, identifier, pictures=[picture])
    with transaction():
        pictures.decide(UUID(picture), shown=True)
    path = f"{ENTRIES}/{identifier}"
    address = client.get(path, headers=team.author.headers).json["pictures"][0]["address"]
    assert client.get(address).status_code == 200
    answer = client.delete(path, headers=team.author.headers)
    assert (answer.status_code, answer.json["pictures"]) == (200, [])
    assert client.get(address).status_code == 404
    with transaction():
        assert pictures.remove_spent(clock.today() + timedelta(days=2)) == 1


def test_a_picture_of_an_entry_that_nobody_reviewed_is_not_seen_by_its_id(team: Team) -> None:
    picture = upload(team.author)
    put_entry(team.author, pictures=[picture])
    with transaction():
        pictures.decide(UUID(picture), shown=True)
    assert team.author.phone.client.get(f"/pictures/{picture}").status_code == 404


def test_an_entry_names_no_activity_that_its_author_has_nothing_to_do_with(team: Team) -> None:
    theirs = team.stranger.branch_id
    draft = make_activity(theirs, announced=False, title="秘密草稿")
    closed = make_activity(theirs, audience=Audience.PARTNERS)
    for activity in (draft.id, closed.id, 999_999):
        answer = put_entry(team.author, activity=activity)
        assert (answer.status_code, fields(answer)) == (422, {"activity"})
        assert "秘密草稿" not in words_of(answer)
    with transaction():
        activities.walk_in(closed.id, team.author.id, now=closed.ends_at)
    for activity in (closed, make_activity(theirs)):
        answer = put_entry(team.author, activity=activity.id)
        assert answer.json["activity"] == {"id": activity.id, "name": "清扫河岸"}


def test_an_activity_that_was_cancelled_since_keeps_no_entry_from_correction(team: Team) -> None:
    held, identifier = make_activity(team.author.branch_id), uuid4()
    assert put_entry(team.author, identifier, activity=held.id).status_code == 201
    with transaction():
        activities.cancel(held.id, "暴雨", actor=SYSTEM, now=clock.now())
    answer = put_entry(team.author, identifier, activity=held.id, place="三号楼", revision=1)
    assert (answer.status_code, answer.json["place"]) == (200, "三号楼")


@pytest.mark.parametrize("kind", ["root", "enterprise"])
def test_who_sends_nobody_is_no_unit_of_an_entry(team: Team, city: City, kind: str) -> None:
    unit = getattr(city, kind).id
    answer = put_entry(team.author, units=[{"organisation": unit, "people": 1000}])
    assert (answer.status_code, fields(answer)) == (422, {"units"})


def test_the_branch_reads_what_was_approved_and_its_leaders_everything(team: Team) -> None:
    fresh, approved = make_entry(team.author), make_entry(team.author, place="三号楼")
    approve(approved.id, team.secretary.actor)

    def places(comrade: Comrade) -> set[str]:
        answer = comrade.phone.client.get(f"{ENTRIES}?scope=branch", headers=comrade.headers)
        return {item["id"] for item in answer.json["items"]}

    assert places(team.colleague) == {str(approved.id)}
    assert places(team.secretary) == {str(fresh.id), str(approved.id)}
    assert places(team.stranger) == set()


def test_an_approved_entry_is_shown_to_other_branches_without_its_author(team: Team) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor, team.office)
    answer = team.stranger.phone.client.get(f"{ENTRIES}/{entry.id}", headers=team.stranger.headers)
    assert answer.json["author"] is None
    assert answer.json["reviews"] == []
    assert "张三" not in words_of(answer)


def test_a_list_asks_a_fixed_number_of_statements(
    team: Team, city: City, person: PersonFactory
) -> None:

    def statements() -> int:
        seen: list[str] = []

        def note(*args: object) -> None:
            seen.append(str(args[2]))

        event.listen(db.engine, "before_cursor_execute", note)
        answer = team.author.phone.client.get(f"{ENTRIES}?scope=mine", headers=team.author.headers)
        event.remove(db.engine, "before_cursor_execute", note)
        assert answer.status_code == 200
        return len(seen)

    make_entry(team.author)
    few = statements()
    for number in range(5):
        make_entry(team.author, place=f"{number} 号楼")
    assert statements() == few


def test_units_and_communities_are_found_while_writing(
    client: FlaskClient, team: Team, city: City
) -> None:
    def names(path: str, q: str, phone: Phone) -> list[str]:
        answer = client.get(
            f"/api/v1/frontline/{path}", query_string={"q": q}, headers=phone.headers
        )
        return [item["name"] for item in answer.json["items"]]

    make_branch(city.root.id, "江滨社区", OrganisationKind.COMMUNITY)
    author, citizen = team.author.phone, Phone.of(client, "citizen")
    assert author is not None
    assert names("units", "dydzb", author) == ["第一党支部"]
    assert names("units", "江畔纺织", author) == []
    assert names("communities", "jiangbin", author) == ["江滨社区"]
    assert names("communities", "支部", author) == []
    assert names("units", "", citizen) == []
