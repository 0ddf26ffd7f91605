"""What phones send of entries, experiences and effects, and what they are told."""

from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate, validates_schema

from server.core.schemas import Input, LocalMoment, Named, RowId, Schema, choice, length
from server.core.text import CleanText
from server.frontline.content import EntryContent, ExperienceContent
from server.frontline.rules import (
    LONGEST_NOTE,
    LONGEST_PLACE,
    LONGEST_REASON,
    LONGEST_TAG,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_PEOPLE,
    MOST_PICTURES,
    MOST_TAGS,
    MOST_UNITS,
    EntryState,
    ExperienceState,
    ReviewStep,
    Served,
    Solution,
    Verdict,
)
from server.pictures.schemas import ShownPictureSchema
from server.rectification.rules import Stage


def _revision() -> fields.Integer:
    return fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        metadata={"description": "the revision that was read; null where there was none"},
    )


def _text() -> CleanText:
    return CleanText(load_default="", validate=length(LONGEST_TEXT))


def _pictures() -> fields.List[UUID]:
    return fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=MOST_PICTURES, error=f"最多 {MOST_PICTURES} 张图片。"),
    )


# What comes in


class EntryListQuery(Schema):
    """Whose entries."""

    scope = fields.String(load_default="mine", validate=choice("mine", "branch", "review"))
    cursor = fields.String(load_default=None, allow_none=True)


class UnitInput(Input):
    """How many people an organisation sent."""

    organisation = RowId(required=True, strict=True)
    people = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, MOST_PEOPLE, error=f"人数须为 1 至 {MOST_PEOPLE}。"),
    )


class EntryInput(Input):
    """An entry as its author wrote it."""

    activity = RowId(load_default=None, allow_none=True, strict=True)
    community = RowId(load_default=None, allow_none=True, strict=True)
    happened_on = fields.Date(
        required=True, error_messages={"invalid": "请填写日期，例如 2026-11-23。"}
    )
    place = CleanText(required=True, validate=length(LONGEST_PLACE, 1))
    came = _text()
    units = fields.List(
        fields.Nested(UnitInput),
        required=True,
        validate=validate.Length(max=MOST_UNITS, error=f"最多 {MOST_UNITS} 个单位。"),
    )
    problem = _text()
    served = fields.String(required=True, validate=choice(*Served))
    solution = fields.String(required=True, validate=choice(*Solution))
    measures = _text()
    hand_on = fields.Boolean(load_default=False)
    lesson = _text()
    pictures = _pictures()
    revision = _revision()

    @validates_schema
    def _differ(self, data: dict[str, Any], **_: object) -> None:
        pictures = data.get("pictures", [])
        if len(set(pictures)) != len(pictures):
            message = "同一张图片只能提交一次。"
            raise ValidationError(message, "pictures")
        named = [unit["organisation"] for unit in data.get("units", [])]
        if len(set(named)) != len(named):
            message = "同一个单位只能填写一次。"
            raise ValidationError(message, "units")


def entry_of(data: dict[str, Any]) -> EntryContent:
    """Return what a checked body says."""
    return EntryContent(
        activity=data["activity"],
        community=data["community"],
        happened_on=data["happened_on"],
        place=data["place"],
        came=data["came"],
        units={unit["organisation"]: unit["people"] for unit in data["units"]},
        problem=data["problem"],
        served=Served(data["served"]),
        solution=Solution(data["solution"]),
        measures=data["measures"],
        hand_on=data["hand_on"],
        lesson=data["lesson"],
        pictures=tuple(data["pictures"]),
    )


class ReviewInput(Input):
    """A verdict; ``step`` and ``revision`` are what the reviewer saw."""

    verdict = fields.Enum(Verdict, by_value=True, required=True)
    reason = CleanText(load_default="", validate=length(LONGEST_REASON))
    into = fields.UUID(load_default=None, allow_none=True)
    step = fields.Enum(ReviewStep, by_value=True, load_default=None, allow_none=True)
    revision = _revision()


class ExperienceListQuery(Schema):
    """Which experiences."""

    scope = fields.String(
        load_default="shared", validate=choice("shared", "mine", "branch", "review")
    )
    q = CleanText(load_default="", validate=length(50))
    tag = CleanText(load_default="", validate=length(LONGEST_TAG))
    cursor = fields.String(load_default=None, allow_none=True)


class ExperienceInput(Input):
    """An experience as its author wrote it."""

    entry = fields.UUID(load_default=None, allow_none=True)
    title = CleanText(required=True, validate=length(LONGEST_TITLE, 1))
    body = _text()
    tags = fields.List(
        CleanText(validate=length(LONGEST_TAG, 1)),
        load_default=list,
        validate=validate.Length(max=MOST_TAGS, error=f"最多 {MOST_TAGS} 个标签。"),
    )
    pictures = _pictures()
    revision = _revision()


def experience_of(data: dict[str, Any]) -> ExperienceContent:
    """Return what a checked body says."""
    return ExperienceContent(
        title=data["title"],
        body=data["body"],
        tags=tuple(dict.fromkeys(data["tags"])),
        entry=data["entry"],
        pictures=tuple(dict.fromkeys(data["pictures"])),
    )


class UseInput(Input):
    """A branch's word that it made use of an experience."""

    note = CleanText(required=True, validate=length(LONGEST_NOTE, 1))
    branch = RowId(load_default=None, allow_none=True, strict=True)


# What goes out


class UnitSchema(Schema):
    """How many people an organisation sent."""

    organisation = fields.Nested(Named, required=True)
    people = fields.Integer(required=True)


class ReviewSchema(Schema):
    """What a step said; never who."""

    step = fields.String(required=True, validate=choice(*ReviewStep))
    verdict = fields.String(required=True, validate=choice(*Verdict))
    reason = fields.String(required=True)
    reviewed_at = LocalMoment(required=True, allow_none=True)


class ItemSchema(Schema):
    """What entries and experiences have in common."""

    id = fields.UUID(required=True)
    state_label = fields.String(required=True)
    branch = fields.Nested(Named, required=True)
    author = fields.String(required=True, allow_none=True)
    pictures = fields.List(fields.Nested(ShownPictureSchema), required=True)
    reviews = fields.List(fields.Nested(ReviewSchema), required=True)
    content_state = fields.String(required=True, allow_none=True)
    content_label = fields.String(required=True, allow_none=True)
    review_step = fields.String(required=True, allow_none=True, validate=choice(*ReviewStep))
    may_review = fields.Boolean(required=True)
    may_edit = fields.Boolean(required=True)
    may_withdraw = fields.Boolean(required=True)
    revision = fields.Integer(required=True)
    created_at = LocalMoment(required=True)
    submitted_at = LocalMoment(required=True, allow_none=True)


class HandedOnSchema(Schema):
    """How far the case is that a problem has become."""

    number = fields.String(required=True)
    department = fields.String(required=True)
    stage = fields.String(required=True, validate=choice(*Stage))
    stage_label = fields.String(required=True)


class FrontlineEntrySchema(ItemSchema):
    """An entry as the caller may see it."""

    state = fields.String(required=True, validate=choice(*EntryState))
    activity = fields.Nested(Named, required=True, allow_none=True)
    community = fields.Nested(Named, required=True, allow_none=True)
    happened_on = fields.Date(required=True)
    place = fields.String(required=True)
    came = fields.String(required=True)
    units = fields.List(fields.Nested(UnitSchema), required=True)
    problem = fields.String(required=True)
    served = fields.String(required=True, validate=choice(*Served))
    served_label = fields.String(required=True)
    solution = fields.String(required=True, validate=choice(*Solution))
    solution_label = fields.String(required=True)
    measures = fields.String(required=True)
    hand_on = fields.Boolean(required=True)
    case_id = fields.UUID(required=True, allow_none=True)
    case = fields.Nested(HandedOnSchema, required=True, allow_none=True)
    lesson = fields.String(required=True)
    merged_into = fields.UUID(required=True, allow_none=True)
    merged = fields.List(fields.UUID(), required=True)
    may_share = fields.Boolean(required=True)
    approved_at = LocalMoment(required=True, allow_none=True)


class UseSchema(Schema):
    """A branch that made use of an experience."""

    branch = fields.Nested(Named, required=True)
    note = fields.String(required=True)
    used_on = fields.Date(required=True)


class ExperienceSchema(ItemSchema):
    """An experience as the caller may see it."""

    state = fields.String(required=True, validate=choice(*ExperienceState))
    entry = fields.UUID(required=True, allow_none=True, attribute="entry_id")
    title = fields.String(required=True)
    body = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    return_reason = fields.String(required=True)
    use_count = fields.Integer(required=True)
    uses = fields.List(fields.Nested(UseSchema), required=True)
    may_use = fields.Boolean(required=True)
    shared_at = LocalMoment(required=True, allow_none=True)


class EntryPageSchema(Schema):
    """A page of entries."""

    items = fields.List(fields.Nested(FrontlineEntrySchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class TagSchema(Schema):
    """A tag of the shared collection."""

    tag = fields.String(required=True)
    count = fields.Integer(required=True)


class ExperiencePageSchema(Schema):
    """A page of experiences, and the tags of the shared collection."""

    items = fields.List(fields.Nested(ExperienceSchema), required=True)
    tags = fields.List(fields.Nested(TagSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class QuestionSchema(Schema):
    """A doubtful check-in that waits for a yes or no."""

    activity = fields.Nested(Named, required=True)
    person = fields.UUID(required=True)
    name = fields.String(required=True)
    branch = fields.String(required=True)
    doubts = fields.List(fields.String(), required=True)
    doubt_labels = fields.List(fields.String(), required=True)


class QueueItemSchema(Schema):
    """One thing that waits; the part that ``kind`` names is there."""

    kind = fields.String(required=True, validate=choice("entry", "experience", "check_in"))
    since = LocalMoment(
        required=True, metadata={"description": "of a check-in: when its activity began"}
    )
    entry = fields.Nested(FrontlineEntrySchema, required=True, allow_none=True)
    experience = fields.Nested(ExperienceSchema, required=True, allow_none=True)
    check_in = fields.Nested(QuestionSchema, required=True, allow_none=True)


class QueueSchema(Schema):
    """What waits for the caller's verdict, oldest first."""

    items = fields.List(fields.Nested(QueueItemSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class OrganisationQuery(Schema):
    """Part of an organisation's name, short name or pinyin."""

    q = CleanText(load_default="", validate=length(50))


class OrganisationListSchema(Schema):
    """Organisations to choose from, by pinyin."""

    items = fields.List(fields.Nested(Named), required=True)


class EntryListSchema(Schema):
    """Some entries."""

    items = fields.List(fields.Nested(FrontlineEntrySchema), required=True)
