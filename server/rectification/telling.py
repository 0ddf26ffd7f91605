"""Whom a step of a case is told: the department, the office, the inspector, and who asked to be."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.core.access import Role
from server.core.clock import local_date
from server.core.database import db
from server.identity import queries as identity
from server.notifications import service as notifications
from server.notifications.rules import DeskKind, NoticeKind
from server.rectification import authority
from server.rectification.models import Case, CaseWatch

SUBJECT = "case"
# Where receipts are kept on the phone: a notice names no receipt.
RECEIPTS = "/pages/receipts/index"
BY_LEVEL = (Role.LIAISON, Role.HEAD, Role.INSPECTOR)


def page_of(case_id: UUID) -> str:
    """Return the console page of a case."""
    return f"/console/cases/{case_id}"


def desk(
    case: Case,
    kind: DeskKind,
    *roles: Role,
    title: str,
    body: str,
    occasion: str,
    now: datetime,
) -> int:
    """Tell whose role reaches the case's department; once an occasion."""
    holders = identity.holders(authority.path_of(case), *roles, today=local_date(now))
    return notifications.tell_desk(
        holders,
        kind,
        (SUBJECT, str(case.id)),
        title=title,
        body=f"{case.number} {case.title}：{body}" if body else f"{case.number} {case.title}",
        page=page_of(case.id),
        occasion=occasion,
        now=now,
    )


def department(case: Case, *, title: str, body: str, occasion: object, now: datetime) -> None:
    """Tell the department that something happened to its case."""
    desk(
        case,
        DeskKind.CASE_MOVED,
        *authority.DEPARTMENT,
        title=title,
        body=body,
        occasion=str(occasion),
        now=now,
    )


def watchers(
    case: Case, *, body: str, occasion: object, now: datetime, origin_id: int | None = None
) -> None:
    """Tell the members who asked to be told; of what concerns one rating, its rater alone."""
    query = select(CaseWatch.member_id).where(CaseWatch.case_id == case.id)
    if origin_id is not None:
        query = query.where(CaseWatch.origin_id == origin_id)
    members = db.session.scalars(query).all()
    if not members:
        return
    notifications.notify(
        members,
        NoticeKind.CASE_MOVED,
        (SUBJECT, str(case.id)),
        title="您关注的差评件有进展",
        body=f"{case.title}：{body}"[:500],
        page=RECEIPTS,
        occasion=str(occasion),
        now=now,
    )
