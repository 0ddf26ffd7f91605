"""Which cases are near their limit: the yellow warning of ``limits.yellow_at``, as a condition."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from server.core.clock import local_date
from server.rectification.calendar import Calendar
from server.rectification.limits import ONE_DAY, end_of
from server.rectification.models import Case, LimitRule
from server.rectification.rules import Stage, Unit


def is_yellow(now: datetime, calendar: Calendar) -> ColumnElement[bool]:
    """Return the condition that a case without an answer has its limit by tomorrow.

    In working days that is by the next working day: what is due on Monday is near from Friday on.
    """
    today = local_date(now)
    soon = {
        Unit.CALENDAR: end_of(today + ONE_DAY),
        Unit.WORKING: end_of(calendar.working_days_on(today, 1)),
    }
    near = (
        and_(
            Case.limit_rule_id.in_(select(LimitRule.id).where(LimitRule.unit == unit.value)),
            Case.rectify_due_at <= bound,
        )
        for unit, bound in soon.items()
    )
    return and_(
        Case.stage != Stage.CLOSED.value,
        Case.answered_at.is_(None),
        Case.rectify_due_at >= now,
        or_(*near),
    )
