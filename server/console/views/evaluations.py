"""Single ratings, for the office and for inspectors of the departments that they watch."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from flask import request

from server.campaigns import queries as campaigns
from server.campaigns.queries import Campaign
from server.campaigns.rules import CHANNEL_LABELS, CampaignState, Channel
from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.query import number, searched
from server.console.rendering import page
from server.core.access import Role, current_actor, requires
from server.evaluation import queries
from server.evaluation.queries import EvaluationFilters
from server.evaluation.rules import (
    COMMENT_STATE_LABELS,
    EVALUATION_STATE_LABELS,
    LEVEL_LABELS,
    REASON_LABELS,
    CommentState,
    EvaluationState,
)
from server.identity import queries as identity

Choice = TypeVar("Choice")
READERS = (Role.OFFICE, Role.INSPECTOR)


@console.get("/evaluations")
@requires(*READERS)
def choose_evaluations() -> str:
    """List the campaigns whose ratings may be read, and those that are still sealed."""
    q = searched()
    found = campaigns.campaign_page(
        states=[CampaignState.OPEN, CampaignState.CLOSED], q=q, cursor=request.args.get("cursor")
    )
    return page("evaluation_campaigns", campaigns=found, is_sealed=queries.is_sealed, q=q)


def _chosen(name: str, kind: Callable[[int], Choice]) -> Choice | None:
    value = number(name)
    try:
        return None if value is None else kind(value)
    except ValueError:
        return None


@console.get("/campaigns/<int:campaign_id>/evaluations")
@requires(*READERS)
def list_evaluations(campaign_id: int) -> str:
    """List ratings, filtered; a sealed survey shows why there is nothing to see."""
    campaign = campaigns.public_campaign(campaign_id)
    if queries.is_sealed(campaign.kind, campaign.state):
        return page("sealed", campaign=campaign, shown_in="evaluations")
    filters = EvaluationFilters(
        department_id=number("department"),
        channel=_chosen("channel", Channel),
        overall=_chosen("level", int),
        state=_chosen("state", EvaluationState),
        comment_state=_chosen("comment", CommentState),
        text=searched(),
    )
    found = queries.evaluations(
        campaign_id, filters, actor=current_actor(), cursor=request.args.get("cursor"), limit=30
    )
    return page(
        "evaluations", campaign=campaign, evaluations=found, filters=filters, **_choices(campaign)
    )


def _choices(campaign: Campaign) -> dict[str, Any]:
    reached = [
        (department.id, department.name)
        for department in identity.organisations_by_id(campaigns.department_ids(campaign.id))
        if current_actor().reaches(department.path, *READERS)
    ]
    return {
        "departments": reached,
        "channels": [(channel, CHANNEL_LABELS[Channel(channel)]) for channel in campaign.channels],
        "levels": LEVEL_LABELS.items(),
        "states": [(int(state), label) for state, label in EVALUATION_STATE_LABELS.items()],
        "comment_states": [(int(state), label) for state, label in COMMENT_STATE_LABELS.items()],
    }


@console.get("/campaigns/<int:campaign_id>/evaluations/<uuid:evaluation_id>")
@requires(*READERS)
def show_evaluation(campaign_id: int, evaluation_id: UUID) -> str:
    """Show one rating in full, with what was decided about it."""
    return detail_page(campaign_id, evaluation_id, Form(FormSchema()))


def detail_page(campaign_id: int, evaluation_id: UUID, form: Form) -> str:
    """Render a rating with the form to propose not to count it."""
    found = queries.detail(campaign_id, evaluation_id, actor=current_actor())
    counter = campaigns.counter(found.counter_id) if found.counter_id else None
    return page(
        "evaluation",
        evaluation=found,
        counter=counter,
        reasons=[(reason.value, label) for reason, label in REASON_LABELS.items()],
        form=form,
        own_id=current_actor().id,
    )
