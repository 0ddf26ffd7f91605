"""The forms of a case's steps: what each asks, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import fields

from server.appeals import service as appeals
from server.appeals.rules import CLAIMS, LONGEST_GROUNDS
from server.console.forms import FormSchema
from server.console.picture_fields import PicturesSchema
from server.core.errors import InvalidInput
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.evaluation.rules import ExclusionReason
from server.rectification import service
from server.rectification.queries import Step
from server.rectification.rules import LONGEST_TEXT, LONGEST_WORD, CallbackOutcome, ClosedBy

# A department contests the rating behind its case: a step of a higher domain, offered beside.
APPEAL = "appeal"
Act = Callable[..., object]


def chosen(what: str) -> dict[str, Any]:
    """Return the messages of a field in which something has to be chosen."""
    text = f"请选择{what}。"
    return {"required": text, "null": text, "invalid": text, "unknown": text}


class Nothing(FormSchema):
    """A step of one button."""


class CallBack(FormSchema):
    """Whom one has called back, what came of it, and what was said."""

    origin = RowId(required=True, error_messages=chosen("评价"))
    outcome = fields.Enum(
        CallbackOutcome, by_value=True, required=True, error_messages=chosen("结果")
    )
    note = CleanText(load_default="", validate=length(LONGEST_WORD))


class Answer(PicturesSchema):
    """An answer in words, with pictures."""

    text = CleanText(required=True, validate=length(LONGEST_TEXT, 1))


class Measure(Answer):
    """What was done; an internal line no rater sees."""

    internal = fields.Boolean(load_default=False)


class Reason(FormSchema):
    """Why."""

    reason = CleanText(required=True, validate=length(LONGEST_WORD, 1))


class Words(FormSchema):
    """Words that may be left out."""

    text = CleanText(load_default="", validate=length(LONGEST_TEXT))


class Note(FormSchema):
    """An internal note."""

    text = CleanText(required=True, validate=length(LONGEST_TEXT, 1))


class Closing(FormSchema):
    """On whose word a case is closed, and what was checked."""

    ground = fields.Enum(ClosedBy, by_value=True, required=True, error_messages=chosen("依据"))
    note = CleanText(required=True, validate=length(LONGEST_WORD, 1))


class SendingBack(FormSchema):
    """What the inspector wants done."""

    note = CleanText(required=True, validate=length(LONGEST_WORD, 1))


class Transfer(Reason):
    """Which department a case belongs to."""

    department = RowId(required=True, error_messages=chosen("部门"))


class Appeal(PicturesSchema):
    """Which rating is contested, for what, and the evidence."""

    origin = RowId(required=True, error_messages=chosen("评价"))
    claim = fields.Enum(
        ExclusionReason, by_value=True, required=True, error_messages=chosen("理由")
    )
    grounds = CleanText(required=True, validate=length(LONGEST_GROUNDS, 1))


@dataclass(frozen=True)
class StepForm:
    """A step as a page offers it: its words, its form, what it does, and what is said after."""

    label: str
    icon: str
    schema: type[FormSchema]
    act: Act
    done: str
    button: str = ""
    # Asked back before it is sent; empty where nothing can't be undone.
    confirm: str = ""

    @property
    def takes_pictures(self) -> bool:
        """Tell whether pictures come with it."""
        return issubclass(self.schema, PicturesSchema)


def _call_back(_: UUID, *, origin: int, outcome: CallbackOutcome, note: str, **who: Any) -> object:
    return service.call_back(origin, outcome, note, **who)


def _close(case_id: UUID, *, ground: ClosedBy, note: str, **who: Any) -> object:
    return service.close(case_id, ground, note, **who)


def _transfer(case_id: UUID, *, department: int, reason: str, **who: Any) -> object:
    return service.transfer(case_id, department, reason, **who)


def _appeal(case_id: UUID, *, claim: ExclusionReason, pictures: list[UUID], **more: Any) -> object:
    if claim not in CLAIMS:
        raise InvalidInput([{"field": "claim", "message": "请选择理由。"}])
    return appeals.file_appeal(case_id, claim=claim, evidence=pictures, **more)


STEPS: dict[str, StepForm] = {
    Step.ACCEPT: StepForm("签收", "inbox", Nothing, service.accept, "已签收。", "签收这一件"),
    Step.CALL_BACK: StepForm(
        "回访", "phone", CallBack, _call_back, "回访已记录。", "记录回访"
    ),
    Step.ANSWER: StepForm(
        "答复", "message", Answer, service.answer,
        "已答复，评价人凭回执可以看到并追评。", "提交答复",
        "答复提交后不能修改，评价人可以看到。",
    ),
    Step.MEASURE: StepForm(
        "整改措施", "tool", Measure, service.add_measure, "整改措施已记录。", "保存"
    ),
    Step.EXTEND: StepForm(
        "延期", "calendar-plus", Reason, service.extend, "已延期。", "延期",
        "每件只能延期一次，理由会给评价人看到。",
    ),
    Step.ASK_CLOSING: StepForm(
        "申请销号", "checks", Words, service.ask_closing, "已向评价办申请销号。", "申请销号"
    ),
    APPEAL: StepForm(
        "申诉", "gavel", Appeal, _appeal, "申诉已提出，由不属于任何一方的人员裁定。", "提出申诉",
        "每份评价只能申诉一次，评价人会看到部门提出了申诉和理由。",
    ),
    Step.CLOSE: StepForm(
        "销号", "circle-check", Closing, _close, "已销号。", "销号", "销号后部门不能再办理。"
    ),
    Step.REFUSE_CLOSING: StepForm(
        "退回答复", "arrow-back-up", Reason, service.refuse_closing, "已退回，部门须重新答复。",
        "退回",
    ),
    Step.SEND_BACK: StepForm(
        "退回重办", "arrow-back-up", SendingBack, service.send_back, "已退回部门重新办理。", "退回"
    ),
    Step.TRANSFER: StepForm(
        "转办", "arrows-exchange", Transfer, _transfer, "已转办。", "转办",
        "转办后时限从现在重新计算，原部门不能再办理。",
    ),
    Step.NOTE: StepForm("内部备注", "note", Note, service.note, "备注已记录。", "保存"),
}  # fmt: skip
