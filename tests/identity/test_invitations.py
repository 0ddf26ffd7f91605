"""Invitations: one-time codes that bind a member to a role."""

from datetime import timedelta
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.core import clock
from server.core.access import Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import queries, service
from server.identity.models import Invitation
from tests.factories.city import City, member_id_of
from tests.factories.identity import actor_in, redeemed_by_six
from tests.factories.rating import Phone

ROLE = Role.ENTERPRISE_REPRESENTATIVE


def invited(city: City, role: Role = ROLE, age: timedelta = timedelta()) -> tuple[UUID, str]:
    """Invite somebody to the city's enterprise, ``age`` ago."""
    with transaction():
        invitation, code = service.invite(
            role, city.enterprise.id, actor=city.actors["office1"], now=clock.now() - age
        )
        return invitation.id, code


def redeem(phone: Phone, code: str) -> tuple[int, str]:
    answer = phone.client.post(
        "/api/v1/invitations/redemptions", json={"code": code}, headers=phone.headers
    )
    return answer.status_code, answer.json.get("code", "")


def test_a_code_gives_its_role_in_its_enterprise(client: FlaskClient, city: City) -> None:
    _, code = invited(city)
    phone = Phone.of(client, "anna")
    answer = client.post(
        "/api/v1/invitations/redemptions", json={"code": code}, headers=phone.headers
    )
    assert answer.status_code == 201
    role = {
        "role": "enterprise_representative",
        "organisation": {"id": city.enterprise.id, "name": "江畔纺织有限公司"},
    }
    assert answer.json == role
    assert client.get("/api/v1/me", headers=phone.headers).json["roles"] == [role]
    assert queries.represents(member_id_of(phone.token), city.enterprise.id)


def test_a_code_may_be_typed_without_dashes_and_in_lower_case(
    client: FlaskClient, city: City
) -> None:
    _, code = invited(city)
    assert len(code.replace("-", "")) == 12
    assert redeem(Phone.of(client, "anna"), code.replace("-", " ").lower()) == (201, "")


def test_only_a_hash_of_the_code_is_kept(city: City) -> None:
    _, code = invited(city)
    stored = db.session.scalars(select(Invitation)).one()
    assert len(stored.code_hash) == 16
    assert code.replace("-", "") not in repr(stored.__dict__)


def test_the_same_member_gets_the_same_answer_again_and_another_is_refused(
    client: FlaskClient, city: City
) -> None:
    _, code = invited(city)
    anna, ben = Phone.of(client, "anna"), Phone.of(client, "ben")
    assert redeem(anna, code) == (201, "")
    assert redeem(anna, code) == (201, "")
    assert redeem(ben, code) == (404, "invitation_unknown")


def test_who_has_the_role_already_does_not_use_a_code_up(client: FlaskClient, city: City) -> None:
    (_, first), (_, second) = invited(city), invited(city)
    anna, ben = Phone.of(client, "anna"), Phone.of(client, "ben")
    assert redeem(anna, first) == (201, "")
    assert redeem(anna, second) == (201, "")
    assert redeem(ben, second) == (201, "")


def test_of_many_members_at_once_one_gets_the_role(app: APIFlask, city: City) -> None:
    _, code = invited(city)
    members, outcomes = redeemed_by_six(app, code)
    assert sorted(outcomes) == ["done", *["invitation_unknown"] * 5]
    assert sum(queries.represents(member, city.enterprise.id) for member in members) == 1


def test_an_expired_a_revoked_and_an_unknown_code_are_all_unknown(
    client: FlaskClient, city: City
) -> None:
    phone = Phone.of(client, "anna")
    _, old = invited(city, age=timedelta(days=14, minutes=1))
    revoked_id, revoked = invited(city)
    with transaction():
        service.revoke_invitation(revoked_id, actor=city.actors["admin"], now=clock.now())
    for code in (old, revoked, "0000-0000-0000", "not a code", "评价"):
        assert redeem(phone, code) == (404, "invitation_unknown")
    _, young = invited(city, age=timedelta(days=13, hours=23))
    assert redeem(phone, young) == (201, "")


def test_who_resigned_needs_a_new_code(client: FlaskClient, city: City) -> None:
    _, code = invited(city)
    phone = Phone.of(client, "anna")
    redeem(phone, code)
    path = f"/api/v1/me/representations/{city.enterprise.id}"
    for _ in range(2):
        assert client.delete(path, headers=phone.headers).status_code == 204
    assert client.get("/api/v1/me", headers=phone.headers).json["roles"] == []
    assert redeem(phone, code) == (404, "invitation_unknown")


def test_resigning_from_an_organisation_that_does_not_exist_is_404(
    client: FlaskClient, city: City
) -> None:
    answer = client.delete(
        "/api/v1/me/representations/99999", headers=Phone.of(client, "anna").headers
    )
    assert (answer.status_code, answer.json["code"]) == (404, "organisation_unknown")


def test_resigning_takes_no_role_but_a_representation(client: FlaskClient, city: City) -> None:
    _, code = invited(city, Role.MEMBER)
    phone = Phone.of(client, "anna")
    redeem(phone, code)
    client.delete(f"/api/v1/me/representations/{city.enterprise.id}", headers=phone.headers)
    assert len(client.get("/api/v1/me", headers=phone.headers).json["roles"]) == 1


def test_a_guesser_of_codes_is_stopped(client: FlaskClient, city: City, app: APIFlask) -> None:
    phone = Phone.of(client, "anna")
    most = app.extensions["limits"].table["guess"]["address"].amount
    for _ in range(most):
        assert redeem(phone, "0000-0000-0000")[0] == 404
    assert redeem(phone, "0000-0000-0000") == (429, "too_many_requests")


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (Role.CITIZEN, "role_by_invitation"),
        (Role.OFFICE, "role_by_invitation"),
        (Role.COMMUNITY_REPRESENTATIVE, "role_not_for_organisation"),
    ],
)
def test_only_roles_of_the_phone_that_fit_the_place_are_given_by_invitation(
    city: City, role: Role, code: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        service.invite(role, city.enterprise.id, actor=city.actors["office1"], now=clock.now())
    assert refusal.value.code == code


def test_who_does_not_reach_the_enterprise_can_neither_invite_nor_revoke(city: City) -> None:
    invitation_id, _ = invited(city)
    stranger = actor_in(Role.OFFICE, city.departments[0])
    liaison = city.actors["liaison"]
    for actor in (stranger, liaison):
        with pytest.raises(Refusal) as refusal:
            service.invite(ROLE, city.enterprise.id, actor=actor, now=clock.now())
        assert refusal.value.code == "not_allowed"
        with pytest.raises(Refusal) as refusal:
            service.revoke_invitation(invitation_id, actor=actor, now=clock.now())
        assert refusal.value.code == "not_allowed"


def test_an_organisation_lists_its_invitations_newest_first(city: City) -> None:
    older, _ = invited(city, age=timedelta(hours=1))
    newer, _ = invited(city)
    assert [one.id for one in queries.invitations(city.enterprise.id)] == [newer, older]
