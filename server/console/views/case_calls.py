"""Calls (叫号) at the desk: the rounds, what each one said, and their rhythm."""

from datetime import timedelta

from flask import flash, redirect, request, url_for
from marshmallow import fields
from marshmallow.validate import Range
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.month import WEEKDAYS
from server.console.people import names_of
from server.console.rendering import page
from server.console.views.cases import READERS
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput
from server.core.schemas import length
from server.core.text import CleanText
from server.rectification import calls, queries, service
from server.rectification.rhythm import next_due
from server.rectification.rules import DEFAULT_HOUR, DEFAULT_WEEKDAYS

A_PAGE = 20
# Of a department's cases in a round, the late ones first.
MOST_NAMED = 20
HOURS = range(24)
LONGEST_REASON = 200
# A round that was made later than this after its time was made up for.
LATE_RUN = timedelta(minutes=30)
LEVELS = {1: "联络员", 2: "联络员和负责人", 3: "联络员、负责人和派驻纪检组"}


class RhythmSchema(FormSchema):
    """On which days of the week one calls, at what hour, and why that changes."""

    weekdays = fields.List(
        fields.Integer(validate=Range(1, 7, error="请从给出的选项中选择。")), load_default=list
    )
    hour = fields.Integer(required=True, validate=Range(0, 23, error="请从给出的选项中选择。"))
    reason = CleanText(required=True, validate=length(LONGEST_REASON, 1))


@console.get("/calls")
@requires(*READERS)
def list_calls() -> str:
    """List the rounds of calling, the latest first, with the rhythm."""
    return _page()


def _page(form: Form | None = None) -> str:
    now = clock.now()
    found = queries.call_page(cursor=request.args.get("cursor"), limit=A_PAGE)
    rhythms = queries.rhythms()
    held = rhythms[0] if rhythms else None
    weekdays = list(held.weekdays) if held else list(DEFAULT_WEEKDAYS)
    hour = held.hour if held else DEFAULT_HOUR
    return page(
        "case_calls",
        calls=found,
        sums=queries.call_sums((one.id for one in found.items), current_actor()),
        late_run=LATE_RUN,
        rhythm_words=_words(weekdays, hour),
        next_call=next_due(weekdays, hour, now),
        rhythms=[(one, _words(one.weekdays, one.hour)) for one in rhythms],
        people=names_of(one.changed_by for one in rhythms),
        weekdays=[(number, f"周{name}") for number, name in enumerate(WEEKDAYS, start=1)],
        hours=[(one, f"{one} 时") for one in HOURS],
        form=form or Form(RhythmSchema(), {"weekdays": weekdays, "hour": hour}),
    )


def _words(weekdays: list[int], hour: int) -> str:
    days = "、".join(WEEKDAYS[number - 1] for number in sorted(weekdays))
    return f"每周{days}，{hour} 时"


@console.get("/calls/<int:call_id>")
@requires(*READERS)
def show_call(call_id: int) -> str:
    """Show what a round said to each department that the reader may see."""
    call = queries.call(call_id)
    items = queries.call_items(call_id, current_actor())
    shown = {
        item.department_id: list(dict.fromkeys((*item.late_cases, *item.open_cases)))[:MOST_NAMED]
        for item, _ in items
    }
    return page(
        "case_call",
        call=call,
        items=items,
        shown=shown,
        cases=queries.cases_by_id(one for ids in shown.values() for one in ids),
        levels=LEVELS,
    )


@console.post("/calls")
@requires(Role.OFFICE)
def call_departments() -> Response:
    """Call at once, besides the rhythm."""
    step(
        lambda: calls.call_now(actor=current_actor(), now=clock.now()),
        "已叫号，各部门会收到通知。",
    )
    return redirect(url_for("console.list_calls"))


@console.post("/calls/rhythm")
@requires(Role.OFFICE)
def change_rhythm() -> Response | tuple[str, int]:
    """Set the rhythm that holds from now on."""

    def change(weekdays: list[int], hour: int, reason: str) -> object:
        if not weekdays:
            raise InvalidInput([{"field": "weekdays", "message": "请至少选择一天。"}])
        return service.set_rhythm(
            sorted(set(weekdays)), hour, reason=reason, actor=current_actor(), now=clock.now()
        )

    form = Form.posted(RhythmSchema())
    if form.submit(change) is None:
        return _page(form), 422
    flash("叫号节奏已更新。", "success")
    return redirect(url_for("console.list_calls"))
