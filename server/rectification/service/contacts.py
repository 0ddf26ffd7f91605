"""A rater's contact that comes or goes while the case is open: whom the department calls back."""

from datetime import datetime

from sqlalchemy import exists, select

from server.core.clock import local_date
from server.core.database import db
from server.rectification import telling
from server.rectification.limits import ONE_DAY, start_of
from server.rectification.models import CaseEvent, CaseOrigin
from server.rectification.queries import cases, settings
from server.rectification.rules import RATER, EventKind, OriginKind, Stage
from server.rectification.service.deciding import rater_moment
from server.rectification.service.registering import callback_due
from server.rectification.service.writing import write

ADDED = "评价人补充了联系方式，请回访。"
ERASED = "评价人删除了联系方式，不再需要回访。"


def follow_contact(
    kind: OriginKind, origin_id: str, *, has_contact: bool, now: datetime
) -> CaseOrigin | None:
    """Follow a rating whose contact was added or erased after its case was registered.

    Who adds one is called back, within a limit that counts from the end of that day. Where one was
    erased nobody needs to be called any more, unless the department has looked at it or is late
    already: then the callback stays owed in the figures, or a department could better them by
    pressing its raters. Idempotent; returns the origin, or None where there is no case to follow.
    """
    known = cases.case_of_origin(kind, origin_id)
    if known is None:
        return None
    case, origin = cases.origin_for_update(known[1].id)
    if case.stage == Stage.CLOSED or origin.released_at is not None:
        return None
    if origin.real_name == has_contact or (not has_contact and _stays_owed(origin, now)):
        return origin
    begins = start_of(local_date(now) + ONE_DAY)
    origin.real_name = has_contact
    origin.callback_due_at = callback_due(settings.limits_of(case), begins) if has_contact else None
    event = write(
        case,
        EventKind.NOTE,
        role=RATER,
        at=rater_moment(case, now),
        text=ADDED if has_contact else ERASED,
        origin_id=origin.id,
        callback_from=begins.isoformat() if has_contact else None,
    )
    telling.department(
        case, title="差评件的联系方式有变化", body=event.text, occasion=event.id, now=now
    )
    return origin


def _stays_owed(origin: CaseOrigin, now: datetime) -> bool:
    if origin.called_back_at is not None:
        return True
    if origin.callback_due_at is not None and origin.callback_due_at <= now:
        return True
    looked = exists().where(
        CaseEvent.case_id == origin.case_id,
        CaseEvent.origin_id == origin.id,
        CaseEvent.kind == EventKind.CONTACT_SHOWN.value,
    )
    return bool(db.session.scalar(select(looked)))
