"""Whom a step of a case is told: the department, the office, the inspector, and who asked to be."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select

from server.core.access import Role
from server.core.clock import local_date
from server.core.database import db
from server.identity import queries as identity
from server.notifications import service as notifications
from server.notifications.rules import DeskKind, NoticeKind
from server.rectification import authority
from server.rectification.limits import start_of
from server.rectification.models import Case, CaseWatch

SUBJECT = "case"
WATCH_SUBJECT = "case_watch"
CLOSED_WORDS = "您关注的一件差评件已销号，请凭回执查看结果。"
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


def watchers(case: Case, *, body: str, now: datetime, origin_id: int | None = None) -> None:
    """Tell the members who asked to be told; of what concerns one rating, its rater alone.

    A notice names neither case nor line: its subject is the watch's own, its occasion drawn by lot.
    Each step is written once under the case's lock, so nothing is told twice.
    """
    query = select(CaseWatch).where(CaseWatch.case_id == case.id)
    if origin_id is not None:
        query = query.where(CaseWatch.origin_id == origin_id)
    for watch in db.session.scalars(query):
        _notify(watch.member_id, watch.subject, body=body, now=now)


def watchers_of_end(case: Case, *, now: datetime) -> None:
    """Tell the members who asked that a case is closed, and forget that they asked.

    What they were told before goes with the watch. The last notice says of no case that it is the
    one, and keeps the day alone: nothing joins it to the case.
    """
    members = db.session.scalars(
        select(CaseWatch.member_id).where(CaseWatch.case_id == case.id)
    ).all()
    forget_watches(case.id)
    for member_id in members:
        _notify(member_id, uuid4(), body=CLOSED_WORDS, now=start_of(local_date(now)))


def forget_watches(case_id: UUID, *conditions: ColumnElement[bool]) -> None:
    """Forget who asked to be told of a case, all of them or some, and what they were told."""
    subjects = db.session.scalars(
        delete(CaseWatch)
        .where(CaseWatch.case_id == case_id, *conditions)
        .returning(CaseWatch.subject)
    ).all()
    notifications.withdraw([(WATCH_SUBJECT, str(one)) for one in subjects])


def _notify(member_id: UUID, subject: UUID, *, body: str, now: datetime) -> None:
    notifications.notify(
        [member_id],
        NoticeKind.CASE_MOVED,
        (WATCH_SUBJECT, str(subject)),
        title="您关注的差评件有进展",
        body=body,
        page=RECEIPTS,
        occasion=str(uuid4()),
        now=now,
    )
