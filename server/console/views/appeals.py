"""Appeals (申诉) at the desk: what waits, what was claimed, and the verdict of a third party."""

from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from marshmallow import fields
from marshmallow.validate import OneOf
from werkzeug.wrappers import Response

from server.appeals import queries, service
from server.appeals.queries import READERS, AppealFilters
from server.appeals.rules import (
    CONTESTANTS,
    EVIDENCE,
    LONGEST_DECISION,
    SIDE_LABELS,
    STATE_LABELS,
    AppealState,
)
from server.console.blueprint import console
from server.console.case_origins import contested_rating
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import page
from server.core import clock
from server.core.access import Actor, Role, current_actor, requires
from server.core.errors import Refusal
from server.core.schemas import length
from server.core.text import CleanText
from server.evaluation import casework, contested, photos
from server.identity import queries as identity
from server.pictures import queries as pictures
from server.rectification import queries as cases
from server.rectification.rules import RATER

UPHELD, REJECTED = "upheld", "rejected"


class DecisionSchema(FormSchema):
    """An adjudicator's verdict, and its grounds in words that the rater reads too."""

    verdict = fields.String(
        required=True,
        validate=OneOf([UPHELD, REJECTED], error="请选择申诉是否成立。"),
        error_messages={"required": "请选择申诉是否成立。"},
    )
    decision = CleanText(required=True, validate=length(LONGEST_DECISION, 1))


@console.get("/appeals")
@requires(*READERS)
def list_appeals() -> str:
    """List the appeals that the reader may see, the latest first."""
    actor, now = current_actor(), clock.now()
    filters = AppealFilters(
        state=_state(),
        department_id=number("department"),
        late=request.args.get("late") == "yes",
    )
    found = queries.appeal_page(filters, actor=actor, now=now, cursor=request.args.get("cursor"))
    return page(
        "appeals",
        appeals=found,
        filters=filters,
        counts=queries.counts(actor=actor, now=now),
        states=[(state.value, words) for state, words in STATE_LABELS.items()],
        departments=[
            (one.id, one.name)
            for one in identity.rated_departments()
            if actor.reaches(one.path, *READERS)
        ],
        people=names_of(one.decided_by for one in found.items if one.decided_by),
        now=now,
    )


def _state() -> AppealState | None:
    try:
        return AppealState(request.args.get("state", ""))
    except ValueError:
        return None


@console.get("/appeals/<uuid:appeal_id>")
@requires(*READERS)
def show_appeal(appeal_id: UUID) -> str:
    """Show an appeal with its evidence, the rating and the case that it is about."""
    return _page(appeal_id, Form(DecisionSchema()))


def _page(appeal_id: UUID, form: Form) -> str:
    actor, now = current_actor(), clock.now()
    found = queries.appeal(appeal_id, actor=actor)
    return page(
        "appeal",
        appeal=found,
        form=form,
        late=found.is_late(now),
        evidence=pictures.of_subjects(EVIDENCE, [appeal_id])[str(appeal_id)],
        rater=RATER,
        **_case(found, actor),
        people=names_of([found.filed_by, found.decided_by]),
        **_steps(found, actor),
    )


def _case(found: queries.AppealReading, actor: Actor) -> dict[str, Any]:
    """Return the rating and the case's timeline; nothing to a department that has it no more."""
    case = cases.case(found.case_id)
    if not actor.reaches(identity.organisation(case.department_id).path, *READERS):
        return {"behind": None, "events": []}
    return {
        "behind": contested_rating(found.campaign_id, found.evaluation_id, actor),
        "events": cases.timeline(case.id, office=actor.has(Role.OFFICE)),
    }


def _steps(found: queries.AppealReading, actor: Actor) -> dict[str, Any]:
    """Return what the reader may do with an appeal now, or why not."""
    is_open = found.state is AppealState.FILED
    adjudicates = is_open and actor.reaches(found.path, Role.ADJUDICATOR)
    side = queries.side(found, actor) if adjudicates else None
    may_decide = adjudicates and side is None
    rating = (found.campaign_id, found.evaluation_id)
    return {
        "may_decide": may_decide,
        "unshown": contested.unshown_words(*rating) if may_decide else None,
        "obstacle": SIDE_LABELS[side] if side else "",
        "may_take_back": is_open and actor.reaches(found.path, *CONTESTANTS),
    }


@console.post("/appeals/<uuid:appeal_id>/decision")
@requires(Role.ADJUDICATOR)
def decide_appeal(appeal_id: UUID) -> Response | tuple[str, int]:
    """Decide an appeal, with the reasons."""

    def decide(verdict: str, decision: str) -> object:
        return service.decide(
            appeal_id,
            uphold=verdict == UPHELD,
            decision=decision,
            actor=current_actor(),
            now=clock.now(),
        )

    form = Form.posted(DecisionSchema())
    if form.submit(decide) is None:
        return _page(appeal_id, form), 422
    flash("已作出裁定，部门和评价办会收到通知，评价人凭回执可以看到。", "success")
    return redirect(url_for("console.show_appeal", appeal_id=appeal_id))


@console.post("/appeals/<uuid:appeal_id>/taking-back")
@requires(*CONTESTANTS)
def take_back_appeal(appeal_id: UUID) -> Response:
    """Take an appeal back before it is decided."""
    step(
        lambda: service.take_back(appeal_id, actor=current_actor(), now=clock.now()),
        "申诉已撤回。",
    )
    return redirect(url_for("console.show_appeal", appeal_id=appeal_id))


@console.get("/appeals/<uuid:appeal_id>/photos/<uuid:photo_id>")
@requires(*READERS)
def show_appeal_photo(appeal_id: UUID, photo_id: UUID) -> FlaskResponse:
    """Give a picture of the rating that an appeal is about."""
    actor = current_actor()
    found = queries.appeal(appeal_id, actor=actor)
    origin = contested_rating(found.campaign_id, found.evaluation_id, actor).origin
    photo = casework.photo_behind(origin, photo_id, actor)
    return FlaskResponse(photos.read(photo), mimetype="image/jpeg")


@console.get("/appeals/<uuid:appeal_id>/pictures/<uuid:picture_id>")
@requires(*READERS)
def show_appeal_picture(appeal_id: UUID, picture_id: UUID) -> FlaskResponse:
    """Give a picture of an appeal's evidence to who may read the appeal."""
    queries.appeal(appeal_id, actor=current_actor())
    picture = pictures.picture(picture_id)
    if (picture.subject_kind, picture.subject_id) != (EVIDENCE, str(appeal_id)):
        raise Refusal("not_found", 404)
    return FlaskResponse(pictures.read(picture_id), mimetype="image/jpeg")
