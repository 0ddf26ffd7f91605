"""What comes in and goes out about activities."""

from typing import Any

from marshmallow import fields, pre_load, validate

from server.activities.geometry import LEAST_CORNERS
from server.activities.queries import When
from server.activities.rules import (
    LONGEST_BRING,
    LONGEST_DESCRIPTION,
    LONGEST_PLACE,
    LONGEST_REASON,
    LONGEST_TITLE,
    MOST_CORNERS,
    MOST_EVIDENCE_NEEDED,
    MOST_FENCES,
    MOST_PARTNERS,
    MOST_PICTURES,
    MOST_PLACES,
    ActivityKind,
    ActivityState,
    Audience,
    EvidenceKind,
    Standing,
)
from server.activities.service import ActivityContent
from server.core.schemas import Input, LocalMoment, Named, PageQuery, RowId, Schema, choice, length
from server.core.text import CleanText
from server.pictures.schemas import ShownPictureSchema

SHAPES = ("circle", "polygon")
DATUMS = ("gcj02", "wgs84")


class Degrees(fields.List[float]):
    """A longitude and a latitude."""

    def __init__(self, **kwargs: Any) -> None:
        """Take two numbers."""
        super().__init__(
            fields.Float(allow_nan=False),
            validate=validate.Length(equal=2, error="请填写经度和纬度两个数。"),
            **kwargs,
        )


class FenceInput(Input):
    """A fence as it was drawn; what is wrong with its shape is told by the service."""

    name = CleanText(load_default="", validate=length(30))
    shape = fields.String(required=True, validate=choice(*SHAPES))
    centre = Degrees()
    radius = fields.Float(allow_nan=False)
    corners = fields.List(
        Degrees(),
        validate=validate.Length(
            max=MOST_CORNERS, error=f"多边形要有 {LEAST_CORNERS} 至 {MOST_CORNERS} 个顶点。"
        ),
    )

    @pre_load
    def keep_the_shape(self, data: Any, **_: Any) -> Any:
        """Let go what the other shape has, and what a form left empty."""
        if not isinstance(data, dict):
            return data
        other = {"circle": {"corners"}, "polygon": {"centre", "radius"}}
        shape = data.get("shape")
        without = other.get(shape, set()) if isinstance(shape, str) else set()
        return {
            key: value
            for key, value in data.items()
            if not (key in without or (key in {"centre", "radius", "corners"} and value is None))
        }


class ActivityInput(Input):
    """What an organiser says of an activity."""

    kind = fields.Enum(ActivityKind, by_value=True, required=True)
    title = CleanText(required=True, validate=length(LONGEST_TITLE, 1))
    place = CleanText(required=True, validate=length(LONGEST_PLACE, 1))
    organiser = RowId(required=True, strict=True)
    starts_at = LocalMoment(required=True)
    ends_at = LocalMoment(required=True)
    join_until = LocalMoment(load_default=None, allow_none=True)
    capacity = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, MOST_PLACES, error=f"名额为 1 至 {MOST_PLACES}，不限请留空。"),
    )
    description = CleanText(load_default="", validate=length(LONGEST_DESCRIPTION))
    bring = CleanText(load_default="", validate=length(LONGEST_BRING))
    community = RowId(load_default=None, allow_none=True, strict=True)
    agreement = RowId(load_default=None, allow_none=True, strict=True)
    partners = fields.List(
        RowId(strict=True),
        load_default=list,
        validate=validate.Length(max=MOST_PARTNERS, error=f"最多 {MOST_PARTNERS} 个协办单位。"),
    )
    audience = fields.Enum(Audience, by_value=True, load_default=Audience.PARTNERS)
    audience_groups = fields.List(
        RowId(strict=True),
        load_default=list,
        validate=validate.Length(max=100, error="群体过多，请减少后重试。"),
    )
    evidence = fields.List(
        fields.Enum(EvidenceKind, by_value=True),
        load_default=lambda: [EvidenceKind.CODE, EvidenceKind.ORGANISER],
    )
    evidence_needed = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(
            1, MOST_EVIDENCE_NEEDED, error=f"需要的打卡方式为 1 至 {MOST_EVIDENCE_NEEDED} 种。"
        ),
    )
    check_out = fields.Boolean(load_default=False)
    fences = fields.List(
        fields.Nested(FenceInput),
        load_default=list,
        validate=validate.Length(max=MOST_FENCES, error=f"最多划定 {MOST_FENCES} 个活动范围。"),
    )
    datum = fields.String(
        load_default="gcj02",
        validate=choice(*DATUMS),
        metadata={"description": "the datum of the fences; they are kept in GCJ-02"},
    )
    pictures = fields.List(
        fields.UUID(),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MOST_PICTURES, error=f"最多 {MOST_PICTURES} 张图片。"),
        metadata={"description": "null leaves the pictures as they are"},
    )


class DraftInput(ActivityInput):
    """A new draft; ``planned`` is the line of an agreement's yearly list that it carries out."""

    planned = RowId(load_default=None, allow_none=True, strict=True)


class ChangeInput(ActivityInput):
    """A change, with the revision that it was made from."""

    revision = RowId(required=True, strict=True)


class CancellationInput(Input):
    """Why an activity is cancelled."""

    reason = CleanText(required=True, validate=length(LONGEST_REASON, 1))


class ParticipantInput(Input):
    """Whom the organiser adds."""

    person = fields.UUID(required=True)


class ActivityQuery(PageQuery):
    """Which activities."""

    when = fields.Enum(When, by_value=True, load_default=When.UPCOMING)
    kind = fields.Enum(ActivityKind, by_value=True, load_default=None)
    q = CleanText(load_default="", validate=length(50))


class SearchQuery(PageQuery):
    """A search by name."""

    q = CleanText(load_default="", validate=length(50))


class CandidateQuery(Schema):
    """A search for a person: names are shown to who looks for somebody."""

    q = CleanText(required=True, validate=length(50, 1))


class AgreementQuery(Schema):
    """Whose agreements."""

    organiser = RowId(required=True)


class MineSchema(Schema):
    """Where the caller stands; ``ahead`` is how many wait before it."""

    standing = fields.String(required=True, validate=choice(*Standing))
    number = fields.Integer(required=True)
    ahead = fields.Integer(required=True)


class ParticipationSchema(MineSchema):
    """Where the caller stands, and how full the activity is."""

    taken = fields.Integer(required=True)
    capacity = fields.Integer(required=True, allow_none=True)


class PositionSchema(Schema):
    """A pin on the map, in GCJ-02."""

    longitude = fields.Float(required=True)
    latitude = fields.Float(required=True)


class BriefSchema(Schema):
    """An activity in a list."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=choice(*ActivityKind))
    kind_label = fields.String(required=True)
    title = fields.String(required=True)
    place = fields.String(required=True)
    starts_at = LocalMoment(required=True)
    ends_at = LocalMoment(required=True)
    join_until = LocalMoment(required=True)
    state = fields.String(required=True, validate=choice(*ActivityState))
    organiser = fields.Nested(Named, required=True)
    capacity = fields.Integer(required=True, allow_none=True)
    taken = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    my = fields.Nested(MineSchema, required=True, allow_none=True)
    may_join = fields.Boolean(required=True)
    position = fields.Nested(PositionSchema, required=True, allow_none=True)


class ActivityPageSchema(Schema):
    """A page of activities."""

    items = fields.List(fields.Nested(BriefSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class FenceSchema(Schema):
    """A fence in GCJ-02: a circle with centre and radius, or a polygon with corners."""

    name = fields.String(required=True)
    shape = fields.String(required=True, validate=choice(*SHAPES))
    centre = fields.List(fields.Float())
    radius = fields.Float()
    corners = fields.List(fields.List(fields.Float()))


class AgreementNamedSchema(Schema):
    """The agreement behind an activity."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)


class AgreementListSchema(Schema):
    """Agreements in force, by title."""

    items = fields.List(fields.Nested(AgreementNamedSchema), required=True)


class PartnerListSchema(Schema):
    """Units that can be a partner, by pinyin."""

    items = fields.List(fields.Nested(Named), required=True)


class ActivitySchema(BriefSchema):
    """An activity with all that its page shows."""

    description = fields.String(required=True)
    bring = fields.String(required=True)
    community = fields.Nested(Named, required=True, allow_none=True)
    partners = fields.List(fields.Nested(Named), required=True)
    agreement = fields.Nested(AgreementNamedSchema, required=True, allow_none=True)
    audience = fields.String(required=True, validate=choice(*Audience))
    audience_label = fields.String(required=True)
    audience_groups = fields.List(fields.Nested(Named), required=True)
    fences = fields.List(fields.Nested(FenceSchema), required=True)
    evidence = fields.List(fields.String(validate=choice(*EvidenceKind)), required=True)
    evidence_needed = fields.Integer(required=True)
    check_out = fields.Boolean(required=True)
    pictures = fields.List(fields.Nested(ShownPictureSchema), required=True)
    revision = fields.Integer(required=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    may_manage = fields.Boolean(required=True)


class CandidateSchema(Schema):
    """A person who can be added."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    branch = fields.Nested(Named, required=True)


class CandidateListSchema(Schema):
    """Persons who can be added, by pinyin."""

    items = fields.List(fields.Nested(CandidateSchema), required=True)


class OrganisablePageSchema(Schema):
    """Organisations that the caller may organise for, by pinyin."""

    items = fields.List(fields.Nested(Named), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


def content_of(data: dict[str, Any]) -> ActivityContent:
    """Return what an ActivityInput says; its fences may still be in WGS-84 (see ``datum``)."""
    return ActivityContent.of(
        data,
        fences=data["fences"],
        wgs84=data["datum"] == "wgs84",
        pictures=data["pictures"],
    )
