"""What comes in and goes out about campaigns."""

from marshmallow import fields, validate

from server.campaigns.rules import (
    LARGEST_BATCH,
    OFFERED,
    CampaignKind,
    CampaignState,
    Channel,
)
from server.core.schemas import Input, LocalMoment, Named, PageQuery, RowId, Schema, choice, length
from server.core.text import CleanText

CHANNEL_CODES = [channel.code for channel in Channel]


class CampaignSchema(Schema):
    """A campaign as everybody may see it."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True, validate=choice(*CampaignKind))
    state = fields.String(required=True, validate=choice(*CampaignState))
    opens_at = LocalMoment(required=True)
    closes_at = LocalMoment(required=True)
    channels = fields.List(
        fields.String(validate=choice(*CHANNEL_CODES)),
        required=True,
        metadata={"description": "channel names"},
    )
    description = fields.String(required=True)
    paused = fields.Boolean(required=True)
    department_count = fields.Integer(required=True)


class CampaignListSchema(Schema):
    """Campaigns, the latest first."""

    items = fields.List(fields.Nested(CampaignSchema), required=True)


class CampaignQuery(Schema):
    """Which campaigns."""

    state = fields.String(load_default=None, validate=choice("open", "closed"))


class CampaignInput(Input):
    """A new draft."""

    kind = fields.Enum(CampaignKind, by_value=True, required=True)
    title = CleanText(required=True, validate=length(100, 1))
    description = CleanText(load_default="", validate=length(500))
    indicator_version = RowId(
        load_default=None, allow_none=True, metadata={"description": "the newest when left out"}
    )
    channels = fields.List(
        fields.String(validate=choice(*[channel.code for channel in OFFERED])),
        required=True,
        validate=validate.Length(min=1, error="请至少选择一个渠道。"),
    )
    opens_at = LocalMoment(required=True)
    closes_at = LocalMoment(required=True)
    departments = fields.List(
        RowId(strict=True),
        load_default=None,
        allow_none=True,
        metadata={"description": "all rated departments when left out"},
    )


class DepartmentQuery(PageQuery):
    """Search in a campaign's departments."""

    q = CleanText(load_default="", validate=length(50))


class DepartmentSchema(Named):
    """A department that can be rated."""

    short_name = fields.String(required=True)
    kind = fields.String(required=True)
    enterprise_facing = fields.Boolean(required=True)


class DepartmentPageSchema(Schema):
    """A page of departments, by pinyin."""

    items = fields.List(fields.Nested(DepartmentSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class CodeBatchInput(Input):
    """How many codes, and for whom."""

    department = RowId(required=True, strict=True)
    size = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, LARGEST_BATCH, error=f"每批 1 至 {LARGEST_BATCH} 个。"),
    )
    counter = RowId(load_default=None, allow_none=True, strict=True)
    note = CleanText(load_default="", validate=length(100))


class CodeBatchSchema(Schema):
    """The issued codes."""

    id = fields.UUID(required=True)
    codes = fields.List(fields.String(), required=True)
