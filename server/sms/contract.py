"""What the system asks of a sender of text messages: one interface, a gateway and its stand-in."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from server.core.errors import Refusal

RETRY_SECONDS = 30


class SmsTemplate(enum.StrEnum):
    """The texts there are. An operator registers each with the gateway's owner, word for word."""

    SAMPLE_INVITATION = "sample_invitation"
    SAMPLE_REMINDER = "sample_reminder"


# ``docs/outreach.md`` shows them to the operator; the signature stands in front.
TEXTS = {
    SmsTemplate.SAMPLE_INVITATION: (
        "您被随机抽中参加“{campaign}”抽样调查。请在{until}前打开 {link} 评价所列部门。"
        "评价匿名，请勿转发本链接。咨询电话 {phone}。"
    ),
    SmsTemplate.SAMPLE_REMINDER: (
        "“{campaign}”抽样调查还有您的一份。请在{until}前打开 {link} 评价；如已评价请忽略。"
        "评价匿名，请勿转发本链接。咨询电话 {phone}。"
    ),
}


class SmsFault(enum.StrEnum):
    """Why a message was refused: few words, so that nothing of a person is kept with them."""

    NUMBER = "number"
    BLOCKED = "blocked"
    TEMPLATE = "template"
    OTHER = "refused"


class SmsAway(Refusal):
    """The gateway did not answer, or not usefully: a later try may succeed."""

    def __init__(self) -> None:
        """Name no cause: the log has it."""
        super().__init__("sms_away", 503, headers={"Retry-After": str(RETRY_SECONDS)})


class SmsRefused(Refusal):
    """The gateway said no to this very message: repeating it changes nothing."""

    def __init__(self, fault: SmsFault) -> None:
        """Keep the gateway's reason."""
        super().__init__("sms_refused", 502)
        self.fault = fault


@dataclass(frozen=True)
class Message:
    """A text to one number. The same ``reference`` again is the same message: sent once."""

    reference: UUID
    number: str
    template: SmsTemplate
    parameters: Mapping[str, str]

    def __repr__(self) -> str:
        """Show neither number nor text: both may end up in a log."""
        return f"Message({self.template.value}, {self.reference})"

    @property
    def text(self) -> str:
        """The text as its receiver reads it, without the signature."""
        return TEXTS[self.template].format_map(self.parameters)


class Sms(Protocol):
    """Who sends. Every call may raise SmsAway or SmsRefused."""

    @property
    def name(self) -> str:
        """``gateway``, ``sandbox`` or ``off``."""

    @property
    def sends(self) -> bool:
        """Whether messages can be sent at all."""

    def send(self, message: Message) -> None:
        """Hand a message over; return when it was taken on, now or earlier."""
