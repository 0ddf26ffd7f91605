"""Warnings of limits (黄牌, 红牌): yellow a day before, red a day after, each once.

A notice's occasion names the limit that it warns of, so neither a job that runs again nor a second
worker tells twice, and a limit that was moved is warned of anew.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from server.core.access import Role
from server.core.clock import chinese_day, local_date
from server.core.database import db
from server.notifications.rules import DeskKind
from server.rectification import authority, telling
from server.rectification.limits import red_at, yellow_at
from server.rectification.models import Case, CaseOrigin
from server.rectification.queries import cases, settings
from server.rectification.rules import Limits, Stage

# The longest holidays have eleven days off in a row; more than that before, nothing is near.
LOOK_AHEAD = timedelta(days=15)


def near(now: datetime) -> list[UUID]:
    """Return the open cases of which a limit is near, or has passed."""
    soon = now + LOOK_AHEAD
    callbacks = select(CaseOrigin.case_id).where(
        CaseOrigin.callback_due_at < soon,
        CaseOrigin.called_back_at.is_(None),
        CaseOrigin.released_at.is_(None),
    )
    return list(
        db.session.scalars(
            select(Case.id)
            .where(
                Case.stage != Stage.CLOSED.value,
                or_(
                    and_(Case.answered_at.is_(None), Case.rectify_due_at < soon),
                    Case.id.in_(callbacks),
                ),
            )
            .order_by(Case.rectify_due_at, Case.id)
        )
    )


def warn(case_id: UUID, *, now: datetime) -> int:
    """Tell the department, and of what is late the office too; return how many were told."""
    case = cases.case_for_update(case_id)
    if case.stage in {Stage.CLOSED, Stage.WITH_INSPECTOR}:
        return 0
    limits = settings.limits_of(case)
    told = 0
    if case.answered_at is None:
        told += _warn_of(case, "办理", case.rectify_due_at, limits, str(case.round), now)
    for origin in cases.live_origins(case.id):
        if origin.callback_due_at is not None and origin.called_back_at is None:
            told += _warn_of(case, "回访", origin.callback_due_at, limits, f"o{origin.id}", now)
    return told


def _warn_of(
    case: Case, what: str, due: datetime, limits: Limits, which: str, now: datetime
) -> int:
    day = chinese_day(due)
    occasion = f"{which} {local_date(due).isoformat()}"
    if now >= red_at(due):
        passed = f"{what}期限 {day}已过，"
        return sum(
            telling.desk(
                case,
                DeskKind.CASE_WARNING,
                *roles,
                title=f"红牌：{what}已超期",
                body=passed + asked,
                occasion=f"red {occasion}",
                now=now,
            )
            for roles, asked in (
                (authority.DEPARTMENT, f"请立即{what}。"),
                ((Role.OFFICE,), "请督促承办部门。"),
            )
        )
    # Between the limit and the day after it nothing is told: the yellow warning has been.
    if due >= now >= yellow_at(due, limits.unit, settings.calendar()):
        return telling.desk(
            case,
            DeskKind.CASE_WARNING,
            *authority.DEPARTMENT,
            title=f"黄牌：{what}即将到期",
            body=f"请在 {day} 24 时前{what}。",
            occasion=f"yellow {occasion}",
            now=now,
        )
    return 0
