"""Drafting, changing, announcing, cancelling and copying, as an organiser's phone does it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.activities import queries, service
from server.activities.models import Activity
from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from server.pictures.models import Picture
from server.pictures.rules import PictureState, Purpose
from tests.activities.conftest import People, Told
from tests.factories.activities import CIRCLE, ActivityFactory, content, make_agreement
from tests.factories.city import City
from tests.factories.identity import actor_in, bearer, office_session
from tests.factories.members import Comrade, make_branch

JSON = dict[str, Any]
API = "/api/v1/activities"
CORNERS = [[120.1598, 30.2718], [120.1698, 30.2718], [120.1698, 30.2818], [120.1598, 30.2818]]


def moment(days: float, hours: float = 0) -> str:
    return (clock.now() + timedelta(days=days, hours=hours)).replace(microsecond=0).isoformat()


def body(organiser: int, **more: object) -> JSON:
    return {
        "kind": "frontline",
        "title": "清扫河岸",
        "place": "江滨公园东门",
        "organiser": organiser,
        "starts_at": moment(3),
        "ends_at": moment(3, 2),
        **more,
    }


def draft(client: FlaskClient, who: Comrade, organiser: int, /, **more: object) -> TestResponse:
    return client.post(API, json=body(organiser) | more, headers=who.headers)


def faults(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["message"] for error in answer.json["errors"]}


def test_a_secretary_drafts_and_announces_for_its_branch(
    client: FlaskClient, branch: Organisation, people: People
) -> None:
    answer = draft(
        client,
        people.secretary,
        branch.id,
        fences=[CIRCLE],
        capacity=30,
        bring="手套",
        evidence=["place", "code"],
        evidence_needed=2,
    )
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert (made["state"], made["revision"], made["may_manage"]) == ("draft", 1, True)
    assert made["join_until"] == made["starts_at"]
    assert made["fences"] == [CIRCLE]
    assert made["position"] == {"longitude": 120.1598, "latitude": 30.2718}
    address = f"{API}/{made['id']}"
    hidden = client.get(address, headers=people.anna.headers)
    assert (hidden.status_code, hidden.json["code"]) == (404, "activity_unknown")
    announced = client.post(f"{address}/announcement", headers=people.secretary.headers)
    assert (announced.status_code, announced.json["state"]) == (200, "announced")
    assert client.post(f"{address}/announcement", headers=people.secretary.headers).json == (
        announced.json
    )
    seen = client.get(address, headers=people.anna.headers).json
    assert (seen["title"], seen["may_manage"], seen["bring"]) == ("清扫河岸", False, "手套")
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [one for one in actions if one.startswith("activity.")] == [
        "activity.drafted",
        "activity.announced",
    ]


def test_a_fence_drawn_in_wgs84_is_kept_in_gcj02(
    client: FlaskClient, branch: Organisation, people: People
) -> None:
    drawn = {"shape": "circle", "centre": [116.3975, 39.9087], "radius": 100}
    answer = draft(client, people.secretary, branch.id, fences=[drawn], datum="wgs84")
    (kept,) = answer.json["fences"]
    assert kept["centre"] == pytest.approx([116.4037437, 39.9101035], abs=1e-6)
    assert kept["radius"] == 100


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"kind": None}, "kind"),
        ({"title": ""}, "title"),
        ({"title": "  "}, "title"),
        ({"title": "长" * 101}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "a\ud800"}, "title"),
        ({"title": 5}, "title"),
        ({"place": ""}, "place"),
        ({"place": "长" * 101}, "place"),
        ({"description": "长" * 2001}, "description"),
        ({"bring": "长" * 201}, "bring"),
        ({"organiser": 2**40}, "organiser"),
        ({"organiser": "1"}, "organiser"),
        ({"starts_at": "2026-11-30T09:00:00"}, "starts_at"),
        ({"starts_at": "gestern"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59+00:00"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+08:00"}, "starts_at"),
        ({"ends_at": moment(2)}, "ends_at"),
        ({"ends_at": moment(40)}, "ends_at"),
        ({"ends_at": "9999-12-31T23:59:59-12:00"}, "ends_at"),
        ({"join_until": moment(4)}, "join_until"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 10_001}, "capacity"),
        ({"capacity": 1.5}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"partners": [999]}, "partners"),
        ({"partners": ["x"]}, "partners.0"),
        ({"partners": list(range(1, 40))}, "partners"),
        ({"community": 999}, "community"),
        ({"agreement": 999}, "agreement"),
        ({"audience": "friends"}, "audience"),
        ({"audience": "groups"}, "audience_groups"),
        ({"audience": "groups", "audience_groups": [999]}, "audience_groups"),
        ({"evidence": []}, "evidence"),
        ({"evidence": ["place"], "fences": [CIRCLE]}, "evidence"),
        ({"evidence": ["photo"]}, "evidence"),
        ({"evidence": ["place", "photo"], "fences": [CIRCLE]}, "evidence"),
        ({"evidence": ["code", "code"]}, "evidence"),
        ({"evidence": ["hearsay"]}, "evidence.0"),
        ({"evidence": ["code"], "evidence_needed": 2}, "evidence"),
        ({"evidence_needed": 3}, "evidence_needed"),
        ({"evidence_needed": 0}, "evidence_needed"),
        ({"evidence": ["place", "code"]}, "fences"),
        ({"check_out": "perhaps"}, "check_out"),
        ({"datum": "bd09"}, "datum"),
        ({"fences": "here"}, "fences"),
        ({"fences": [CIRCLE] * 11}, "fences"),
        ({"fences": ["here"]}, "fences.0"),
        ({"fences": [{"shape": "star"}]}, "fences.0.shape"),
        ({"fences": [{"shape": ["circle"]}]}, "fences.0.shape"),
        ({"fences": [{**CIRCLE, "radius": 5}]}, "fences.0.radius"),
        ({"fences": [{**CIRCLE, "radius": 50_000}]}, "fences.0.radius"),
        ({"fences": [{**CIRCLE, "radius": "wide"}]}, "fences.0.radius"),
        ({"fences": [{**CIRCLE, "centre": [120.1]}]}, "fences.0.centre"),
        ({"fences": [{**CIRCLE, "centre": [30.27, 120.16]}]}, "fences.0.centre"),
        ({"fences": [{"shape": "circle", "radius": 100}]}, "fences.0.centre"),
        ({"fences": [{"shape": "polygon", "corners": CORNERS[:2]}]}, "fences.0.corners"),
        ({"fences": [{"shape": "polygon", "corners": [*CORNERS] * 20}]}, "fences.0.corners"),
        (
            {"fences": [{"shape": "polygon", "corners": [CORNERS[at] for at in (0, 2, 1, 3)]}]},
            "fences.0.corners",
        ),
        ({"pictures": ["x"]}, "pictures.0"),
        ({"pictures": [str(uuid4())]}, "pictures"),
        ({"pictures": [str(uuid4()) for _ in range(10)]}, "pictures"),
        ({"planned": "x"}, "planned"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_input_is_named_by_field_in_chinese(
    client: FlaskClient, branch: Organisation, people: People, change: JSON, field: str
) -> None:
    named = faults(draft(client, people.secretary, branch.id, **change))
    assert field in named
    assert any("\u4e00" <= character <= "\u9fff" for character in named[field])
    assert db.session.scalar(select(Activity.id)) is None


def test_every_fault_is_told_at_once(
    client: FlaskClient, branch: Organisation, people: People
) -> None:
    answer = draft(
        client,
        people.secretary,
        branch.id,
        evidence=["place"],
        partners=[branch.id],
        audience="groups",
    )
    assert set(faults(answer)) == {"evidence", "fences", "partners", "audience_groups"}


def test_units_that_can_not_organise_or_partner_are_refused(
    city: City, branch: Organisation
) -> None:
    now = clock.now()
    starts_at = now + timedelta(days=1)
    for said, field in (
        (content(city.departments[0].id, starts_at=starts_at), "organiser"),
        (content(branch.id, starts_at=starts_at, partner_ids=(city.root.id,)), "partners"),
        (content(branch.id, starts_at=starts_at, community_id=branch.id), "community"),
    ):
        with pytest.raises(Refusal) as refused, transaction():
            service.draft_activity(said, actor=SYSTEM, now=now)
        assert [error["field"] for error in refused.value.errors] == [field]  # type: ignore[attr-defined]


def test_mass_organisations_organise_and_are_partners(city: City, branch: Organisation) -> None:
    union = make_branch(city.departments[0].id, "机关工会", OrganisationKind.TRADE_UNION)
    now = clock.now()
    with transaction():
        said = content(union.id, starts_at=now + timedelta(days=1), partner_ids=(branch.id,))
        activity = service.draft_activity(said, actor=SYSTEM, now=now)
    assert [one.name for one in queries.partners(activity.id)] == ["第一党支部"]


def test_nobody_organises_for_a_foreign_branch(
    client: FlaskClient,
    branch: Organisation,
    other_branch: Organisation,
    people: People,
    activity: ActivityFactory,
) -> None:
    foreign = activity(other_branch.id)
    hidden = activity(other_branch.id, announced=False)
    secretary = people.secretary.headers
    person = {"person": str(people.anna.id)}
    assert draft(client, people.secretary, other_branch.id).status_code == 403
    for held, status in ((foreign, 403), (hidden, 404)):
        address = f"{API}/{held.id}"
        change = body(branch.id, revision=1)
        for answer in (
            client.put(address, json=change, headers=secretary),
            client.post(f"{address}/announcement", headers=secretary),
            client.post(f"{address}/cancellation", json={"reason": "雨"}, headers=secretary),
            client.get(f"{address}/candidates?q=an", headers=secretary),
            client.post(f"{address}/participants", json=person, headers=secretary),
            client.delete(f"{address}/participants/{people.anna.id}", headers=secretary),
        ):
            assert answer.status_code == status, answer.text
    assert draft(client, people.anna, branch.id).status_code == 403


def test_a_change_can_not_hand_an_activity_to_a_branch_out_of_reach(
    client: FlaskClient,
    branch: Organisation,
    other_branch: Organisation,
    people: People,
    activity: ActivityFactory,
) -> None:
    held = activity(branch.id)
    answer = client.put(
        f"{API}/{held.id}",
        json=body(other_branch.id, revision=1),
        headers=people.secretary.headers,
    )
    assert answer.status_code == 403


def test_party_staff_organise_below_their_place_with_an_account_too(
    client: FlaskClient, city: City, branch: Organisation
) -> None:
    token = office_session(client, "party").json["token"]
    listed = client.get("/api/v1/organisable", headers=bearer(token)).json
    assert [one["name"] for one in listed["items"]] == ["第一党支部"]
    answer = client.post(API, json=body(branch.id), headers=bearer(token))
    assert answer.status_code == 201, answer.text


def test_a_stale_change_is_refused(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    address, secretary = f"{API}/{held.id}", people.secretary.headers
    first = client.put(address, json=body(branch.id, revision=1, title="甲"), headers=secretary)
    assert (first.status_code, first.json["revision"]) == (200, 2)
    stale = client.put(address, json=body(branch.id, revision=1, title="乙"), headers=secretary)
    assert (stale.status_code, stale.json["code"]) == (409, "activity_changed_meanwhile")
    assert client.get(address, headers=secretary).json["title"] == "甲"


def changed(held: Activity, **more: Any) -> service.ActivityContent:
    return content(
        held.organiser_id,
        **{"starts_at": held.starts_at, **more},
    )


def test_a_new_time_or_place_is_told_to_all_who_joined_or_wait_once(
    branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    held = activity(branch.id, capacity=1)
    now = clock.now()
    with transaction():
        for one in (people.anna, people.bo, people.stranger):
            service.join(held.id, one.id, now)
        service.leave(held.id, people.stranger.id, now)
        service.change_activity(
            held.id,
            changed(held, capacity=1, title="改了名字", bring="水"),
            revision=1,
            actor=SYSTEM,
            now=now,
        )
    assert told(people.anna) == []
    later = held.starts_at + timedelta(days=1)
    with transaction():
        service.change_activity(
            held.id,
            changed(held, capacity=1, starts_at=later, place="西门"),
            revision=2,
            actor=SYSTEM,
            now=now,
        )
    ((kind, text),) = told(people.anna)
    assert kind == "activity_changed"
    assert "地点改为西门" in text
    assert told(people.bo) == [(kind, text)]
    assert told(people.stranger) == []


def test_more_places_move_the_waiting_list_up_and_fewer_than_taken_are_refused(
    branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    held = activity(branch.id, capacity=1)
    now = clock.now()
    with transaction():
        for one in (people.anna, people.bo, people.stranger):
            service.join(held.id, one.id, now)
        service.change_activity(
            held.id, changed(held, capacity=2), revision=1, actor=SYSTEM, now=now
        )
    assert queries.places([held.id])[held.id] == queries.Places(2, 2, 1)
    assert [kind for kind, _ in told(people.bo)] == ["place_given"]
    with pytest.raises(Refusal) as refused, transaction():
        service.change_activity(
            held.id, changed(held, capacity=1), revision=2, actor=SYSTEM, now=now
        )
    (error,) = refused.value.errors  # type: ignore[attr-defined]
    assert (error["field"], "已有 2 人报名" in error["message"]) == ("capacity", True)
    with transaction():
        service.change_activity(held.id, changed(held), revision=2, actor=SYSTEM, now=now)
    assert queries.places([held.id])[held.id] == queries.Places(None, 3, 0)


def test_a_running_activity_keeps_its_start_and_an_ended_one_all(
    branch: Organisation, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    during = held.starts_at + timedelta(hours=1)
    after = held.ends_at

    def change(now: datetime, **more: Any) -> None:
        with transaction():
            service.change_activity(
                held.id, changed(held, **more), revision=held.revision, actor=SYSTEM, now=now
            )

    with pytest.raises(Refusal) as refused:
        change(during, starts_at=held.starts_at + timedelta(minutes=5))
    assert refused.value.errors[0]["field"] == "starts_at"  # type: ignore[attr-defined]
    with pytest.raises(Refusal, match="activity_over"):
        change(after)
    change(during, lasts=timedelta(hours=4))
    assert held.ends_at == held.starts_at + timedelta(hours=4)


def test_a_cancellation_is_told_with_its_reason_and_ends_everything(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory, told: Told
) -> None:
    held = activity(branch.id)
    with transaction():
        service.join(held.id, people.anna.id, clock.now())
    address, secretary = f"{API}/{held.id}", people.secretary.headers
    assert "reason" in faults(
        client.post(f"{address}/cancellation", json={"reason": " "}, headers=secretary)
    )
    answer = client.post(f"{address}/cancellation", json={"reason": "台风"}, headers=secretary)
    assert (answer.json["state"], answer.json["cancel_reason"]) == ("cancelled", "台风")
    assert told(people.anna) == [("activity_cancelled", "活动取消：台风")]
    for again in (
        client.post(f"{address}/cancellation", json={"reason": "雨"}, headers=secretary),
        client.post(f"{address}/announcement", headers=secretary),
        client.put(address, json=body(branch.id, revision=2), headers=secretary),
        client.post(f"{address}/participation", headers=people.bo.headers),
        client.delete(f"{address}/participation", headers=people.anna.headers),
    ):
        assert (again.status_code, again.json["code"]) == (409, "activity_cancelled")
    assert client.get(address, headers=people.anna.headers).json["cancel_reason"] == "台风"


def test_a_draft_whose_time_has_passed_is_not_announced(
    branch: Organisation, activity: ActivityFactory
) -> None:
    old = activity(branch.id, announced=False)
    with pytest.raises(Refusal, match="activity_over_unannounced"), transaction():
        service.announce(old.id, actor=SYSTEM, now=old.ends_at)
    assert old.state == "draft"


def test_a_copy_is_a_draft_at_another_time_with_nobody_in_it(
    branch: Organisation, other_branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    now = clock.now()
    held = activity(
        branch.id,
        capacity=5,
        partner_ids=(other_branch.id,),
        fences=(CIRCLE,),
        join_until=now + timedelta(days=2),
    )
    with transaction():
        service.join(held.id, people.anna.id, now)
        again = service.copy(
            held.id, starts_at=held.starts_at + timedelta(days=7), actor=SYSTEM, now=now
        )
    assert (again.state, again.title, again.fences) == ("draft", held.title, [CIRCLE])
    assert again.ends_at - again.starts_at == held.ends_at - held.starts_at
    assert again.starts_at - again.join_until == held.starts_at - held.join_until
    assert [one.id for one in queries.partners(again.id)] == [other_branch.id]
    assert queries.places([again.id])[again.id] == queries.Places(5, 0, 0)


def test_a_draft_can_be_deleted_and_an_announced_activity_can_not(
    branch: Organisation, activity: ActivityFactory
) -> None:
    draft_id = activity(branch.id, announced=False).id
    announced = activity(branch.id)
    now = clock.now()
    with transaction():
        service.delete_draft(draft_id, actor=SYSTEM, now=now)
    with pytest.raises(Refusal, match="activity_unknown"):
        queries.activity(draft_id)
    with pytest.raises(Refusal, match="activity_announced_already"), transaction():
        service.delete_draft(announced.id, actor=SYSTEM, now=now)


def test_pictures_are_taken_up_from_the_organisers_own_uploads(
    client: FlaskClient, branch: Organisation, people: People
) -> None:
    with transaction():
        ids = [_picture(people.secretary), _picture(people.anna)]
    wrong = draft(client, people.secretary, branch.id, pictures=[ids[1]])
    assert faults(wrong).keys() == {"pictures"}
    made = draft(client, people.secretary, branch.id, pictures=[ids[0]]).json
    assert made["pictures"] == [{"id": ids[0], "address": None}]
    client.post(f"{API}/{made['id']}/announcement", headers=people.secretary.headers)
    address = f"{API}/{made['id']}"
    assert client.get(address, headers=people.anna.headers).json["pictures"] == []
    with transaction():
        for picture in db.session.scalars(select(Picture)):
            picture.state = PictureState.PASSED.value
    shown = client.get(address, headers=people.anna.headers).json["pictures"]
    assert [one["id"] for one in shown] == [ids[0]]
    assert shown[0]["address"].startswith("/pictures/")
    kept = body(branch.id, revision=made["revision"])
    answer = client.put(address, json=kept, headers=people.secretary.headers)
    assert answer.json["pictures"] == shown
    bare = body(branch.id, revision=answer.json["revision"], pictures=[])
    assert client.put(address, json=bare, headers=people.secretary.headers).json["pictures"] == []


def _picture(of: Comrade) -> str:
    picture = Picture(
        id=uuid4(),
        purpose=Purpose.ACTIVITY.value,
        uploaded_by=of.member_id,
        uploaded_on=clock.today(),
        width=1,
        height=1,
    )
    db.session.add(picture)
    return str(picture.id)


def test_an_activity_stands_under_an_agreement_that_its_organiser_is_a_party_to(
    city: City, branch: Organisation, other_branch: Organisation
) -> None:
    now = clock.now()
    starts_at = now + timedelta(days=1)
    agreement = make_agreement(branch.id, (other_branch.id,))
    drafted = make_agreement(branch.id, (other_branch.id,), active=False)
    third = make_branch(city.departments[0].id, "第三党支部")
    with transaction():
        said = content(other_branch.id, starts_at=starts_at, agreement_id=agreement.id)
        assert service.draft_activity(said, actor=SYSTEM, now=now).agreement_id == agreement.id
    for organiser, wrong in ((third.id, agreement.id), (branch.id, drafted.id)):
        said = content(organiser, starts_at=starts_at, agreement_id=wrong)
        with pytest.raises(Refusal) as refused, transaction():
            service.draft_activity(said, actor=SYSTEM, now=now)
        assert refused.value.errors[0]["field"] == "agreement"  # type: ignore[attr-defined]


def test_an_office_reads_and_changes_nothing(branch: Organisation, city: City) -> None:
    now = clock.now()
    with pytest.raises(Refusal, match="not_allowed"), transaction():
        service.draft_activity(
            content(branch.id, starts_at=now + timedelta(days=1)),
            actor=actor_in(Role.OFFICE, city.root),
            now=now,
        )
