"""What goes out about results. A withheld group has no figure in it, only the word."""

from typing import Any

from marshmallow import fields

from server.campaigns.rules import CampaignKind
from server.campaigns.schemas import CHANNEL_CODES
from server.core.schemas import Named, Schema, choice
from server.evaluation.results import (
    CampaignResults,
    ChannelResult,
    ClosedCampaign,
    DepartmentOverview,
    DepartmentResult,
    LeafResult,
    Scores,
)
from server.evaluation.rules import ExclusionReason

REASONS = ", ".join(ExclusionReason)


class ClosedCampaignSchema(Schema):
    """A campaign that has closed."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True, validate=choice(*CampaignKind))
    closed_on = fields.String(required=True, metadata={"description": "YYYY-MM-DD"})
    settled = fields.Boolean(
        required=True, metadata={"description": "whether the results stand already"}
    )


class ClosedCampaignListSchema(Schema):
    """Closed campaigns, the latest first."""

    items = fields.List(fields.Nested(ClosedCampaignSchema), required=True)


class ChannelResultSchema(Schema):
    """A department's result in one channel."""

    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
    withheld = fields.Boolean(
        required=True, metadata={"description": "fewer raters than the smallest group shown"}
    )
    count = fields.Integer(required=True, allow_none=True)
    distribution = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "ratings by level, 5 to 1"},
    )
    score = fields.String(
        required=True, allow_none=True, metadata={"description": "decimal with two places"}
    )
    excluded = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": f"ratings not counted, by reason: {REASONS}"},
    )


class DepartmentOverviewSchema(Named):
    """A department's result in every channel."""

    channels = fields.List(fields.Nested(ChannelResultSchema), required=True)


class BasisSchema(Schema):
    """What results rest on."""

    campaign = fields.Nested(ClosedCampaignSchema, required=True)
    settled = fields.Boolean(required=True)
    smallest_group = fields.Integer(required=True)
    level_scores = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "score of each level, 5 to 1"},
    )


class CampaignResultsSchema(BasisSchema):
    """A campaign's results, departments by pinyin."""

    departments = fields.List(fields.Nested(DepartmentOverviewSchema), required=True)


class LeafChannelResultSchema(Schema):
    """A leaf's result in one channel."""

    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
    withheld = fields.Boolean(required=True)
    count = fields.Integer(
        required=True, allow_none=True, metadata={"description": "known answers"}
    )
    unknown = fields.Integer(  # type: ignore[assignment]  # fields leave the class
        required=True, allow_none=True, metadata={"description": "answers 不了解"}
    )
    mean_score = fields.String(
        required=True, allow_none=True, metadata={"description": "decimal with two places"}
    )


class LeafResultSchema(Schema):
    """A leaf's result in every channel."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    heading = fields.String(required=True)
    channels = fields.List(fields.Nested(LeafChannelResultSchema), required=True)


class DepartmentResultSchema(BasisSchema):
    """One department's result with its leaves."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    channels = fields.List(fields.Nested(ChannelResultSchema), required=True)
    leaves = fields.List(fields.Nested(LeafResultSchema), required=True)


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


def closed_campaign_data(campaign: ClosedCampaign) -> dict[str, Any]:
    """Return a campaign in the form of ClosedCampaignSchema."""
    return {
        "id": campaign.id,
        "title": campaign.title,
        "kind": campaign.kind.value,
        "closed_on": campaign.closed_on.isoformat(),
        "settled": campaign.settled,
    }


def results_data(results: CampaignResults) -> dict[str, Any]:
    """Return a campaign's results in the form of CampaignResultsSchema."""
    return {
        **_basis(results.campaign, results.smallest_group, results.level_scores),
        "departments": [_department(item) for item in results.departments],
    }


def department_data(result: DepartmentResult) -> dict[str, Any]:
    """Return one department's result in the form of DepartmentResultSchema."""
    return {
        **_basis(result.campaign, result.smallest_group, result.level_scores),
        **_department(result.department),
        "leaves": [_leaf(leaf) for leaf in result.leaves],
    }


def _basis(campaign: ClosedCampaign, smallest_group: int, scores: Scores) -> dict[str, Any]:
    return {
        "campaign": closed_campaign_data(campaign),
        "settled": campaign.settled,
        "smallest_group": smallest_group,
        "level_scores": {str(level): float(points) for level, points in scores.items()},
    }


def _department(department: DepartmentOverview) -> dict[str, Any]:
    return {
        "id": department.id,
        "name": department.name,
        "channels": [_channel(channel) for channel in department.channels],
    }


def _channel(result: ChannelResult) -> dict[str, Any]:
    distribution, excluded = result.distribution, result.excluded
    return {
        "channel": result.channel.code,
        "withheld": result.withheld,
        "count": result.count,
        "distribution": (
            None if distribution is None else {str(key): distribution[key] for key in distribution}
        ),
        "score": None if result.score is None else str(result.score),
        "excluded": (
            None if excluded is None else {reason.value: excluded[reason] for reason in excluded}
        ),
    }


def _leaf(leaf: LeafResult) -> dict[str, Any]:
    return {
        "code": leaf.question.code,
        "name": leaf.question.name,
        "heading": leaf.question.heading,
        "channels": [
            {
                "channel": result.channel.code,
                "withheld": result.withheld,
                "count": result.count,
                "unknown": result.unknown,
                "mean_score": None if result.mean_score is None else str(result.mean_score),
            }
            for result in leaf.channels
        ],
    }
