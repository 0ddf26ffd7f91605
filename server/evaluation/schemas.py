"""What comes in and goes out about evaluations. No answer here has a level in it."""

from typing import Any

from apiflask.fields import File
from marshmallow import ValidationError, fields, validate, validates_schema

from server.campaigns.schemas import CHANNEL_CODES
from server.core.schemas import Input, LocalMoment, Named, RowId, Schema, choice, length
from server.core.text import CleanText
from server.evaluation.content import Contact, Content
from server.evaluation.raters import Claim
from server.evaluation.rules import (
    LEVEL_LABELS,
    LONGEST_COMMENT,
    MOST_PHOTOS,
    SIGNED_ALREADY,
    TAGS,
    UNKNOWN,
)

PHONE = r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}"
ALL_LEVELS = frozenset({UNKNOWN, *LEVEL_LABELS})
ONE_TO_FIVE = "等级须为 1 至 5 的整数。"
SALT = r"\A[0-9a-f]{64}\Z"


class ContactInput(Input):
    """How the department may reach the rater; given by choice."""

    name = CleanText(required=True, validate=length(40, 1))
    phone = CleanText(
        required=True,
        validate=validate.Regexp(rf"\A(?:{PHONE})\Z", error="请填写手机号或带区号的固定电话。"),
    )


class Levels(fields.Dict):
    """Leaf id -> level.

    marshmallow asks each key and each value in turn, which for ten leaves took longer than the
    rest of the body. What is right as it stands is let through; all else gets marshmallow's words.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Take whole numbers from 0 to 5; everything else is up to the field."""
        level = fields.Integer(
            strict=True, validate=validate.Range(0, 5, error="等级须为 0 至 5 的整数。")
        )
        super().__init__(keys=fields.String(), values=level, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict) and all(
            type(leaf) is str and type(level) is int and level in ALL_LEVELS
            for leaf, level in value.items()
        ):
            return value
        return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]


class ContentInput(Input):
    """The words and levels of a rating."""

    overall = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 5, error=ONE_TO_FIVE)
    )
    levels = Levels(
        required=True,
        validate=validate.Length(max=10, error="最多 10 项。"),
        metadata={"description": "leaf id -> level 5..1, or 0 for 不了解; every leaf of the form"},
    )
    tags = fields.List(
        CleanText(validate=choice(*sorted(TAGS))),
        load_default=list,
        validate=validate.Length(max=6, error="最多选择 6 个标签。"),
    )
    comment = CleanText(load_default="", validate=length(LONGEST_COMMENT))
    photos = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=MOST_PHOTOS, error=f"最多 {MOST_PHOTOS} 张图片。"),
    )
    contact = fields.Nested(ContactInput, load_default=None, allow_none=True)
    handle_now = fields.Boolean(
        load_default=False,
        metadata={
            "description": "现在就请处理: a poor rating of an open survey (none of its sample)"
            " becomes a case at once, and is then open to its department and the office"
        },
    )
    salt = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(SALT, error="须为 64 位小写十六进制数。"),
        metadata={
            "description": "32 random bytes that the phone draws for its commitment in the log;"
            " where it is left out the service draws them"
        },
    )

    @validates_schema
    def _photos_differ(self, data: dict[str, Any], **_: object) -> None:
        photos = data.get("photos", [])
        if len(set(photos)) != len(photos):
            message = "同一张图片只能提交一次。"
            raise ValidationError(message, "photos")


class EvaluationInput(ContentInput):
    """A rating of one department."""

    department = RowId(required=True, strict=True)
    enterprise = RowId(load_default=None, allow_none=True, strict=True)
    counter = CleanText(load_default=None, allow_none=True, validate=length(20))
    code = CleanText(load_default=None, allow_none=True, validate=length(20))
    organisation = RowId(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "a community or village that the member represents, which signs"},
    )

    @validates_schema
    def _signed_without_contact(self, data: dict[str, Any], **_: object) -> None:
        if data.get("organisation") is not None and data.get("contact") is not None:
            raise ValidationError(SIGNED_ALREADY, "contact")


def content_of(data: dict[str, Any]) -> Content:
    """Return the content part of loaded data."""
    contact = data["contact"]
    return Content(
        overall=data["overall"],
        levels=data["levels"],
        tags=tuple(dict.fromkeys(data["tags"])),
        comment=data["comment"],
        photos=tuple(data["photos"]),
        contact=Contact(contact["name"], contact["phone"]) if contact else None,
        salt=bytes.fromhex(data["salt"]) if data["salt"] else None,
        handle_now=data["handle_now"],
    )


def claim_of(data: dict[str, Any]) -> Claim:
    """Return how the rater came here."""
    return Claim(
        data["enterprise"], data["counter"] or None, data["code"] or None, data["organisation"]
    )


class TitledSchema(Schema):
    """Id and title of a campaign."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)


class RecordSchema(Schema):
    """What a rater keeps to find the rating in the log again (docs/ledger.md)."""

    commitment = fields.String(required=True, metadata={"description": "64 hexadecimal digits"})
    promise = fields.String(
        required=True, metadata={"description": "a signed note: this commitment will be in the log"}
    )


class AcceptedSchema(Schema):
    """The first answer, and that of every retry."""

    campaign = fields.Nested(TitledSchema, required=True)
    department = fields.Nested(Named, required=True)
    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
    rated_on = fields.String(
        required=True,
        metadata={"description": "YYYY-MM-DD; of a sample rating the campaign's first day"},
    )
    cell = fields.Integer(
        required=True, metadata={"description": "stratum cell of the sample survey; 0 elsewhere"}
    )
    organisation = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "the community or village whose own rating this is"},
    )
    record = fields.Nested(
        RecordSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null of a withdrawn rating, and of one from before the log"},
    )


class ReceiptSchema(AcceptedSchema):
    """Where a rating stands."""

    state = fields.String(required=True, validate=choice("counted", "excluded", "withdrawn"))
    exclusion_reason = fields.String(required=True, allow_none=True)
    revision = fields.Integer(required=True)
    comment_state = fields.String(
        required=True, validate=choice("none", "waiting", "shown", "held")
    )
    may_change = fields.Boolean(required=True)
    closes_at = LocalMoment(required=True)
    signed_by = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the name of the community or village that signed"},
    )
    may_erase = fields.Boolean(
        required=True,
        metadata={"description": "there are words, photos or a contact that can be erased"},
    )


class LeafSchema(Schema):
    """One question."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    question = fields.String(required=True)
    heading = fields.String(required=True)


class TagsSchema(Schema):
    """Words to tick, by overall level."""

    good = fields.List(fields.String(), required=True)
    poor = fields.List(fields.String(), required=True)


class FormLimitsSchema(Schema):
    """Bounds of the form's fields."""

    comment = fields.Integer(required=True)
    photos = fields.Integer(required=True)
    photo_bytes = fields.Integer(required=True)


class FormCampaignSchema(TitledSchema):
    """The campaign behind a form."""

    kind = fields.String(required=True, validate=choice("survey", "service"))
    closes_at = LocalMoment(required=True)
    channels = fields.List(fields.String(validate=choice(*CHANNEL_CODES)), required=True)


class FormDepartmentSchema(Named):
    """The department behind a form."""

    enterprise_facing = fields.Boolean(required=True)


class FormSchema(Schema):
    """What a rater of this department is asked."""

    campaign = fields.Nested(FormCampaignSchema, required=True)
    department = fields.Nested(FormDepartmentSchema, required=True)
    leaves = fields.List(fields.Nested(LeafSchema), required=True)
    tags = fields.Nested(TagsSchema, required=True)
    limits = fields.Nested(FormLimitsSchema, required=True)


class PhotoInput(Schema):
    """A picture of at most 5 MB."""

    file = File(  # type: ignore[no-untyped-call]
        required=True, error_messages={"required": "请选择图片。", "invalid": "请选择图片。"}
    )


class PhotoSchema(Schema):
    """A stored picture; the id is what the rating names."""

    id = fields.UUID(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class SceneInput(Input):
    """What a scanned code says, or a typed rating code."""

    scene = CleanText(required=True, validate=length(64, 1))


class EntryCampaignSchema(TitledSchema):
    """Where to rate."""

    kind = fields.String(required=True, validate=choice("survey", "service"))


class EntrySchema(Schema):
    """Where a code leads."""

    kind = fields.String(required=True, validate=choice("department", "counter", "code", "sample"))
    campaign = fields.Nested(EntryCampaignSchema, required=True, allow_none=True)
    department = fields.Nested(
        Named,
        required=True,
        allow_none=True,
        metadata={"description": "null for a drawn person's link (sample)"},
    )
    departments = fields.List(
        fields.Nested(Named),
        required=True,
        metadata={"description": "what a drawn person's link is for, each to be rated once"},
    )
    counter = fields.Nested(Named, required=True, allow_none=True)
    channel = fields.String(required=True, validate=choice(*CHANNEL_CODES))
