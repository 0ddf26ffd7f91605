"""The stand-in for a gateway on a developer's machine: it keeps the messages to be looked at.

And the sender of a place without text messages, which says so.
"""

from datetime import UTC

from server.core import clock
from server.core.config import Configuration
from server.sms.contract import Message, SmsAway, SmsFault, SmsRefused
from server.wechat.sandbox_files import Notes, Record

# Numbers that a test or a trial can use: no mobile network of China begins with 100.
REFUSED_ENDING = "0000"
AWAY_ENDING = "9999"
SHOWN_HEAD, SHOWN_TAIL = 3, 4


class SmsSandbox:
    """Notes each message in ``VAR_DIR/sandbox``; the number is kept in part.

    A number that ends in 0000 is refused, one that ends in 9999 gets no answer.
    """

    name = "sandbox"
    sends = True

    def __init__(self, configuration: Configuration) -> None:
        """Keep notes under ``var_dir``."""
        self._notes = Notes(configuration.var_dir / "sandbox" / "sms.jsonl")
        self._sign = configuration.sms_sign or "评价办"

    def send(self, message: Message) -> None:
        """Note the message, once a reference."""
        if message.number.endswith(REFUSED_ENDING):
            raise SmsRefused(SmsFault.BLOCKED)
        if message.number.endswith(AWAY_ENDING):
            raise SmsAway
        reference = str(message.reference)
        if any(note["reference"] == reference for note in self._notes.latest()):
            return
        hidden = "*" * max(0, len(message.number) - SHOWN_HEAD - SHOWN_TAIL)
        self._notes.add(
            {
                "at": clock.now().astimezone(UTC).isoformat(timespec="seconds"),
                "reference": reference,
                "to": message.number[:SHOWN_HEAD] + hidden + message.number[-SHOWN_TAIL:],
                "text": f"【{self._sign}】{message.text}",
            }
        )

    def messages(self) -> list[Record]:
        """Return the sent messages, newest first."""
        return self._notes.latest()[::-1]


class SmsOff:
    """No text messages here: ``SMS_GATEWAY_URL=off``. Links go by WeChat and letter alone."""

    name = "off"
    sends = False

    def send(self, message: Message) -> None:
        """Refuse."""
        del message
        raise SmsRefused(SmsFault.OTHER)
