"""The form of an activity: new, as a copy, from a yearly list, and changed."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import flash, redirect, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.activities import queries, service
from server.activities.geometry import middle
from server.activities.queries import Activity
from server.activities.rules import (
    AUDIENCE_LABELS,
    COMMUNITY_KINDS,
    EVIDENCE_LABELS,
    MOST_PICTURES,
    PARTNER_KINDS,
    ActivityKind,
    ActivityState,
    AgreementState,
    Audience,
    EvidenceKind,
    proposed_day,
)
from server.activities.service import ActivityContent
from server.console import fence_fields, map_tiles, picture_fields
from server.console.blueprint import console
from server.console.fence_fields import FencesSchema
from server.console.forms import Form, LocalMinute, as_typed
from server.console.picture_fields import LARGEST_FORM, PicturesSchema
from server.console.protection import takes_body
from server.console.query import number
from server.console.rendering import page
from server.console.scope import scopes
from server.console.views.activities import KINDS, manageable, pictures_of, readable
from server.core import clock
from server.core.access import Actor, Role, current_actor, requires
from server.core.errors import Refusal
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.identity import queries as identity
from server.membership import queries as membership
from server.pictures.rules import Purpose

AUDIENCES = [(one.value, words) for one, words in AUDIENCE_LABELS.items()]
EVIDENCE = [(one.value, words) for one, words in reversed(EVIDENCE_LABELS.items())]
USUAL_HOURS = 2
NINE = time(9)
DAYS_TO_PREPARE = 7
PAGES_OF_ORGANISERS = 20


def required_choice(what: str) -> dict[str, str]:
    """Return the messages of a field in which something has to be chosen."""
    return {"invalid": f"请选择{what}。", "required": f"请选择{what}。", "null": f"请选择{what}。"}


class ActivitySchema(FencesSchema, PicturesSchema):
    """What an organiser says; ``revision`` is the one that the form was filled from."""

    title = CleanText(required=True, validate=length(100, 1))
    kind = fields.Enum(ActivityKind, by_value=True, required=True)
    organiser = RowId(required=True, error_messages=required_choice("主办单位"))
    description = CleanText(load_default="", validate=length(2000))
    bring = CleanText(load_default="", validate=length(200))
    place = CleanText(required=True, validate=length(100, 1))
    community = RowId(load_default=None, allow_none=True)
    agreement = RowId(load_default=None, allow_none=True)
    partners = fields.List(RowId(), load_default=list)
    starts_at = LocalMinute(required=True)
    ends_at = LocalMinute(required=True)
    join_until = LocalMinute(required=True)
    capacity = fields.Integer(
        load_default=None, allow_none=True, error_messages={"invalid": "请填写整数，不限请留空。"}
    )
    audience = fields.Enum(Audience, by_value=True, required=True)
    audience_groups = fields.List(RowId(), load_default=list)
    evidence = fields.List(fields.Enum(EvidenceKind, by_value=True), load_default=list)
    evidence_needed = fields.Integer(required=True)
    check_out = fields.Boolean(load_default=False)
    revision = fields.Integer(load_default=None, allow_none=True)
    planned = RowId(load_default=None, allow_none=True)


def content_of(data: dict[str, Any]) -> ActivityContent:
    """Return what a form says; refuse fences that can't be read, by row."""
    typed = {name: data[name] for name in (*fence_fields.COLUMNS, "datum")}
    return ActivityContent.of(data, fences=fence_fields.read(**typed), pictures=data["pictures"])


def values_of(activity: Activity) -> dict[str, Any]:
    """Return what the form's fields show of an activity."""
    return {
        "title": activity.title,
        "kind": activity.kind,
        "organiser": activity.organiser_id,
        "description": activity.description,
        "bring": activity.bring,
        "place": activity.place,
        "community": activity.community_id,
        "agreement": activity.agreement_id,
        "partners": [one.id for one in queries.partners(activity.id)],
        "starts_at": as_typed(activity.starts_at),
        "ends_at": as_typed(activity.ends_at),
        "join_until": as_typed(activity.join_until),
        "capacity": queries.places([activity.id])[activity.id].capacity,
        "audience": activity.audience,
        "audience_groups": activity.audience_groups,
        "evidence": activity.evidence,
        "evidence_needed": activity.evidence_needed,
        "check_out": activity.check_out,
        "revision": activity.revision,
        "pictures": [one.id for one in pictures_of(activity)],
        **fence_fields.shown(activity.fences),
    }


def _usual_values() -> dict[str, Any]:
    morning = clock.now().astimezone(clock.SHANGHAI).replace(hour=9, minute=0)
    starts = morning + timedelta(days=DAYS_TO_PREPARE)
    return {
        "kind": ActivityKind.JOINT_BUILDING,
        "audience": Audience.PARTNERS,
        "evidence": [EvidenceKind.CODE, EvidenceKind.ORGANISER, EvidenceKind.PEERS],
        "evidence_needed": 1,
        "datum": "gcj02",
        **_times(starts, starts + timedelta(hours=USUAL_HOURS)),
    }


def _times(starts: datetime, ends: datetime) -> dict[str, str]:
    return {
        "starts_at": as_typed(starts),
        "ends_at": as_typed(ends),
        "join_until": as_typed(starts),
    }


def _copied(activity: Activity) -> dict[str, Any]:
    """Return an activity's values at the same hour a week after now."""
    usual = _usual_values()
    starts = datetime.fromisoformat(usual["starts_at"]).replace(tzinfo=clock.SHANGHAI)
    was = activity.starts_at.astimezone(clock.SHANGHAI)
    starts = starts.replace(hour=was.hour, minute=was.minute)
    length_of = activity.ends_at - activity.starts_at
    times = _times(starts, starts + length_of)
    return {**values_of(activity), "revision": None, "pictures": [], **times}


def _form_page(form: Form, activity: Activity | None = None) -> str:
    actor = current_actor()
    tiles = map_tiles.for_this_page()
    typed = {name: form.value(name) for name in fence_fields.COLUMNS}
    return page(
        "activity_form",
        form=form,
        activity=activity,
        kinds=KINDS,
        audiences=AUDIENCES,
        evidence=EVIDENCE,
        organisers=[(one.id, one.name) for one in organisers_of(actor)],
        communities=[
            (one.id, one.name)
            for one in identity.upper_organisations()
            if one.kind in COMMUNITY_KINDS
        ],
        agreements=_agreements(activity),
        partners=partner_choices(form),
        groups=[(one.id, one.name) for one in membership.groups()],
        datums=fence_fields.DATUM_CHOICES,
        shapes=fence_fields.SHAPES,
        fence_rows=fence_fields.rows_of(typed) or [("", fence_fields.CIRCLE, "", "200")],
        fence_faults=fence_fields.faults_of_rows(form.errors),
        pictures=picture_fields.shown(form),
        most_pictures=MOST_PICTURES,
        tiles=tiles,
        map={**tiles.described(), "near": _near(scopes(actor))},
    )


def organisers_of(actor: Actor) -> list[identity.Organisation]:
    """Return all organisations that somebody may organise for, by pinyin."""
    cursor = None
    found: list[identity.Organisation] = []
    for _ in range(PAGES_OF_ORGANISERS):
        some = queries.organisable(actor, cursor=cursor, limit=100)
        found += some.items
        cursor = some.next_cursor
        if cursor is None:
            break
    return found


def partner_choices(form: Form) -> list[identity.Organisation]:
    """Return the units that can be a partner, the chosen first, each as in the tree.

    Enterprises are too many to offer.
    """
    chosen = form.chosen("partners")
    found = [one for one in identity.upper_organisations() if one.kind in PARTNER_KINDS]
    return sorted(found, key=lambda one: str(one.id) not in chosen)


def _agreements(activity: Activity | None) -> list[tuple[int, str]]:
    paths = scopes(current_actor(), Role.PARTY_STAFF)
    found = queries.agreement_page(paths=paths, state=AgreementState.ACTIVE, limit=100).items
    choices = {one.id: one.title for one in found}
    if activity and activity.agreement_id and activity.agreement_id not in choices:
        choices[activity.agreement_id] = queries.agreement(activity.agreement_id).title
    return list(choices.items())


def _near(paths: list[str]) -> list[float] | None:
    """Return where a map without fences begins: where the latest activity was."""
    for one in queries.activity_page(paths=paths, limit=20).items:
        if one.fences:
            return list(middle(one.fences[0]))
    return None


@console.get("/activities/new")
@requires(Role.PARTY_STAFF)
def new_activity() -> str:
    """Show a form: usual values, a copy of another activity, or a line of a yearly list."""
    original, planned = number("copy"), number("planned")
    values = _copied(readable(original)) if original else _usual_values()
    if planned:
        values |= _of_plan(planned)
    return _form_page(Form(ActivitySchema(), values))


def _of_plan(planned_id: int) -> dict[str, Any]:
    line = queries.planned_line(planned_id)
    agreement = queries.agreement(line.agreement_id)
    if not queries.may_manage_agreement(agreement, current_actor()):
        raise Refusal("not_allowed", 403)
    return {
        "title": line.title,
        "agreement": agreement.id,
        "organiser": agreement.host_id,
        "partners": [one.id for one in queries.agreement_partners(agreement.id)],
        "planned": line.id,
        **_times_of_plan(line),
    }


def _times_of_plan(line: queries.PlannedActivity) -> dict[str, str]:
    """Return times in the line's month; none where it names no month, or one that is over."""
    day = proposed_day(line.year, line.month, clock.today()) if line.month else None
    if day is None:
        return {}
    starts = datetime.combine(day, NINE, clock.SHANGHAI)
    return _times(starts, starts + timedelta(hours=USUAL_HOURS))


def _posted() -> Form:
    form = Form.posted(ActivitySchema())
    typed = {name: form.value(name) for name in fence_fields.COLUMNS}
    for name, column in fence_fields.tidied(typed).items():
        form.put(name, column)
    picture_fields.take_in(form, Purpose.ACTIVITY)
    return form


@console.post("/activities")
@requires(Role.PARTY_STAFF)
@takes_body(LARGEST_FORM)
def create_activity() -> Response | tuple[str, int]:
    """Save a new draft; one that comes from a yearly list is noted there."""

    def create(planned: int | None, **data: Any) -> int:
        picture_fields.refuse_faults(form)
        return service.draft_activity(
            content_of(data), planned_id=planned, actor=current_actor(), now=clock.now()
        ).id

    form = _posted()
    activity_id = form.submit(create)
    if activity_id is None:
        return _form_page(form), 422
    flash("草稿已保存，发布后党员即可报名。", "success")
    return redirect(url_for("console.show_activity", activity_id=activity_id))


@console.get("/activities/<int:activity_id>/edit")
@requires(Role.PARTY_STAFF)
def edit_activity(activity_id: int) -> str:
    """Show an activity to change."""
    activity = manageable(activity_id)
    if activity.state == ActivityState.CANCELLED:
        raise Refusal("activity_cancelled", 409)
    return _form_page(Form(ActivitySchema(), values_of(activity)), activity)


@console.post("/activities/<int:activity_id>/edit")
@requires(Role.PARTY_STAFF)
@takes_body(LARGEST_FORM)
def update_activity(activity_id: int) -> Response | tuple[str, int]:
    """Save what was changed; who joined is told of another time or place."""
    activity = manageable(activity_id)

    def update(revision: int | None, planned: int | None, **data: Any) -> int:
        del planned
        picture_fields.refuse_faults(form)
        return service.change_activity(
            activity_id,
            content_of(data),
            revision=revision or 0,
            actor=current_actor(),
            now=clock.now(),
        ).id

    form = _posted()
    if form.submit(update) is None:
        return _form_page(form, activity), 422
    flash("活动已保存。", "success")
    return redirect(url_for("console.show_activity", activity_id=activity_id))
