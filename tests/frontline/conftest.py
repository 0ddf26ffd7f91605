"""What the tests of the frontline log share: two branches and who reviews for them."""

from dataclasses import dataclass

import pytest

from server.core.access import Actor
from server.identity.models import Organisation
from server.membership.rules import Post
from tests.factories.city import City
from tests.factories.members import Comrade, PersonFactory


@dataclass
class Team:
    """The persons of one branch, a stranger's, and the desk above both."""

    author: Comrade
    colleague: Comrade
    secretary: Comrade
    organiser: Comrade
    stranger: Comrade
    other_secretary: Comrade
    office: Actor
    party: Actor


@pytest.fixture
def team(
    city: City, branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> Team:
    return Team(
        author=person(branch.id, "张三", key="zhang"),
        colleague=person(branch.id, "李四", key="li"),
        secretary=person(branch.id, "王书记", key="secretary", post=Post.SECRETARY),
        organiser=person(branch.id, "赵委员", key="zhao", post=Post.COMMITTEE_MEMBER),
        stranger=person(other_branch.id, "外人", key="stranger"),
        other_secretary=person(other_branch.id, "钱书记", key="qian", post=Post.SECRETARY),
        office=city.actors["office1"],
        party=city.actors["party"],
    )
