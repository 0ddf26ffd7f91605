"""What the office sets: limits by kind, working days, the rhythm of calls."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from server.audit import service as audit
from server.core.access import Actor, ActorKind, Role
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput
from server.identity import queries as identity
from server.rectification import telling
from server.rectification.limits import due_at, end_of
from server.rectification.models import (
    CalendarDay,
    CalendarYear,
    CallRhythm,
    Case,
    LimitRule,
)
from server.rectification.queries import cases, settings
from server.rectification.rules import (
    LONGEST_WORD,
    SYSTEM_ROLE,
    CaseKind,
    EventKind,
    Limits,
    Stage,
    Unit,
)
from server.rectification.service.dues import counted, dues_of, set_due
from server.rectification.service.writing import required, write

LONGEST_LIMIT = 365
LAST_HOUR = 23
A_WEEK = 7
YEARS = range(2004, 2100)


def _require_office(actor: Actor) -> None:
    """Refuse unless the actor is of the office of the whole place: what is set holds for all."""
    if actor.kind is ActorKind.SYSTEM:
        return
    top = identity.root()
    actor.require(top.path if top else "", Role.OFFICE)


def set_limits(
    kind: CaseKind, limits: Limits, reason: str, *, actor: Actor, now: datetime
) -> LimitRule:
    """Set the limits of a kind for the cases registered from now on."""
    _require_office(actor)
    _require_days("rectify_days", limits.rectify, 1)
    _require_days("extension_days", limits.extension, 0)
    _require_days("silence_days", limits.silence, 1)
    if limits.callback is not None:
        _require_days("callback_days", limits.callback, 1)
    rule = LimitRule.of(
        kind,
        limits,
        reason=required(reason, "reason", most=LONGEST_WORD),
        changed_by=actor.id,
        now=now,
    )
    db.session.add(rule)
    db.session.flush()
    audit.record(
        actor,
        "case.limits_set",
        ("case_limits", kind.value),
        at=now,
        unit=limits.unit.value,
        callback=limits.callback,
        rectify=limits.rectify,
        extension=limits.extension,
        silence=limits.silence,
    )
    return rule


def _require_days(field: str, days: int, least: int) -> None:
    if not least <= days <= LONGEST_LIMIT:
        message = f"请填写 {least} 至 {LONGEST_LIMIT} 之间的天数。"
        raise InvalidInput([{"field": field, "message": message}])


def set_day(day: date, *, working: bool, name: str = "", actor: Actor, now: datetime) -> None:
    """Say of a day whether it is worked; it goes before the library's calendar.

    The caller enqueues ``tasks.recount_limits``.
    """
    _require_office(actor)
    if day.year not in YEARS:
        raise InvalidInput([{"field": "day", "message": "请填写 2004 年以后的日期。"}])
    values = {
        "working": working,
        "name": name.strip()[:50],
        "entered_by": actor.id,
        "entered_at": now,
    }
    db.session.execute(
        insert(CalendarDay)
        .values(day=day, **values)
        .on_conflict_do_update(index_elements=["day"], set_=values)
    )
    audit.record(actor, "calendar.day_set", ("calendar", day), at=now, working=working)


def forget_day(day: date, *, actor: Actor, now: datetime) -> None:
    """Let the library's calendar hold again for a day."""
    _require_office(actor)
    db.session.execute(delete(CalendarDay).where(CalendarDay.day == day))
    audit.record(actor, "calendar.day_forgotten", ("calendar", day), at=now)


def enter_year(
    year: int, days: Iterable[tuple[date, bool, str]] = (), *, actor: Actor, now: datetime
) -> None:
    """Enter a year's holidays in full: with them limits that reach it are no longer provisional.

    ``days`` are the holidays and the worked weekend days: day, worked or not, name. What was
    entered for the year before goes. The caller enqueues ``tasks.recount_limits``.
    """
    _require_office(actor)
    entered = list(days)
    if year not in YEARS or any(day.year != year for day, _, _ in entered):
        raise InvalidInput([{"field": "days", "message": f"日期须都在 {year} 年之内。"}])
    if entered:
        first, last = date(year, 1, 1), date(year, 12, 31)
        db.session.execute(delete(CalendarDay).where(CalendarDay.day.between(first, last)))
    for day, working, name in entered:
        set_day(day, working=working, name=name, actor=actor, now=now)
    db.session.execute(
        insert(CalendarYear)
        .values(year=year, entered_by=actor.id, entered_at=now)
        .on_conflict_do_nothing()
    )
    audit.record(actor, "calendar.year_entered", ("calendar", year), at=now, days=len(entered))


def set_rhythm(
    weekdays: Collection[int], hour: int, reason: str = "", *, actor: Actor, now: datetime
) -> CallRhythm:
    """Set on which weekdays (1 to 7) and at which hour departments are called from now on."""
    _require_office(actor)
    days = sorted(set(weekdays))
    if not days or not all(1 <= day <= A_WEEK for day in days):
        raise InvalidInput([{"field": "weekdays", "message": "请至少选择一天。"}])
    if not 0 <= hour <= LAST_HOUR:
        raise InvalidInput([{"field": "hour", "message": "请选择 0 至 23 点。"}])
    rhythm = CallRhythm(
        weekdays=days, hour=hour, reason=reason.strip(), changed_by=actor.id, changed_at=now
    )
    db.session.add(rhythm)
    db.session.flush()
    audit.record(
        actor, "case.rhythm_set", ("case_rhythm", rhythm.id), at=now, weekdays=days, hour=hour
    )
    return rhythm


def recount(case_id: UUID, *, now: datetime) -> bool:
    """Work a case's limits out again by the calendar as it is now; tell if they moved.

    A limit that has passed stays, unless it was provisional; none moves into the past. Of a case
    that was answered or closed the provisional limits alone are worked out again.
    """
    case = cases.case_for_update(case_id)
    waits = case.stage != Stage.CLOSED and case.answered_at is None
    if not case.provisional and not (waits and case.rectify_due_at > now):
        return False
    before = (case.first_due_at, case.rectify_due_at)
    set_due(case, counted(case, settings.calendar(), now))
    if waits:
        _recount_callbacks(case, now)
    if (case.first_due_at, case.rectify_due_at) == before:
        return False
    _tell_recounted(case, waits=waits, now=now)
    return True


def _tell_recounted(case: Case, *, waits: bool, now: datetime) -> None:
    until = local_date(case.rectify_due_at)
    event = write(
        case,
        EventKind.NOTE,
        role=SYSTEM_ROLE,
        at=now,
        text=f"节假日安排已更新，办理期限改为 {until}。",
        until=until.isoformat(),
    )
    if waits:
        telling.department(
            case, title="办理期限已重新计算", body=f"改为 {until}。", occasion=event.id, now=now
        )


def _recount_callbacks(case: Case, now: datetime) -> None:
    limits = settings.limits_of(case)
    if limits.callback is None or limits.unit is Unit.CALENDAR:
        return
    for origin in cases.live_origins(case.id):
        due = origin.callback_due_at
        if due is not None and due > now and origin.called_back_at is None:
            counted = due_at(
                max(cases.callback_begins(origin), case.limit_from),
                limits.callback,
                limits.unit,
                settings.calendar(),
            )
            origin.callback_due_at = max(counted.at, end_of(local_date(now)))


def to_recount(now: datetime) -> list[UUID]:
    """Return the cases whose limits the calendar, as it is now, puts elsewhere.

    They are those that wait for an answer, and those whose limits are provisional still.
    """
    calendar = settings.calendar()
    waits = and_(
        Case.stage != Stage.CLOSED.value, Case.answered_at.is_(None), Case.rectify_due_at > now
    )
    found = db.session.scalars(
        select(Case)
        .join(LimitRule, LimitRule.id == Case.limit_rule_id)
        .where(LimitRule.unit == Unit.WORKING.value, or_(Case.provisional, waits))
        .order_by(Case.id)
    )
    return [one.id for one in found if counted(one, calendar, now) != dues_of(one)]
