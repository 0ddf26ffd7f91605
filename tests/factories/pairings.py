"""Communities, villages, their pairings and their representatives."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask.testing import FlaskClient

from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.transaction import transaction
from server.identity import queries as identity_queries
from server.identity import service as identity
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from server.pairings import service
from server.pairings.models import Pairing
from tests.factories.city import City, member_id_of
from tests.factories.rating import Phone

SIGNED = (Channel.COMMUNITY, Channel.VILLAGE)


def make_community(
    city: City, name: str = "滨江社区", kind: OrganisationKind = OrganisationKind.COMMUNITY
) -> Organisation:
    """Add a community or a village below the city."""
    with transaction():
        return identity.create_organisation(
            name=name, kind=kind, parent_id=city.root.id, actor=SYSTEM, now=clock.now()
        )


def make_village(city: City, name: str = "上塘村") -> Organisation:
    """Add a village below the city."""
    return make_community(city, name, OrganisationKind.VILLAGE)


def pair(
    city: City,
    organisation: Organisation,
    department: Organisation,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Pairing:
    """Pair two, for good from a month ago unless told otherwise."""
    with transaction():
        return service.create_pairing(
            organisation.id,
            department.id,
            starts_on=starts_on or clock.today() - timedelta(days=30),
            ends_on=ends_on,
            actor=city.actors["office1"],
            now=clock.now(),
        )


def role_of(organisation: Organisation) -> Role:
    """Return the role of an organisation's representatives."""
    if organisation.kind == OrganisationKind.ENTERPRISE:
        return Role.ENTERPRISE_REPRESENTATIVE
    return Role.COMMUNITY_REPRESENTATIVE


def represent(client: FlaskClient, key: str, organisation: Organisation) -> Phone:
    """Sign in as a sandbox person who represents an organisation."""
    phone = Phone.of(client, key)
    with transaction():
        identity.grant_role(
            role_of(organisation),
            organisation.id,
            member_id=member_id_of(phone.token),
            actor=SYSTEM,
            now=clock.now(),
        )
    return phone


def represents(phone: Phone, organisation: Organisation) -> bool:
    """Tell whether a phone speaks for an organisation."""
    return identity_queries.represents(
        member_id_of(phone.token), organisation.id, role_of(organisation)
    )


def signed_campaign(city: City, channels: Sequence[Channel] = (*SIGNED, Channel.OPEN)) -> Campaign:
    """Open a survey in which communities and villages rate."""
    return city.campaign(channels=tuple(channels))


def make_paired(city: City) -> tuple[Organisation, Organisation]:
    """Add a community, and pair the first department with it."""
    community, department = make_community(city), city.departments[0]
    pair(city, community, department)
    return community, department
