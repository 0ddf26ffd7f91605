"""Binding a phone to a person: by code, by number; parting, and who may."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.crockford import normal
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import service as identity
from server.identity.models import Organisation, RoleGrant
from server.membership import queries, service
from server.membership.models import BindingCode, Person
from server.membership.rules import Post
from server.membership.sealing import binding_code_hash
from server.notifications.models import Notice
from server.wechat.platform import current_platform
from tests.factories.city import City, member_id_of
from tests.factories.identity import actor_in, at_once
from tests.factories.members import Comrade, PersonFactory
from tests.factories.rating import Phone

BINDING = "/api/v1/me/person-binding"


def bind(phone: Phone, code: str) -> TestResponse:
    return phone.client.post(BINDING, json={"code": code}, headers=phone.headers)


def issue(comrade: Comrade, **more: object) -> str:
    with transaction():
        values = {"actor": SYSTEM, "now": clock.now(), **more}
        return service.issue_binding_code(comrade.id, **values)  # type: ignore[arg-type]


def roles(phone: Phone) -> set[tuple[str, int]]:
    answer = phone.client.get("/api/v1/me", headers=phone.headers)
    return {(one["role"], one["organisation"]["id"]) for one in answer.json["roles"]}


def test_a_phone_is_bound_once_by_its_code_and_shows_its_person(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, "张三", post=Post.COMMITTEE_MEMBER)
    phone = Phone.of(client, "zhang")
    shown = client.get("/api/v1/me/person", headers=phone.headers)
    assert shown.json == {"person": None}
    code = issue(zhang)
    answer = bind(phone, code.lower().replace("-", " "))
    assert answer.status_code == 201, answer.text
    assert answer.json["name"] == "张三"
    assert answer.json["branch"] == {"id": branch.id, "name": "第一党支部"}
    assert answer.json["post_label"] == "支部委员"
    assert roles(phone) == {("member", branch.id), ("organiser", branch.id)}
    assert bind(phone, code).json == answer.json, "a repeated call is harmless"
    assert client.get("/api/v1/me/person", headers=phone.headers).json["person"] == answer.json


def test_a_used_ended_or_unknown_code_binds_nobody(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id)
    used, old = person(branch.id, "李四"), clock.now() - timedelta(days=15)
    code = issue(used)
    assert bind(Phone.of(client, "li"), code).status_code == 201
    replaced = issue(zhang)
    issue(zhang)
    outdated = issue(person(branch.id, "王五"), now=old)
    gone = person(branch.id, "赵六")
    of_gone = issue(gone)
    with transaction():
        service.remove_person(gone.id, actor=SYSTEM, now=clock.now())
    stranger = Phone.of(client, "stranger")
    for wrong in (code, replaced, outdated, of_gone, "AAAA-AAAA-AAAA", "x", "一二三"):
        answer = bind(stranger, wrong)
        assert answer.status_code == 404, wrong
        assert answer.json["code"] == "binding_code_unknown"
    assert bind(stranger, "A\0A").status_code == 422
    assert roles(stranger) == set()


def test_a_code_is_kept_as_its_keyed_hash_alone(
    branch: Organisation, person: PersonFactory
) -> None:
    code = issue(person(branch.id))
    entry = db.session.scalars(select(BindingCode)).one()
    assert entry.code_hash == binding_code_hash(normal(code))
    assert entry.expires_at - entry.created_at == timedelta(days=14)


def test_of_two_phones_with_one_code_at_once_one_is_bound(
    app: APIFlask, client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id)
    code = issue(zhang)
    members = [member_id_of(Phone.of(client, key).token) for key in ("one", "two", "three")]
    outcomes = at_once(
        app,
        [
            lambda member=member: service.bind_with_code(code, member, clock.now())
            for member in members
        ],
    )
    assert sorted(outcomes) == ["binding_code_unknown", "binding_code_unknown", "done"]
    assert (
        db.session.scalar(select(func.count()).select_from(RoleGrant)) == len(roles_of_city()) + 1
    )


def roles_of_city() -> list[int]:
    return list(db.session.scalars(select(RoleGrant.id).where(RoleGrant.account_id.is_not(None))))


def test_one_phone_with_two_codes_is_bound_to_one_person(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, "张三", key="zhang")
    assert zhang.phone is not None
    answer = bind(zhang.phone, issue(person(branch.id, "李四")))
    assert answer.status_code == 409
    assert answer.json["code"] == "member_bound_already"
    assert "先解绑" in answer.json["detail"]


def test_a_new_code_moves_the_person_to_the_new_phone_and_tells_the_old_one(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, "张三", key="old-phone", post=Post.SECRETARY)
    assert zhang.phone is not None
    fresh = Phone.of(client, "new-phone")
    assert bind(fresh, issue(zhang)).status_code == 201
    assert roles(zhang.phone) == set()
    assert roles(fresh) == {("member", branch.id), ("secretary", branch.id)}
    told = db.session.scalars(select(Notice)).one()
    assert told.member_id == zhang.member_id
    assert branch.name in told.body
    assert "张三" not in told.title + told.body


def test_a_consented_number_binds_the_person_that_has_it(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    number = current_platform().phone_number("sandbox:zhang:1")
    zhang = person(branch.id, "张三", phone=f"+86 {number[:3]}-{number[3:7]}-{number[7:]}")
    phone = Phone.of(client, "zhang")
    body = {"phone_code": "sandbox:zhang:2"}
    for _ in range(2):
        answer = client.post(f"{BINDING}/phone", json=body, headers=phone.headers)
        assert answer.status_code == 201, answer.text
        assert answer.json["id"] == str(zhang.id)
    other = Phone.of(client, "thief")
    answer = client.post(f"{BINDING}/phone", json=body, headers=other.headers)
    assert answer.status_code == 409
    assert "原手机解绑" in answer.json["detail"]
    body = {"phone_code": "sandbox:nobody:1"}
    answer = client.post(f"{BINDING}/phone", json=body, headers=other.headers)
    assert answer.json["code"] == "person_phone_unknown"


def test_unbinding_oneself_ends_the_roles_and_can_be_repeated(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, key="zhang", post=Post.SECRETARY)
    assert zhang.phone is not None
    for _ in range(2):
        assert client.delete(BINDING, headers=zhang.headers).status_code == 204
    assert roles(zhang.phone) == set()
    with pytest.raises(Refusal, match="person_not_bound"):
        queries.bound_person(zhang.member_id)  # type: ignore[arg-type]


def test_erasing_the_account_unbinds_the_person(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, key="zhang", post=Post.SECRETARY)
    assert client.delete("/api/v1/me", headers=zhang.headers).status_code == 204
    db.session.expire_all()
    row = queries.person(zhang.id)
    assert row.member_id is None
    assert not queries.roster(branch.id)[0].bound
    fresh = Phone.of(client, "zhang")
    assert client.get("/api/v1/me/person", headers=fresh.headers).json == {"person": None}
    assert bind(fresh, issue(zhang)).status_code == 201


def test_a_secretary_sees_and_serves_its_own_branch_and_no_other(
    client: FlaskClient, branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    secretary = person(branch.id, "书记", key="secretary", post=Post.SECRETARY)
    mine, foreign = person(branch.id, "阿明", key="ming"), person(other_branch.id, "外人")
    own = f"/api/v1/branches/{branch.id}/roster"
    answer = client.get(own, headers=secretary.headers)
    assert [one["name"] for one in answer.json["items"]] == ["阿明", "书记"]
    assert answer.json["items"][0] == {
        "id": str(mine.id),
        "name": "阿明",
        "post_label": "党员",
        "groups": [],
        "bound": True,
    }
    found = client.get(f"{own}?q=sj", headers=secretary.headers).json["items"]
    assert [one["name"] for one in found] == ["书记"]
    answer = client.post(f"{own}/{mine.id}/binding-codes", headers=secretary.headers)
    assert answer.status_code == 201
    assert answer.json.keys() == {"code", "expires_at"}
    other = f"/api/v1/branches/{other_branch.id}/roster"
    assert client.get(other, headers=secretary.headers).status_code == 403
    for path in (f"{other}/{foreign.id}", f"{other}/{mine.id}", f"{own}/{foreign.id}"):
        assert client.post(f"{path}/binding-codes", headers=secretary.headers).status_code in {
            403,
            404,
        }
        assert client.delete(f"{path}/binding", headers=secretary.headers).status_code in {403, 404}
    assert client.delete(f"{own}/{mine.id}/binding", headers=secretary.headers).status_code == 204
    assert mine.phone is not None
    assert roles(mine.phone) == set()


def test_a_plain_member_reads_no_roster_and_an_organiser_issues_no_codes(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    member = person(branch.id, "党员", key="member")
    organiser = person(branch.id, "委员", key="organiser", post=Post.COMMITTEE_MEMBER)
    path = f"/api/v1/branches/{branch.id}/roster"
    assert client.get(path, headers=member.headers).status_code == 403
    assert client.get(path, headers=organiser.headers).status_code == 200
    answer = client.post(f"{path}/{member.id}/binding-codes", headers=organiser.headers)
    assert answer.status_code == 403


def test_guessing_at_codes_is_limited(client: FlaskClient, city: City) -> None:
    del city
    phone = Phone.of(client, "guesser")
    answers = [bind(phone, "AAAA-AAAA-AAAA").status_code for _ in range(62)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_groups_are_told_to_phones_without_retired_ones(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    with transaction():
        young = service.add_group("年轻干部", actor=SYSTEM, now=clock.now()).id
        old = service.add_group("旧群体", actor=SYSTEM, now=clock.now()).id
    zhang = person(branch.id, key="zhang", groups=[young, old])
    with transaction():
        service.set_group_active(old, False, actor=SYSTEM, now=clock.now())
    answer = client.get("/api/v1/person-groups", headers=zhang.headers)
    assert answer.json == {"items": [{"id": young, "name": "年轻干部"}]}
    own = client.get("/api/v1/me/person", headers=zhang.headers).json["person"]
    assert own["groups"] == [{"id": young, "name": "年轻干部"}, {"id": old, "name": "旧群体"}]


def test_a_role_from_an_invitation_stays_when_the_phone_is_unbound(
    client: FlaskClient, city: City, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, key="zhang")
    assert zhang.phone is not None
    with transaction():
        identity.grant_role(
            Role.ENTERPRISE_REPRESENTATIVE,
            city.enterprise.id,
            member_id=zhang.member_id,
            actor=SYSTEM,
            now=clock.now(),
        )
    client.delete(BINDING, headers=zhang.headers)
    assert roles(zhang.phone) == {("enterprise_representative", city.enterprise.id)}


def test_party_staff_of_one_unit_cannot_unbind_in_another(
    city: City, branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(other_branch.id, key="zhang")
    staff = actor_in(Role.PARTY_STAFF, city.departments[0])
    with pytest.raises(Refusal, match="not_allowed"):
        service.unbind(zhang.id, actor=staff, now=clock.now())
    assert db.session.scalar(select(Person.member_id).where(Person.id == zhang.id)) is not None
