"""Accounts and their roles: made, reset, switched off, and never left without an administrator."""

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM, Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.identity import queries, service
from server.identity.models import Account
from server.identity.rules import OrganisationKind
from tests.factories.city import PASSWORD, City
from tests.factories.identity import actor_of, at_once, bearer, office_session

NEW = "another long password"


def make(name: str, actor: Actor = SYSTEM) -> tuple[Account, str]:
    with transaction():
        return service.create_account(
            name=name, display_name="新同志", actor=actor, now=clock.now()
        )


def token_of(client: FlaskClient, name: str) -> str:
    token: str = office_session(client, name).json["token"]
    return token


def works(client: FlaskClient, token: str) -> bool:
    """Tell whether the token of an office account still opens its routes."""
    answer = client.post("/api/v1/campaigns", json={}, headers=bearer(token))
    return answer.status_code == 422


def refused(action: object, *arguments: object, **more: object) -> str:
    with pytest.raises(Refusal) as refusal:
        action(*arguments, **more, now=clock.now())  # type: ignore[operator]
    db.session.rollback()
    return refusal.value.code


def test_a_first_password_is_random_and_kept_only_as_a_hash(app: APIFlask, city: City) -> None:
    account, first = make("new", city.actors["admin"])
    _, other = make("newer", city.actors["admin"])
    assert len(first) == 16
    assert first != other
    assert account.must_change_password
    assert account.password_hash.startswith("$argon2id$")
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == str(account.id))
    ).one()
    assert (entry.action, entry.detail) == ("account.created", {"name": "new"})


def test_only_an_administrator_makes_accounts(city: City) -> None:
    for name in ("office1", "liaison", "auditor", "inspector"):
        code = refused(
            service.create_account, name="new", display_name="新", actor=city.actors[name]
        )
        assert code == "not_allowed"


def test_a_name_is_taken_in_any_case(app: APIFlask, city: City) -> None:
    with pytest.raises(IntegrityError, match="uq_account_name"):
        make("OFFICE1")


def test_a_bad_name_is_refused_with_its_field(app: APIFlask) -> None:
    with pytest.raises(InvalidInput) as refusal:
        service.create_account(name="a b", display_name=" ", actor=SYSTEM, now=clock.now())
    assert [error["field"] for error in refusal.value.errors] == ["name", "display_name"]


def test_changing_the_password_ends_every_session(client: FlaskClient, city: City) -> None:
    token = token_of(client, "office1")
    assert works(client, token)
    account = city.accounts["office1"]
    with transaction():
        service.change_password(
            account.id, current=PASSWORD, new=NEW, actor=actor_of(account), now=clock.now()
        )
    assert not works(client, token)
    assert office_session(client, "office1").status_code == 401
    assert office_session(client, "office1", NEW).status_code == 201


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        ("not the current one", NEW, "current_password_wrong"),
        (PASSWORD, PASSWORD, "password_unchanged"),
        (PASSWORD, "short", "password_too_weak"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "password_too_weak"),
        (PASSWORD, "my office1 password", "password_too_weak"),
        (PASSWORD, "Password1234", "password_too_weak"),
        (PASSWORD, "x1y2" * 40, "password_too_weak"),
    ],
)
def test_a_bad_change_of_password_is_refused_by_name(
    city: City, current: str, new: str, code: str
) -> None:
    account = city.accounts["office1"]
    actor = actor_of(account)
    assert (
        refused(service.change_password, account.id, current=current, new=new, actor=actor) == code
    )


def test_the_current_password_can_not_be_guessed_from_a_session(city: City) -> None:
    account = city.accounts["office1"]
    codes = [
        refused(
            service.change_password, account.id, current="wrong", new=NEW, actor=actor_of(account)
        )
        for _ in range(6)
    ]
    assert codes == ["current_password_wrong"] * 5 + ["too_many_requests"]


def test_nobody_changes_somebody_elses_password(city: City) -> None:
    account = city.accounts["office1"].id
    actor = city.actors["admin"]
    assert (
        refused(service.change_password, account, current=PASSWORD, new=NEW, actor=actor)
        == "not_allowed"
    )


def test_a_reset_ends_sessions_and_asks_for_a_new_password(client: FlaskClient, city: City) -> None:
    token = token_of(client, "office1")
    account = city.accounts["office1"]
    with transaction():
        password = service.reset_password(account.id, actor=city.actors["admin"], now=clock.now())
    assert not works(client, token)
    answer = office_session(client, "office1", password)
    assert answer.json["code"] == "password_change_needed"
    with transaction():
        service.change_password(
            account.id, current=password, new=NEW, actor=actor_of(account), now=clock.now()
        )
    assert office_session(client, "office1", NEW).status_code == 201


def test_switching_an_account_off_ends_its_sessions_for_good(
    client: FlaskClient, city: City
) -> None:
    token = token_of(client, "office1")
    account = city.accounts["office1"].id
    for active in (False, True):
        with transaction():
            service.set_active(account, active, actor=city.actors["admin"], now=clock.now())
        assert not works(client, token)
    assert office_session(client, "office1").status_code == 201


def test_the_last_administrator_can_neither_be_switched_off_nor_lose_the_role(city: City) -> None:
    admin = city.accounts["admin"].id
    grant = queries.grants_of_account(admin)[0].id
    actor = city.actors["admin"]
    assert refused(service.set_active, admin, False, actor=actor) == "last_administrator"
    assert refused(service.revoke_grant, grant, actor=actor) == "last_administrator"


def test_an_administrator_of_a_part_is_none_of_the_whole(city: City) -> None:
    second, _ = make("second")
    with transaction():
        service.grant_role(
            Role.ADMINISTRATOR,
            city.departments[0].id,
            account_id=second.id,
            actor=SYSTEM,
            now=clock.now(),
        )
    code = refused(service.set_active, city.accounts["admin"].id, False, actor=city.actors["admin"])
    assert code == "last_administrator"


def test_two_administrators_switching_each_other_off_at_once_leave_one(
    app: APIFlask, city: City
) -> None:
    second, _ = make("second")
    with transaction():
        service.grant_role(
            Role.ADMINISTRATOR, city.root.id, account_id=second.id, actor=SYSTEM, now=clock.now()
        )
    pair = [city.accounts["admin"].id, second.id]
    actor = city.actors["admin"]
    outcomes = at_once(
        app,
        [
            lambda target=target: service.set_active(target, False, actor=actor, now=clock.now())
            for target in pair
        ],
    )
    assert sorted(outcomes) == ["done", "last_administrator"]
    assert len(queries.active_administrators()) == 1


def test_an_administrator_of_a_part_has_no_say_over_who_acts_for_the_whole(city: City) -> None:
    local, _ = make("local")
    with transaction():
        service.grant_role(
            Role.ADMINISTRATOR,
            city.departments[0].id,
            account_id=local.id,
            actor=SYSTEM,
            now=clock.now(),
        )
    actor = actor_of(local)
    office = city.accounts["office1"].id
    grant = queries.grants_of_account(office)[0].id
    assert refused(service.reset_password, office, actor=actor) == "not_allowed"
    assert refused(service.set_active, office, False, actor=actor) == "not_allowed"
    assert refused(service.revoke_grant, grant, actor=actor) == "not_allowed"
    assert (
        refused(service.grant_role, Role.OFFICE, city.root.id, account_id=local.id, actor=actor)
        == "not_allowed"
    )
    liaison = city.accounts["liaison"].id
    with transaction():
        assert service.reset_password(liaison, actor=actor, now=clock.now())


def test_a_role_reaches_down_the_tree_and_not_sideways(city: City) -> None:
    office, liaison = actor_of(city.accounts["office1"]), actor_of(city.accounts["liaison"])
    assert office.reaches(city.departments[1].path, Role.OFFICE)
    assert liaison.reaches(city.departments[0].path, Role.LIAISON)
    assert not liaison.reaches(city.departments[1].path, Role.LIAISON)
    assert not liaison.reaches(city.root.path, Role.LIAISON)


def test_accounts_get_desk_roles_and_members_phone_roles_only(city: City) -> None:
    with transaction():
        member = service.member_of_openid("openid", clock.now()).id
    account = city.accounts["office1"].id
    actor = city.actors["admin"]
    enterprise, root = city.enterprise.id, city.root.id
    for role, place, holder in (
        (Role.ENTERPRISE_REPRESENTATIVE, enterprise, {"account_id": account}),
        (Role.OFFICE, root, {"member_id": member}),
        (Role.CITIZEN, root, {"member_id": member}),
    ):
        code = refused(service.grant_role, role, place, **holder, actor=actor)
        assert code == "role_not_for_holder"
    assert (
        refused(
            service.grant_role,
            Role.ENTERPRISE_REPRESENTATIVE,
            root,
            member_id=member,
            actor=actor,
        )
        == "role_not_for_organisation"
    )


def test_a_role_is_given_once_and_taken_back_with_a_record_of_both(city: City) -> None:
    account, actor = city.accounts["head"].id, city.actors["admin"]
    wanted = (Role.LIAISON, city.departments[0].id)
    with transaction():
        grant = service.grant_role(*wanted, account_id=account, actor=actor, now=clock.now()).id
    with pytest.raises(IntegrityError, match="uq_role_grant"), transaction():
        service.grant_role(*wanted, account_id=account, actor=actor, now=clock.now())
    with transaction():
        service.revoke_grant(grant, actor=actor, now=clock.now())
    assert refused(service.revoke_grant, grant, actor=actor) == "grant_unknown"
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == "grant", AuditEntry.subject_id == str(grant))
        .order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in entries] == ["grant.given", "grant.revoked"]
    assert entries[0].detail["holder_id"] == str(account)
    assert entries[0].actor_id == str(city.accounts["admin"].id)


def test_a_retired_place_takes_no_roles(city: City) -> None:
    actor = city.actors["admin"]
    with transaction():
        place = service.create_organisation(
            name="旧局",
            kind=OrganisationKind.DEPARTMENT,
            parent_id=city.root.id,
            actor=actor,
            now=clock.now(),
        ).id
        service.set_organisation_active(place, False, actor=actor, now=clock.now())
    code = refused(
        service.grant_role,
        Role.LIAISON,
        place,
        account_id=city.accounts["head"].id,
        actor=actor,
    )
    assert code == "organisation_inactive"


def test_accounts_are_listed_by_name_with_their_roles_page_by_page(city: City) -> None:
    first = queries.accounts(limit=3)
    assert [account.name for account in first.items] == ["adjudicator", "admin", "auditor"]
    assert first.items[1].grants[0].role == "administrator"
    second = queries.accounts(cursor=first.next_cursor, limit=100)
    assert second.items[0].name == "head"
    assert second.next_cursor is None
    assert [account.name for account in queries.accounts(q="OFFICE").items] == [
        "office1",
        "office2",
    ]
    assert queries.accounts(q="%").items == []


def test_names_of_accounts_are_found_by_id(city: City) -> None:
    office = city.accounts["office1"].id
    assert queries.account_names([office]) == {office: "office1 同志"}
