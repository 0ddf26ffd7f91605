"""Reading the audit log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from server.audit.models import AuditEntry
from server.core.paging import Page, newest_first

__all__ = ["AuditEntry"]


def entries(
    *,
    cursor: str | None,
    limit: int = 50,
    within: Sequence[str] = (),
    actor_id: UUID | None = None,
    before: datetime | None = None,
    subject: tuple[str, str] | None = None,
) -> Page[AuditEntry]:
    """Return entries, newest first: of actions that begin with one of ``within``, of one actor.

    ``before`` is the moment up to which one looks back; ``subject`` is kind and id.
    """
    query = select(AuditEntry)
    if within:
        query = query.where(
            or_(*(AuditEntry.action.startswith(beginning, autoescape=True) for beginning in within))
        )
    if actor_id is not None:
        query = query.where(AuditEntry.actor_id == str(actor_id))
    if before is not None:
        query = query.where(AuditEntry.at < before)
    if subject:
        query = query.where(
            AuditEntry.subject_kind == subject[0], AuditEntry.subject_id == subject[1]
        )
    # By the moment that an entry tells: of what a rater caused that is the day alone, while its
    # number would put it between two officials' acts.
    return newest_first(query, AuditEntry.at, AuditEntry.id, kind=int, cursor=cursor, limit=limit)
