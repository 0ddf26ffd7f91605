"""What the desk's API of cases takes in and gives out."""

from typing import Any

from marshmallow import fields, validate

from server.core.schemas import Input, LocalMoment, Named, PageQuery, Schema, choice, length
from server.core.text import CleanText
from server.pictures.schemas import ShownPictureSchema
from server.rectification.queries import Lateness
from server.rectification.queries.steps import Step
from server.rectification.rules import (
    LONGEST_TEXT,
    LONGEST_WORD,
    MOST_PICTURES,
    CallbackOutcome,
    CaseKind,
    EventKind,
    OriginKind,
    Stage,
    WordState,
)

SCOPES = ("open", "late", "callback", "closed", "all")
# The everyday steps, which the phone has buttons for; the others are the console's.
ON_THE_PHONE = (
    Step.ACCEPT,
    Step.CALL_BACK,
    Step.ANSWER,
    Step.MEASURE,
    Step.EXTEND,
    Step.ASK_CLOSING,
)


class CaseListQuery(PageQuery):
    """Which cases to list, and where a page begins."""

    scope = fields.String(load_default="open", validate=choice(*SCOPES))
    q = CleanText(load_default="", validate=length(50))


class CaseSchema(Schema):
    """A case in a list; ``lateness`` says how an unanswered one stands with its limit."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True, validate=choice(*[one.value for one in CaseKind]))
    kind_label = fields.String(required=True)
    title = fields.String(required=True)
    department = fields.Nested(Named, required=True)
    stage = fields.String(required=True, validate=choice(*[one.value for one in Stage]))
    stage_label = fields.String(required=True)
    round = fields.Integer(required=True)
    registered_at = LocalMoment(required=True)
    due_at = LocalMoment(required=True)
    provisional = fields.Boolean(required=True)
    lateness = fields.String(required=True, validate=choice(*[one.value for one in Lateness]))


class CasePageSchema(Schema):
    """A page of cases, the latest registered first."""

    items = fields.List(fields.Nested(CaseSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class CaseLineSchema(Schema):
    """A line of the timeline, as its reader may see it."""

    id = fields.Integer(required=True)
    at = LocalMoment(required=True)
    kind = fields.String(required=True, validate=choice(*[one.value for one in EventKind]))
    label = fields.String(required=True)
    role_label = fields.String(required=True)
    internal = fields.Boolean(required=True)
    text = fields.String(required=True)
    word_state = fields.String(required=True, validate=choice(*[one.value for one in WordState]))
    pictures = fields.List(fields.Nested(ShownPictureSchema), required=True)


class CaseOriginSchema(Schema):
    """What registered a case or joined it; nothing here says who."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=choice(*[one.value for one in OriginKind]))
    kind_label = fields.String(required=True)
    joined_on = fields.Date(required=True)
    real_name = fields.Boolean(required=True)
    wish = fields.Boolean(required=True)
    released = fields.Boolean(required=True)
    callback_due_at = LocalMoment(required=True, allow_none=True)
    called_back_at = LocalMoment(required=True, allow_none=True)
    outcome_label = fields.String(required=True)


class CaseDetailSchema(CaseSchema):
    """A case with all that its reader may see, and the steps that are open to them now."""

    summary = fields.String(required=True)
    basis = fields.String(required=True)
    counts_from = LocalMoment(required=True)
    extension_reason = fields.String(required=True)
    closing_note = fields.String(required=True)
    origins = fields.List(fields.Nested(CaseOriginSchema), required=True)
    timeline = fields.List(fields.Nested(CaseLineSchema), required=True)
    steps = fields.List(
        fields.String(validate=choice(*[one.value for one in ON_THE_PHONE])), required=True
    )


def _pictures() -> fields.Field[Any]:
    return fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=MOST_PICTURES, error=f"最多 {MOST_PICTURES} 张图片。"),
    )


class AnswerInput(Input):
    """What the department says to those who rated, with pictures."""

    text = CleanText(required=True, validate=length(LONGEST_TEXT, 1))
    pictures = _pictures()


class MeasureInput(AnswerInput):
    """What was done; an internal line no rater sees."""

    internal = fields.Boolean(load_default=False)


class CallbackInput(Input):
    """What came of calling a rater back."""

    outcome = fields.String(required=True, validate=choice(*[one.value for one in CallbackOutcome]))
    note = CleanText(load_default="", validate=length(LONGEST_WORD))


class ClosingInput(Input):
    """What the department adds when it asks for closing."""

    text = CleanText(load_default="", validate=length(LONGEST_WORD))


class ExtensionInput(Input):
    """Why more time is needed."""

    reason = CleanText(required=True, validate=length(LONGEST_WORD, 1))
