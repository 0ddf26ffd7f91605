"""Writing the audit log."""

from datetime import datetime

from server.audit.models import AuditEntry
from server.core.access import Actor
from server.core.database import db


def record(
    actor: Actor, action: str, subject: tuple[str, object], *, at: datetime, **detail: object
) -> None:
    """Add an entry to the current transaction.

    ``subject`` is kind and id. ``detail`` must be JSON and carry no openid, phone, name of a rater
    or token. What a delegate could do only with a lent role says in whose stead it was done.
    """
    kind, identifier = subject
    if actor.in_stead_of:
        detail["in_stead_of"] = ", ".join(sorted(map(str, actor.in_stead_of)))
    db.session.add(
        AuditEntry(
            at=at,
            actor_kind=actor.kind.value,
            actor_id=str(actor.id) if actor.id else None,
            action=action,
            subject_kind=kind,
            subject_id=str(identifier),
            detail=detail,
        )
    )
