"""Setting a rating apart 不予采纳: one person proposes, a second one decides."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.rendering import page
from server.console.slices import page_after
from server.console.views.evaluations import detail_page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import length
from server.core.text import CleanText
from server.evaluation import queries, review
from server.evaluation.rules import ExclusionReason
from server.integrity import verdicts

PROPOSALS_A_PAGE = 20


class ProposalSchema(FormSchema):
    """A reason from the list, and what the second person should know."""

    reason = fields.Enum(
        ExclusionReason,
        by_value=True,
        required=True,
        error_messages={"unknown": "请选择原因。", "required": "请选择原因。"},
    )
    note = CleanText(required=True, validate=length(500, 1))


@console.get("/exclusions")
@requires(Role.OFFICE)
def list_exclusions() -> str:
    """List the proposals that wait for a second person, those of one finding as one."""
    found = page_after(
        verdicts.together(queries.open_exclusions(actor=current_actor())),
        lambda one: one.first.id,
        request.args.get("cursor"),
        PROPOSALS_A_PAGE,
    )
    return page("exclusions", exclusions=found, own_id=current_actor().id)


@console.post("/campaigns/<int:campaign_id>/evaluations/<uuid:evaluation_id>/exclusions")
@requires(Role.OFFICE)
def propose_exclusion(campaign_id: int, evaluation_id: UUID) -> Response | tuple[str, int]:
    """Propose not to count a rating."""

    def propose(reason: ExclusionReason, note: str) -> object:
        return review.propose_exclusion(
            campaign_id,
            evaluation_id,
            reason=reason,
            note=note,
            actor=current_actor(),
            now=clock.now(),
        )

    form = Form.posted(ProposalSchema())
    if form.submit(propose) is None:
        return detail_page(campaign_id, evaluation_id, form), 422
    flash("已提出不予采纳，等待另一位工作人员确认。", "success")
    return redirect(
        url_for("console.show_evaluation", campaign_id=campaign_id, evaluation_id=evaluation_id)
    )


def _decide(exclusion_id: UUID, *, confirm: bool, done: str) -> Response:
    step(
        lambda: review.decide_exclusion(
            exclusion_id, confirm=confirm, actor=current_actor(), now=clock.now()
        ),
        done,
    )
    return redirect(url_for("console.list_exclusions"))


@console.post("/exclusions/<uuid:exclusion_id>/confirmation")
@requires(Role.OFFICE)
def confirm_exclusion(exclusion_id: UUID) -> Response:
    """Confirm a proposal: the rating no longer counts."""
    return _decide(exclusion_id, confirm=True, done="已确认，这份评价不再计入。")


@console.post("/exclusions/<uuid:exclusion_id>/rejection")
@requires(Role.OFFICE)
def reject_exclusion(exclusion_id: UUID) -> Response:
    """Reject a proposal: the rating goes on counting."""
    return _decide(exclusion_id, confirm=False, done="已驳回，这份评价照常计入。")
