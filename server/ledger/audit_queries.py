"""Reading audits: who asked, who signed what."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.ledger.models import AuditorKey, AuditStatement, CampaignAudit, Tally
from server.ledger.rules import AuditState

OVER = (AuditState.SIGNED.value, AuditState.ENDED.value)


def audits(
    *, campaign_ids: Sequence[int] | None = None, cursor: str | None, limit: int = 20
) -> Page[CampaignAudit]:
    """Return a page of audits, the newest first; of some campaigns only where they are named."""
    query = select(CampaignAudit)
    if campaign_ids is not None:
        query = query.where(CampaignAudit.campaign_id.in_(campaign_ids))
    return newest_first(
        query,
        CampaignAudit.asked_at,
        CampaignAudit.id,
        kind=UUID,
        cursor=cursor,
        limit=limit,
    )


def audit(audit_id: UUID) -> CampaignAudit:
    """Return an audit; refuse with 404 where there is none."""
    found = db.session.get(CampaignAudit, audit_id)
    if found is None:
        raise Refusal("not_found", 404)
    return found


def public_audit(audit_id: UUID) -> CampaignAudit:
    """Return an audit that is over and has a statement; refuse any other with 404.

    While it goes on nothing is shown: the second auditor must not copy from the first.
    """
    found = audit(audit_id)
    if found.state not in OVER or not statements(audit_id):
        raise Refusal("not_found", 404)
    return found


def public_audits() -> Sequence[CampaignAudit]:
    """Return the audits that are over and that somebody signed, the newest first."""
    signed = select(AuditStatement.audit_id)
    return db.session.scalars(
        select(CampaignAudit)
        .where(CampaignAudit.id.in_(signed), CampaignAudit.state.in_(OVER))
        .order_by(CampaignAudit.asked_at.desc(), CampaignAudit.id)
    ).all()


def statements(audit_id: UUID) -> Sequence[AuditStatement]:
    """Return an audit's statements, the first first."""
    return db.session.scalars(
        select(AuditStatement)
        .where(AuditStatement.audit_id == audit_id)
        .order_by(AuditStatement.signed_at, AuditStatement.account_id)
    ).all()


def key_of(account_id: UUID | None) -> AuditorKey | None:
    """Return an auditor's registered key."""
    return None if account_id is None else db.session.get(AuditorKey, account_id)


def tallied_campaigns() -> Sequence[int]:
    """Return the campaigns with a tally, the newest first: those that can be audited."""
    return db.session.scalars(
        select(Tally.campaign_id).distinct().order_by(Tally.campaign_id.desc())
    ).all()


def newest_tallies() -> Sequence[Tally]:
    """Return each campaign's newest tally, the newest campaign first."""
    return db.session.scalars(
        select(Tally)
        .ext(distinct_on(Tally.campaign_id))
        .order_by(Tally.campaign_id.desc(), Tally.edition.desc())
    ).all()
