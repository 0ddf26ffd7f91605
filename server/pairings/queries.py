"""Reading pairings: who is paired with whom on a day, the console's list, a phone's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, cast, distinct, exists, func, or_, select
from sqlalchemy.orm import aliased

from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import CampaignState, Channel
from server.core.access import Actor, Role
from server.core.clock import SHANGHAI
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, page
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from server.pairings.models import Pairing
from server.pairings.rules import COMING, OVER, RUNNING, SIGNING_CHANNELS

__all__ = ["Pairing"]

Department = aliased(identity.Organisation, name="department")
Community = aliased(identity.Organisation, name="community")


@dataclass(frozen=True)
class PairingRow:
    """A pairing with both names, as lists show it."""

    pairing: Pairing
    organisation: "identity.Organisation"
    department: "identity.Organisation"


@dataclass(frozen=True)
class CampaignPairings:
    """An open campaign in which an organisation may rate, and the departments paired with it."""

    campaign: Campaign
    departments: list["identity.Organisation"]


def _holding(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    return (Pairing.starts_on <= on) & (Pairing.ends_on.is_(None) | (Pairing.ends_on >= on))


def paired(organisation_id: int, department_id: int, on: date) -> bool:
    """Tell whether a community or village and a department are paired on a day."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Pairing.organisation_id == organisation_id,
                    Pairing.department_id == department_id,
                    _holding(on),
                )
            )
        )
    )


def _counting() -> ColumnElement[bool]:
    """Narrow pairings to those that count in a campaign of the same query.

    They hold on the day on which it opens, and were made before it was open: whoever makes one
    later knows how the rating goes.
    """
    day = cast(func.timezone(SHANGHAI.key, Campaign.opens_at), Date)
    # A campaign that nobody opened has no second moment, and greatest() passes that over.
    opening = func.greatest(Campaign.opens_at, Campaign.opened_at)
    return and_(_holding(day), Pairing.created_at < opening)


def counts_in(campaign_id: int, organisation_id: int, department_id: int) -> bool:
    """Tell whether a community or village may rate a department in a campaign."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Campaign.id == campaign_id,
                    Pairing.organisation_id == organisation_id,
                    Pairing.department_id == department_id,
                    _counting(),
                )
            )
        )
    )


def numbers_paired(campaign_id: int) -> dict[tuple[int, Channel], int]:
    """Return how many communities and villages may rate each department in a campaign."""
    signer = identity.Organisation
    rows = db.session.execute(
        select(Pairing.department_id, signer.kind, func.count(distinct(signer.id)))
        .join(signer, signer.id == Pairing.organisation_id)
        .join(CampaignDepartment, CampaignDepartment.department_id == Pairing.department_id)
        .join(Campaign, Campaign.id == CampaignDepartment.campaign_id)
        .where(Campaign.id == campaign_id, _counting())
        .group_by(Pairing.department_id, signer.kind)
    )
    return {
        (department_id, SIGNING_CHANNELS[OrganisationKind(kind)]): number
        for department_id, kind, number in rows
    }


def departments_of(organisation_id: int, on: date) -> Sequence["identity.Organisation"]:
    """Return the departments paired with an organisation on a day, by pinyin."""
    organisation = identity.Organisation
    return db.session.scalars(
        select(organisation)
        .join(Pairing, Pairing.department_id == organisation.id)
        .where(Pairing.organisation_id == organisation_id, _holding(on))
        .order_by(organisation.sort_key, organisation.id)
    ).all()


def organisations_of(department_id: int, on: date) -> Sequence["identity.Organisation"]:
    """Return the communities and villages paired with a department on a day, by pinyin."""
    organisation = identity.Organisation
    return db.session.scalars(
        select(organisation)
        .join(Pairing, Pairing.organisation_id == organisation.id)
        .where(Pairing.department_id == department_id, _holding(on))
        .order_by(organisation.sort_key, organisation.id)
    ).all()


def open_campaigns_of(
    organisations: Sequence["identity.Organisation"], now: datetime
) -> dict[int, list[CampaignPairings]]:
    """Return for each community or village the open campaigns in which it has departments to rate.

    What counts is the pairing on the day on which a campaign opens, made before it did.
    """
    department = identity.Organisation
    signer = aliased(identity.Organisation, name="signer")
    rows = db.session.execute(
        select(signer.id, Campaign, department)
        .join(Pairing, Pairing.organisation_id == signer.id)
        .join(department, department.id == Pairing.department_id)
        .join(CampaignDepartment, CampaignDepartment.department_id == department.id)
        .join(Campaign, Campaign.id == CampaignDepartment.campaign_id)
        .where(
            signer.id.in_([one.id for one in organisations]),
            Campaign.state == CampaignState.OPEN.value,
            Campaign.opens_at <= now,
            Campaign.closes_at > now,
            or_(*(_offered(signer, kind, Campaign) for kind in SIGNING_CHANNELS)),
            _counting(),
        )
        .order_by(Campaign.closes_at, Campaign.id, department.sort_key, department.id)
    )
    found: dict[int, dict[int, CampaignPairings]] = {}
    for organisation_id, campaign, paired_with in rows:
        mine = found.setdefault(organisation_id, {})
        mine.setdefault(campaign.id, CampaignPairings(campaign, [])).departments.append(paired_with)
    return {organisation_id: list(mine.values()) for organisation_id, mine in found.items()}


def _offered(signer: Any, kind: OrganisationKind, campaign: type[Campaign]) -> ColumnElement[bool]:
    return and_(
        signer.kind == kind.value, campaign.channels.contains([int(SIGNING_CHANNELS[kind])])
    )


def campaigns_with(organisation_id: int, department_id: int) -> Sequence[Campaign]:
    """Return the campaigns, open or closed, where this organisation could rate this department."""
    kind = OrganisationKind(identity.organisation(organisation_id).kind)
    return db.session.scalars(
        select(Campaign)
        .join(CampaignDepartment, CampaignDepartment.campaign_id == Campaign.id)
        .where(
            CampaignDepartment.department_id == department_id,
            Campaign.state != CampaignState.DRAFT.value,
            Campaign.channels.contains([int(SIGNING_CHANNELS[kind])]),
        )
        .order_by(Campaign.id)
    ).all()


def pairing(pairing_id: int) -> Pairing:
    """Return one pairing; refuse with 404."""
    found = db.session.get(Pairing, pairing_id)
    if found is None:
        raise Refusal("pairing_unknown", 404)
    return found


def row(pairing_id: int, *, actor: Actor) -> PairingRow:
    """Return one pairing with its names; refuse an office that does not reach the department."""
    found = pairing(pairing_id)
    department = identity.organisation(found.department_id)
    actor.require(department.path, Role.OFFICE)
    return PairingRow(found, identity.organisation(found.organisation_id), department)


def pairings_of_two(organisation_id: int, department_id: int) -> Sequence[Pairing]:
    """Return every pairing of the same two, the latest first."""
    return db.session.scalars(
        select(Pairing)
        .where(Pairing.organisation_id == organisation_id, Pairing.department_id == department_id)
        .order_by(Pairing.starts_on.desc())
    ).all()


def pairing_page(
    *,
    actor: Actor,
    today: date,
    q: str = "",
    state: str = "",
    department_id: int | None = None,
    cursor: str | None = None,
    limit: int = 30,
) -> Page[PairingRow]:
    """Return a page of pairings whose department the office reaches, by community and department.

    ``q`` matches name, alias, pinyin or initials of either side.
    """
    query = _reached(actor)
    if q:
        query = query.where(or_(identity.matches(q, Community), identity.matches(q, Department)))
    if department_id is not None:
        query = query.where(Pairing.department_id == department_id)
    query = query.where(*_in_state(state, today))
    found = page(
        query,
        [Community.sort_key, Community.id, Department.sort_key, Pairing.id],
        kinds=[str, int, str, int],
        key=lambda one: [one[1].sort_key, one[1].id, one[2].sort_key, one[0].id],
        cursor=cursor,
        limit=limit,
    )
    return Page([PairingRow(*one) for one in found.items], found.next_cursor)


def every_pairing(*, actor: Actor) -> Sequence[PairingRow]:
    """Return all pairings in reach, for an export."""
    rows = db.session.execute(
        _reached(actor).order_by(
            Community.sort_key, Community.id, Department.sort_key, Pairing.starts_on
        )
    )
    return [PairingRow(*one) for one in rows]


def _reached(actor: Actor) -> Select[*tuple[Any, ...]]:
    paths = [grant.path for grant in actor.grants if grant.role is Role.OFFICE]
    if not paths:
        raise Refusal("not_allowed", 403)
    return (
        select(Pairing, Community, Department)
        .join(Community, Community.id == Pairing.organisation_id)
        .join(Department, Department.id == Pairing.department_id)
        .where(or_(*(Department.path.startswith(path, autoescape=True) for path in paths)))
    )


def _in_state(state: str, today: date) -> list[ColumnElement[bool]]:
    if state == COMING:
        return [Pairing.starts_on > today]
    if state == OVER:
        return [Pairing.ends_on < today]
    return [_holding(today)] if state == RUNNING else []


def signing_of_member(member_id: UUID) -> Sequence["identity.Organisation"]:
    """Return the communities and villages that a member speaks for, oldest grant first."""
    return [
        grant.organisation
        for grant in identity.grants_of_member(member_id)
        if grant.role == Role.COMMUNITY_REPRESENTATIVE
    ]
