"""The API of campaigns: what is going on, and the office's steps that programs need."""

from typing import Any

from apiflask import APIBlueprint

from server.campaigns import codes, queries, service
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignState, Channel, channel_of
from server.campaigns.schemas import (
    CampaignInput,
    CampaignListSchema,
    CampaignQuery,
    CampaignSchema,
    CodeBatchInput,
    CodeBatchSchema,
    DepartmentPageSchema,
    DepartmentQuery,
)
from server.core import clock
from server.core.access import Role, anyone, current_actor, requires
from server.core.apidocs import refusals
from server.core.limits import limited
from server.core.transaction import commits
from server.identity import queries as identity
from server.indicators import queries as indicators

campaigns = APIBlueprint("campaigns", __name__, url_prefix="/api/v1/campaigns")


def describe(campaign: Campaign, department_count: int) -> dict[str, Any]:
    """Return a campaign in the form of CampaignSchema."""
    return {
        "id": campaign.id,
        "title": campaign.title,
        "kind": campaign.kind,
        "state": campaign.state,
        "opens_at": campaign.opens_at,
        "closes_at": campaign.closes_at,
        "channels": [Channel(channel).code for channel in campaign.channels],
        "description": campaign.description,
        "paused": campaign.pause_reason is not None,
        "department_count": department_count,
    }


@campaigns.get("")
@anyone
@limited("read")
@campaigns.input(CampaignQuery, location="query")
@campaigns.output(CampaignListSchema)
def list_campaigns(query_data: dict[str, Any]) -> dict[str, Any]:
    """List campaigns that are open or closed."""
    wanted = query_data["state"]
    states = [CampaignState(wanted)] if wanted else [CampaignState.OPEN, CampaignState.CLOSED]
    found = queries.campaigns(states=states)
    counts = queries.department_count([campaign.id for campaign in found])
    return {"items": [describe(campaign, counts.get(campaign.id, 0)) for campaign in found]}


@campaigns.post("")
@requires(Role.OFFICE)
@limited("write")
@campaigns.input(CampaignInput)
@campaigns.output(CampaignSchema, 201)
@campaigns.doc(responses=refusals(401, 403))
@commits
def create(json_data: dict[str, Any]) -> dict[str, Any]:
    """Start a draft."""
    version = json_data["indicator_version"] or indicators.newest_version().id
    departments = json_data["departments"]
    if departments is None:
        departments = [department.id for department in identity.rated_departments()]
    campaign = service.create_campaign(
        kind=json_data["kind"],
        title=json_data["title"],
        description=json_data["description"],
        indicator_version_id=version,
        channels=[channel_of(code) for code in json_data["channels"]],
        opens_at=json_data["opens_at"],
        closes_at=json_data["closes_at"],
        departments=departments,
        actor=current_actor(),
        now=clock.now(),
    )
    return describe(campaign, len(set(departments)))


@campaigns.get("/<int:campaign_id>")
@anyone
@limited("read")
@campaigns.output(CampaignSchema)
@campaigns.doc(responses=refusals(404))
def show(campaign_id: int) -> dict[str, Any]:
    """Show one campaign."""
    campaign = queries.public_campaign(campaign_id)
    counts = queries.department_count([campaign_id])
    return describe(campaign, counts.get(campaign_id, 0))


@campaigns.get("/<int:campaign_id>/departments")
@anyone
@limited("read")
@campaigns.input(DepartmentQuery, location="query")
@campaigns.output(DepartmentPageSchema)
@campaigns.doc(responses=refusals(404))
def list_departments(campaign_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """Search a campaign's departments by name, alias, pinyin or initials."""
    queries.public_campaign(campaign_id)
    found = queries.departments(campaign_id, **query_data)
    return {"items": [row[1] for row in found.items], "next_cursor": found.next_cursor}


@campaigns.post("/<int:campaign_id>/opening")
@requires(Role.OFFICE)
@limited("write")
@campaigns.output(CampaignSchema)
@campaigns.doc(responses=refusals(401, 403, 404, 409))
@commits
def open_campaign(campaign_id: int) -> dict[str, Any]:
    """Open a draft."""
    campaign = service.open_campaign(campaign_id, actor=current_actor(), now=clock.now())
    return describe(campaign, queries.department_count([campaign_id]).get(campaign_id, 0))


@campaigns.post("/<int:campaign_id>/code-batches")
@requires(Role.OFFICE)
@limited("write")
@campaigns.input(CodeBatchInput)
@campaigns.output(CodeBatchSchema, 201)
@campaigns.doc(responses=refusals(401, 403, 404, 409))
@commits
def issue_codes(campaign_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Issue rating codes for one department."""
    batch, issued = service.issue_codes(
        campaign_id,
        department_id=json_data["department"],
        size=json_data["size"],
        counter_id=json_data["counter"],
        note=json_data["note"],
        actor=current_actor(),
        now=clock.now(),
    )
    return {"id": batch.id, "codes": [codes.shown(code) for code in issued]}
