"""Contacts are kept for calling back alone: erased when case and campaign are over, and some days.

When a campaign has none left, the key that sealed them is destroyed too, so that none can be read
from a backup either.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, cast, exists, func, or_, select, update

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignState, contact_key_name
from server.core.access import SYSTEM
from server.core.database import db
from server.core.keyring import KeyMissingError, key_ring
from server.evaluation.models import Evaluation
from server.rectification.models import Case, CaseOrigin
from server.rectification.rules import OriginKind
from server.settings import queries as settings
from server.settings.rules import CONTACT_DAYS


def erase_contacts(*, now: datetime) -> int:
    """Erase the contacts of settled campaigns that no case needs any more; return how many.

    A contact goes the set number of days after its campaign was settled and, where its rating has a
    case, as long after that was closed.
    """
    before = now - timedelta(days=int(settings.value(CONTACT_DAYS)))
    erased = 0
    for campaign in campaigns.campaigns(states=[CampaignState.CLOSED]):
        if campaign.settled_at is None or campaign.settled_at >= before or not _has_key(campaign):
            continue
        erased += _erase(campaign, before, now)
    return erased


def _erase(campaign: Campaign, before: datetime, now: datetime) -> int:
    sealed = (Evaluation.campaign_id == campaign.id, Evaluation.contact_sealed.is_not(None))
    gone = db.session.scalars(
        update(Evaluation)
        .where(*sealed, ~_needed(campaign.id, before))
        .values(contact_sealed=None)
        .returning(Evaluation.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not db.session.scalar(select(exists().where(*sealed))):
        key_ring().destroy(contact_key_name(campaign.id))
    if gone:
        audit.record(
            SYSTEM, "campaign.contacts_erased", ("campaign", campaign.id), at=now, size=len(gone)
        )
    return len(gone)


def _needed(campaign_id: int, before: datetime) -> ColumnElement[bool]:
    name = func.concat(f"{campaign_id}:", cast(Evaluation.id, Text))
    return exists().where(
        CaseOrigin.kind == OriginKind.EVALUATION.value,
        CaseOrigin.origin_id == name,
        CaseOrigin.released_at.is_(None),
        Case.id == CaseOrigin.case_id,
        or_(Case.closed_at.is_(None), Case.closed_at >= before),
    )


def _has_key(campaign: Campaign) -> bool:
    try:
        key_ring().get(contact_key_name(campaign.id))
    except KeyMissingError:
        return False
    return True
