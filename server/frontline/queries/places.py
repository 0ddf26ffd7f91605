"""Organisations to choose from while an entry is written: who came, and where to."""

from collections.abc import Sequence

from sqlalchemy import select

from server.core.access import Actor
from server.core.database import db
from server.frontline.authority import Organisation, caller_of
from server.identity import queries as identity
from server.identity.rules import OrganisationKind

COMMUNITIES = (OrganisationKind.COMMUNITY, OrganisationKind.VILLAGE)
# The tree's upper nodes send nobody, and enterprises are who is visited.
NO_UNITS = (OrganisationKind.CITY, OrganisationKind.DISTRICT, OrganisationKind.ENTERPRISE)
MOST_OFFERED = 20


def units_like(q: str, actor: Actor) -> Sequence[Organisation]:
    """Return organisations that may have sent people; nothing to who belongs to no branch."""
    kinds = [kind for kind in OrganisationKind if kind not in NO_UNITS]
    return _like(q, kinds, actor)


def communities_like(q: str, actor: Actor) -> Sequence[Organisation]:
    """Return communities and villages; nothing to who belongs to no branch."""
    return _like(q, COMMUNITIES, actor)


def _like(q: str, kinds: Sequence[OrganisationKind], actor: Actor) -> Sequence[Organisation]:
    if not caller_of(actor).is_member:
        return []
    query = select(Organisation).where(
        Organisation.active, Organisation.kind.in_([kind.value for kind in kinds])
    )
    if q:
        query = query.where(identity.matches(q))
    order = (Organisation.sort_key, Organisation.id)
    return db.session.scalars(query.order_by(*order).limit(MOST_OFFERED)).all()
