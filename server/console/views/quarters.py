"""Quarters (一季一晾晒): the preview of an edition, freezing, approving, its time, its end."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.activities.rules import Quarter
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, LocalMinute, as_typed, step
from server.console.people import names_of
from server.console.query import searched
from server.console.rendering import page
from server.console.slices import page_after
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.paging import Page
from server.core.text import CleanText
from server.quarterly import checking, groups, queries, service
from server.quarterly.differences import changes
from server.quarterly.figures import Choice, count_of
from server.quarterly.rules import (
    LONGEST_NOTE,
    MEASURE_LABELS,
    REASON_LABELS,
    STATE_LABELS,
    EditionState,
    Measure,
    Reason,
    quarter_code,
    quarter_label,
    read_quarter,
)
from server.quarterly.service import Preview

SHOWN_QUARTERS = 8
DEPARTMENTS_A_PAGE = 50
MOST_CHANGES = 200
WORDS: Mapping[str, Any] = {
    "quarter_label": quarter_label,
    "state_labels": {state.value: label for state, label in STATE_LABELS.items()},
    "reason_labels": REASON_LABELS,
    "measure_labels": MEASURE_LABELS,
    "longest": LONGEST_NOTE,
}


class FreezingSchema(FormSchema):
    """The document that was looked at, and why there is another edition."""

    digest = fields.String(required=True)
    note = CleanText(load_default="")


class TimeSchema(FormSchema):
    """When an edition is to be published."""

    publish_at = LocalMinute(required=True)


class ReasonSchema(FormSchema):
    """Why an edition is dropped."""

    reason = CleanText(load_default="")


@dataclass(frozen=True)
class Line:
    """A department as the office sees it: its numbers, and which are not shown and why."""

    id: int
    name: str
    group: str
    figures: list[tuple[int, Reason | None]]


@console.get("/quarters")
@requires(Role.OFFICE)
def list_quarters() -> str:
    """List the latest quarters, and those of which there are editions."""
    found = queries.states()
    today = clock.today()
    codes = sorted({*_latest(Quarter.of(today)), *found}, reverse=True)
    return page(
        "quarters",
        quarters=[(code, found.get(code, [])) for code in codes],
        ungrouped=groups.ungrouped(),
        current=quarter_code(Quarter.of(today)),
        **WORDS,
    )


@console.get("/quarters/<quarter>")
@requires(Role.OFFICE)
def show_quarter(quarter: str) -> str:
    """Show every edition of a quarter, dropped ones too."""
    editions = queries.every_edition(_code(quarter))
    return page(
        "quarter",
        quarter=quarter,
        editions=editions,
        underway=queries.underway(quarter),
        people=names_of(who for one in editions for who in (one.frozen_by, one.approved_by) if who),
        **WORDS,
    )


@console.get("/quarters/<quarter>/preview")
@requires(Role.OFFICE)
def preview_quarter(quarter: str) -> str:
    """Show what an edition frozen now would show, withhold and change."""
    groups.require_office(current_actor())
    found = service.preview(_code(quarter), now=clock.now())
    return _preview(quarter, found, Form(FreezingSchema(), {"digest": found.digest}))


@console.post("/quarters/<quarter>/editions")
@requires(Role.OFFICE)
def freeze_quarter(quarter: str) -> Response | tuple[str, int]:
    """Freeze what was looked at; where it has changed meanwhile, show it anew."""
    form = Form.posted(FreezingSchema())
    actor, now = current_actor(), clock.now()

    def carry_out(digest: str, note: str) -> int:
        return service.freeze(_code(quarter), note=note, digest=digest, actor=actor, now=now).id

    edition = form.submit(carry_out)
    if edition is None:
        found = service.preview(_code(quarter), now=now)
        form.put("digest", found.digest)
        return _preview(quarter, found, form), 422
    flash("已冻结，请评价办另一位工作人员审核。", "success")
    return redirect(url_for("console.show_edition", edition_id=edition))


@console.get("/quarters/editions/<int:edition_id>")
@requires(Role.OFFICE)
def show_edition(edition_id: int) -> str:
    """Show one edition with what it changes, and the steps that are left."""
    groups.require_office(current_actor())
    tomorrow = clock.now().replace(minute=0, second=0, microsecond=0)
    form = Form(TimeSchema(), {"publish_at": as_typed(tomorrow)})
    return _edition(edition_id, form, Form(ReasonSchema()))


@console.post("/quarters/editions/<int:edition_id>/approval")
@requires(Role.OFFICE)
def approve_edition(edition_id: int) -> Response | tuple[str, int]:
    """Approve an edition and set its time; never by who froze it."""

    def carry_out(publish_at: datetime) -> bool:
        service.approve(edition_id, publish_at=publish_at, actor=current_actor(), now=clock.now())
        return True

    return _timed(edition_id, carry_out, "已审核，到时自动公布。")


@console.post("/quarters/editions/<int:edition_id>/schedule")
@requires(Role.OFFICE)
def reschedule_edition(edition_id: int) -> Response | tuple[str, int]:
    """Give an approved edition another time."""

    def carry_out(publish_at: datetime) -> bool:
        service.reschedule(
            edition_id, publish_at=publish_at, actor=current_actor(), now=clock.now()
        )
        return True

    return _timed(edition_id, carry_out, "公布时间已改。")


@console.post("/quarters/editions/<int:edition_id>/drop")
@requires(Role.OFFICE)
def drop_edition(edition_id: int) -> Response | tuple[str, int]:
    """Drop an edition that isn't published."""
    form = Form.posted(ReasonSchema())

    def carry_out(reason: str) -> bool:
        service.drop(edition_id, reason=reason, actor=current_actor(), now=clock.now())
        return True

    if form.submit(carry_out) is None:
        return _edition(edition_id, Form(TimeSchema()), form), 422
    flash("这一版已作废。", "success")
    return redirect(url_for("console.show_edition", edition_id=edition_id))


@console.post("/quarters/editions/<int:edition_id>/check")
@requires(Role.OFFICE)
def check_edition(edition_id: int) -> Response:
    """Make an edition again from its inputs and tell whether it is as it was."""

    def carry_out() -> None:
        groups.require_office(current_actor())
        checking.require_sound(queries.edition(edition_id))

    step(carry_out, "重新生成的公布文件与登记的校验码一致。")
    return redirect(url_for("console.show_edition", edition_id=edition_id))


def _timed(edition_id: int, carry_out: Any, done: str) -> Response | tuple[str, int]:
    form = Form.posted(TimeSchema())
    if form.submit(carry_out) is None:
        return _edition(edition_id, form, Form(ReasonSchema())), 422
    flash(done, "success")
    return redirect(url_for("console.show_edition", edition_id=edition_id))


def _code(quarter: str) -> str:
    try:
        read_quarter(quarter)
    except ValueError as error:
        raise Refusal("not_found", 404) from error
    return quarter


def _latest(quarter: Quarter) -> Iterator[str]:
    place = quarter.year * 4 + quarter.number - 1
    for one in range(place, place - SHOWN_QUARTERS, -1):
        yield quarter_code(Quarter(one // 4, one % 4 + 1))


def _preview(quarter: str, found: Preview, form: Form) -> str:
    lines = _lines(found.inputs, found.made.choices)
    return page(
        "quarter_preview",
        quarter=quarter,
        found=found,
        document=found.made.document,
        underway=queries.underway(quarter),
        reasons=_reasons(found.made.choices),
        lines=_page(lines),
        most=MOST_CHANGES,
        q=searched(),
        form=form,
        **WORDS,
    )


def _edition(edition_id: int, form: Form, dropping: Form) -> str:
    edition = queries.edition(edition_id)
    published = queries.published_editions(edition.quarter)
    before = next((one for one in published if one.edition < edition.edition), None)
    return page(
        "quarter_edition",
        edition=edition,
        document=edition.document,
        before=before,
        changes=changes(before.document, edition.document) if before else [],
        lines=_page(_lines(edition.inputs, checking.made_again(edition).choices)),
        people=names_of([edition.frozen_by, edition.approved_by]),
        own=current_actor().counts_as(edition.frozen_by),
        is_frozen=edition.state == EditionState.FROZEN,
        is_approved=edition.state == EditionState.APPROVED,
        most=MOST_CHANGES,
        q=searched(),
        form=form,
        dropping=dropping,
        **WORDS,
    )


def _page(lines: list[Line]) -> Page[Line]:
    q = searched()
    found = [one for one in lines if q in one.name or q in one.group]
    return page_after(found, lambda one: one.id, request.args.get("cursor"), DEPARTMENTS_A_PAGE)


def _lines(inputs: Mapping[str, Any], choices: Mapping[Measure, Choice]) -> list[Line]:
    names = {one["id"]: one["name"] for one in inputs["departments"]}
    return [
        Line(
            department,
            names[department],
            group["name"] or "未分组",
            [
                (
                    count_of(
                        inputs["cases"].get(str(department), inputs["no_cases"])[measure.value]
                    ).of,
                    choices[measure].cells.get(department),
                )
                for measure in Measure
            ],
        )
        for group in inputs["groups"]
        for department in group["departments"]
    ]


def _reasons(choices: Mapping[Measure, Choice]) -> Counter[Reason]:
    found: Counter[Reason] = Counter()
    for choice in choices.values():
        found.update([*choice.cells.values(), *choice.sums.values()])
    return found
