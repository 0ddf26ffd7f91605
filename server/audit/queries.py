"""Reading the audit log."""

from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core.paging import Page, page


def entries(
    *, cursor: str | None, limit: int = 50, action: str = "", subject: tuple[str, str] | None = None
) -> Page[AuditEntry]:
    """Return entries, newest first, filtered by the beginning of the action or by subject."""
    query = select(AuditEntry)
    if action:
        query = query.where(AuditEntry.action.startswith(action, autoescape=True))
    if subject:
        query = query.where(
            AuditEntry.subject_kind == subject[0], AuditEntry.subject_id == subject[1]
        )
    found = page(
        query,
        [-AuditEntry.id],
        kinds=[int],
        key=lambda row: [-row[0].id],
        cursor=cursor,
        limit=limit,
    )
    return Page([row[0] for row in found.items], found.next_cursor)
