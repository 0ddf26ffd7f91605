"""Traces of manipulation 异常线索: what stands out, its ratings, and a person's verdict."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields
from marshmallow.validate import OneOf
from werkzeug.wrappers import Response

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput
from server.core.schemas import length
from server.core.text import CleanText
from server.evaluation.queries import is_sealed
from server.evaluation.rules import REASON_LABELS, ExclusionReason
from server.identity import queries as identity
from server.integrity import queries, service, totals, verdicts
from server.integrity.queries import FindingFilters, FindingReading, Progress
from server.integrity.rules import (
    KIND_LABELS,
    LONGEST_NOTE,
    STATE_LABELS,
    FindingKind,
    FindingState,
)

READERS = (Role.OFFICE, Role.INSPECTOR)
# What a finding may be a reason for; that a rating is poor is none.
REASONS = (ExclusionReason.ORGANISED, ExclusionReason.DUPLICATE)
ALL, CHOSEN = "all", "chosen"
RATINGS_A_PAGE = 20
Choice = TypeVar("Choice")


class DismissalSchema(FormSchema):
    """Why there is nothing to a finding."""

    note = CleanText(required=True, validate=length(LONGEST_NOTE, 1))


class ProposalSchema(FormSchema):
    """Which of a finding's ratings are proposed for exclusion, and why."""

    which = fields.String(
        required=True,
        validate=OneOf([ALL, CHOSEN], error="请选择全部或勾选的评价。"),
        error_messages={"required": "请选择全部或勾选的评价。"},
    )
    ratings = fields.List(fields.UUID(), load_default=list)
    reason = fields.String(
        required=True,
        validate=OneOf([reason.value for reason in REASONS], error="请选择原因。"),
        error_messages={"required": "请选择原因。"},
    )
    note = CleanText(required=True, validate=length(LONGEST_NOTE, 1))


@console.get("/findings")
@requires(*READERS)
def list_findings() -> str:
    """List findings, those that set most ratings apart first within each campaign."""
    filters = FindingFilters(
        campaign_id=number("campaign"),
        department_id=number("department"),
        kind=_chosen("kind", FindingKind),
        state=_chosen("state", FindingState),
    )
    found = queries.findings(
        filters, actor=current_actor(), cursor=request.args.get("cursor"), limit=30
    )
    searched = None if filters.campaign_id is None else queries.last_search(filters.campaign_id)
    progress = queries.progresses(one.id for one in found.items)
    outcomes = {
        one.id: verdicts.outcome_of(one, progress.get(one.id, Progress())) for one in found.items
    }
    return page(
        "findings",
        findings=found,
        outcomes=outcomes,
        filters=filters,
        searched=searched,
        **_choices(),
    )


def _chosen(name: str, kind: Callable[[str], Choice]) -> Choice | None:
    try:
        return kind(request.args.get(name, ""))
    except ValueError:
        return None


def _choices() -> dict[str, Any]:
    listed = campaigns.campaigns(states=[CampaignState.OPEN, CampaignState.CLOSED])
    return {
        "campaigns": [(one.id, one.title) for one in listed if not is_sealed(one.kind, one.state)],
        "departments": [
            (department.id, department.name)
            for department in identity.rated_departments()
            if current_actor().reaches(department.path, *READERS)
        ],
        "kinds": [(kind.value, label) for kind, label in KIND_LABELS.items()],
        "states": [(state.value, label) for state, label in STATE_LABELS.items()],
    }


@console.get("/findings/<uuid:finding_id>")
@requires(*READERS)
def show_finding(finding_id: UUID) -> str:
    """Show what stands out, the ratings set apart, and the totals with and without them."""
    return _page(finding_id, Form(ProposalSchema()), Form(DismissalSchema()))


def _page(finding_id: UUID, proposal: Form, dismissal: Form) -> str:
    actor = current_actor()
    found = queries.finding(finding_id, actor=actor)
    proposers = queries.proposers(finding_id)
    progress = queries.progress(finding_id)
    acts = verdicts.acts(finding_id)
    ratings = queries.ratings_of(
        finding_id, actor=actor, cursor=request.args.get("cursor"), limit=RATINGS_A_PAGE
    )
    return page(
        "finding",
        finding=found,
        totals=totals.totals(found),
        progress=progress,
        outcome=verdicts.outcome_of(found, progress),
        acts=acts,
        **_days(found),
        ratings=ratings,
        waiting=verdicts.waiting(found.campaign_id, (one.evaluation_id for one in ratings.items)),
        reasons=[(reason.value, REASON_LABELS[reason]) for reason in REASONS],
        own=actor.id in proposers,
        seen=service.to_decide(finding_id, actor=actor),
        people=names_of(
            [found.judged_by, *(who for one in acts for who in (one.proposed_by, one.decided_by))]
        ),
        proposal=proposal,
        dismissal=dismissal,
    )


def _days(found: FindingReading) -> dict[str, Any]:
    """Return what came by day, of every day whose expectation is known or that has a rating."""
    expected = {day: mean for day, _, mean in found.evidence.get("days", [])}
    came = {day: (apart, number) for day, apart, number in queries.daily(found.id)}
    days = [(day, *came.get(day, (0, 0))) for day in sorted(expected.keys() | came.keys())]
    return {"days": days, "expected": expected}


@console.post("/findings/<uuid:finding_id>/dismissal")
@requires(Role.OFFICE)
def dismiss_finding(finding_id: UUID) -> Response | tuple[str, int]:
    """Say that there is nothing to a finding."""

    def dismiss(note: str) -> object:
        return service.dismiss(finding_id, note=note, actor=current_actor(), now=clock.now())

    form = Form.posted(DismissalSchema())
    if form.submit(dismiss) is None:
        return _page(finding_id, Form(ProposalSchema()), form), 422
    flash("已判断为无异常，这些评价照常计入。", "success")
    return _back(finding_id)


@console.post("/findings/<uuid:finding_id>/exclusions")
@requires(Role.OFFICE)
def propose_finding(finding_id: UUID) -> Response | tuple[str, int]:
    """Propose not to count a finding's ratings, all of them or those that were ticked."""

    def propose(which: str, ratings: list[UUID], reason: str, note: str) -> int:
        if which == CHOSEN and not ratings:
            raise InvalidInput([{"field": "which", "message": "请先勾选评价。"}])
        return service.propose_exclusion(
            finding_id,
            reason=ExclusionReason(reason),
            note=note,
            chosen=ratings if which == CHOSEN else None,
            actor=current_actor(),
            now=clock.now(),
        )

    form = Form.posted(ProposalSchema())
    proposed = form.submit(propose)
    if proposed is None:
        return _page(finding_id, form, Form(DismissalSchema())), 422
    flash(f"已对 {proposed} 份评价提出不予采纳，等待另一位工作人员确认。", "success")
    return _back(finding_id)


@console.post("/findings/<uuid:finding_id>/confirmation")
@requires(Role.OFFICE)
def confirm_finding(finding_id: UUID) -> Response:
    """Confirm what another person proposed of a finding: the ratings no longer count."""
    return _decide(finding_id, confirm=True, done="已确认，这些评价不再计入。")


@console.post("/findings/<uuid:finding_id>/rejection")
@requires(Role.OFFICE)
def reject_finding(finding_id: UUID) -> Response:
    """Reject what another person proposed of a finding: the ratings go on counting."""
    return _decide(finding_id, confirm=False, done="已驳回，这些评价照常计入。")


def _decide(finding_id: UUID, *, confirm: bool, done: str) -> Response:
    # What the page showed goes with the click: what was proposed since is decided by nobody unread.
    number = request.form.get("number", type=int)
    seen = service.Seen(-1 if number is None else number, request.form.get("digest", ""))
    step(
        lambda: service.decide_exclusion(
            finding_id, seen=seen, confirm=confirm, actor=current_actor(), now=clock.now()
        ),
        done,
    )
    return _back(finding_id)


def _back(finding_id: UUID) -> Response:
    return redirect(url_for("console.show_finding", finding_id=finding_id))
