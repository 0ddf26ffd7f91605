"""Organisations: a tree that stays one, sorted and searched by pinyin."""

import pytest
from apiflask import APIFlask
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.access import SYSTEM, Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.identity import queries, service
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from tests.factories.city import City
from tests.factories.identity import actor_in, at_once

DEPARTMENT = OrganisationKind.DEPARTMENT


def make(name: str, parent: Organisation | None, **more: object) -> Organisation:
    with transaction():
        return service.create_organisation(
            name=name,
            kind=more.pop("kind", OrganisationKind.DISTRICT),  # type: ignore[arg-type]
            parent_id=parent.id if parent else None,
            actor=SYSTEM,
            now=clock.now(),
            **more,  # type: ignore[arg-type]
        )


def move(what: Organisation, where: Organisation | None, actor: Actor = SYSTEM) -> None:
    with transaction():
        service.move_organisation(
            what.id, where.id if where else None, actor=actor, now=clock.now()
        )


def names(q: str = "", **more: object) -> list[str]:
    return [one.name for one in queries.organisations(q=q, **more).items]  # type: ignore[arg-type]


def test_a_path_leads_from_the_root(city: City) -> None:
    department = city.departments[0]
    assert city.root.path == f"{city.root.id}."
    assert department.path == f"{city.root.id}.{department.id}."


def test_lists_are_in_the_order_of_pinyin(city: City) -> None:
    assert names() == ["公安局", "江畔纺织有限公司", "临江市", "市场监督管理局", "图书馆"]
    assert [one.name for one in queries.rated_departments()] == [
        "公安局",
        "市场监督管理局",
        "图书馆",
    ]


@pytest.mark.parametrize(
    "q",
    [
        "市场监督",
        "市监局",
        "工商",
        "shichangjiandu",
        "shichang jiandu",
        "SCJDGLJ",
        "scjd",
        "gongshangju",
        "gsj",
        "ＧＳＪ",
    ],
)
def test_a_search_finds_name_short_name_alias_pinyin_and_initials(city: City, q: str) -> None:
    assert names(q) == ["市场监督管理局"]


@pytest.mark.parametrize("q", ["%", "_", "\\", "不存在", "局工商"])
def test_a_search_takes_no_wildcards_and_joins_no_names(city: City, q: str) -> None:
    assert names(q) == []


def test_a_list_is_narrowed_by_kind_place_and_use(city: City) -> None:
    district = make("江东区", city.root)
    make("望江社区", district, kind=OrganisationKind.COMMUNITY)
    assert names(kind=OrganisationKind.COMMUNITY) == ["望江社区"]
    assert names(under_path=district.path) == ["江东区", "望江社区"]
    with transaction():
        service.set_organisation_active(
            city.departments[2].id, False, actor=city.actors["admin"], now=clock.now()
        )
    assert "图书馆" not in names()
    assert names(active=False) == ["图书馆"]
    assert "图书馆" in names(active=None)
    assert "图书馆" not in [one.name for one in queries.rated_departments()]


def test_pages_follow_each_other_without_gap_or_overlap(city: City) -> None:
    for number in range(7):
        make(f"同音局{number % 2}", make(f"江{number}区", city.root))
    found: list[int] = []
    cursor = None
    while True:
        page = queries.organisations(cursor=cursor, limit=4)
        found += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(found) == len(set(found)) == 5 + 14


def test_a_move_takes_the_whole_subtree_along(city: City) -> None:
    east, west = make("江东区", city.root), make("江西区", city.root)
    street = make("望江街道", east)
    home = make("望江社区", street, kind=OrganisationKind.COMMUNITY)
    neighbour = make("江东区二", city.root)
    move(east, west)
    assert east.path == f"{city.root.id}.{west.id}.{east.id}."
    assert home.path == f"{east.path}{street.id}.{home.id}."
    assert neighbour.path == f"{city.root.id}.{neighbour.id}."
    assert actor_in(Role.LIAISON, west).reaches(home.path, Role.LIAISON)


def test_a_move_below_itself_is_refused(city: City) -> None:
    east = make("江东区", city.root)
    street = make("望江街道", east)
    for target in (street, east):
        with pytest.raises(Refusal) as refusal:
            move(east, target)
        assert refusal.value.code == "organisation_cycle"


def test_two_moves_into_each_other_at_once_leave_a_tree(app: APIFlask, city: City) -> None:
    east, west = make("江东区", city.root).id, make("江西区", city.root).id
    outcomes = at_once(
        app,
        [
            lambda: service.move_organisation(east, west, actor=SYSTEM, now=clock.now()),
            lambda: service.move_organisation(west, east, actor=SYSTEM, now=clock.now()),
        ],
    )
    assert sorted(outcomes) == ["done", "organisation_cycle"]
    db.session.expire_all()
    places = {one: queries.organisation(one) for one in (east, west)}
    for one in places.values():
        parent = queries.organisation(one.parent_id or 0)
        assert one.path == f"{parent.path}{one.id}."


def test_a_change_of_name_is_found_under_the_new_name_only(city: City) -> None:
    department = city.departments[1]
    with transaction():
        service.update_organisation(
            department.id,
            name="治安局",
            parent_id=city.root.id,
            aliases=["派出所"],
            duties=["window"],
            actor=city.actors["admin"],
            now=clock.now(),
        )
    assert names("gongan") == []
    assert names("zhian") == names("pcs") == ["治安局"]
    assert queries.organisation(department.id).duties == ["window"]


def test_what_has_parts_or_people_can_not_be_retired(city: City) -> None:
    for used in (city.root, city.departments[0]):
        with pytest.raises(Refusal) as refusal:
            service.set_organisation_active(used.id, False, actor=SYSTEM, now=clock.now())
        assert refusal.value.code == "organisation_in_use"
        db.session.rollback()


def test_nothing_is_put_under_a_retired_organisation(city: City) -> None:
    library = city.departments[2]
    with transaction():
        service.set_organisation_active(library.id, False, actor=SYSTEM, now=clock.now())
    with pytest.raises(Refusal) as refusal:
        make("分馆", library)
    assert refusal.value.code == "organisation_inactive"
    with transaction():
        service.set_organisation_active(library.id, True, actor=SYSTEM, now=clock.now())
    assert make("分馆", library).path.startswith(library.path)


def test_who_does_not_reach_both_places_moves_nothing(city: City) -> None:
    east, west = make("江东区", city.root), make("江西区", city.root)
    street = make("望江街道", east)
    for actor in (
        actor_in(Role.ADMINISTRATOR, east),
        actor_in(Role.ADMINISTRATOR, west),
        city.actors["liaison"],
        city.actors["auditor"],
    ):
        with pytest.raises(Refusal) as refusal:
            move(street, west, actor)
        assert refusal.value.code == "not_allowed"
    move(street, west, city.actors["admin"])


def test_only_an_administrator_makes_a_root(city: City) -> None:
    with pytest.raises(Refusal) as refusal:
        service.create_organisation(
            name="另一市",
            kind=OrganisationKind.CITY,
            parent_id=None,
            actor=city.actors["office1"],
            now=clock.now(),
        )
    assert refusal.value.code == "not_allowed"


def test_two_siblings_have_two_names(city: City) -> None:
    with pytest.raises(IntegrityError, match="uq_organisation_name"):
        make("公安局", city.root, kind=DEPARTMENT)
    assert make("公安局", make("江东区", city.root), kind=DEPARTMENT).id


@pytest.mark.parametrize("name", ["", "  ", "长" * 101])
def test_a_name_without_or_with_too_many_characters_is_refused(city: City, name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make(name, city.root)
    assert refusal.value.errors[0]["field"] == "name"


def test_the_tree_is_listed_from_the_top_each_branch_by_pinyin(city: City) -> None:
    east = make("江东区", city.root)
    make("望江社区", east, kind=OrganisationKind.COMMUNITY)
    assert [one.name for one in queries.upper_organisations()] == [
        "临江市",
        "公安局",
        "江东区",
        "望江社区",
        "市场监督管理局",
        "图书馆",
    ]
    assert [one.name for one in queries.children(east.id)] == ["望江社区"]


def test_an_unknown_organisation_is_404(app: APIFlask) -> None:
    with pytest.raises(Refusal) as refusal:
        queries.organisation(12345)
    assert (refusal.value.code, refusal.value.status) == ("organisation_unknown", 404)
