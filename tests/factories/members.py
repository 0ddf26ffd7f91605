"""Persons of branches, and the phones that are bound to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from server.core import clock
from server.core.access import SYSTEM, Actor, ActorKind
from server.core.transaction import transaction
from server.identity import queries as identity
from server.identity import service as identity_service
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from server.membership import service
from server.membership.rules import Post
from tests.factories.city import City, member_id_of
from tests.factories.rating import Phone


@dataclass
class Comrade:
    """A person of a branch; with a key, its bound phone as well."""

    id: UUID
    branch_id: int
    name: str
    phone: Phone | None = None
    member_id: UUID | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The header that carries the phone's token."""
        assert self.phone is not None
        return self.phone.headers

    @property
    def actor(self) -> Actor:
        """The bound member as the actor of a service, with its grants of this moment."""
        assert self.member_id is not None
        grants = identity.access_grants(member_id=self.member_id)
        return Actor(ActorKind.MEMBER, self.member_id, grants)


PersonFactory = Callable[..., Comrade]


def make_branch(
    parent_id: int, name: str, kind: OrganisationKind = OrganisationKind.BRANCH
) -> Organisation:
    """Add a Party organisation."""
    with transaction():
        return identity_service.create_organisation(
            name=name, kind=kind, parent_id=parent_id, actor=SYSTEM, now=clock.now()
        )


def make_person(
    client: FlaskClient,
    branch_id: int,
    name: str = "张三",
    *,
    key: str | None = None,
    post: Post = Post.MEMBER,
    groups: Sequence[int] = (),
    phone: str = "",
    code: str = "",
) -> Comrade:
    """Make a person; with the key of a sandbox person, sign in as that one and bind the phone."""
    with transaction():
        identifier = service.add_person(
            branch_id=branch_id,
            name=name,
            phone=phone,
            code=code,
            groups=groups,
            post=post,
            actor=SYSTEM,
            now=clock.now(),
        ).id
    made = Comrade(identifier, branch_id, name)
    if key is None:
        return made
    made.phone = Phone.of(client, key)
    made.member_id = member_id_of(made.phone.token)
    with transaction():
        issued = service.issue_binding_code(identifier, actor=SYSTEM, now=clock.now())
        service.bind_with_code(issued, made.member_id, clock.now())
    return made


@pytest.fixture
def branch(city: City) -> Organisation:
    """A branch of the first department."""
    return make_branch(city.departments[0].id, "第一党支部")


@pytest.fixture
def other_branch(city: City) -> Organisation:
    """A branch of the second department."""
    return make_branch(city.departments[1].id, "第二党支部")


@pytest.fixture
def person(client: FlaskClient, city: City) -> PersonFactory:
    """Make persons: ``person(branch.id, "张三", key="zhang", post=Post.SECRETARY)``."""

    def make(branch_id: int, name: str = "张三", **more: object) -> Comrade:
        return make_person(client, branch_id, name, **more)  # type: ignore[arg-type]

    return make
