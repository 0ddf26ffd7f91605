"""Members' inboxes: what is put into them, read and removed."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from server.core.database import db
from server.notifications import preferences
from server.notifications.models import Notice
from server.notifications.rules import Delivery, Mode, NoticeKind


def put(
    member_ids: Iterable[UUID],
    kind: NoticeKind,
    subject: tuple[str, str],
    *,
    title: str,
    body: str,
    page: str,
    now: datetime,
    occasion: str = "",
) -> int:
    """Put a notice into inboxes, but for those who switched its kind off; return to how many."""
    wanted = list(dict.fromkeys(member_ids))
    less = preferences.members_that_chose(wanted, kind) if wanted else {}
    rows = [
        {
            "id": uuid4(),
            "member_id": member_id,
            "kind": kind.value,
            "subject_kind": subject[0],
            "subject_id": subject[1],
            "occasion": occasion,
            "title": title,
            "body": body,
            # As WeChat takes it, and as the phone completes it.
            "page": page.removeprefix("/"),
            "created_at": now,
            "delivery": Delivery.WAITING.value,
            "attempts": 0,
        }
        for member_id in wanted
        if less.get(member_id) is not Mode.OFF
    ]
    if not rows:
        return 0
    told = db.session.scalars(
        insert(Notice)
        .values(rows)
        .on_conflict_do_nothing(constraint="uq_notice_once")
        .returning(Notice.id)
    )
    return len(told.all())
