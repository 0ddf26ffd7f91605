"""Agreements between branches and with mass organisations, and their yearly lists."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.activities import queries, service
from server.activities.queries import Agreement
from server.activities.rules import (
    AGREEMENT_STATE_LABELS,
    ASPECT_LABELS,
    WAY_LABELS,
    AgreementState,
    Aspect,
    Way,
)
from server.activities.service import AgreementContent
from server.audit import queries as audit
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, LocalDay, step
from server.console.people import names_of
from server.console.query import searched
from server.console.rendering import page
from server.console.scope import READERS, scopes
from server.console.views.activity_forms import (
    organisers_of,
    partner_choices,
    required_choice,
)
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.identity import queries as identity

STATES = [(state.value, words) for state, words in AGREEMENT_STATE_LABELS.items()]
WAYS = [(one.value, words) for one, words in WAY_LABELS.items()]
ASPECTS = [(one.value, words) for one, words in ASPECT_LABELS.items()]


class AgreementSchema(FormSchema):
    """What a host says of an agreement."""

    title = CleanText(required=True, validate=length(100, 1))
    host = RowId(required=True, error_messages=required_choice("牵头单位"))
    partners = fields.List(RowId(), load_default=list)
    ways = fields.List(fields.Enum(Way, by_value=True), load_default=list)
    aspects = fields.List(fields.Enum(Aspect, by_value=True), load_default=list)
    aims = CleanText(required=True, validate=length(2000, 1))
    starts_on = LocalDay(required=True)
    ends_on = LocalDay(required=True)


class LineSchema(FormSchema):
    """A line of the yearly list."""

    title = CleanText(required=True, validate=length(100, 1))
    year = fields.Integer(required=True, error_messages={"invalid": "请填写年份。"})
    month = fields.Integer(load_default=None, allow_none=True)


@console.get("/agreements")
@requires(*READERS)
def list_agreements() -> str:
    """List agreements by state; search finds title and host."""
    state, q = request.args.get("state", ""), searched()
    found = queries.agreement_page(
        paths=scopes(current_actor()),
        q=q,
        state=AgreementState(state) if state in AGREEMENT_STATE_LABELS else None,
        cursor=request.args.get("cursor"),
    )
    partners = queries.agreement_partner_ids([one.id for one in found.items])
    ids = {one.host_id for one in found.items} | {one for some in partners.values() for one in some}
    return page(
        "agreements",
        agreements=found,
        partners=partners,
        organisations=identity.organisation_names(ids),
        states=STATES,
        state=state,
        q=q,
    )


def _readable(agreement_id: int) -> Agreement:
    """Return an agreement whose host or a partner the signed-in person reaches; else 403."""
    found = queries.agreement(agreement_id)
    parties = [identity.organisation(found.host_id), *queries.agreement_partners(agreement_id)]
    if not any(current_actor().reaches(one.path, *READERS) for one in parties):
        raise Refusal("not_allowed", 403)
    return found


@console.get("/agreements/<int:agreement_id>")
@requires(*READERS)
def show_agreement(agreement_id: int) -> str:
    """Show an agreement with its yearly list."""
    agreement = _readable(agreement_id)
    return _page(agreement, Form(LineSchema(), {"year": clock.today().year}))


def _page(agreement: Agreement, form: Form) -> str:
    lines = queries.planned(agreement.id)
    done = [line.activity_id for line in lines if line.activity_id]
    history = audit.entries(cursor=None, limit=20, subject=("agreement", str(agreement.id)))
    return page(
        "agreement",
        agreement=agreement,
        form=form,
        host=identity.organisation(agreement.host_id),
        partners=queries.agreement_partners(agreement.id),
        lines=lines,
        titles=queries.titles(done),
        years=[(one, one) for one in range(agreement.starts_on.year, agreement.ends_on.year + 1)],
        months=[(one, one) for one in range(1, 13)],
        manages=queries.may_manage_agreement(agreement, current_actor()),
        history=history.items,
        people=names_of(entry.actor_id for entry in history.items),
    )


def _form_page(form: Form, agreement: Agreement | None = None) -> str:
    return page(
        "agreement_form",
        form=form,
        agreement=agreement,
        hosts=[(one.id, one.name) for one in organisers_of(current_actor())],
        partners=partner_choices(form),
        ways=WAYS,
        aspects=ASPECTS,
    )


def _content(data: dict[str, Any]) -> AgreementContent:
    return AgreementContent(
        title=data["title"],
        host_id=data["host"],
        partner_ids=tuple(data["partners"]),
        ways=tuple(data["ways"]),
        aspects=tuple(data["aspects"]),
        aims=data["aims"],
        starts_on=data["starts_on"],
        ends_on=data["ends_on"],
    )


@console.get("/agreements/new")
@requires(Role.PARTY_STAFF)
def new_agreement() -> str:
    """Show an empty agreement for the rest of this year."""
    today = clock.today()
    ends = date(today.year, 12, 31)
    values = {"starts_on": today.isoformat(), "ends_on": ends.isoformat()}
    return _form_page(Form(AgreementSchema(), values))


@console.post("/agreements")
@requires(Role.PARTY_STAFF)
def create_agreement() -> Response | tuple[str, int]:
    """Save a new draft."""

    def create(**data: Any) -> int:
        content = _content(data)
        return service.draft_agreement(content, actor=current_actor(), now=clock.now()).id

    form = Form.posted(AgreementSchema())
    agreement_id = form.submit(create)
    if agreement_id is None:
        return _form_page(form), 422
    flash("协议草稿已保存，可以继续编排年度活动清单。", "success")
    return redirect(url_for("console.show_agreement", agreement_id=agreement_id))


@console.get("/agreements/<int:agreement_id>/edit")
@requires(Role.PARTY_STAFF)
def edit_agreement(agreement_id: int) -> str:
    """Show an agreement to change."""
    agreement = _manageable(agreement_id)
    values = {
        "title": agreement.title,
        "host": agreement.host_id,
        "partners": [one.id for one in queries.agreement_partners(agreement_id)],
        "ways": agreement.ways,
        "aspects": agreement.aspects,
        "aims": agreement.aims,
        "starts_on": agreement.starts_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat(),
    }
    return _form_page(Form(AgreementSchema(), values), agreement)


def _manageable(agreement_id: int) -> Agreement:
    found = queries.agreement(agreement_id)
    if not queries.may_manage_agreement(found, current_actor()):
        raise Refusal("not_allowed", 403)
    return found


@console.post("/agreements/<int:agreement_id>/edit")
@requires(Role.PARTY_STAFF)
def update_agreement(agreement_id: int) -> Response | tuple[str, int]:
    """Save a changed agreement."""
    agreement = _manageable(agreement_id)

    def update(**data: Any) -> object:
        return service.change_agreement(
            agreement_id, _content(data), actor=current_actor(), now=clock.now()
        )

    form = Form.posted(AgreementSchema())
    if form.submit(update) is None:
        return _form_page(form, agreement), 422
    flash("协议已保存。", "success")
    return redirect(url_for("console.show_agreement", agreement_id=agreement_id))


def _back(agreement_id: int) -> Response:
    return redirect(url_for("console.show_agreement", agreement_id=agreement_id))


@console.post("/agreements/<int:agreement_id>/activation")
@requires(Role.PARTY_STAFF)
def activate_agreement(agreement_id: int) -> Response:
    """Put a draft into force."""
    step(
        lambda: service.activate_agreement(agreement_id, actor=current_actor(), now=clock.now()),
        "协议已生效。",
    )
    return _back(agreement_id)


@console.post("/agreements/<int:agreement_id>/ending")
@requires(Role.PARTY_STAFF)
def end_agreement(agreement_id: int) -> Response:
    """End an agreement."""
    step(
        lambda: service.end_agreement(agreement_id, actor=current_actor(), now=clock.now()),
        "协议已结束。",
    )
    return _back(agreement_id)


@console.post("/agreements/<int:agreement_id>/lines")
@requires(Role.PARTY_STAFF)
def add_line(agreement_id: int) -> Response | tuple[str, int]:
    """Put a line on the yearly list."""
    agreement = _manageable(agreement_id)

    def add(**line: Any) -> object:
        return service.plan_activity(agreement_id, **line, actor=current_actor(), now=clock.now())

    form = Form.posted(LineSchema())
    if form.submit(add) is None:
        return _page(agreement, form), 422
    flash("已加入年度清单。", "success")
    return _back(agreement_id)


@console.post("/agreements/<int:agreement_id>/lines/<int:line_id>/removal")
@requires(Role.PARTY_STAFF)
def remove_line(agreement_id: int, line_id: int) -> Response:
    """Take a line off the yearly list."""
    step(
        lambda: service.remove_planned(line_id, actor=current_actor(), now=clock.now()),
        "已从年度清单移除。",
    )
    return _back(agreement_id)
