"""What the system asks of WeChat: one interface for the real platform and for its stand-in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from server.core.errors import Refusal

RETRY_SECONDS = 10
COMMENT_SCENE = 2
# WeChat's reasons: 100 none, 20003 abuse, 21000 other.
LABEL_NORMAL = 100
LABEL_ABUSE = 20003
LABEL_OTHER = 21000
RISK_RANKS = range(5)
# getwxacodeunlimit takes no more, and neither % nor Chinese.
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


class PlatformAway(Refusal):
    """WeChat did not answer, or not usefully: a later try may succeed."""

    def __init__(self, errcode: int | None = None) -> None:
        """Keep WeChat's error code, where it gave one."""
        super().__init__("wechat_away", 503, headers={"Retry-After": str(RETRY_SECONDS)})
        self.errcode = errcode


class PlatformUnsure(PlatformAway):
    """WeChat may have taken the request before it fell silent: a later try may do it twice."""


class PlatformRefused(Refusal):
    """WeChat said no to this very request: repeating it changes nothing."""

    def __init__(self, errcode: int) -> None:
        """Keep WeChat's error code."""
        super().__init__("wechat_refused", 502, errcode=errcode)
        self.errcode = errcode


def code_refused() -> Refusal:
    """Return the refusal of a code that WeChat does not know, or that was used before."""
    return Refusal("wechat_code_refused", 401, field="code")


@dataclass(frozen=True)
class Session:
    """Who signed in. WeChat's session_key is dropped where it arrives."""

    openid: str
    unionid: str | None = None


@dataclass(frozen=True)
class TextVerdict:
    """Whether a text may be shown; ``label`` is WeChat's reason, 100 for none."""

    passed: bool
    label: int = LABEL_NORMAL


@dataclass(frozen=True)
class MediaVerdict:
    """The answer to ``check_media``, matched by its trace id."""

    trace_id: str
    passed: bool


@dataclass(frozen=True)
class CallbackEvent:
    """A callback that was understood: what to answer, and the verdict that it brought."""

    answer: str
    verdict: MediaVerdict | None = None


class Platform(Protocol):
    """What the platform does. Every call may raise PlatformAway or PlatformRefused."""

    @property
    def name(self) -> str:
        """``wechat`` or ``sandbox``."""

    def code2session(self, code: str) -> Session:
        """Trade a ``wx.login`` code; raise Refusal wechat_code_refused for a bad one."""

    def phone_number(self, code: str) -> str:
        """Trade a ``getPhoneNumber`` code for the number; raise Refusal for a bad one."""

    def risk_rank(self, openid: str, address: str) -> int:
        """Return how risky WeChat takes somebody for who just signed in from ``address``.

        0 to 4, the higher the riskier; only of an openid that WeChat saw within two hours.
        """

    def check_text(self, openid: str, text: str, scene: int = COMMENT_SCENE) -> TextVerdict:
        """Check up to 2,500 characters by someone who used the program in the last 2 hours."""

    def check_media(self, openid: str, url: str) -> str:
        """Have the picture at ``url`` checked; return the trace id that its verdict will carry."""

    def media_verdicts(self) -> list[MediaVerdict]:
        """Return verdicts that do not come by callback, each possibly more than once."""

    def qr_code(self, scene: str, page: str) -> bytes:
        """Return a PNG that opens ``page`` with ``scene`` (see ``checked_scene``)."""

    def send_message(
        self, openid: str, template_id: str, page: str, data: Mapping[str, str]
    ) -> None:
        """Send a subscription message; ``data`` gives each key of the template its text."""

    def parse_callback(self, args: Mapping[str, str], body: bytes) -> CallbackEvent:
        """Read a signed callback; raise Refusal for a wrong signature or an unreadable body."""


def checked_scene(scene: str) -> str:
    """Return a QR code's scene; raise ValueError for one that WeChat can't carry."""
    if not SCENE.fullmatch(scene):
        message = "a scene has 1 to 32 characters, letters, digits and !#$&'()*+,/:;=?@-._~"
        raise ValueError(message)
    return scene
