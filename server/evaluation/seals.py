"""Breaking an open survey's seal (解除封存): asked by one of the office, confirmed by another.

From the confirmation on the office sees the survey's interim results, for the reason that was
given. That it was broken, when and why is public at once: on the board and as a leaf of the log.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, CampaignState
from server.campaigns.service import require_office
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.paging import Page, newest_first
from server.evaluation.models import SealBreak
from server.identity import queries as identity
from server.ledger import service as ledger
from server.ledger.rules import Event

LONGEST_REASON = 500


@dataclass(frozen=True)
class SealReading:
    """A seal that was asked to be broken, with the names of the persons."""

    id: UUID
    campaign_id: int
    campaign_title: str
    reason: str
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    confirmed_by_name: str | None
    confirmed_at: datetime | None
    refused_at: datetime | None

    @property
    def state(self) -> str:
        """Where it stands: asked, broken or refused."""
        if self.confirmed_at is not None:
            return "broken"
        return "asked" if self.refused_at is None else "refused"


def ask(campaign_id: int, reason: str, *, actor: Actor, now: datetime) -> SealBreak:
    """Ask to break an open survey's seal, for a reason that will be public."""
    campaign = _sealed_campaign(campaign_id, actor)
    said = reason.strip()
    if not 1 <= len(said) <= LONGEST_REASON:
        message = f"请填写理由，1 至 {LONGEST_REASON} 个字；理由会公布。"
        raise InvalidInput([{"field": "reason", "message": message}])
    if _open(campaign_id) is not None:
        raise Refusal("seal_asked_already", 409)
    asked = SealBreak(campaign_id=campaign.id, reason=said, asked_by=_person(actor), asked_at=now)
    db.session.add(asked)
    db.session.flush()
    _record(actor, "seal.asked", asked, now)
    return asked


def confirm(break_id: UUID, *, actor: Actor, now: datetime) -> SealBreak:
    """Break the seal, as a second person of the office; it is public from the commit on."""
    asked = _for_update(break_id)
    _sealed_campaign(asked.campaign_id, actor)
    if actor.counts_as(asked.asked_by):
        raise Refusal("seal_same_person", 409)
    asked.confirmed_by, asked.confirmed_at = _person(actor), now
    db.session.flush()
    ledger.note(asked.campaign_id, Event.SEAL_BROKEN, body=f"at={clock.local_date(now)}")
    _record(actor, "seal.broken", asked, now)
    return asked


def refuse(break_id: UUID, *, actor: Actor, now: datetime) -> SealBreak:
    """Refuse, or take back, what was asked; one person is enough to keep a seal whole."""
    asked = _for_update(break_id)
    require_office(campaigns.department_paths(asked.campaign_id), actor)
    _person(actor)
    asked.refused_at = now
    _record(actor, "seal.refused", asked, now)
    return asked


def is_broken(campaign_id: int) -> bool:
    """Tell whether a survey's seal was broken."""
    return bool(broken([campaign_id]))


def note_look(campaign_id: int, *, department_id: int | None, actor: Actor, now: datetime) -> None:
    """Record that somebody of the office looks at interim results."""
    audit.record(
        actor,
        "seal.results_seen",
        ("campaign", campaign_id),
        at=now,
        **({} if department_id is None else {"department": department_id}),
    )


def broken(campaign_ids: Collection[int] | None = None) -> Sequence[SealReading]:
    """Return the seals that were broken, the latest first; of some campaigns or of all."""
    query = (
        select(SealBreak)
        .where(SealBreak.confirmed_at.is_not(None))
        .order_by(SealBreak.confirmed_at.desc(), SealBreak.id)
    )
    if campaign_ids is not None:
        query = query.where(SealBreak.campaign_id.in_(list(campaign_ids)))
    return _readings(db.session.scalars(query).all())


def waiting(campaign_id: int) -> SealReading | None:
    """Return what waits for a second person's word in a campaign."""
    found = _open(campaign_id)
    return None if found is None else _readings([found])[0]


def break_page(*, q: str = "", cursor: str | None, limit: int = 20) -> Page[SealReading]:
    """Return the seals that were asked to be broken, the latest first; by campaign or reason."""
    query = select(SealBreak)
    if q:
        query = query.join(Campaign, Campaign.id == SealBreak.campaign_id).where(
            or_(
                Campaign.title.contains(q, autoescape=True),
                SealBreak.reason.contains(q, autoescape=True),
            )
        )
    found = newest_first(
        query,
        SealBreak.asked_at,
        SealBreak.id,
        kind=UUID,
        cursor=cursor,
        limit=limit,
    )
    return Page(_readings(found.items), found.next_cursor)


def sealed_surveys(actor: Actor) -> list[Campaign]:
    """Return the open surveys whose seal somebody may ask to break."""
    return [
        campaign
        for campaign in campaigns.campaigns(states=[CampaignState.OPEN])
        if campaign.kind == CampaignKind.SURVEY and _reaches(campaign.id, actor)
    ]


def _reaches(campaign_id: int, actor: Actor) -> bool:
    try:
        require_office(campaigns.department_paths(campaign_id), actor)
    except Refusal:
        return False
    return True


def _sealed_campaign(campaign_id: int, actor: Actor) -> Campaign:
    """Lock and return an open survey, all of whose departments the actor's office reaches."""
    campaign = campaigns.campaign_for_update(campaign_id)
    require_office(campaigns.department_paths(campaign_id), actor)
    if campaign.kind != CampaignKind.SURVEY or campaign.state != CampaignState.OPEN:
        raise Refusal("seal_not_there", 409)
    return campaign


def _open(campaign_id: int) -> SealBreak | None:
    return db.session.scalar(
        select(SealBreak).where(
            SealBreak.campaign_id == campaign_id,
            SealBreak.confirmed_at.is_(None),
            SealBreak.refused_at.is_(None),
        )
    )


def _for_update(break_id: UUID) -> SealBreak:
    # The campaign's row before the request's, as everywhere (docs/locking.md).
    known = db.session.get(SealBreak, break_id)
    if known is None:
        raise Refusal("not_found", 404)
    campaigns.campaign_for_update(known.campaign_id)
    found = db.session.get(SealBreak, break_id, with_for_update=True, populate_existing=True)
    if found is None or found.confirmed_at is not None or found.refused_at is not None:
        raise Refusal("seal_not_asked", 409)
    return found


def _person(actor: Actor) -> UUID:
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    return actor.id


def _readings(rows: Sequence[SealBreak]) -> list[SealReading]:
    people = {row.asked_by for row in rows} | {row.confirmed_by for row in rows} - {None}
    names = identity.account_names({one for one in people if one}) if people else {}
    titles = campaigns.titles({row.campaign_id for row in rows})
    return [
        SealReading(
            id=row.id,
            campaign_id=row.campaign_id,
            campaign_title=titles[row.campaign_id],
            reason=row.reason,
            asked_by=row.asked_by,
            asked_by_name=names.get(row.asked_by, ""),
            asked_at=row.asked_at,
            confirmed_by_name=names.get(row.confirmed_by) if row.confirmed_by else None,
            confirmed_at=row.confirmed_at,
            refused_at=row.refused_at,
        )
        for row in rows
    ]


def _record(actor: Actor, action: str, asked: SealBreak, now: datetime) -> None:
    audit.record(
        actor,
        action,
        ("campaign", asked.campaign_id),
        at=now,
        seal=str(asked.id),
        reason=asked.reason,
    )
