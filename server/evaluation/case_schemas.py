"""What comes in and goes out about the case behind a receipt. No answer has a level or a name."""

from marshmallow import fields

from server.core.schemas import Input, LocalMoment, Named, Schema, choice, length
from server.core.text import CleanText
from server.pictures.schemas import ShownPictureSchema
from server.rectification.rules import LONGEST_WORD, CaseKind, EventKind, Stage, WordState


class RaterAnswerInput(Input):
    """What a rater answers; shown to the department after its check."""

    text = CleanText(required=True, validate=length(LONGEST_WORD, 1))


class FollowUpInput(Input):
    """The rater's last word on an answer (追评)."""

    solved = fields.Boolean(required=True)
    word = CleanText(load_default="", validate=length(LONGEST_WORD))


class ReceiptLineSchema(Schema):
    """A line of the timeline, without the official behind it."""

    id = fields.Integer(required=True)
    on = fields.Date(required=True)
    at = LocalMoment(
        required=True,
        allow_none=True,
        metadata={"description": "null of a rater's line, of which the day alone is kept"},
    )
    kind = fields.String(required=True, validate=choice(*[one.value for one in EventKind]))
    label = fields.String(required=True)
    by = fields.String(required=True, metadata={"description": "in which role, never who"})
    own = fields.Boolean(required=True)
    text = fields.String(required=True)
    word_state = fields.String(
        required=True,
        validate=choice(*[one.value for one in WordState]),
        metadata={"description": "of the rater's own words: whether the department sees them"},
    )
    pictures = fields.List(fields.Nested(ShownPictureSchema), required=True)


class ReceiptMaySchema(Schema):
    """What the holder of the receipt may do now."""

    answer = fields.Boolean(required=True)
    follow_up = fields.Boolean(required=True)
    watch = fields.Boolean(required=True)


class RaterCaseSchema(Schema):
    """The case behind a rating, as its rater sees it."""

    number = fields.String(required=True)
    kind = fields.String(required=True, validate=choice(*[one.value for one in CaseKind]))
    kind_label = fields.String(required=True)
    department = fields.Nested(Named, required=True)
    stage = fields.String(required=True, validate=choice(*[one.value for one in Stage]))
    stage_label = fields.String(required=True)
    round = fields.Integer(required=True)
    registered_on = fields.Date(required=True)
    rectify_due_at = LocalMoment(required=True)
    provisional = fields.Boolean(required=True)
    extended = fields.Boolean(required=True)
    callback_due_at = LocalMoment(required=True, allow_none=True)
    called_back = fields.Boolean(required=True)
    closed_on = fields.Date(required=True, allow_none=True)
    closed_by_label = fields.String(required=True)
    lines = fields.List(fields.Nested(ReceiptLineSchema), required=True)
    may = fields.Nested(ReceiptMaySchema, required=True)
    watching = fields.Boolean(
        required=True,
        metadata={"description": "whether the member of the token is told what happens"},
    )


class ReceiptCaseSchema(Schema):
    """``case`` is null where the rating has none, or none yet."""

    case = fields.Nested(RaterCaseSchema, required=True, allow_none=True)
