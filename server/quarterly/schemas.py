"""What goes out about quarters. A withheld figure is null and says so."""

from marshmallow import fields, validate

from server.campaigns.rules import CampaignKind
from server.campaigns.schemas import CHANNEL_CODES
from server.core.schemas import Named, Schema, choice
from server.core.web import LARGEST_INTEGER
from server.scoring.rules import REASON_LABELS

DAY = {"description": "YYYY-MM-DD"}
DECIMAL = {"description": "decimal with two places"}
WITHHELD = {"description": "not shown, so that nobody's answers can be worked out"}


class EditionQuery(Schema):
    """Which edition; the newest where none is named."""

    edition = fields.Integer(
        load_default=None, validate=validate.Range(1, LARGEST_INTEGER, error="版次从 1 开始。")
    )


class ListedEditionSchema(Schema):
    """An edition that was published."""

    edition = fields.Integer(required=True)
    published_on = fields.String(required=True, metadata=DAY)
    note = fields.String(required=True)


class ListedQuarterSchema(ListedEditionSchema):
    """A quarter and its newest edition."""

    quarter = fields.String(required=True, metadata={"description": "such as 2026Q4"})
    label = fields.String(required=True)
    digest = fields.String(
        required=True, metadata={"description": "SHA-256 of the canonical document, hex"}
    )


class QuarterListSchema(Schema):
    """Published quarters, the latest first."""

    items = fields.List(fields.Nested(ListedQuarterSchema), required=True)


class QuarterCampaignSchema(Schema):
    """A campaign of the quarter: which version of its publication the figures are from."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True, validate=choice(*CampaignKind))
    closed_on = fields.String(required=True, metadata=DAY)
    version = fields.Integer(required=True)
    digest = fields.String(required=True)
    interval_level = fields.String(required=True, allow_none=True)


class QuarterScoreSchema(Schema):
    """A department's score: never without its interval, a rank only as an interval in its group."""

    withheld = fields.Boolean(required=True, metadata=WITHHELD)
    score = fields.String(required=True, allow_none=True, metadata=DECIMAL)
    interval = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "decimals with one place: lowest, highest"},
    )
    rank = fields.List(
        fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "best and worst rank among the departments of the group"},
    )
    ranked = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "how many departments of the group have ranks"},
    )
    reason = fields.String(required=True, allow_none=True, validate=choice(*REASON_LABELS, None))


class QuarterChannelSchema(Schema):
    """A department's result in one channel."""

    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
    withheld = fields.Boolean(required=True, metadata=WITHHELD)
    count = fields.Integer(required=True, allow_none=True)
    score = fields.String(required=True, allow_none=True, metadata=DECIMAL)


class DepartmentCampaignSchema(Schema):
    """A department's result in one campaign."""

    campaign = fields.Integer(required=True)
    score = fields.Nested(QuarterScoreSchema, required=True, allow_none=True)
    channels = fields.List(fields.Nested(QuarterChannelSchema), required=True)


class CaseFigureSchema(Schema):
    """A number of cases; those of withheld groups are in none."""

    withheld = fields.Boolean(required=True, metadata=WITHHELD)
    of = fields.Integer(required=True, allow_none=True)


class DueFigureSchema(CaseFigureSchema):
    """Cases that were closed, or whose limit has passed."""

    answered = fields.Integer(
        required=True, allow_none=True, metadata={"description": "answered in time"}
    )
    closed = fields.Integer(
        required=True, allow_none=True, metadata={"description": "closed in time"}
    )


class CallbackFigureSchema(CaseFigureSchema):
    """Real-name ratings, which have to be called back."""

    called = fields.Integer(required=True, allow_none=True)
    in_time = fields.Integer(required=True, allow_none=True)


class SatisfiedFigureSchema(CaseFigureSchema):
    """Raters' last words on the rectification."""

    solved = fields.Integer(required=True, allow_none=True)


class CasesSchema(Schema):
    """Figures of cases."""

    registered = fields.Nested(CaseFigureSchema, required=True)
    due = fields.Nested(DueFigureSchema, required=True)
    called_back = fields.Nested(CallbackFigureSchema, required=True)
    satisfied = fields.Nested(SatisfiedFigureSchema, required=True)


class QuarterDepartmentSchema(Named):
    """A department in a quarter."""

    campaigns = fields.List(fields.Nested(DepartmentCampaignSchema), required=True)
    cases = fields.Nested(CasesSchema, required=True)


class QuarterGroupSchema(Schema):
    """Departments of comparable size and kind, by pinyin; those of no group have no name."""

    name = fields.String(required=True, allow_none=True)
    departments = fields.List(fields.Nested(QuarterDepartmentSchema), required=True)
    cases = fields.Nested(CasesSchema, required=True, allow_none=True)


class QuarterSchema(ListedQuarterSchema):
    """A quarter's edition."""

    as_of = fields.String(required=True, metadata=DAY)
    checkpoint = fields.String(
        required=True, metadata={"description": "signed head of the log at publication"}
    )
    smallest_group = fields.Integer(required=True)
    editions = fields.List(fields.Nested(ListedEditionSchema), required=True)
    campaigns = fields.List(fields.Nested(QuarterCampaignSchema), required=True)
    groups = fields.List(fields.Nested(QuarterGroupSchema), required=True)
    cases = fields.Nested(CasesSchema, required=True)
