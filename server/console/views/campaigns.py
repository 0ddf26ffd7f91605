"""Campaigns: the list, one campaign, and the form of a draft."""

from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.audit import queries as audit
from server.campaigns import queries, service
from server.campaigns.queries import Campaign
from server.campaigns.rules import (
    CHANNEL_LABELS,
    KIND_LABELS,
    OFFERED,
    STATE_LABELS,
    CampaignKind,
    CampaignState,
    Channel,
)
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, LocalMinute, as_typed, step
from server.console.people import names_of
from server.console.query import searched
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import RowId, choice, length
from server.core.text import CleanText
from server.identity import queries as identity
from server.indicators import queries as indicators
from server.register import queries as register
from server.register.queries import RegisterEntry

CHANNEL_CHOICES = [(int(channel), CHANNEL_LABELS[channel]) for channel in OFFERED]
DAYS_TO_PREPARE = 7
USUAL_DAYS = 14


class DraftSchema(FormSchema):
    """What may be changed until a campaign is opened."""

    title = CleanText(required=True, validate=length(100, 1))
    description = CleanText(load_default="", validate=length(500))
    channels = fields.List(fields.Integer(validate=choice(*map(int, OFFERED))), required=True)
    opens_at = LocalMinute(required=True)
    closes_at = LocalMinute(required=True)
    departments = fields.List(RowId(), required=True)


class NewSchema(DraftSchema):
    """A draft with what stays fixed: its kind and indicators."""

    kind = fields.Enum(CampaignKind, by_value=True, required=True)
    indicator_version_id = RowId(required=True)


@console.get("/campaigns")
@requires(Role.OFFICE)
def list_campaigns() -> str:
    """List campaigns by state and title."""
    state = request.args.get("state", "")
    q = searched()
    found = queries.campaign_page(
        states=[CampaignState(state)] if state in STATE_LABELS else None,
        q=q,
        cursor=request.args.get("cursor"),
    )
    return page(
        "campaigns",
        campaigns=found,
        counts=queries.department_count([one.id for one in found.items]),
        states=STATE_LABELS.items(),
        state=state,
        q=q,
    )


@console.get("/campaigns/<int:campaign_id>")
@requires(Role.OFFICE)
def show_campaign(campaign_id: int) -> str:
    """Show a campaign: its course, departments and the steps that are open now."""
    campaign = queries.campaign(campaign_id)
    q = searched()
    history = audit.entries(cursor=None, limit=30, subject=("campaign", str(campaign_id)))
    return page(
        "campaign",
        campaign=campaign,
        version=indicators.version(campaign.indicator_version_id),
        departments=queries.departments(
            campaign_id, q=q, cursor=request.args.get("cursor"), limit=20
        ),
        department_count=queries.department_count([campaign_id]).get(campaign_id, 0),
        q=q,
        history=history.items,
        people=names_of(entry.actor_id for entry in history.items),
        merged=_merged(campaign_id),
        now=clock.now(),
    )


def _merged(campaign_id: int) -> list[tuple[RegisterEntry, str, bool]]:
    """Return what was merged into a campaign: its owner's name, whether it may be opened."""
    found = register.entries_of_campaign(campaign_id)
    owners = {one.owner_id: identity.organisation(one.owner_id) for one in found}
    actor = current_actor()
    return [
        (one, owners[one.owner_id].name, actor.reaches(owners[one.owner_id].path, Role.OFFICE))
        for one in found
    ]


def _choices(campaign: Campaign | None = None) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "channels": CHANNEL_CHOICES,
        "kinds": KIND_LABELS.items(),
        "versions": [(version.id, version.name) for version in indicators.versions()],
        "rated": identity.rated_departments(),
    }


@console.get("/campaigns/new")
@requires(Role.OFFICE)
def new_campaign() -> str:
    """Show an empty draft with usual times."""
    morning = clock.now().astimezone(clock.SHANGHAI).replace(hour=9, minute=0)
    opens = morning + timedelta(days=DAYS_TO_PREPARE)
    form = Form(
        NewSchema(),
        {
            "kind": CampaignKind.SURVEY,
            "channels": [int(Channel.OPEN)],
            "opens_at": as_typed(opens),
            "closes_at": as_typed(opens + timedelta(days=USUAL_DAYS)),
            "departments": [department.id for department in identity.rated_departments()],
        },
    )
    return page("campaign_form", form=form, **_choices())


@console.post("/campaigns")
@requires(Role.OFFICE)
def create_campaign() -> Response | tuple[str, int]:
    """Save a new draft."""

    def create(channels: list[int], **draft: Any) -> int:
        chosen = [Channel(channel) for channel in channels]
        return service.create_campaign(
            **draft, channels=chosen, actor=current_actor(), now=clock.now()
        ).id

    form = Form.posted(NewSchema())
    campaign_id = form.submit(create)
    if campaign_id is None:
        return page("campaign_form", form=form, **_choices()), 422
    return redirect(url_for("console.show_campaign", campaign_id=campaign_id))


@console.get("/campaigns/<int:campaign_id>/edit")
@requires(Role.OFFICE)
def edit_campaign(campaign_id: int) -> str:
    """Show a draft to change."""
    campaign = queries.campaign(campaign_id)
    chosen = queries.department_ids(campaign_id)
    form = Form(
        DraftSchema(),
        {
            "title": campaign.title,
            "description": campaign.description,
            "channels": campaign.channels,
            "opens_at": as_typed(campaign.opens_at),
            "closes_at": as_typed(campaign.closes_at),
            "departments": chosen,
        },
    )
    return page("campaign_form", form=form, **_choices(campaign))


@console.post("/campaigns/<int:campaign_id>/edit")
@requires(Role.OFFICE)
def update_campaign(campaign_id: int) -> Response | tuple[str, int]:
    """Save a changed draft."""

    def update(channels: list[int], **draft: Any) -> int:
        chosen = [Channel(channel) for channel in channels]
        return service.update_draft(
            campaign_id, **draft, channels=chosen, actor=current_actor(), now=clock.now()
        ).id

    form = Form.posted(DraftSchema())
    if form.submit(update) is None:
        shown = page("campaign_form", form=form, **_choices(queries.campaign(campaign_id)))
        return shown, 422
    return redirect(url_for("console.show_campaign", campaign_id=campaign_id))


@console.post("/campaigns/<int:campaign_id>/deletion")
@requires(Role.OFFICE)
def delete_campaign(campaign_id: int) -> Response:
    """Remove a draft."""
    done = step(
        lambda: service.delete_draft(campaign_id, actor=current_actor(), now=clock.now()),
        "草稿已删除。",
    )
    if done:
        return redirect(url_for("console.list_campaigns"))
    return redirect(url_for("console.show_campaign", campaign_id=campaign_id))
