"""Every route is called as every role, for its own and for a foreign organisation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.console import protection
from server.core import clock
from server.core.access import SYSTEM, ActorKind, Role
from server.core.database import db
from server.core.keyring import FileKeyRing
from server.core.transaction import transaction
from server.evaluation import service, tasks
from server.evaluation.models import Evaluation, Photo
from server.identity import service as identity
from server.identity import tokens
from tests.architecture.access_table import ANYONE, MEMBER, TABLE, Desk
from tests.conftest import empty_database
from tests.factories.city import City, build_city

DESK_CALLERS = {
    "office": "office1",
    "administrator": "admin",
    "auditor": "auditor",
    "adjudicator": "adjudicator",
    "party_staff": "party",
    "method_owner": "owner",
    "inspector": "inspector",
    "liaison": "liaison",
    "head": "head",
}
PHONE_CALLERS = ("citizen", "enterprise_representative", "community_representative", "secretary")
REFUSED = {401, 403}


@dataclass
class World:
    """A city with a settled campaign, and an evaluation with a photo in two departments each."""

    app: APIFlask
    city: City
    campaign: int
    evaluations: list[UUID]
    photos: list[UUID]


@pytest.fixture(scope="module")
def world(migrated_app: APIFlask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    migrated_app.extensions["key_ring"] = FileKeyRing(tmp_path_factory.mktemp("keys"))
    patch = pytest.MonkeyPatch()
    # Its own tests hold the CSRF check; here it would hide who may write.
    patch.setattr(protection._csrf, "protect", lambda: None)
    with migrated_app.app_context():
        city = build_city()
        campaign = city.campaign()
        with transaction():
            rows = [_evaluation(campaign.id, department.id) for department in city.departments[:2]]
            photos = [_photo(campaign.id, row.id) for row in rows]
            service.close_campaign(campaign.id, actor=SYSTEM, now=clock.now())
        tasks.settle(campaign.id)
        ids = [row.id for row in db.session.scalars(select(Evaluation))]
        by_department = {
            row.department_id: row.id for row in db.session.scalars(select(Evaluation))
        }
        ordered = [by_department[department.id] for department in city.departments[:2]]
        assert set(ids) == set(ordered)
        yield World(migrated_app, city, campaign.id, ordered, photos)
        db.session.remove()
        empty_database()
        db.session.remove()
    patch.undo()


def _evaluation(campaign: int, department: int) -> Evaluation:
    row = Evaluation(
        campaign_id=campaign,
        id=uuid4(),
        department_id=department,
        rated_on=clock.today(),
        channel=1,
        overall=3,
        levels=[3] * 8,
        pseudonym=uuid4().bytes,
        receipt_key=uuid4().bytes,
        content_mac=uuid4().bytes,
    )
    db.session.add(row)
    return row


def _photo(campaign: int, evaluation: UUID) -> UUID:
    photo = Photo(
        campaign_id=campaign,
        id=uuid4(),
        evaluation_id=evaluation,
        state=3,
        uploaded_on=clock.today(),
        width=1,
        height=1,
    )
    db.session.add(photo)
    return photo.id


def routes(app: APIFlask) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_table_names_every_route_and_no_other(migrated_app: APIFlask) -> None:
    assert routes(migrated_app) == set(TABLE)


def test_every_route_states_its_rule(migrated_app: APIFlask) -> None:
    silent = {
        endpoint
        for endpoint, view in migrated_app.view_functions.items()
        if not hasattr(view, "access_rule") and endpoint != "openapi.spec"
    }
    assert silent == set()


def address(rule: str, world: World, place: int) -> str:
    """Fill in a rule for the caller's own department (place 0) or a foreign one (place 1)."""
    department = world.city.departments[place].id
    values = {
        "campaign_id": world.campaign,
        "department_id": department,
        "organisation_id": department,
        "evaluation_id": world.evaluations[place],
        "photo_id": world.photos[place],
        "counter_id": 999_999,
        "activity_id": 999_999,
        "agreement_id": 999_999,
        "pairing_id": 999_999,
        "source_id": 999_999,
        "frame_id": 999_999,
        "draw_id": 999_999,
        "matter_id": 999_999,
        "origin_id": 999_999,
        "register_id": 999_999,
        "line_id": 999_999,
        "call_id": 999_999,
        "scheme_id": 999_999,
        "recipient_id": 999_999,
        "year": 2026,
        "edition_id": 999_999,
        "quarter": "2026Q3",
        "suffix": "xlsx",
        "subject": "activities",
        "version": 1,
        "version_id": world.city.version.id,
        "grant_id": 999_999,
        "group_id": 999_999,
        "part": 1,
        "key": "smallest_group",
        "step": "accept",
        "kind": "png",
        "figure_kind": "scores",
    }
    return re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda found: str(values.get(found[1], uuid4())), rule)


def call(world: World, route: str, caller: str, place: int) -> TestResponse:
    method, rule = route.split(" ", 1)
    client = world.app.test_client()
    headers = {}
    if caller in DESK_CALLERS:
        account = world.city.accounts[DESK_CALLERS[caller]]
        db.session.refresh(account)
        if rule.startswith("/console"):
            with client.session_transaction() as session:
                session["account"] = {"id": str(account.id), "epoch": account.session_epoch}
        else:
            token, _ = tokens.issue(ActorKind.ACCOUNT, account.id, account.session_epoch)
            headers["Authorization"] = f"Bearer {token}"
    elif caller in PHONE_CALLERS:
        headers["Authorization"] = f"Bearer {_member_token(world, Role(caller))}"
    return client.open(address(rule, world, place), method=method, headers=headers)


def _member_token(world: World, role: Role) -> str:
    with transaction():
        member = identity.member_of_openid(f"access-{uuid4()}", now=clock.now())
        if role is Role.ENTERPRISE_REPRESENTATIVE:
            identity.grant_role(
                role,
                world.city.enterprise.id,
                member_id=member.id,
                actor=SYSTEM,
                now=clock.now(),
            )
    return tokens.issue(ActorKind.MEMBER, member.id)[0]


def refused(answer: TestResponse) -> bool:
    to_sign_in = answer.status_code in {302, 303} and "/sign-in" in answer.headers["Location"]
    return answer.status_code in REFUSED or to_sign_in


def expected(access: str | Desk, caller: str) -> bool:
    if access == ANYONE:
        return True
    if access == MEMBER:
        return caller in PHONE_CALLERS
    assert isinstance(access, Desk)
    return caller in DESK_CALLERS and (
        access.any_account or caller in access.roles or caller in access.own
    )


@pytest.mark.parametrize("route", sorted(TABLE))
def test_a_route_lets_in_whom_the_table_names_and_nobody_else(world: World, route: str) -> None:
    access = TABLE[route]
    own = access.own if isinstance(access, Desk) else ()
    for caller in ("nobody", *PHONE_CALLERS, *DESK_CALLERS):
        if access == ANYONE:
            continue
        answer = call(world, route, caller, place=0)
        assert refused(answer) is not expected(access, caller), (
            f"{caller}: {answer.status_code} {answer.text[:300]}"
        )
    for caller in own:
        foreign = call(world, route, caller, place=1)
        assert foreign.status_code in {403, 404}, f"{caller} at a foreign organisation"


@pytest.mark.parametrize(
    "route", sorted(route for route, access in TABLE.items() if access == ANYONE)
)
def test_an_open_route_asks_for_no_sign_in_and_never_crashes(world: World, route: str) -> None:
    answer = call(world, route, "nobody", place=0)
    assert answer.status_code < 500, answer.text[:300]
    if "/sign-in" not in route and "office-sessions" not in route and "callback" not in route:
        assert answer.status_code not in REFUSED
