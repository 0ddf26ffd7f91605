"""The register of evaluations: entries, merging them into a campaign, the year at a glance."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from server.audit import queries as audit
from server.campaigns import queries as campaigns
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, LocalDay, step
from server.console.people import names_of
from server.console.query import searched
from server.console.rendering import page
from server.console.scope import scopes
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.identity import queries as identity
from server.indicators import queries as indicators
from server.register import queries, service
from server.register.queries import RegisterEntry
from server.register.rules import (
    AUDIENCE_LABELS,
    PERIOD_LABELS,
    STATE_LABELS,
    Audience,
    EntryState,
    Period,
)
from server.register.service import EntryContent

MOST_PEOPLE = 10_000_000
AUDIENCES = [(one.value, words) for one, words in AUDIENCE_LABELS.items()]
PERIODS = [(one.value, words) for one, words in PERIOD_LABELS.items()]
STATES = [(one.value, words) for one, words in STATE_LABELS.items()]


class EntrySchema(FormSchema):
    """What is written down of an evaluation."""

    title = CleanText(required=True, validate=length(100, 1))
    owner_id = RowId(required=True, error_messages={"invalid": "请选择主办单位。"})
    lead_department_id = RowId(load_default=None, allow_none=True)
    method = CleanText(required=True, validate=length(500, 1))
    period = fields.Enum(Period, by_value=True, required=True)
    starts_on = LocalDay(required=True)
    ends_on = LocalDay(required=True)
    audiences = fields.List(fields.Enum(Audience, by_value=True), load_default=list)
    people_asked = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MOST_PEOPLE, error="请填写 1 至 10000000 的人数。"),
        error_messages={"invalid": "请填写人数。"},
    )
    target = CleanText(load_default="", validate=length(500))
    basis = CleanText(load_default="", validate=length(500))
    departments = fields.List(RowId(), load_default=list)


class CeasingSchema(FormSchema):
    """Why an evaluation is given up."""

    note = CleanText(required=True, validate=length(500, 1))


class MergeSchema(FormSchema):
    """Which evaluations become one, and in which campaign."""

    entries = fields.List(RowId(), load_default=list)
    campaign_id = RowId(load_default=None, allow_none=True)
    title = CleanText(load_default="", validate=length(100))
    indicator_version_id = RowId(load_default=None, allow_none=True)


@console.get("/register")
@requires(Role.OFFICE)
def list_register() -> str:
    """List registered evaluations by state, audience and words."""
    state, audience, q = request.args.get("state", ""), request.args.get("audience", ""), searched()
    paths = scopes(current_actor(), Role.OFFICE)
    found = queries.entry_page(
        paths=paths,
        q=q,
        state=EntryState(state) if state in STATE_LABELS else None,
        audience=Audience(audience) if audience in AUDIENCE_LABELS else None,
        cursor=request.args.get("cursor"),
    )
    rated = queries.departments_of(one.id for one in found.items)
    owners = {one.owner_id for one in found.items}
    return page(
        "register",
        entries=found,
        counts=queries.counts(paths),
        rated=rated,
        organisations=identity.organisation_names(owners),
        titles=campaigns.titles(one.campaign_id for one in found.items if one.campaign_id),
        states=STATES,
        audiences=AUDIENCES,
        state=state,
        audience=audience,
        q=q,
    )


@console.get("/register/<int:register_id>")
@requires(Role.OFFICE)
def show_register_entry(register_id: int) -> str:
    """Show an evaluation with what became of it."""
    return _entry_page(_readable(register_id), Form(CeasingSchema()))


def _readable(register_id: int) -> RegisterEntry:
    found = queries.entry(register_id)
    current_actor().require(identity.organisation(found.owner_id).path, Role.OFFICE)
    return found


def _entry_page(entry: RegisterEntry, form: Form) -> str:
    departments = queries.departments_of([entry.id]).get(entry.id, [])
    history = audit.entries(cursor=None, limit=20, subject=("register_entry", str(entry.id)))
    named = {entry.owner_id, *departments}
    if entry.lead_department_id:
        named.add(entry.lead_department_id)
    return page(
        "register_entry",
        entry=entry,
        form=form,
        departments=[one.id for one in identity.organisations_by_id(departments)],
        organisations=identity.organisation_names(named),
        campaign=campaigns.campaign(entry.campaign_id) if entry.campaign_id else None,
        history=history.items,
        people=names_of(one.actor_id for one in history.items),
    )


@console.get("/register/new")
@requires(Role.OFFICE)
def new_register_entry() -> str:
    """Show an empty entry for the quarter to come."""
    today = clock.today()
    values = {
        "period": Period.QUARTERLY.value,
        "starts_on": today.isoformat(),
        "ends_on": clock.months_later(today, 1).isoformat(),
    }
    return _form_page(Form(EntrySchema(), values))


def _form_page(form: Form, entry: RegisterEntry | None = None) -> str:
    actor = current_actor()
    rated = identity.rated_departments()
    owners = {
        one.id: one.name
        for one in [*identity.upper_organisations(), *rated]
        if actor.reaches(one.path, Role.OFFICE)
    }
    return page(
        "register_form",
        form=form,
        entry=entry,
        owners=list(owners.items()),
        leads=[(one.id, one.name) for one in rated],
        rated=rated,
        audiences=AUDIENCES,
        periods=PERIODS,
    )


def _content(data: dict[str, Any]) -> EntryContent:
    return EntryContent(
        **data | {"audiences": tuple(data["audiences"]), "departments": tuple(data["departments"])}
    )


@console.post("/register")
@requires(Role.OFFICE)
def create_register_entry() -> Response | tuple[str, int]:
    """Save a new entry."""

    def create(**data: Any) -> int:
        return service.add_entry(_content(data), actor=current_actor(), now=clock.now()).id

    form = Form.posted(EntrySchema())
    register_id = form.submit(create)
    if register_id is None:
        return _form_page(form), 422
    flash("已登记。", "success")
    return redirect(url_for("console.show_register_entry", register_id=register_id))


@console.get("/register/<int:register_id>/edit")
@requires(Role.OFFICE)
def edit_register_entry(register_id: int) -> str:
    """Show an entry to change."""
    entry = _readable(register_id)
    values = {name: getattr(entry, name) for name in EntrySchema().fields if hasattr(entry, name)}
    values |= {
        "starts_on": entry.starts_on.isoformat(),
        "ends_on": entry.ends_on.isoformat(),
        "departments": queries.departments_of([register_id]).get(register_id, []),
    }
    return _form_page(Form(EntrySchema(), values), entry)


@console.post("/register/<int:register_id>/edit")
@requires(Role.OFFICE)
def update_register_entry(register_id: int) -> Response | tuple[str, int]:
    """Save a changed entry."""
    entry = _readable(register_id)

    def update(**data: Any) -> object:
        return service.change_entry(
            register_id, _content(data), actor=current_actor(), now=clock.now()
        )

    form = Form.posted(EntrySchema())
    if form.submit(update) is None:
        return _form_page(form, entry), 422
    flash("已保存。", "success")
    return _back(register_id)


def _back(register_id: int) -> Response:
    return redirect(url_for("console.show_register_entry", register_id=register_id))


@console.post("/register/<int:register_id>/ceasing")
@requires(Role.OFFICE)
def cease_register_entry(register_id: int) -> Response | tuple[str, int]:
    """Note that an evaluation is given up."""
    entry = _readable(register_id)

    def cease(note: str) -> object:
        return service.cease_entry(register_id, note, actor=current_actor(), now=clock.now())

    form = Form.posted(CeasingSchema())
    if form.submit(cease) is None:
        return _entry_page(entry, form), 422
    flash("已登记为取消。", "success")
    return _back(register_id)


@console.post("/register/<int:register_id>/restoration")
@requires(Role.OFFICE)
def restore_register_entry(register_id: int) -> Response:
    """Take a merge or a giving up back."""
    step(
        lambda: service.restore_entry(register_id, actor=current_actor(), now=clock.now()),
        "已恢复为单独开展。",
    )
    return _back(register_id)


@console.post("/register/<int:register_id>/deletion")
@requires(Role.OFFICE)
def delete_register_entry(register_id: int) -> Response:
    """Remove an entry that was made by mistake."""
    done = step(
        lambda: service.delete_entry(register_id, actor=current_actor(), now=clock.now()),
        "已删除。",
    )
    return redirect(url_for("console.list_register")) if done else _back(register_id)


@console.get("/register/merging")
@requires(Role.OFFICE)
def choose_merge() -> str:
    """Show the chosen evaluations and ask for the campaign that takes them up."""
    chosen = [int(one) for one in request.args.getlist("entries") if one.isdecimal()]
    return _merge_page(Form(MergeSchema(), {"entries": chosen}), chosen)


def _merge_page(form: Form, chosen: Sequence[int]) -> str:
    standing = queries.entry_page(
        paths=scopes(current_actor(), Role.OFFICE),
        state=EntryState.STANDING,
        cursor=None,
        limit=100,
    )
    picked = [one for one in standing.items if one.id in set(chosen)]
    return page(
        "register_merging",
        form=form,
        entries=standing.items,
        organisations=identity.organisation_names({one.owner_id for one in standing.items}),
        channels=sorted(service.channels_for(picked)),
        drafts=[(one.id, one.title) for one in queries.drafts()],
        versions=[(one.id, one.name) for one in indicators.versions()],
    )


@console.post("/register/merging")
@requires(Role.OFFICE)
def merge_register_entries() -> Response | tuple[str, int]:
    """Merge the chosen evaluations into a draft, a new one or one that is there."""
    actor, now = current_actor(), clock.now()

    def merge(
        entries: list[int], campaign_id: int | None, title: str, indicator_version_id: int | None
    ) -> int:
        if campaign_id is not None:
            return service.merge_into(entries, campaign_id, actor=actor, now=now).id
        return service.merge_into_new(
            entries,
            title=title,
            indicator_version_id=indicator_version_id,
            actor=actor,
            now=now,
        ).id

    form = Form.posted(MergeSchema())
    campaign_id = form.submit(merge)
    if campaign_id is None:
        chosen = [int(one) for one in form.chosen("entries") if one.isdecimal()]
        return _merge_page(form, chosen), 422
    flash("已合并。请核对活动的时间、渠道、部门和子项，再开启活动。", "success")
    return redirect(url_for("console.show_campaign", campaign_id=campaign_id))
