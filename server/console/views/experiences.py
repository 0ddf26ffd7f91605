"""Experiences at the desk: the shared collection, and one with its review."""

from functools import partial
from uuid import UUID

from flask import request
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.query import searched
from server.console.rendering import page
from server.console.scope import READERS
from server.console.views.frontline_review import history_of, reviewer_names, take_verdict
from server.core.access import current_actor, requires
from server.core.schemas import choice, length
from server.core.text import CleanText
from server.frontline import queries, service
from server.frontline.queries import ExperienceReading
from server.frontline.rules import ExperienceState, ReviewStep, Verdict
from server.identity import queries as identity

# Experiences are never merged.
GIVEN = (Verdict.APPROVED, Verdict.RETURNED)
WAITING = frozenset({ExperienceState.SUBMITTED, ExperienceState.BRANCH_APPROVED})


class VerdictSchema(FormSchema):
    """A verdict on what the reviewer saw: its step and revision."""

    verdict = fields.Enum(Verdict, by_value=True, required=True, validate=choice(*GIVEN))
    reason = CleanText(load_default="", validate=length(500))
    step = fields.Enum(ReviewStep, by_value=True, load_default=None, allow_none=True)
    revision = fields.Integer(required=True)


@console.get("/experiences")
@requires(*READERS)
def list_experiences() -> str:
    """List the shared collection; search finds title, words, tags and branch."""
    actor, q, tag = current_actor(), searched(), searched("tag")
    return page(
        "experiences",
        experiences=queries.shared_experiences(
            actor, q=q, tag=tag, cursor=request.args.get("cursor")
        ),
        tags=[(one.tag, f"{one.tag}（{one.count}）") for one in queries.experience_tags(actor)],
        tag=tag,
        q=q,
    )


@console.get("/experiences/<uuid:experience_id>")
@requires(*READERS)
def show_experience(experience_id: UUID) -> str:
    """Show an experience with who made use of it, and the verdicts that are open now."""
    return _page(experience_id, Form(VerdictSchema()))


def _page(experience_id: UUID, form: Form) -> str:
    experience = queries.shown_experience(experience_id, current_actor())
    row = queries.experience(experience_id)
    reviewers = reviewer_names([row.branch_reviewer, row.office_reviewer])
    concerned = experience.content_state is not None
    return page(
        "experience",
        experience=experience,
        form=form,
        # None stands for the system in the names of the log; here for nobody yet.
        reviewed=[
            (label, reviewers.get(str(who), "—") if who else "待审核")
            for label, who in (("支部审核", row.branch_reviewer), ("上级审核", row.office_reviewer))
            if concerned and (who or experience.state in WAITING)
        ],
        may_recall=_may_recall(experience),
        **history_of("experience", experience_id),
    )


def _may_recall(experience: ExperienceReading) -> bool:
    """Tell whether the reader may take an experience out of the collection: the office's step."""
    path = identity.organisation(experience.branch.id).path
    shared = experience.state is ExperienceState.SHARED
    return shared and queries.may_review(current_actor(), path, ReviewStep.OFFICE)


@console.post("/experiences/<uuid:experience_id>/reviews")
@requires(*READERS)
def review_experience(experience_id: UUID) -> Response | tuple[str, int]:
    """Approve, or return with a reason; the office can return a shared one too."""
    return take_verdict(
        Form.posted(VerdictSchema()),
        partial(service.review_experience, experience_id),
        partial(_page, experience_id),
    )
