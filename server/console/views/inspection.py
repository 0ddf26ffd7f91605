"""Stationed inspectors (派驻监督) at the desk: their departments, read-only, and their own list."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, LocalDay, step
from server.console.people import names_of
from server.console.query import number, searched
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import length
from server.core.text import CleanText
from server.quarterly import queries as quarters
from server.quarterly import tables
from server.quarterly.rules import RATES, Measure, quarter_label
from server.rectification import queries as rectification
from server.rectification.queries import CaseFilter
from server.scoring.rules import REASON_LABELS
from server.uptake import queries, service
from server.uptake.queries import EntryFilter
from server.uptake.rules import (
    INSPECTION_LABELS,
    ITEM_LABELS,
    LONGEST_TEXT,
    InspectionState,
    ItemState,
)

A_PAGE = 20
MOST_QUARTERS = 8
OVERDUE = "overdue"
STATES = (
    *((state.value, words) for state, words in INSPECTION_LABELS.items()),
    (OVERDUE, "超期未了结"),
)
OPEN_ITEMS = (ItemState.SENT, ItemState.TAKEN_OVER)


class EntrySchema(FormSchema):
    """Something to follow."""

    text = CleanText(required=True, validate=length(LONGEST_TEXT, 1))
    due_on = LocalDay(load_default=None, allow_none=True)
    case = fields.UUID(load_default=None, allow_none=True)
    item = fields.UUID(load_default=None, allow_none=True)


class OutcomeSchema(FormSchema):
    """What came of it."""

    outcome = CleanText(required=True, validate=length(LONGEST_TEXT, 1))


@console.get("/inspection")
@requires(Role.INSPECTOR)
def list_inspection() -> str:
    """List the departments in which one is stationed, and one's own list."""
    actor, now = current_actor(), clock.now()
    departments = queries.stationed(actor)
    ids = [one.id for one in departments]
    asked = _filter()
    return page(
        "inspection",
        departments=departments,
        standing=rectification.standing(ids, now=now),
        entries_open=queries.open_entries(ids, today=clock.today()),
        choices=[(one.id, one.name) for one in departments],
        asked=asked,
        chosen_state=request.args.get("state", ""),
        states=STATES,
        **_entries(asked, request.args.get("cursor")),
    )


def _filter() -> EntryFilter:
    state = request.args.get("state", "")
    known = {one.value for one in InspectionState}
    return EntryFilter(
        q=searched(),
        department_id=number("department"),
        state=InspectionState(state) if state in known else None,
        overdue_on=clock.today() if state == OVERDUE else None,
    )


def _entries(asked: EntryFilter, cursor: str | None) -> dict[str, Any]:
    """Return a page of entries with the names and cases that it shows."""
    actor = current_actor()
    found = queries.entry_page(asked, actor=actor, cursor=cursor, limit=A_PAGE)
    cases = rectification.cases_by_id(one.case_id for one in found.items if one.case_id)
    return {
        "entries": found,
        "names": {one.id: one.name for one in queries.stationed(actor)},
        "cases": cases,
        "people": names_of(one.written_by for one in found.items),
        "labels": INSPECTION_LABELS,
        "today": clock.today(),
    }


@console.get("/inspection/<int:department_id>")
@requires(Role.INSPECTOR)
def show_inspected(department_id: int) -> str:
    """Show one department: its cases, published figures, and items that were handed on."""
    return _page(department_id, Form(EntrySchema()))


def _page(department_id: int, form: Form) -> str:
    actor, now = current_actor(), clock.now()
    department = queries.stationed_in(department_id, actor)
    cases = rectification.case_page(
        CaseFilter(department_id=department_id),
        actor=actor,
        now=now,
        cursor=request.args.get("cursor"),
        limit=A_PAGE,
    )
    items = queries.item_page([department_id], cursor=request.args.get("items"), limit=A_PAGE)
    return page(
        "inspection_department",
        department=department,
        standing=rectification.standing([department_id], now=now)[department_id],
        cases_found=cases,
        lateness=rectification.lateness(cases.items, now=now),
        case_choices=[(one.id, f"{one.number} {one.title}") for one in cases.items],
        published=_published(department_id),
        items=items,
        open_items=queries.item_count(department_id, OPEN_ITEMS),
        item_labels=ITEM_LABELS,
        form=form,
        **_entries(EntryFilter(department_id=department_id), None),
    )


def _published(department_id: int) -> list[dict[str, Any]]:
    """Return what everybody may read of a department, quarter by quarter."""
    found = []
    for edition in quarters.published_quarters()[:MOST_QUARTERS]:
        titles = {one["id"]: one["title"] for one in edition.document["campaigns"]}
        for _, node in tables.departments(edition.document):
            if node["id"] != department_id:
                continue
            cases = node["cases"]
            registered = cases[Measure.REGISTERED.value]
            found.append(
                {
                    "quarter": edition.quarter,
                    "label": quarter_label(edition.quarter),
                    "scores": [
                        (titles[one["campaign"]], _score(one["score"]))
                        for one in node["campaigns"]
                        if one["score"] is not None
                    ],
                    "registered": tables.WITHHELD if "withheld" in registered else registered["of"],
                    "rates": [
                        tables.rate(cases[measure.value], part) for measure, part, _ in RATES
                    ],
                }
            )
    return found


def _score(score: Any) -> str:
    if "withheld" in score:
        return tables.WITHHELD
    if "score" not in score:
        return str(REASON_LABELS.get(score["reason"], "—"))
    low, high = score["interval"]
    return f"{score['score']}（{low}–{high}）"


@console.post("/inspection/<int:department_id>")
@requires(Role.INSPECTOR)
def add_inspection(department_id: int) -> Response | tuple[str, int]:
    """Put something on one's own list."""
    form = Form.posted(EntrySchema())
    queries.stationed_in(department_id, current_actor())

    def add(text: str, due_on: date | None, case: UUID | None, item: UUID | None) -> bool:
        service.add_entry(
            department_id,
            text,
            due_on=due_on,
            case_id=case,
            item_id=item,
            actor=current_actor(),
            now=clock.now(),
        )
        return True

    if form.submit(add) is None:
        return _page(department_id, form), 422
    flash("已列入跟踪清单。", "success")
    return redirect(url_for("console.show_inspected", department_id=department_id))


@console.post("/inspection/entries/<uuid:entry_id>/outcome")
@requires(Role.INSPECTOR)
def finish_inspection(entry_id: UUID) -> Response:
    """Note what came of an entry."""
    form = Form.posted(OutcomeSchema())

    def finish(outcome: str) -> bool:
        service.finish_entry(entry_id, outcome, actor=current_actor(), now=clock.now())
        return True

    if form.submit(finish) is None:
        flash("；".join(form.errors.values()), "danger")
    else:
        flash("已了结。", "success")
    return _back(entry_id)


@console.post("/inspection/entries/<uuid:entry_id>/reopening")
@requires(Role.INSPECTOR)
def reopen_inspection(entry_id: UUID) -> Response:
    """Take an entry up again."""
    step(
        lambda: service.reopen_entry(entry_id, actor=current_actor(), now=clock.now()),
        "已重新跟踪。",
    )
    return _back(entry_id)


def _back(entry_id: UUID) -> Response:
    department = queries.entry(entry_id, current_actor()).department_id
    return redirect(url_for("console.show_inspected", department_id=department))
