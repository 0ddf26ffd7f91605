"""One case at the desk: its timeline, the ratings behind it, and the steps that one may take."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from server.appeals import queries as appeals
from server.appeals.rules import CLAIMS, CONTESTANTS
from server.console import picture_fields
from server.console.blueprint import console
from server.console.case_forms import APPEAL, STEPS, StepForm
from server.console.case_origins import Behind, behind, names, one_behind
from server.console.forms import Form
from server.console.people import names_of
from server.console.picture_fields import LARGEST_FORM
from server.console.protection import takes_body
from server.console.query import number
from server.console.rendering import page
from server.console.views.cases import READERS
from server.core import clock
from server.core.access import Actor, Role, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.paging import Page
from server.core.transaction import transaction
from server.evaluation import casework, photos
from server.evaluation.rules import REASON_LABELS
from server.identity import queries as identity
from server.pictures import queries as pictures
from server.pictures.rules import Purpose
from server.rectification import queries, service
from server.rectification.queries import Case, Step
from server.rectification.rules import (
    CLOSED_BY_LABELS,
    MOST_PICTURES,
    OUTCOME_LABELS,
    RATER,
    Stage,
)

ANY_STEP = f"any({', '.join(STEPS)})"


@console.get("/cases/<uuid:case_id>")
@requires(*READERS)
def show_case(case_id: UUID) -> str:
    """Show a case with its timeline, what is behind it, and a step's form."""
    case = queries.readable_case(case_id, current_actor())
    return _page(case, request.args.get("step", ""))


def _page(case: Case, asked: str, form: Form | None = None) -> str:
    actor, now = current_actor(), clock.now()
    events = queries.timeline(case.id, office=actor.has(Role.OFFICE))
    found = behind(case, actor, request.args.get("cursor"))
    offered = _offered(case, actor, found)
    name = asked if asked in offered else next(iter(offered), "")
    step = offered.get(name)
    return page(
        "case",
        case=case,
        department=identity.organisation(case.department_id),
        limits=queries.limits_of(case),
        lateness=queries.lateness([case], now=now)[case.id],
        events=events,
        rater=RATER,
        behind=found,
        may_call=Step.CALL_BACK in offered,
        appeals=appeals.of_case(case.id),
        people=names_of({one.account_id for one in events if one.account_id}),
        steps=offered,
        step_name=name,
        step=step,
        form=form or _empty(step),
        most_pictures=MOST_PICTURES,
        pictures=picture_fields.shown(form) if form and step and step.takes_pictures else [],
        now=now,
        **_choices(case, name, actor, found.items),
    )


def _empty(step: StepForm | None) -> Form:
    """Return a step's form before anybody typed; an address may name the rating that is meant."""
    return Form((step or STEPS[Step.NOTE]).schema(), {"origin": number("origin")})


def _offered(case: Case, actor: Actor, found: Page[Behind]) -> dict[str, StepForm]:
    """Return the steps that the reader may take now, in the order of the table."""
    names: set[str] = set(map(str, queries.steps(case, actor, now=clock.now())))
    path = identity.organisation(case.department_id).path
    contests = case.stage != Stage.CLOSED and actor.reaches(path, *CONTESTANTS)
    if contests and any(one.contestable for one in found.items):
        names.add(APPEAL)
    return {name: form for name, form in STEPS.items() if name in names}


def _choices(case: Case, name: str, actor: Actor, found: Sequence[Behind]) -> dict[str, Any]:
    """Return what the chosen step's form offers to choose from."""
    if name == Step.CALL_BACK:
        waiting = queries.to_call_back(queries.live_origins(case.id))
        named = names(queries.origins(case.id))
        return {
            "origins": [(one.id, named[one.id]) for one in waiting],
            "outcomes": [(one.value, words) for one, words in OUTCOME_LABELS.items()],
        }
    if name == APPEAL:
        return {
            "origins": [(one.id, one.name) for one in found if one.contestable],
            "claims": [(one.value, REASON_LABELS[one]) for one in CLAIMS],
        }
    if name == Step.CLOSE:
        grounds = service.closing_grounds(case, actor, now=clock.now())
        return {
            "grounds": [
                (one.value, CLOSED_BY_LABELS[one]) for one, wanted in grounds.items() if not wanted
            ],
            "wanted": [
                (CLOSED_BY_LABELS[one], wanted) for one, wanted in grounds.items() if wanted
            ],
        }
    if name == Step.TRANSFER:
        return {
            "departments": [
                (one.id, one.name)
                for one in identity.rated_departments()
                if one.id != case.department_id and actor.reaches(one.path, Role.OFFICE)
            ]
        }
    return {}


@console.post(f"/cases/<uuid:case_id>/<{ANY_STEP}:step>")
@requires(*READERS)
@takes_body(LARGEST_FORM)
def take_case_step(case_id: UUID, step: str) -> Response | tuple[str, int]:
    """Take a step on a case with what its form says; the service asks who may."""
    case = queries.readable_case(case_id, current_actor())
    entry = STEPS[step]
    form = Form.posted(entry.schema())
    if entry.takes_pictures:
        picture_fields.take_in(form, Purpose.CASE)

    def act(**data: Any) -> bool:
        if entry.takes_pictures:
            picture_fields.refuse_faults(form)
        _require_own_origin(case_id, data)
        entry.act(case_id, **data, actor=current_actor(), now=clock.now())
        return True

    if not form.submit(act):
        return _page(queries.case(case.id), step, form), 422
    flash(entry.done, "success")
    return redirect(url_for("console.show_case", case_id=case_id))


def _require_own_origin(case_id: UUID, data: dict[str, Any]) -> None:
    """Refuse an origin that a form names but that is another case's."""
    origin = data.get("origin")
    if origin is not None and queries.origin(origin).case_id != case_id:
        raise InvalidInput([{"field": "origin", "message": "请从给出的选项中选择。"}])


@console.post("/cases/<uuid:case_id>/origins/<int:origin_id>/contact")
@requires(Role.LIAISON, Role.HEAD)
def show_case_contact(case_id: UUID, origin_id: int) -> str:
    """Show a rater's contact for the callback, once; that it was looked at is recorded before."""
    case = queries.readable_case(case_id, current_actor())
    found = one_behind(case, origin_id, current_actor())
    with transaction():
        contact = found.contact(actor=current_actor(), now=clock.now())
    return page("case_contact", case=case, origin=found, contact=contact)


@console.get("/cases/<uuid:case_id>/origins/<int:origin_id>/photos/<uuid:photo_id>")
@requires(*READERS)
def show_origin_photo(case_id: UUID, origin_id: int, photo_id: UUID) -> FlaskResponse:
    """Give a picture of the rating behind a case."""
    case = queries.readable_case(case_id, current_actor())
    origin = one_behind(case, origin_id, current_actor()).origin
    photo = casework.photo_behind(origin, photo_id, current_actor())
    return FlaskResponse(photos.read(photo), mimetype="image/jpeg")


@console.get("/cases/<uuid:case_id>/pictures/<uuid:picture_id>")
@requires(*READERS)
def show_case_picture(case_id: UUID, picture_id: UUID) -> FlaskResponse:
    """Give a picture of a case's timeline, or of a form that is not sent yet."""
    case = queries.readable_case(case_id, current_actor())
    picture = pictures.picture(picture_id)
    if picture.purpose != Purpose.CASE or not _belongs(picture, case):
        raise Refusal("not_found", 404)
    return FlaskResponse(pictures.read(picture_id), mimetype="image/jpeg")


def _belongs(picture: pictures.Picture, case: Case) -> bool:
    """Tell whether a picture is a line's of this case, or one that a form at a desk has stored."""
    if picture.subject_id is None:
        return picture.uploaded_by is None
    return any(picture.id == one.id for line in queries.timeline(case.id) for one in line.pictures)
