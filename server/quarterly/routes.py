"""The API of published quarters, open to everybody; every edition stays readable."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify

from server.core.access import anyone
from server.core.apidocs import refusals
from server.core.keeping import kept
from server.core.limits import limited
from server.quarterly import answers, queries
from server.quarterly.schemas import EditionQuery, QuarterListSchema, QuarterSchema

quarters = APIBlueprint("quarters", __name__, url_prefix="/api/v1")


@quarters.get("/quarters")
@anyone
@limited("read")
@quarters.output(QuarterListSchema)
def published_quarters() -> dict[str, Any]:
    """List the published quarters, the latest first, each with its newest edition."""
    return {"items": [answers.listed(one) for one in queries.published_quarters()]}


@quarters.get("/quarters/<quarter>")
@anyone
@limited("read")
@quarters.input(EditionQuery, location="query")
@quarters.output(QuarterSchema)
@quarters.doc(responses=refusals(404))
def published_quarter(quarter: str, query_data: dict[str, Any]) -> Response:
    """Show a quarter's published edition: groups, departments, scores with intervals, cases."""
    found = queries.published_edition(quarter, query_data["edition"])
    editions = queries.published_editions(quarter)
    body = kept(
        ("quarter answer", found, *editions),
        lambda: jsonify(QuarterSchema().dump(answers.quarter(found, editions))).get_data(),
    )
    return Response(body, mimetype="application/json")
