"""Hand-over: a representative makes a code, a successor takes the place, nothing counts twice."""

from datetime import timedelta
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.identity import queries, service
from server.identity.models import Invitation, Organisation
from server.identity.rules import HAND_OVER_LIFE
from tests.factories.city import City, member_id_of
from tests.factories.identity import actor_in, at_once, redeemed_by_six
from tests.factories.pairings import make_community, represent, represents
from tests.factories.rating import Phone, new_receipt


def path(organisation: Organisation) -> str:
    return f"/api/v1/me/representations/{organisation.id}/hand-over"


def begun(phone: Phone, organisation: Organisation) -> str:
    answer = phone.client.post(path(organisation), headers=phone.headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json["code"])


def begun_ago(phone: Phone, organisation: Organisation, age: timedelta) -> str:
    with transaction():
        _, code = service.begin_hand_over(
            member_id_of(phone.token), organisation.id, now=clock.now() - age
        )
    return code


def redeem(phone: Phone, code: str) -> tuple[int, str]:
    answer = phone.client.post(
        "/api/v1/invitations/redemptions", json={"code": code}, headers=phone.headers
    )
    return answer.status_code, answer.json.get("code", "")


def entries() -> list[AuditEntry]:
    return list(
        db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action.startswith("hand_over"))
            .order_by(AuditEntry.id)
        )
    )


def test_a_successor_takes_the_place_and_the_predecessor_has_it_no_more(
    client: FlaskClient, city: City
) -> None:
    for key, organisation in (("a", city.enterprise), ("b", make_community(city))):
        before, after = represent(client, key, organisation), Phone.of(client, f"{key}2")
        assert redeem(after, begun(before, organisation)) == (201, "")
        assert not represents(before, organisation)
        assert represents(after, organisation)
        roles = client.get("/api/v1/me", headers=after.headers).json["roles"]
        assert [role["organisation"]["id"] for role in roles] == [organisation.id]
        assert client.get("/api/v1/me", headers=before.headers).json["roles"] == []


def test_other_representatives_and_other_organisations_are_left_alone(
    client: FlaskClient, city: City
) -> None:
    community = make_community(city)
    anna, colleague = (represent(client, key, city.enterprise) for key in ("anna", "ben"))
    represent(client, "anna", community)
    assert redeem(Phone.of(client, "carl"), begun(anna, city.enterprise)) == (201, "")
    assert represents(colleague, city.enterprise)
    assert represents(anna, community)
    assert len(queries.representations(city.enterprise.id)) == 2


def test_a_lost_answer_is_given_again_and_the_code_serves_nobody_else(
    client: FlaskClient, city: City
) -> None:
    code = begun(represent(client, "anna", city.enterprise), city.enterprise)
    ben, carl = Phone.of(client, "ben"), Phone.of(client, "carl")
    assert redeem(ben, code) == redeem(ben, code) == (201, "")
    assert redeem(carl, code) == (409, "hand_over_used")
    assert len(queries.representations(city.enterprise.id)) == 1


def test_of_successors_at_once_one_takes_over(app: APIFlask, city: City) -> None:
    anna = represent(app.test_client(), "anna", city.enterprise)
    code = begun(anna, city.enterprise)
    members, outcomes = redeemed_by_six(app, code)
    assert sorted(outcomes) == ["done", *["hand_over_used"] * 5]
    assert sum(queries.represents(member, city.enterprise.id) for member in members) == 1
    assert not represents(anna, city.enterprise)


@pytest.mark.parametrize("time", range(5))
def test_making_taking_back_resigning_and_redeeming_at_once_leave_one_or_no_representative(
    app: APIFlask, city: City, time: int
) -> None:
    del time
    organisation = city.enterprise.id
    anna = represent(app.test_client(), "anna", city.enterprise)
    predecessor, code = member_id_of(anna.token), begun(anna, city.enterprise)
    with transaction():
        successor = service.member_of_openid("successor", clock.now()).id
    outcomes = at_once(
        app,
        [
            lambda: service.redeem_invitation(code, successor, clock.now()),
            *[lambda: service.begin_hand_over(predecessor, organisation, now=clock.now())] * 4,
            *[lambda: service.cancel_hand_over(predecessor, organisation, now=clock.now())] * 2,
            lambda: service.resign(predecessor, organisation),
        ],
    )
    assert "" not in outcomes, "no deadlock"
    took_over = outcomes[0] == "done"
    assert took_over or outcomes[0] in {"hand_over_revoked", "hand_over_gone"}
    assert queries.represents(successor, organisation) is took_over
    assert not queries.represents(predecessor, organisation)


def test_a_new_code_makes_the_one_before_worthless(client: FlaskClient, city: City) -> None:
    anna, ben = represent(client, "anna", city.enterprise), Phone.of(client, "ben")
    first, second = begun(anna, city.enterprise), begun(anna, city.enterprise)
    assert redeem(ben, first) == (409, "hand_over_revoked")
    assert redeem(ben, second) == (201, "")


def test_a_code_lives_half_an_hour(client: FlaskClient, city: City) -> None:
    anna, ben = represent(client, "anna", city.enterprise), Phone.of(client, "ben")
    old = begun_ago(anna, city.enterprise, HAND_OVER_LIFE + timedelta(seconds=1))
    answer = client.get(path(city.enterprise), headers=anna.headers)
    assert answer.json == {"expires_at": None}
    assert redeem(ben, old) == (409, "hand_over_expired")
    assert represents(anna, city.enterprise)
    young = begun_ago(anna, city.enterprise, HAND_OVER_LIFE - timedelta(seconds=30))
    assert client.get(path(city.enterprise), headers=anna.headers).json["expires_at"]
    assert redeem(ben, young) == (201, "")
    gone = client.get(path(city.enterprise), headers=anna.headers)
    assert (gone.status_code, gone.json["code"]) == (404, "representation_unknown")


def test_a_code_that_was_taken_back_serves_nobody(client: FlaskClient, city: City) -> None:
    anna, ben = represent(client, "anna", city.enterprise), Phone.of(client, "ben")
    code = begun(anna, city.enterprise)
    for _ in range(2):
        assert client.delete(path(city.enterprise), headers=anna.headers).status_code == 204
    assert redeem(ben, code) == (409, "hand_over_revoked")
    assert represents(anna, city.enterprise)


def test_the_office_can_make_a_code_worthless_too(client: FlaskClient, city: City) -> None:
    anna = represent(client, "anna", city.enterprise)
    code = begun(anna, city.enterprise)
    (open_one,) = queries.invitations(city.enterprise.id)
    with transaction():
        service.revoke_invitation(open_one.id, actor=city.actors["office1"], now=clock.now())
    assert redeem(Phone.of(client, "ben"), code) == (409, "hand_over_revoked")


def test_nobody_takes_over_from_oneself_or_from_a_colleague(
    client: FlaskClient, city: City
) -> None:
    anna, colleague = (represent(client, key, city.enterprise) for key in ("anna", "ben"))
    code = begun(anna, city.enterprise)
    assert redeem(anna, code) == (409, "hand_over_own")
    assert redeem(colleague, code) == (409, "hand_over_held")
    assert represents(anna, city.enterprise)
    assert represents(colleague, city.enterprise)
    assert redeem(Phone.of(client, "carl"), code) == (201, "")


@pytest.mark.parametrize("how", ["resigned", "erased", "ended", "revoked"])
def test_who_is_gone_meanwhile_hands_nothing_over(
    client: FlaskClient, city: City, how: str
) -> None:
    anna = represent(client, "anna", city.enterprise)
    code, member = begun(anna, city.enterprise), member_id_of(anna.token)
    (grant,) = queries.representations(city.enterprise.id)
    now = clock.now()
    with transaction():
        if how == "resigned":
            service.resign(member, city.enterprise.id)
        elif how == "erased":
            service.erase_member(member)
        elif how == "ended":
            service.end_representation(grant.id, actor=city.actors["office1"], now=now)
        else:
            service.revoke_grant(grant.id, actor=city.actors["admin"], now=now)
    expected = "hand_over_revoked" if how == "ended" else "hand_over_gone"
    assert redeem(Phone.of(client, "ben"), code) == (409, expected)
    assert queries.representations(city.enterprise.id) == []


def test_only_who_represents_makes_sees_and_takes_back_a_code(
    client: FlaskClient, city: City
) -> None:
    represent(client, "anna", city.enterprise)
    stranger = represent(client, "ben", make_community(city))
    for method in (client.post, client.get, client.delete):
        answer = method(path(city.enterprise), headers=stranger.headers)
        assert (answer.status_code, answer.json["code"]) == (404, "representation_unknown")
        assert method(path(city.enterprise)).status_code == 401


def test_a_retired_enterprise_hands_nothing_over(client: FlaskClient, city: City) -> None:
    anna = represent(client, "anna", city.enterprise)
    code = begun(anna, city.enterprise)
    with transaction():
        db.session.merge(city.enterprise).active = False
    assert redeem(Phone.of(client, "ben"), code) == (409, "organisation_inactive")
    answer = client.post(path(city.enterprise), headers=anna.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "organisation_inactive")


def test_only_the_codes_hash_is_kept_and_the_log_names_nobody(
    client: FlaskClient, city: City
) -> None:
    anna, ben = represent(client, "anna", city.enterprise), Phone.of(client, "ben")
    code = begun(anna, city.enterprise)
    redeem(ben, code)
    (stored,) = db.session.scalars(select(Invitation)).all()
    assert code.replace("-", "") not in repr(stored.__dict__)
    assert stored.created_by is None
    found = entries()
    assert [one.action for one in found] == ["hand_over.begun", "hand_over.done"]
    for one in found:
        assert (one.actor_kind, one.actor_id) == ("member", None)
        assert (one.subject_kind, one.subject_id) == ("organisation", str(city.enterprise.id))
        for member in (member_id_of(anna.token), member_id_of(ben.token)):
            assert str(member) not in str(one.detail)


def test_an_enterprise_rates_a_department_once_across_a_hand_over(
    client: FlaskClient, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    claim = {"enterprise": city.enterprise.id}
    before, after = represent(client, "anna", city.enterprise), Phone.of(client, "ben")
    receipt = new_receipt()
    assert before.rate(campaign, department, receipt=receipt, **claim).status_code == 201
    redeem(after, begun(before, city.enterprise))
    again = after.rate(campaign, department, **claim)
    assert (again.status_code, again.json["code"]) == (409, "already_rated")
    former = before.rate(campaign, department, **claim)
    assert (former.status_code, former.json["code"]) == (403, "enterprise_not_yours")
    # What was lost on the way is answered still: it is the same rating.
    assert before.rate(campaign, department, receipt=receipt, **claim).status_code == 201
    stored = db.session.scalars(
        select(Evaluation).where(
            Evaluation.campaign_id == campaign,
            Evaluation.channel == int(Channel.ENTERPRISE_ONLINE),
        )
    ).all()
    assert len(stored) == 1


def test_a_place_can_be_handed_on_and_back(client: FlaskClient, city: City) -> None:
    anna, ben = represent(client, "anna", city.enterprise), Phone.of(client, "ben")
    first = begun(anna, city.enterprise)
    assert redeem(ben, first) == (201, "")
    assert redeem(anna, begun(ben, city.enterprise)) == (201, "")
    assert represents(anna, city.enterprise)
    assert redeem(ben, first) == (409, "hand_over_used")
    assert not represents(ben, city.enterprise)


def test_the_desk_ends_a_representation_where_it_reaches_and_no_other_grant(
    client: FlaskClient, city: City
) -> None:
    anna = represent(client, "anna", city.enterprise)
    (grant,) = queries.representations(city.enterprise.id)
    now = clock.now()

    def ended(grant_id: int, actor: object) -> str:
        with pytest.raises(Refusal) as refusal, transaction():
            service.end_representation(grant_id, actor=actor, now=now)  # type: ignore[arg-type]
        return refusal.value.code

    assert ended(grant.id, actor_in(Role.OFFICE, city.departments[0])) == "not_allowed"
    assert ended(grant.id, city.actors["auditor"]) == "not_allowed"
    office: UUID = city.accounts["office2"].id
    (desk,) = queries.grants_of_account(office)
    assert ended(desk.id, city.actors["admin"]) == "grant_unknown"
    with transaction():
        service.end_representation(grant.id, actor=city.actors["office1"], now=now)
    assert not represents(anna, city.enterprise)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "representation.ended")
    ).one()
    assert str(member_id_of(anna.token)) not in str(entry.detail)
    assert ended(grant.id, city.actors["office1"]) == "grant_unknown"
