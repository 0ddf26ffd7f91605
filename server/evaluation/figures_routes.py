"""The API of review's figures, for the office."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from marshmallow import fields

from server.core.access import Role, requires
from server.core.apidocs import refusals
from server.core.limits import limited
from server.core.schemas import Schema
from server.evaluation import figures

review_figures = APIBlueprint("review_figures", __name__, url_prefix="/api/v1")


class ReviewFiguresSchema(Schema):
    """What there is to review."""

    sealed = fields.Boolean(
        required=True, metadata={"description": "an open survey: only work to do is counted"}
    )
    evaluations = fields.Integer(required=True, allow_none=True)
    excluded = fields.Integer(required=True, allow_none=True)
    withdrawn = fields.Integer(required=True, allow_none=True)
    open_exclusions = fields.Integer(required=True)
    comments = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    photos = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


@review_figures.get("/campaigns/<int:campaign_id>/review-figures")
@requires(Role.OFFICE)
@limited("read")
@review_figures.output(ReviewFiguresSchema)
@review_figures.doc(responses=refusals(401, 403, 404))
def show_review_figures(campaign_id: int) -> dict[str, Any]:
    """Count what there is to review; of an open survey only what waits or is held."""
    return asdict(figures.review_figures(campaign_id))
