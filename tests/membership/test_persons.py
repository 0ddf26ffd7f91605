"""Persons: taken in, changed, moved, leaving, coming back, succeeding each other."""

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM, Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal, constraint_name
from server.core.transaction import transaction
from server.identity import queries as identity
from server.identity.models import Organisation
from server.membership import queries, service
from server.membership.models import Person, PersonMove
from server.membership.rules import (
    Post,
    looks_like_identity_number,
    normal_name,
    normal_phone,
    post_of,
)
from tests.factories.city import City
from tests.factories.identity import actor_in, at_once
from tests.factories.members import Comrade, PersonFactory, make_branch


def held(comrade: Comrade) -> set[tuple[Role, int]]:
    grants = identity.access_grants(member_id=comrade.member_id)
    return {(grant.role, grant.organisation_id) for grant in grants}


def add(branch: Organisation, actor: Actor = SYSTEM, **more: object) -> Person:
    with transaction():
        values = {"name": "张三", "actor": actor, "now": clock.now(), **more}
        return service.add_person(branch_id=branch.id, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800000000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("0086 13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("(86)13800000000", "13800000000"),
        ("1380000000", None),
        ("0571-88888888", None),
        ("1.38E+10", None),
        ("१३८००००००००", None),
    ],
)
def test_a_number_has_one_form_however_it_is_written(typed: str, number: str | None) -> None:
    assert normal_phone(typed) == number


def test_names_posts_and_identity_numbers_are_read_as_people_write_them() -> None:
    assert normal_name("张　 三") == "张三"
    assert normal_name("Anna  Li") == "Anna Li"
    assert normal_name("古丽·买买提") == "古丽·买买提"
    assert post_of("党支部书记") is Post.SECRETARY
    assert post_of("组织委员") is Post.COMMITTEE_MEMBER
    assert post_of("局长") is None
    assert looks_like_identity_number("33010219900101123x")
    assert not looks_like_identity_number("330102199013011234")
    assert not looks_like_identity_number("202600000000000001")


def test_wrong_input_is_named_by_field_and_nothing_is_kept(branch: Organisation) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(branch, name=" ", phone="12", code="330102199001011234", groups=[77])
    assert {fault["field"] for fault in refused.value.errors} == {"name", "phone", "code", "groups"}
    assert db.session.scalars(select(Person)).all() == []


def test_a_person_belongs_to_an_active_party_organisation(city: City, branch: Organisation) -> None:
    with pytest.raises(Refusal, match="branch_needed"):
        add(city.departments[0])
    branch.active = False
    db.session.commit()
    with pytest.raises(Refusal, match="branch_inactive"):
        add(branch)


@pytest.mark.parametrize(
    ("first", "second", "constraint"),
    [
        ({"phone": "13800000001"}, {"phone": "138 0000 0001"}, "uq_person_phone"),
        ({"code": "A1"}, {"code": "A1"}, "uq_person_code"),
        ({"post": Post.SECRETARY}, {"post": Post.SECRETARY}, "uq_person_secretary"),
    ],
)
def test_what_must_be_unique_is_held_by_the_database(
    branch: Organisation, first: dict[str, object], second: dict[str, object], constraint: str
) -> None:
    add(branch, **first)
    with pytest.raises(IntegrityError) as broken:
        add(branch, name="李四", **second)
    assert constraint_name(broken.value) == constraint


def test_party_staff_keep_what_their_grant_reaches_and_nobody_else_does(
    city: City, branch: Organisation, other_branch: Organisation
) -> None:
    staff = actor_in(Role.PARTY_STAFF, city.departments[0])
    person = add(branch, staff)
    with pytest.raises(Refusal, match="not_allowed"):
        add(other_branch, staff)
    with pytest.raises(Refusal, match="not_allowed"):
        service.move_person(person.id, other_branch.id, actor=staff, now=clock.now())
    for role in (Role.OFFICE, Role.ADMINISTRATOR, Role.LIAISON, Role.SECRETARY):
        with pytest.raises(Refusal, match="not_allowed"):
            add(branch, actor_in(role, city.root))


def test_a_moved_person_takes_its_phone_along_and_leaves_its_post(
    branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, key="zhang", post=Post.SECRETARY)
    for _ in range(2):
        with transaction():
            service.move_person(zhang.id, other_branch.id, actor=SYSTEM, now=clock.now())
    assert held(zhang) == {(Role.MEMBER, other_branch.id)}
    assert [one.kind for one in queries.moves(zhang.id)] == ["moved", "joined"]
    assert queries.secretary_of(branch.id) is None


def test_who_leaves_loses_phone_number_and_roles_and_can_come_back(
    branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, "张三", key="zhang", phone="13800000001", post=Post.SECRETARY)
    with transaction():
        service.remove_person(zhang.id, actor=SYSTEM, now=clock.now())
    assert held(zhang) == set()
    row = queries.person(zhang.id)
    assert (row.phone_sealed, row.phone_hash, row.member_id) == (None, None, None)
    assert queries.roster(branch.id) == []
    assert [one.name for one in queries.roster(branch.id, active=False)] == ["张三"]
    assert queries.names([zhang.id]) == {zhang.id: "张三"}
    with pytest.raises(Refusal, match="person_left"):
        service.issue_binding_code(zhang.id, actor=SYSTEM, now=clock.now())
    db.session.rollback()
    with transaction():
        service.return_person(zhang.id, other_branch.id, actor=SYSTEM, now=clock.now())
    assert queries.roster(other_branch.id)[0].post is Post.MEMBER
    with pytest.raises(Refusal, match="person_active"):
        service.return_person(zhang.id, branch.id, actor=SYSTEM, now=clock.now())


def test_a_successor_takes_over_and_the_former_secretarys_roles_end_at_once(
    branch: Organisation, person: PersonFactory
) -> None:
    former = person(branch.id, "老书记", key="former", post=Post.SECRETARY)
    successor = person(branch.id, "新书记", key="successor", post=Post.COMMITTEE_MEMBER)
    with transaction():
        service.succeed(successor.id, Post.SECRETARY, actor=SYSTEM, now=clock.now())
    assert held(successor) == {(Role.MEMBER, branch.id), (Role.SECRETARY, branch.id)}
    assert held(former) == {(Role.MEMBER, branch.id)}
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "person.succeeded")
    ).one()
    assert entry.detail["before"] == str(former.id)


def test_of_two_successors_at_once_the_branch_has_one_secretary(
    app: APIFlask, branch: Organisation, person: PersonFactory
) -> None:
    person(branch.id, "老书记", post=Post.SECRETARY)
    both = [person(branch.id, name).id for name in ("甲", "乙")]
    done = at_once(
        app,
        [
            lambda one=one: service.succeed(one, Post.SECRETARY, actor=SYSTEM, now=clock.now())
            for one in both
        ],
    )
    db.session.expire_all()
    assert done == ["done", "done"]
    posts = [row.post for row in queries.roster(branch.id)]
    assert posts.count(Post.SECRETARY) == 1


def test_a_changed_post_changes_the_phones_roles(
    branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, "张三", key="zhang")
    for post, roles in (
        (Post.DEPUTY_SECRETARY, {Role.MEMBER, Role.SECRETARY}),
        (Post.COMMITTEE_MEMBER, {Role.MEMBER, Role.ORGANISER}),
        (Post.MEMBER, {Role.MEMBER}),
    ):
        with transaction():
            service.change_person(zhang.id, name="张三", post=post, actor=SYSTEM, now=clock.now())
        assert held(zhang) == {(role, branch.id) for role in roles}


def test_rosters_are_sorted_and_searched_by_pinyin(
    city: City, branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    for name in ("周杰", "安琪", "李白"):
        person(branch.id, name)
    person(other_branch.id, "白居易")
    assert [row.name for row in queries.roster(branch.id)] == ["安琪", "李白", "周杰"]
    assert [row.name for row in queries.roster(branch.id, q="lib")] == ["李白"]
    assert [row.name for row in queries.roster(branch.id, q="ZJ")] == ["周杰"]
    both = [branch.id, other_branch.id]
    assert [row.name for row in queries.persons_of_branches(both, "白")] == ["白居易", "李白"]
    assert queries.branch_people(both) == {branch.id: 3, other_branch.id: 1}
    empty = make_branch(city.root.id, "空支部")
    assert queries.roster(empty.id) == []
    assert queries.persons_of_branches([]) == []


def test_every_place_a_person_had_is_on_record(branch: Organisation, person: PersonFactory) -> None:
    zhang = person(branch.id)
    row = db.session.scalars(select(PersonMove)).one()
    assert (row.person_id, row.kind, row.to_branch_id) == (zhang.id, "joined", branch.id)


def test_a_branch_is_not_retired_while_persons_stand_in_it(branch: Organisation) -> None:
    person = add(branch)
    with pytest.raises(Refusal) as refused, transaction():
        service.retire_organisation(branch.id, actor=SYSTEM, now=clock.now())
    assert refused.value.code == "organisation_in_use"
    with transaction():
        service.remove_person(person.id, actor=SYSTEM, now=clock.now())
        service.retire_organisation(branch.id, actor=SYSTEM, now=clock.now())
    assert not identity.organisation(branch.id).active
