"""Results of closed campaigns, as far as the signed-in person's grants reach."""

from collections.abc import Sequence

from flask import request

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.console.blueprint import console
from server.console.query import searched
from server.console.rendering import page
from server.console.slices import page_after
from server.core.access import Actor, Role, current_actor, requires
from server.core.errors import Refusal
from server.evaluation import results
from server.evaluation.results import DepartmentOverview
from server.identity import queries as identity

# These see every department; liaisons, heads and inspectors those that their grants reach.
WIDE = (Role.OFFICE, Role.AUDITOR, Role.PARTY_STAFF, Role.METHOD_OWNER, Role.ADJUDICATOR)
NARROW = (Role.INSPECTOR, Role.LIAISON, Role.HEAD)
DEPARTMENTS_A_PAGE = 20


@console.get("/results")
@requires(*WIDE, *NARROW)
def list_results() -> str:
    """List campaigns: results of the closed ones, the seal of the open ones."""
    q = searched()
    found = campaigns.campaign_page(
        states=[CampaignState.OPEN, CampaignState.CLOSED], q=q, cursor=request.args.get("cursor")
    )
    return page("results", campaigns=found, q=q)


@console.get("/campaigns/<int:campaign_id>/results")
@requires(*WIDE, *NARROW)
def show_results(campaign_id: int) -> str:
    """Show departments by channels; the seal while the campaign is open."""
    campaign = campaigns.public_campaign(campaign_id)
    if campaign.state == CampaignState.OPEN:
        return page("sealed", campaign=campaign, shown_in="results")
    if campaign.settled_at is None:
        return page("settling", campaign=campaign)
    q = searched()
    found = results.overview(campaign_id, q=q)
    departments = reached(current_actor(), found.departments)
    cursor = request.args.get("cursor")
    return page(
        "campaign_results",
        campaign=campaign,
        results=found,
        departments=page_after(departments, lambda one: one.id, cursor, DEPARTMENTS_A_PAGE),
        q=q,
    )


def reached(
    actor: Actor, departments: Sequence[DepartmentOverview]
) -> Sequence[DepartmentOverview]:
    """Return the departments whose results somebody may see."""
    if actor.has(*WIDE):
        return departments
    paths = {
        one.id: one.path
        for one in identity.organisations_by_id([department.id for department in departments])
    }
    return [one for one in departments if actor.reaches(paths[one.id], *NARROW)]


@console.get("/campaigns/<int:campaign_id>/results/<int:department_id>")
@requires(*WIDE, *NARROW)
def show_department_result(campaign_id: int, department_id: int) -> str:
    """Show one department's result with its leaves."""
    campaign = campaigns.public_campaign(campaign_id)
    if campaign.state == CampaignState.OPEN:
        return page("sealed", campaign=campaign, shown_in="results")
    if campaign.settled_at is None:
        return page("settling", campaign=campaign)
    actor = current_actor()
    department = identity.organisation(department_id)
    if not actor.has(*WIDE) and not actor.reaches(department.path, *NARROW):
        raise Refusal("not_allowed", 403)
    found = results.department_result(campaign_id, department_id)
    return page("department_result", campaign=campaign, result=found, department=department)
