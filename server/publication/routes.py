"""The API of what is published, open to everybody; any version that ever was stays readable."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify

from server.core.access import anyone
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.keeping import kept
from server.core.limits import limited
from server.publication import answers, queries
from server.publication.queries import Published
from server.publication.schemas import (
    CampaignResultsSchema,
    ClosedCampaignListSchema,
    DepartmentResultSchema,
    ScoresSchema,
    ScoreTreeSchema,
    VersionQuery,
)

publications = APIBlueprint("publications", __name__, url_prefix="/api/v1")


@publications.get("/results")
@anyone
@limited("read")
@publications.output(ClosedCampaignListSchema)
def closed() -> dict[str, Any]:
    """List the campaigns that have closed, the latest first, and what is published of each."""
    return {"items": [answers.closed_campaign(item) for item in queries.closed_campaigns()]}


@publications.get("/campaigns/<int:campaign_id>/results")
@anyone
@limited("read")
@publications.input(VersionQuery, location="query")
@publications.output(CampaignResultsSchema)
@publications.doc(responses=refusals(404, 409))
def overview(campaign_id: int, query_data: dict[str, Any]) -> Response:
    """Show a campaign's published results by department and channel; 409 while there are none."""
    found = queries.published(campaign_id, query_data["version"])
    # No version ever changes: what was made of one is sent again as it stands.
    body = kept(
        ("results", found),
        lambda: jsonify(CampaignResultsSchema().dump(answers.results(found))).get_data(),
    )
    return Response(body, mimetype="application/json")


@publications.get("/campaigns/<int:campaign_id>/results/<int:department_id>")
@anyone
@limited("read")
@publications.input(VersionQuery, location="query")
@publications.output(DepartmentResultSchema)
@publications.doc(responses=refusals(404, 409))
def department(campaign_id: int, department_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """Show one department's published result with its leaves; 409 while there is none."""
    found = queries.published(campaign_id, query_data["version"])
    return answers.department(found, queries.department_of(found, department_id))


@publications.get("/campaigns/<int:campaign_id>/scores")
@anyone
@limited("read")
@publications.input(VersionQuery, location="query")
@publications.output(ScoresSchema)
@publications.doc(responses=refusals(404, 409))
def scores(campaign_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """Show every department's published score with its interval and rank intervals."""
    return answers.scores(_scored(campaign_id, query_data["version"]))


@publications.get("/campaigns/<int:campaign_id>/scores/<int:department_id>")
@anyone
@limited("read")
@publications.input(VersionQuery, location="query")
@publications.output(ScoreTreeSchema)
@publications.doc(responses=refusals(404, 409))
def tree(campaign_id: int, department_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """Explain one department's published score: channel, panel, indicator, counts, weights."""
    found = _scored(campaign_id, query_data["version"])
    return answers.tree(found, queries.department_of(found, department_id))


def _scored(campaign_id: int, version: int | None) -> Published:
    found = queries.published(campaign_id, version)
    if found.document["scheme"] is None:
        raise Refusal("scores_not_published", 409)
    return found
