"""Limits of cases by kind (办理时限), and the days that count as working ones (工作日历)."""

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from marshmallow import fields
from marshmallow.validate import Range
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.case_forms import chosen
from server.console.forms import Form, FormSchema, LocalDay, step
from server.console.month import WEEKDAYS, Month
from server.console.people import names_of
from server.console.rendering import page
from server.console.working_month import days_of
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.schemas import length
from server.core.text import CleanText
from server.rectification import queries, service
from server.rectification.rules import UNIT_LABELS, CaseKind, Limits, Unit

READERS = (Role.OFFICE, Role.INSPECTOR, Role.LIAISON, Role.HEAD)
MOST_DAYS = 365
LONGEST_REASON = 500
LONGEST_NAME = 20
# As many days as the longest holiday has, with those around it.
MOST_ENTERED = 31
OFF, WORK = "off", "work"
# A job does it, every few minutes (``rectification.tasks.recount_limits``).
RECOUNTED = "还没有到期的时限会在几分钟内按新的日历重新计算。"
NUMBER: dict[str, Any] = {
    "invalid": "请填写整数。",
    "required": "请填写整数。",
    "null": "请填写整数。",
}


def _days(least: int, **more: Any) -> fields.Integer:
    bound = Range(least, MOST_DAYS, error=f"请填写 {least} 至 {MOST_DAYS}。")
    return fields.Integer(validate=bound, error_messages=NUMBER, **more)


class LimitSchema(FormSchema):
    """Limits of a kind of case, and why they change."""

    unit = fields.Enum(Unit, by_value=True, required=True, error_messages=chosen("算法"))
    callback_days = _days(1, load_default=None, allow_none=True)
    rectify_days = _days(1, required=True)
    extension_days = _days(0, required=True)
    silence_days = _days(1, required=True)
    reason = CleanText(required=True, validate=length(LONGEST_REASON, 1))


class DaysSchema(FormSchema):
    """Days of which the office says whether they are worked."""

    first = LocalDay(required=True)
    last = LocalDay(load_default=None, allow_none=True)
    working = fields.String(required=True, error_messages=chosen("休息或上班"))
    name = CleanText(load_default="", validate=length(LONGEST_NAME))


@console.get("/case-limits")
@requires(*READERS)
def list_limits() -> str:
    """Show the limits that hold for new cases of each kind."""
    rules = {kind: queries.limit_rule(kind) for kind in CaseKind}
    return page(
        "case_limits",
        limits=queries.newest_limits(),
        rules=rules,
        people=names_of(rule.changed_by for rule in rules.values() if rule),
    )


def _kind(code: str) -> CaseKind:
    try:
        return CaseKind(code)
    except ValueError as error:
        raise Refusal("not_found", 404) from error


@console.get("/case-limits/<kind>")
@requires(Role.OFFICE)
def show_limit(kind: str) -> str:
    """Show every version of a kind's limits, and the form for the next."""
    return _limit_page(_kind(kind))


def _limit_page(kind: CaseKind, form: Form | None = None) -> str:
    versions = queries.limit_rules(kind)
    held = queries.newest_limits()[kind]
    values = {
        "unit": held.unit.value,
        "callback_days": held.callback,
        "rectify_days": held.rectify,
        "extension_days": held.extension,
        "silence_days": held.silence,
    }
    return page(
        "case_limit",
        kind=kind.value,
        form=form or Form(LimitSchema(), values),
        versions=versions,
        units=[(one.value, words) for one, words in UNIT_LABELS.items()],
        people=names_of(one.changed_by for one in versions),
    )


@console.post("/case-limits/<kind>")
@requires(Role.OFFICE)
def change_limit(kind: str) -> Response | tuple[str, int]:
    """Set a new version of a kind's limits, for the cases that are registered from now on."""
    found = _kind(kind)

    def change(unit: Unit, reason: str, **days: Any) -> object:
        limits = Limits(
            unit,
            days["callback_days"],
            days["rectify_days"],
            days["extension_days"],
            days["silence_days"],
        )
        return service.set_limits(
            found, limits, reason=reason, actor=current_actor(), now=clock.now()
        )

    form = Form.posted(LimitSchema())
    if form.submit(change) is None:
        return _limit_page(found, form), 422
    flash("时限已更新，用于之后挂号的件。", "success")
    return redirect(url_for("console.list_limits"))


@console.get("/working-days")
@requires(*READERS)
def show_working_days() -> str:
    """Show a month: which days are worked, and what the office said of them."""
    return _calendar_page()


def _calendar_page(form: Form | None = None) -> str:
    today = clock.today()
    month = Month.read(request.values.get("month", ""), today)
    chosen_day = _day(request.args.get("day", ""))
    calendar = queries.calendar()
    own = queries.calendar_days(month.year)
    weeks = days_of(month, calendar, {one.day: one.name for one in own})
    return page(
        "working_days",
        month=month,
        weekdays=WEEKDAYS,
        weeks=weeks,
        working_days=sum(
            one.working for week in weeks for one in week if one.day.month == month.number
        ),
        known=calendar.knows(month.year),
        own=own,
        today=today,
        chosen=chosen_day,
        form=form or _empty(chosen_day, is_working=calendar.is_working),
    )


def _empty(day: date | None, *, is_working: Any) -> Form:
    """Return the form for a day that was chosen: what it isn't now."""
    if day is None:
        return Form(DaysSchema(), {"working": OFF})
    return Form(
        DaysSchema(), {"first": day.isoformat(), "working": OFF if is_working(day) else WORK}
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@console.post("/working-days")
@requires(Role.OFFICE)
def enter_day() -> Response | tuple[str, int]:
    """Say of one or several days whether they are worked."""

    def enter(first: date, last: date | None, working: str, name: str) -> date:
        until = last or first
        if not first <= until < first + timedelta(days=MOST_ENTERED):
            message = f"结束日期不能早于开始日期，一次最多 {MOST_ENTERED} 天。"
            raise InvalidInput([{"field": "last", "message": message}])
        for ahead in range((until - first).days + 1):
            service.set_day(
                first + timedelta(days=ahead),
                working=working == WORK,
                name=name,
                actor=current_actor(),
                now=clock.now(),
            )
        return first

    form = Form.posted(DaysSchema())
    entered = form.submit(enter)
    if entered is None:
        return _calendar_page(form), 422
    flash(f"已录入。{RECOUNTED}", "success")
    return redirect(url_for("console.show_working_days", month=Month.of(entered).code))


@console.post("/working-days/clearing")
@requires(Role.OFFICE)
def clear_day() -> Response:
    """Take back what the office said of a day."""
    day = _day(request.form.get("day", ""))
    if day is None:
        raise Refusal("not_found", 404)
    step(
        lambda: service.forget_day(day, actor=current_actor(), now=clock.now()),
        f"已撤销，这一天按法定安排计算。{RECOUNTED}",
    )
    return redirect(url_for("console.show_working_days", month=Month.of(day).code))


@console.post("/working-days/years")
@requires(Role.OFFICE)
def confirm_year() -> Response:
    """Say that a year's holidays are entered in full: what was provisional is worked out anew."""
    year = request.form.get("year", type=int) or 0
    step(
        lambda: service.enter_year(year, actor=current_actor(), now=clock.now()),
        f"{year} 年的节假日已确认。{RECOUNTED}",
    )
    return redirect(url_for("console.show_working_days", month=f"{year}-01"))
