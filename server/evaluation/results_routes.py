"""The API of results, open to everybody once a campaign is settled, and of review's figures."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint

from server.core.access import Role, anyone, requires
from server.core.apidocs import refusals
from server.core.limits import limited
from server.evaluation import figures
from server.evaluation import results as service
from server.evaluation.results_schemas import (
    CampaignResultsSchema,
    ClosedCampaignListSchema,
    DepartmentResultSchema,
    ReviewFiguresSchema,
    closed_campaign_data,
    department_data,
    results_data,
)

results = APIBlueprint("results", __name__, url_prefix="/api/v1")


@results.get("/results")
@anyone
@limited("read")
@results.output(ClosedCampaignListSchema)
def closed() -> dict[str, Any]:
    """List the campaigns that have closed, the latest first."""
    return {"items": [closed_campaign_data(item) for item in service.closed_campaigns()]}


@results.get("/campaigns/<int:campaign_id>/results")
@anyone
@limited("read")
@results.output(CampaignResultsSchema)
@results.doc(responses=refusals(404, 409))
def overview(campaign_id: int) -> dict[str, Any]:
    """Show a campaign's results by department and channel; 409 while they are sealed."""
    return results_data(service.overview(campaign_id))


@results.get("/campaigns/<int:campaign_id>/results/<int:department_id>")
@anyone
@limited("read")
@results.output(DepartmentResultSchema)
@results.doc(responses=refusals(404, 409))
def department(campaign_id: int, department_id: int) -> dict[str, Any]:
    """Show one department's result with its leaves; 409 while it is sealed."""
    return department_data(service.department_result(campaign_id, department_id))


@results.get("/campaigns/<int:campaign_id>/review-figures")
@requires(Role.OFFICE)
@limited("read")
@results.output(ReviewFiguresSchema)
@results.doc(responses=refusals(401, 403, 404))
def review_figures(campaign_id: int) -> dict[str, Any]:
    """Count what there is to review; of an open survey only what waits or is held."""
    return asdict(figures.review_figures(campaign_id))
