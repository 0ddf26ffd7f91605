"""Who keeps the groups of persons: one list for all, so only who reaches all of them."""

from collections.abc import Callable

import pytest

from server.core import clock
from server.core.access import SYSTEM, Actor, Role
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import queries, service
from tests.factories.city import City
from tests.factories.identity import actor_in

Act = Callable[[Actor], object]


@pytest.fixture
def group() -> int:
    with transaction():
        return service.add_group("年轻干部", actor=SYSTEM, now=clock.now()).id


@pytest.fixture
def acts(group: int) -> list[Act]:
    now = clock.now()
    return [
        lambda who: service.add_group("新群体", actor=who, now=now),
        lambda who: service.change_group(group, "青年干部", actor=who, now=now),
        lambda who: service.set_group_active(group, False, actor=who, now=now),
    ]


def test_staff_of_one_part_of_the_tree_can_not_change_the_groups_of_all(
    city: City, branch: Organisation, other_branch: Organisation, acts: list[Act]
) -> None:
    partly = [
        actor_in(Role.PARTY_STAFF, city.departments[0]),
        actor_in(Role.OFFICE, city.departments[1]),
        actor_in(Role.PARTY_STAFF, branch),
        actor_in(Role.ADMINISTRATOR, city.root),
        actor_in(Role.AUDITOR, city.root),
    ]
    for who in partly:
        assert not service.keeps_groups(who)
        for act in acts:
            with pytest.raises(Refusal, match="not_allowed"), transaction():
                act(who)
    assert [one.name for one in queries.groups()] == ["年轻干部"]
    assert other_branch.active


@pytest.mark.parametrize("role", [Role.PARTY_STAFF, Role.OFFICE])
def test_who_reaches_every_party_organisation_keeps_the_groups(
    city: City, branch: Organisation, acts: list[Act], role: Role
) -> None:
    for act in acts:
        with transaction():
            act(actor_in(role, city.root))
    assert [one.name for one in queries.groups(active=None)] == ["青年干部", "新群体"]
    assert service.keeps_groups(actor_in(role, city.departments[0])), "its one branch is there"
    assert branch.active
