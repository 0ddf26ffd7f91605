"""Coverage: who had nothing this quarter, by branch, group and community."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from server.activities import queries, service
from server.activities.models import Activity
from server.activities.queries import Coverage, CoverageLine
from server.activities.rules import ActivityKind, Quarter
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from server.membership import service as membership
from server.membership.rules import Post
from tests.activities.conftest import People
from tests.factories.activities import make_activity
from tests.factories.city import City
from tests.factories.members import make_branch

THIRD = Quarter(2026, 3)
IN_AUGUST = datetime(2026, 8, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
AFTER = datetime(2026, 10, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = timedelta(days=1)


def held(organiser: int, **more: object) -> Activity:
    """Make an activity that took place in the third quarter."""
    return make_activity(organiser, at=IN_AUGUST - 5 * DAY, starts_in=5 * DAY, **more)


def line(lines: list[CoverageLine], name: str) -> CoverageLine:
    (found,) = (one for one in lines if one.name == name)
    return found


def covered(lines: list[CoverageLine]) -> set[str]:
    return {one.name for one in lines if one.covered}


def third(city: City, path: str | None = None) -> Coverage:
    return queries.coverage(THIRD, path or city.root.path, now=AFTER)


@pytest.fixture
def young(people: People) -> str:
    """Put anna into a group of its own, and make another that nobody is in."""
    with transaction():
        group = membership.add_group("年轻干部", actor=SYSTEM, now=clock.now())
        membership.add_group("离退休干部", actor=SYSTEM, now=clock.now())
        membership.change_person(
            people.anna.id,
            name="安娜",
            groups=[group.id],
            post=Post.MEMBER,
            actor=SYSTEM,
            now=clock.now(),
        )
    return group.name


def test_a_branch_is_covered_by_organising_partnering_or_joining(
    city: City, branch: Organisation, other_branch: Organisation, people: People
) -> None:
    third_branch = make_branch(city.departments[2].id, "第三党支部")
    make_branch(city.departments[2].id, "第四党支部")
    held(branch.id, partner_ids=(third_branch.id,), kind=ActivityKind.JOINT_BUILDING)
    joined = held(branch.id, kind=ActivityKind.STUDY)
    with transaction():
        service.join(joined.id, people.stranger.id, IN_AUGUST - 2 * DAY)
    found = third(city)
    assert covered(found.branches) == {"第一党支部", "第二党支部", "第三党支部"}
    assert found.branches[0].name == "第四党支部"
    assert line(found.branches, "第一党支部").kinds == {
        ActivityKind.JOINT_BUILDING: 1,
        ActivityKind.STUDY: 1,
    }
    assert line(found.branches, "第二党支部").kinds == {ActivityKind.STUDY: 1}
    assert line(found.branches, "第一党支部").people == 3
    assert line(found.branches, "第四党支部").people == 0
    below = third(city, city.departments[2].path)
    assert [one.name for one in below.branches] == ["第四党支部", "第三党支部"]


def test_what_somebody_joined_stays_with_the_branch_that_was_his_then(
    city: City, branch: Organisation, other_branch: Organisation, people: People
) -> None:
    third_branch = make_branch(city.departments[2].id, "第三党支部")
    joined = held(branch.id, kind=ActivityKind.STUDY)
    with transaction():
        service.join(joined.id, people.stranger.id, IN_AUGUST - 2 * DAY)
    assert "第二党支部" in covered(third(city).branches)
    with transaction():
        membership.move_person(people.stranger.id, third_branch.id, actor=SYSTEM, now=clock.now())
    assert covered(third(city).branches) == {"第一党支部", "第二党支部"}


def test_an_activity_counts_once_however_many_of_a_branch_joined(
    city: City, branch: Organisation, people: People
) -> None:
    joined = held(branch.id)
    with transaction():
        for one in (people.anna, people.bo):
            service.join(joined.id, one.id, IN_AUGUST - 2 * DAY)
    assert line(third(city).branches, "第一党支部").count == 1


def test_what_was_left_cancelled_drafted_or_elsewhere_in_time_does_not_count(
    city: City, branch: Organisation, people: People
) -> None:
    left = held(branch.id)
    with transaction():
        service.join(left.id, people.stranger.id, IN_AUGUST - 2 * DAY)
        service.leave(left.id, people.stranger.id, IN_AUGUST - DAY)
        service.cancel(left.id, "台风", actor=SYSTEM, now=IN_AUGUST - DAY)
    held(branch.id, announced=False)
    make_activity(branch.id, at=IN_AUGUST, starts_in=70 * DAY)
    found = third(city)
    assert covered(found.branches) == set()
    during = queries.coverage(THIRD, city.root.path, now=IN_AUGUST)
    held(branch.id)
    assert covered(during.branches) == set()


def test_a_group_is_covered_once_one_of_its_people_joined(
    city: City, branch: Organisation, people: People, young: str
) -> None:
    assert covered(third(city).groups) == set()
    joined = held(branch.id)
    with transaction():
        service.join(joined.id, people.anna.id, IN_AUGUST - 2 * DAY)
    found = third(city)
    assert covered(found.groups) == {young}
    assert [one.name for one in found.groups] == ["离退休干部", young]
    assert covered(third(city, city.departments[1].path).groups) == set()


def test_a_community_is_covered_by_what_is_held_there(city: City, branch: Organisation) -> None:
    here, there = (
        make_branch(city.root.id, name, OrganisationKind.COMMUNITY)
        for name in ("江滨社区", "山后社区")
    )
    village = make_branch(city.root.id, "上村", OrganisationKind.VILLAGE)
    held(branch.id, community_id=here.id, kind=ActivityKind.CULTURE)
    held(branch.id, partner_ids=(village.id,))
    found = third(city)
    assert covered(found.communities) == {"江滨社区", "上村"}
    assert found.communities[0].name == there.name
    assert line(found.communities, "江滨社区").kinds == {ActivityKind.CULTURE: 1}


def test_a_community_outside_is_listed_where_the_units_of_the_place_served_it(
    city: City, branch: Organisation, other_branch: Organisation
) -> None:
    served, not_served = (
        make_branch(city.root.id, name, OrganisationKind.COMMUNITY)
        for name in ("江滨社区", "山后社区")
    )
    held(branch.id, community_id=served.id, kind=ActivityKind.CULTURE)
    held(other_branch.id, community_id=served.id)
    held(other_branch.id, community_id=not_served.id)
    found = queries.coverage(THIRD, branch.path, now=AFTER).communities
    assert [(one.name, one.outside, one.count) for one in found] == [("江滨社区", True, 1)]
    assert not line(third(city).communities, "江滨社区").outside


def test_coverage_names_no_person_and_asks_a_fixed_number_of_statements(
    city: City, branch: Organisation, people: People, young: str
) -> None:
    def count() -> int:
        statements = 0

        def heard(*_: object) -> None:
            nonlocal statements
            statements += 1

        event.listen(db.engine, "before_cursor_execute", heard)
        try:
            third(city)
        finally:
            event.remove(db.engine, "before_cursor_execute", heard)
        return statements

    before = count()
    for place in range(6):
        more = make_branch(city.departments[2].id, f"新支部{place}")
        joined = held(more.id, partner_ids=(branch.id,))
        with transaction():
            service.join(joined.id, people.anna.id, IN_AUGUST - 2 * DAY)
    assert count() == before <= 9
    assert set(CoverageLine.__dataclass_fields__) == {
        "id",
        "name",
        "kinds",
        "people",
        "outside",
    }
