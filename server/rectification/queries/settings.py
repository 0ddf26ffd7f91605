"""What the office set: limits by kind, working days, and years whose holidays it entered."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from server.core.database import db
from server.rectification.calendar import Calendar
from server.rectification.models import CalendarDay, CalendarYear, Case, LimitRule
from server.rectification.rules import DEFAULT_LIMITS, CaseKind, Limits, Unit


def limit_rule(kind: CaseKind) -> LimitRule | None:
    """Return the newest limits that were set for a kind, or None where only the default holds."""
    return db.session.scalar(
        select(LimitRule).where(LimitRule.kind == kind.value).order_by(LimitRule.id.desc()).limit(1)
    )


def limit_rules(kind: CaseKind) -> Sequence[LimitRule]:
    """Return every version of the limits of a kind, newest first."""
    return db.session.scalars(
        select(LimitRule).where(LimitRule.kind == kind.value).order_by(LimitRule.id.desc())
    ).all()


def newest_limits() -> dict[CaseKind, Limits]:
    """Return what holds for new cases of each kind."""
    return {
        kind: as_limits(rule) if (rule := limit_rule(kind)) else DEFAULT_LIMITS[kind]
        for kind in CaseKind
    }


def limits_of(case: Case) -> Limits:
    """Return the limits under which a case was registered."""
    return as_limits(db.session.get_one(LimitRule, case.limit_rule_id))


def as_limits(rule: LimitRule) -> Limits:
    """Return a version of limits as the rules take them."""
    return Limits(
        Unit(rule.unit),
        rule.callback_days,
        rule.rectify_days,
        rule.extension_days,
        rule.silence_days,
    )


def calendar() -> Calendar:
    """Return the working days as the library and the office know them."""
    days = db.session.execute(select(CalendarDay.day, CalendarDay.working))
    years = db.session.scalars(select(CalendarYear.year))
    return Calendar({row.day: row.working for row in days}, frozenset(years))


def calendar_days(year: int) -> Sequence[CalendarDay]:
    """Return the days of a year that the office has entered."""
    return db.session.scalars(
        select(CalendarDay)
        .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(CalendarDay.day)
    ).all()


def calendar_years() -> Sequence[CalendarYear]:
    """Return the years that the office has entered in full."""
    return db.session.scalars(select(CalendarYear).order_by(CalendarYear.year)).all()
