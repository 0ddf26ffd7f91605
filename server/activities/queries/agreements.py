"""Reading agreements, their partners and yearly lists."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import exists, func, or_, select

from server.activities.models import Agreement, AgreementPartner, PlannedActivity
from server.activities.rules import ORGANISER_ROLES, AgreementState
from server.core.access import Actor, ActorKind
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, page
from server.identity import queries as identity


def agreement(agreement_id: int) -> Agreement:
    """Return one agreement; refuse with 404."""
    found = db.session.get(Agreement, agreement_id)
    if found is None:
        raise Refusal("agreement_unknown", 404)
    return found


def find_agreement(agreement_id: int) -> Agreement | None:
    """Return one agreement, or None."""
    return db.session.get(Agreement, agreement_id)


def agreement_for_update(agreement_id: int) -> Agreement:
    """Return one agreement, read afresh, with its row locked."""
    found = db.session.get(Agreement, agreement_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("agreement_unknown", 404)
    return found


def agreement_partner_ids(agreement_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the partners of agreements by id, with one statement."""
    ids = list(agreement_ids)
    found: dict[int, list[int]] = {one: [] for one in ids}
    rows = db.session.execute(
        select(AgreementPartner.agreement_id, AgreementPartner.organisation_id)
        .where(AgreementPartner.agreement_id.in_(ids))
        .order_by(AgreementPartner.agreement_id, AgreementPartner.organisation_id)
    )
    for row in rows:
        found[row[0]].append(row[1])
    return found


def agreement_partners(agreement_id: int) -> Sequence[identity.Organisation]:
    """Return an agreement's partners by pinyin."""
    return identity.organisations_by_id(agreement_partner_ids([agreement_id])[agreement_id])


def bound_by_agreement(organisation_id: int, *, on: date) -> set[int]:
    """Return the parties of the agreements in force on a day that an organisation is a party to."""
    in_force = select(Agreement.id, Agreement.host_id).where(
        Agreement.state == AgreementState.ACTIVE.value,
        Agreement.starts_on <= on,
        Agreement.ends_on >= on,
        (Agreement.host_id == organisation_id)
        | exists().where(
            AgreementPartner.agreement_id == Agreement.id,
            AgreementPartner.organisation_id == organisation_id,
        ),
    )
    hosts = {row.id: row.host_id for row in db.session.execute(in_force)}
    named = agreement_partner_ids(hosts)
    return {*hosts.values(), *(one for ids in named.values() for one in ids)} - {organisation_id}


def may_manage_agreement(held: Agreement, actor: Actor) -> bool:
    """Tell whether an actor may organise for the agreement's host."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    return actor.reaches(identity.organisation(held.host_id).path, *ORGANISER_ROLES)


def agreement_page(
    *,
    paths: Sequence[str],
    q: str = "",
    state: AgreementState | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Agreement]:
    """Return agreements that an organisation below ``paths`` hosts or is a partner of.

    The latest to begin comes first; ``q`` is part of the title or of the host's name.
    """
    below = select(identity.Organisation.id).where(
        or_(*(identity.Organisation.path.startswith(path, autoescape=True) for path in paths))
    )
    partner = exists().where(
        AgreementPartner.agreement_id == Agreement.id, AgreementPartner.organisation_id.in_(below)
    )
    query = select(Agreement).where(Agreement.host_id.in_(below) | partner)
    if state is not None:
        query = query.where(Agreement.state == state.value)
    if q:
        named = select(identity.Organisation.id).where(identity.matches(q))
        query = query.where(
            Agreement.title.contains(q, autoescape=True) | Agreement.host_id.in_(named)
        )
    age = -func.extract("epoch", Agreement.starts_on)
    found = page(
        query.add_columns(age),
        [age, -Agreement.id],
        kinds=[Decimal, int],
        key=lambda row: [row[1], -row[0].id],
        cursor=cursor,
        limit=limit,
    )
    return Page([row[0] for row in found.items], found.next_cursor)


def planned(agreement_id: int, year: int | None = None) -> Sequence[PlannedActivity]:
    """Return an agreement's yearly list, by year and month; lines without a month come last."""
    query = select(PlannedActivity).where(PlannedActivity.agreement_id == agreement_id)
    if year is not None:
        query = query.where(PlannedActivity.year == year)
    return db.session.scalars(
        query.order_by(PlannedActivity.year, PlannedActivity.month.nulls_last(), PlannedActivity.id)
    ).all()


def planned_line(planned_id: int) -> PlannedActivity:
    """Return one line of a yearly list, with its row locked; refuse with 404."""
    found = db.session.get(
        PlannedActivity, planned_id, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise Refusal("planned_activity_unknown", 404)
    return found
