"""What goes out about publications. A withheld group has no figure in it, only the word."""

from marshmallow import fields, validate

from server.campaigns.rules import CampaignKind
from server.campaigns.schemas import CHANNEL_CODES
from server.core.schemas import Named, Schema, choice
from server.core.web import LARGEST_INTEGER
from server.evaluation.rules import ExclusionReason
from server.scoring.rules import REASON_LABELS

REASONS = ", ".join(ExclusionReason)
DECIMAL = {"description": "decimal with two places"}
TENTHS = {"description": "decimals with one place: lowest, highest"}
WITHHELD = {"description": "not shown, so that nobody's answers can be worked out"}
WEIGHT = {"description": "decimal: share of the figure above"}


class VersionQuery(Schema):
    """Which version; the newest where none is named."""

    version = fields.Integer(
        load_default=None, validate=validate.Range(1, LARGEST_INTEGER, error="版本从 1 开始。")
    )


class PublishedCampaignSchema(Schema):
    """A campaign that has closed."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True, validate=choice(*CampaignKind))
    closed_on = fields.String(required=True, metadata={"description": "YYYY-MM-DD"})
    settled = fields.Boolean(
        required=True, metadata={"description": "whether the results stand already"}
    )


class ClosedCampaignSchema(PublishedCampaignSchema):
    """A campaign that has closed, and what is published of it."""

    published = fields.Boolean(required=True)
    version = fields.Integer(required=True, allow_none=True)
    published_on = fields.String(
        required=True, allow_none=True, metadata={"description": "YYYY-MM-DD"}
    )
    scored = fields.Boolean(required=True, metadata={"description": "whether scores are published"})


class ClosedCampaignListSchema(Schema):
    """Closed campaigns, the latest first."""

    items = fields.List(fields.Nested(ClosedCampaignSchema), required=True)


class ChannelResultSchema(Schema):
    """A department's result in one channel."""

    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
    withheld = fields.Boolean(required=True, metadata=WITHHELD)
    count = fields.Integer(required=True, allow_none=True)
    distribution = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "ratings by level, 5 to 1"},
    )
    score = fields.String(required=True, allow_none=True, metadata=DECIMAL)
    excluded = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": f"ratings not counted, by reason: {REASONS}"},
    )


class ScoreSchema(Schema):
    """A department's score over all channels; ``reason`` says why there is none."""

    withheld = fields.Boolean(required=True, metadata=WITHHELD)
    score = fields.String(required=True, allow_none=True, metadata=DECIMAL)
    interval = fields.List(fields.String(), required=True, allow_none=True, metadata=TENTHS)
    alone = fields.List(
        fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "rank interval of this department by itself"},
    )
    in_table = fields.List(
        fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "rank interval that holds for all departments at once"},
    )
    shrunk = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "score drawn towards the mean of all; two places"},
    )
    reason = fields.String(required=True, allow_none=True, validate=choice(*REASON_LABELS, None))


class DepartmentOverviewSchema(Named):
    """A department's result in every channel, and its score where scores are published."""

    channels = fields.List(fields.Nested(ChannelResultSchema), required=True)
    score = fields.Nested(ScoreSchema, required=True, allow_none=True)


class PartSchema(Schema):
    """One of the 1+6 methods with its points by level."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    owner = fields.String(required=True)
    weight = fields.String(required=True)
    levels = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class SchemePanelSchema(Schema):
    """A panel of the sample survey and its weight."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    weight = fields.String(required=True)


class SchemeChannelSchema(Schema):
    """A channel of the scheme and its weight."""

    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
    weight = fields.String(required=True)
    panels = fields.List(fields.Nested(SchemePanelSchema), required=True)


class SchemeSchema(Schema):
    """The scheme that scores were worked out by, and the digests that prove it."""

    name = fields.String(required=True)
    version = fields.Integer(required=True)
    digest = fields.String(required=True)
    snapshot_digest = fields.String(required=True)
    interval_level = fields.String(required=True)
    smallest_group = fields.Integer(required=True)
    least_weight = fields.String(required=True)
    parts = fields.List(fields.Nested(PartSchema), required=True)
    channels = fields.List(fields.Nested(SchemeChannelSchema), required=True)


class VersionSchema(Schema):
    """Which version of a campaign's publication this is."""

    campaign = fields.Nested(PublishedCampaignSchema, required=True)
    version = fields.Integer(required=True)
    published_on = fields.String(required=True, metadata={"description": "YYYY-MM-DD"})
    note = fields.String(required=True)
    digest = fields.String(
        required=True, metadata={"description": "SHA-256 of the canonical document, hex"}
    )
    smallest_group = fields.Integer(required=True)


class BasisSchema(VersionSchema):
    """What results rest on."""

    settled = fields.Boolean(required=True)
    level_scores = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={"description": "score of each level, 5 to 1"},
    )
    scored = fields.Boolean(required=True)


class CampaignResultsSchema(BasisSchema):
    """A campaign's results, departments by pinyin."""

    departments = fields.List(fields.Nested(DepartmentOverviewSchema), required=True)


class LeafChannelResultSchema(Schema):
    """A leaf's result in one channel."""

    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
    withheld = fields.Boolean(required=True, metadata=WITHHELD)
    count = fields.Integer(
        required=True, allow_none=True, metadata={"description": "known answers"}
    )
    unknown = fields.Integer(  # type: ignore[assignment]  # fields leave the class
        required=True, allow_none=True, metadata={"description": "answers 不了解"}
    )
    mean_score = fields.String(required=True, allow_none=True, metadata=DECIMAL)


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
    score = fields.Nested(ScoreSchema, required=True, allow_none=True)


class DepartmentScoreSchema(ScoreSchema):
    """A department and its score."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class ScoresSchema(VersionSchema):
    """Every department's score, by pinyin: a table never shows a bare rank."""

    scheme = fields.Nested(SchemeSchema, required=True)
    departments = fields.List(fields.Nested(DepartmentScoreSchema), required=True)


class FigureSchema(Schema):
    """A figure of the tree: its weight, and its score or why there is none."""

    weight = fields.String(required=True, metadata=WEIGHT)
    withheld = fields.Boolean(required=True, metadata=WITHHELD)
    score = fields.String(required=True, allow_none=True, metadata=DECIMAL)
    reason = fields.String(required=True, allow_none=True)


class IndicatorNodeSchema(FigureSchema):
    """An indicator in a panel with its answers by level, 0 for 不了解."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    part = fields.String(required=True)
    counts = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, allow_none=True
    )


class PanelNodeSchema(FigureSchema):
    """A panel; channels without panels have one whose code and name are empty."""

    panel = fields.String(required=True)
    name = fields.String(required=True)
    weighted = fields.Boolean(
        required=True,
        metadata={"description": "answers are weighted to the population, counts are not"},
    )
    indicators = fields.List(fields.Nested(IndicatorNodeSchema), required=True)


class ChannelNodeSchema(FigureSchema):
    """A channel of the scheme."""

    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
    panels = fields.List(fields.Nested(PanelNodeSchema), required=True)


class ScoreTreeSchema(VersionSchema):
    """A department's score as a tree: channel, panel, indicator, counts, weights."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    scheme = fields.Nested(SchemeSchema, required=True)
    score = fields.Nested(ScoreSchema, required=True)
    channels = fields.List(fields.Nested(ChannelNodeSchema), required=True)
