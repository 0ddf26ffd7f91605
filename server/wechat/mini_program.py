"""The real platform: what the system asks, put into WeChat's calls."""

import io
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from server.core.config import Configuration
from server.core.lazily import Later
from server.core.redis import RedisSwitch
from server.wechat.callback import CallbackReader
from server.wechat.contract import (
    COMMENT_SCENE,
    LABEL_OTHER,
    RISK_RANKS,
    CallbackEvent,
    MediaVerdict,
    PlatformAway,
    Session,
    TextVerdict,
    checked_scene,
)

if TYPE_CHECKING:
    import PIL
    from PIL import Image

    from server.wechat import client
else:
    PIL = Later("PIL")
    Image = Later("PIL.Image")
    client = Later("server.wechat.client")

REGISTRATION = 0  # WeChat's scene: signing in, not a lottery
REST_SECONDS = 300.0
PASS = "pass"  # noqa: S105 WeChat's word for a text that may be shown


class MiniProgram:
    """WeChat, for one mini-program."""

    name = "wechat"

    def __init__(self, configuration: Configuration, switch: RedisSwitch) -> None:
        """Share the access token through ``switch``; callbacks bear the configured signature."""
        self._configuration, self._switch = configuration, switch
        self._callbacks = CallbackReader(configuration)
        self._risk_rests_until = 0.0

    @cached_property
    def _client(self) -> "client.MiniProgramClient":
        """What calls WeChat; made when something is asked."""
        return client.MiniProgramClient(self._configuration, self._switch)

    def code2session(self, code: str) -> Session:
        """Trade a code; WeChat's session_key ends here."""
        answer = self._client.jscode2session(code)
        return Session(_text(answer, "openid"), answer.get("unionid") or None)

    def phone_number(self, code: str) -> str:
        """Return the number, with a country code where it is a foreign one."""
        answer = self._client.getuserphonenumber(code)
        return _text(_object(answer, "phone_info"), "phoneNumber")

    def risk_rank(self, openid: str, address: str) -> int:
        """Ask for the risk rank; where WeChat gave no answer, not again for five minutes.

        Sign-ins would all wait for it, and an AppID without this permission is told so each time.
        """
        if time.monotonic() < self._risk_rests_until:
            raise PlatformAway
        try:
            rank = self._client.getuserriskrank(openid, REGISTRATION, address).get("risk_rank")
        except PlatformAway:
            self._risk_rests_until = time.monotonic() + REST_SECONDS
            raise
        if isinstance(rank, bool) or not isinstance(rank, int) or rank not in RISK_RANKS:
            raise PlatformAway
        return rank

    def check_text(self, openid: str, text: str, scene: int = COMMENT_SCENE) -> TextVerdict:
        """Check a text; ``risky`` and ``review`` both wait for a person."""
        result = _object(self._client.msg_sec_check(openid, scene, text), "result")
        label = _text(result, "label")
        return TextVerdict(
            _text(result, "suggest") == PASS, int(label) if label.isdecimal() else LABEL_OTHER
        )

    def check_media(self, openid: str, url: str) -> str:
        """Hand a picture's address to WeChat, which fetches it and calls back."""
        return _text(self._client.media_check_async(openid, COMMENT_SCENE, url), "trace_id")

    def media_verdicts(self) -> list[MediaVerdict]:
        """Return none: WeChat calls back."""
        return []

    def qr_code(self, scene: str, page: str) -> bytes:
        """Return the code as PNG; WeChat sends JPEG."""
        picture = self._client.getwxacodeunlimit(checked_scene(scene), page)
        target = io.BytesIO()
        try:
            with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as image:
                image.save(target, "PNG")
        except (PIL.UnidentifiedImageError, OSError):
            raise PlatformAway from None
        return target.getvalue()

    def send_message(
        self, openid: str, template_id: str, page: str, data: Mapping[str, str]
    ) -> None:
        """Send a subscription message; PlatformRefused 43101 says that the consent is used up."""
        values = {key: {"value": text} for key, text in data.items()}
        self._client.send_subscribe(openid, template_id, page, values)

    def parse_callback(self, args: Mapping[str, str], body: bytes) -> CallbackEvent:
        """Read a signed callback."""
        return self._callbacks.read(args, body)


def _object(answer: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = answer.get(key)
    if not isinstance(found, dict):
        raise PlatformAway
    return found


def _text(answer: Mapping[str, Any], key: str) -> str:
    found = answer.get(key)
    # WeChat writes numbers now as numbers, now as strings.
    if not isinstance(found, str | int) or found == "":
        raise PlatformAway
    return str(found)
