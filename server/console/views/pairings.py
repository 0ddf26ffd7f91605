"""Pairings of communities and villages with departments: list, history, form."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.audit import queries as audit
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, LocalDay, step
from server.console.people import names_of
from server.console.query import number, searched
from server.console.rendering import page
from server.console.views.persons import spreadsheet
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from server.pairings import files, queries, service
from server.pairings.queries import PairingRow
from server.pairings.rules import LONGEST_NOTE, SIGNING_CHANNELS, STATE_LABELS, state_of

STATES = list(STATE_LABELS.items())
HISTORY = 20
MOST_AT_ONCE = 200


class PeriodSchema(FormSchema):
    """From when to when, and why."""

    starts_on = LocalDay(required=True)
    ends_on = LocalDay(load_default=None, allow_none=True)
    note = CleanText(load_default="", validate=length(LONGEST_NOTE))


class PairingSchema(PeriodSchema):
    """A department and the communities and villages that are to rate it."""

    department_id = RowId(
        required=True, error_messages={"required": "请选择部门。", "invalid": "请选择部门。"}
    )
    organisations = fields.List(RowId(), load_default=list)


class EndSchema(FormSchema):
    """The last day."""

    ends_on = LocalDay(required=True)


@console.get("/pairings")
@requires(Role.OFFICE)
def list_pairings() -> str:
    """List pairings by community; search finds both sides."""
    state, q, department_id = request.args.get("state", ""), searched(), number("department")
    found = queries.pairing_page(
        actor=current_actor(),
        today=clock.today(),
        q=q,
        state=state if state in STATE_LABELS else "",
        department_id=department_id,
        cursor=request.args.get("cursor"),
    )
    return page(
        "pairings",
        pairings=found,
        states=STATES,
        state=state,
        q=q,
        department_id=department_id,
        departments=[(one.id, one.name) for one in _departments()],
        state_of=_state,
    )


def _state(pairing: queries.Pairing) -> str:
    return state_of(pairing.starts_on, pairing.ends_on, clock.today())


def _departments() -> list[identity.Organisation]:
    """Return the departments that this office reaches."""
    actor = current_actor()
    return [one for one in identity.rated_departments() if actor.reaches(one.path, Role.OFFICE)]


@console.get("/pairings/pairings.xlsx")
@requires(Role.OFFICE)
def export_pairings() -> Response:
    """Give all pairings as a file in the form in which they are imported."""
    data = files.listed(queries.every_pairing(actor=current_actor()))
    return spreadsheet(data, f"结对-{clock.today()}.xlsx")


def _new_page(form: Form) -> str:
    return page(
        "pairing_form",
        form=form,
        departments=[(one.id, one.name) for one in _departments()],
        organisations=identity.organisations_of_kinds(
            [kind for kind in OrganisationKind if kind in SIGNING_CHANNELS]
        ),
        most=MOST_AT_ONCE,
    )


@console.get("/pairings/new")
@requires(Role.OFFICE)
def new_pairing() -> str:
    """Show an empty form for the rest of this year."""
    today = clock.today()
    values = {
        "starts_on": today.isoformat(),
        "ends_on": date(today.year, 12, 31).isoformat(),
        "department_id": request.args.get("department", ""),
    }
    return _new_page(Form(PairingSchema(), values))


@console.post("/pairings")
@requires(Role.OFFICE)
def create_pairings() -> Response | tuple[str, int]:
    """Pair a department with all chosen communities and villages, or with none of them."""

    def create(organisations: list[int], **wanted: Any) -> int:
        chosen = sorted(set(organisations))
        if not 1 <= len(chosen) <= MOST_AT_ONCE:
            message = f"请选择 1 至 {MOST_AT_ONCE} 个社区或村。"
            raise InvalidInput([{"field": "organisations", "message": message}])
        for organisation_id in chosen:
            service.create_pairing(
                organisation_id, **wanted, actor=current_actor(), now=clock.now()
            )
        return len(chosen)

    form = Form.posted(PairingSchema())
    created = form.submit(create)
    if created is None:
        return _new_page(form), 422
    flash(f"已登记 {created} 条结对。", "success")
    return redirect(url_for("console.list_pairings"))


@console.get("/pairings/<int:pairing_id>")
@requires(Role.OFFICE)
def show_pairing(pairing_id: int) -> str:
    """Show a pairing, its earlier and later periods, and what was done to it."""
    row = queries.row(pairing_id, actor=current_actor())
    return _page(row, _period_form(row))


def _period_form(row: PairingRow) -> Form:
    pairing = row.pairing
    ends_on = pairing.ends_on.isoformat() if pairing.ends_on else ""
    values = {
        "starts_on": pairing.starts_on.isoformat(),
        "ends_on": ends_on,
        "note": pairing.note,
    }
    return Form(PeriodSchema(), values)


def _page(row: PairingRow, form: Form, ending: Form | None = None) -> str:
    pairing = row.pairing
    history = audit.entries(cursor=None, limit=HISTORY, subject=("pairing", str(pairing.id)))
    return page(
        "pairing",
        row=row,
        form=form,
        ending=ending or Form(EndSchema(), {"ends_on": clock.today().isoformat()}),
        state=_state(pairing),
        state_of=_state,
        others=[
            one
            for one in queries.pairings_of_two(pairing.organisation_id, pairing.department_id)
            if one.id != pairing.id
        ],
        representatives=len(identity.representations(pairing.organisation_id)),
        history=history.items,
        people=names_of(entry.actor_id for entry in history.items),
    )


@console.post("/pairings/<int:pairing_id>/edit")
@requires(Role.OFFICE)
def update_pairing(pairing_id: int) -> Response | tuple[str, int]:
    """Correct a pairing's period or note."""
    row = queries.row(pairing_id, actor=current_actor())

    def update(**wanted: Any) -> object:
        return service.change_pairing(pairing_id, **wanted, actor=current_actor(), now=clock.now())

    form = Form.posted(PeriodSchema())
    if form.submit(update) is None:
        return _page(row, form), 422
    flash("结对已更正。", "success")
    return redirect(url_for("console.show_pairing", pairing_id=pairing_id))


@console.post("/pairings/<int:pairing_id>/ending")
@requires(Role.OFFICE)
def end_pairing(pairing_id: int) -> Response | tuple[str, int]:
    """End a pairing on a day from today on."""
    row = queries.row(pairing_id, actor=current_actor())

    def end(ends_on: date) -> object:
        return service.end_pairing(
            pairing_id, ends_on=ends_on, actor=current_actor(), now=clock.now()
        )

    form = Form.posted(EndSchema())
    if form.submit(end) is None:
        return _page(row, _period_form(row), form), 422
    flash("结束日期已登记。", "success")
    return redirect(url_for("console.show_pairing", pairing_id=pairing_id))


@console.post("/pairings/<int:pairing_id>/deletion")
@requires(Role.OFFICE)
def drop_pairing(pairing_id: int) -> Response:
    """Take back a pairing that has not begun."""
    done = step(
        lambda: service.drop_pairing(pairing_id, actor=current_actor(), now=clock.now()),
        "结对已删除。",
    )
    if done:
        return redirect(url_for("console.list_pairings"))
    return redirect(url_for("console.show_pairing", pairing_id=pairing_id))
