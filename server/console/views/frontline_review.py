"""The frontline log at the desk: what waits for review, entries, and problems handed on."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.audit import queries as audit
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import page
from server.console.scope import READERS, chosen_scopes
from server.console.views.activities import organisation_choices
from server.core import clock
from server.core.access import current_actor, requires
from server.core.paging import Page
from server.core.schemas import length
from server.core.text import CleanText
from server.frontline import queries, service
from server.frontline.queries import EntryReading
from server.frontline.rules import EntryState, ReviewStep, Verdict
from server.identity import queries as identity
from server.membership import queries as membership

DONE = {
    Verdict.APPROVED: "已通过。",
    Verdict.RETURNED: "已退回，填写人会收到理由。",
    Verdict.MERGED: "已合并。",
}
CHOOSE = "请选择移交的部门。"


class VerdictSchema(FormSchema):
    """A verdict on what the reviewer saw: its step and revision."""

    verdict = fields.Enum(Verdict, by_value=True, required=True)
    reason = CleanText(load_default="", validate=length(500))
    into = fields.UUID(load_default=None, allow_none=True)
    step = fields.Enum(ReviewStep, by_value=True, required=True)
    revision = fields.Integer(required=True)
    department = fields.Integer(load_default=None, allow_none=True)


class HandingOnSchema(FormSchema):
    """The department that a problem is handed on to."""

    department = fields.Integer(
        required=True, error_messages={"required": CHOOSE, "invalid": CHOOSE}
    )


@console.get("/frontline/review")
@requires(*READERS)
def list_reviews() -> str:
    """List what waits for the signed-in person: entries, experiences and doubtful check-ins."""
    found = queries.review_queue(
        current_actor(), cursor=request.args.get("cursor"), now=clock.now()
    )
    return page("frontline_review", queue=found)


def _listed(read: Callable[..., Page[EntryReading]], template: str, section: str) -> str:
    actor = current_actor()
    paths, chosen = chosen_scopes(actor, number("organisation"))
    found = read(paths[0], actor, cursor=request.args.get("cursor"))
    return page(
        template,
        entries=found,
        section=section,
        organisations=organisation_choices(actor),
        organisation_id=chosen,
    )


@console.get("/frontline/entries")
@requires(*READERS)
def list_entries() -> str:
    """List approved entries, the latest first."""
    return _listed(queries.approved_entries, "frontline_entries", "frontline_entries")


@console.get("/frontline/problems")
@requires(*READERS)
def list_problems() -> str:
    """List problems left open with the wish to hand them on, the oldest first."""
    return _listed(queries.open_problems, "frontline_problems", "frontline_entries")


@console.get("/frontline/entries/<uuid:entry_id>")
@requires(*READERS)
def show_entry(entry_id: UUID) -> str:
    """Show an entry in full, with who did what, and the verdicts that are open now."""
    return _entry_page(entry_id, Form(VerdictSchema()))


def _entry_page(entry_id: UUID, form: Form) -> str:
    actor = current_actor()
    entry = queries.shown_entry(entry_id, actor)
    reviews = queries.reviews([entry_id]).get(entry_id, [])
    waits = entry.may_review
    handing_on = queries.may_hand_on(entry, actor)
    last = waits and entry.review_step is ReviewStep.OFFICE and entry.hand_on
    return page(
        "frontline_entry",
        entry=entry,
        form=form,
        reviews=reviews if _reviews_for(entry) else [],
        reviewers=reviewer_names(review.reviewed_by for review in reviews),
        duplicates=queries.likely_duplicates(entry_id, actor) if waits else [],
        effect=queries.effect_of_entry(entry_id, actor, today=clock.today()),
        handing_on=handing_on,
        departments=_departments() if handing_on or last else [],
        may_undo=entry.state is EntryState.MERGED and _reviews_for(entry),
        **history_of("frontline_entry", entry_id),
    )


def _departments() -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in identity.rated_departments()]


def _reviews_for(entry: EntryReading) -> bool:
    """Tell whether the reader reviews for the entry's branch: only such see how its check went."""
    return entry.content_state is not None


def history_of(kind: str, identifier: UUID) -> dict[str, Any]:
    """Return the audit entries of something, and who stands behind them."""
    history = audit.entries(cursor=None, limit=30, subject=(kind, str(identifier))).items
    return {"history": history, "people": names_of(entry.actor_id for entry in history)}


def reviewer_names(ids: Iterable[UUID | None]) -> dict[str, str]:
    """Return who reviewed: an account at the desk, or a person on the phone."""
    wanted = {one for one in ids if one}
    persons = {str(one): name for one, name in membership.names(wanted).items()}
    return {**persons, **names_of(wanted)}


def take_verdict(
    form: Form, give: Callable[..., object], show_again: Callable[[Form], str]
) -> Response | tuple[str, int]:
    """Give the verdict that a form brings; where it is refused, show its page with the fault."""

    def review(**verdict: Any) -> Verdict:
        give(**verdict, actor=current_actor(), now=clock.now())
        found: Verdict = verdict["verdict"]
        return found

    done = form.submit(review)
    if done is None:
        return show_again(form), 422
    flash(DONE[done], "success")
    return redirect(url_for("console.list_reviews"))


@console.post("/frontline/entries/<uuid:entry_id>/reviews")
@requires(*READERS)
def review_entry(entry_id: UUID) -> Response | tuple[str, int]:
    """Approve, return with a reason, or merge with an entry of the same problem."""
    return take_verdict(
        Form.posted(VerdictSchema()),
        partial(service.review_entry, entry_id),
        partial(_entry_page, entry_id),
    )


@console.post("/frontline/entries/<uuid:entry_id>/handing-on")
@requires(*READERS)
def hand_entry_on(entry_id: UUID) -> Response | tuple[str, int]:
    """Hand an approved entry's open problem on to a department: it becomes a case there."""
    form = Form.posted(HandingOnSchema())

    def give(department: int) -> str:
        case = service.hand_on(entry_id, department, actor=current_actor(), now=clock.now())
        return case.number

    number_of_case = form.submit(give)
    if number_of_case is None:
        return _entry_page(entry_id, form), 422
    flash(f"已移交，挂号 {number_of_case}。", "success")
    return redirect(url_for("console.show_entry", entry_id=entry_id))


@console.post("/frontline/entries/<uuid:entry_id>/parting")
@requires(*READERS)
def undo_merge(entry_id: UUID) -> Response:
    """Part an entry again from the one that it was merged into."""
    step(
        lambda: service.undo_merge(entry_id, actor=current_actor(), now=clock.now()),
        "已撤销合并，日志回到待支部审核。",
    )
    return redirect(url_for("console.show_entry", entry_id=entry_id))
