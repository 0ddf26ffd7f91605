"""What an organiser's phone chooses from while it draws up an activity."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from server.activities.models import Agreement, AgreementPartner
from server.activities.rules import PARTNER_KINDS, AgreementState
from server.core.database import db
from server.identity import queries as identity
from server.identity.queries import Organisation

MOST_OFFERED = 20


def partners_like(q: str) -> Sequence[Organisation]:
    """Return units in use that can be a partner, by pinyin: the first few that match."""
    query = select(Organisation).where(
        Organisation.active, Organisation.kind.in_([kind.value for kind in PARTNER_KINDS])
    )
    if q:
        query = query.where(identity.matches(q))
    order = (Organisation.sort_key, Organisation.id)
    return db.session.scalars(query.order_by(*order).limit(MOST_OFFERED)).all()


def agreements_in_force(party_id: int) -> Sequence[Agreement]:
    """Return the agreements in force that an organisation hosts or is a partner of, by title."""
    partner = exists().where(
        AgreementPartner.agreement_id == Agreement.id,
        AgreementPartner.organisation_id == party_id,
    )
    return db.session.scalars(
        select(Agreement)
        .where(
            Agreement.state == AgreementState.ACTIVE.value,
            (Agreement.host_id == party_id) | partner,
        )
        .order_by(Agreement.title, Agreement.id)
    ).all()
