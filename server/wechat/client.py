"""wechatpy's client, with what version 1.8.18 lacks, and with errors that callers can act on."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from server.core.config import Configuration
from server.core.redis import RedisSwitch
from server.wechat.contract import PlatformAway, PlatformRefused, PlatformUnsure, code_refused
from server.wechat.tokens import AccessTokens

log = logging.getLogger("ronghe.wechat")

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
# Nobody waits long for what sign-in can do without.
QUICKLY = (0.5, 1.5)
CONNECTIONS = 16

Json = dict[str, Any]

TOKEN_REFUSED = frozenset({40001, 40014, 42001})
# Invalid; used before; a person whom WeChat's risk control keeps out.
CODE_REFUSED = frozenset({40029, 40163, 40226})
# -1 busy; 45009 and 45011 quotas of the day and the minute.
BUSY = frozenset({-1, 45009, 45011})
# AppID, secret, address list or permissions: for the operator to mend, and a later try may succeed.
MISCONFIGURED = frozenset({40013, 40125, 40164, 41002, 41004, 48001})

SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429


class MiniProgramClient(WeChatClient):  # type: ignore[misc] # wechatpy has no types
    """WeChat's server API for one mini-program.

    wechatpy refreshes a refused token without end and each process for itself; here ``get`` and
    ``post`` do it once, through the shared token. Every error leaves as PlatformAway,
    PlatformRefused or Refusal, without the request's address, which carries secret and token.
    """

    def __init__(self, configuration: Configuration, switch: RedisSwitch) -> None:
        """Talk to ``wechat_api_base``, with a time-out on every call."""
        super().__init__(
            configuration.wechat_appid,
            configuration.wechat_secret,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            auto_retry=False,
        )
        self._root = configuration.wechat_api_base.rstrip("/") + "/"
        self.API_BASE_URL = self._root + "cgi-bin/"
        self.wxa.API_BASE_URL = self._root
        for scheme in ("https://", "http://"):
            self._http.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))
        self._tokens = AccessTokens(self.appid, switch, self._fetch_token)

    @property
    def access_token(self) -> str:
        """The token shared by all processes."""
        return self._tokens.current()

    def fetch_access_token(self) -> Json:
        """Replace the shared token; wechatpy's name for it."""
        return {"access_token": self._tokens.replace(self.access_token)}

    def get(self, url: str, **kwargs: Any) -> Any:
        """Send a GET through wechatpy."""
        return self._signed(super().get, url, kwargs)

    def post(self, url: str, **kwargs: Any) -> Any:
        """Send a POST through wechatpy."""
        return self._signed(super().post, url, kwargs)

    def jscode2session(self, code: str) -> Json:
        """Trade a ``wx.login`` code. Signed by the secret, so it needs no access token."""
        return _json(
            self.get(
                "sns/jscode2session",
                params={
                    "appid": self.appid,
                    "secret": self.secret,
                    "js_code": code,
                    "grant_type": "authorization_code",
                    "access_token": None,
                },
                api_base_url=self._root,
            )
        )

    def getuserphonenumber(self, code: str) -> Json:
        """Trade a ``getPhoneNumber`` code."""
        return self._ask("wxa/business/getuserphonenumber", {"code": code})

    def msg_sec_check(self, openid: str, scene: int, content: str) -> Json:
        """Check a text, version 2."""
        return self._ask(
            "wxa/msg_sec_check",
            {"version": 2, "openid": openid, "scene": scene, "content": content},
        )

    def getuserriskrank(self, openid: str, scene: int, client_ip: str) -> Json:
        """Ask how risky a user is; wechatpy lacks this call."""
        return _json(
            self.post(
                "wxa/getuserriskrank",
                data={
                    "appid": self.appid,
                    "openid": openid,
                    "scene": scene,
                    "client_ip": client_ip,
                },
                api_base_url=self._root,
                timeout=QUICKLY,
            )
        )

    def media_check_async(self, openid: str, scene: int, media_url: str) -> Json:
        """Have a picture checked, version 2; the verdict comes by callback."""
        return self._ask(
            "wxa/media_check_async",
            {
                "version": 2,
                "openid": openid,
                "scene": scene,
                "media_type": 2,
                "media_url": media_url,
            },
        )

    def getwxacodeunlimit(self, scene: str, page: str) -> bytes:
        """Draw a mini-program code, as JPEG or PNG.

        ``check_path`` is off: codes are printed before the version with the page is released.
        """
        answer = self.post(
            "wxa/getwxacodeunlimit",
            data={"scene": scene, "page": page, "check_path": False, "env_version": "release"},
            api_base_url=self._root,
        )
        if not isinstance(answer, requests.Response):
            raise PlatformAway
        return answer.content

    def send_subscribe(self, openid: str, template_id: str, page: str, data: Json) -> None:
        """Send a subscription message."""
        self._ask(
            "cgi-bin/message/subscribe/send",
            {"touser": openid, "template_id": template_id, "page": page, "data": data},
        )

    def _ask(self, endpoint: str, body: Json) -> Json:
        return _json(self.post(endpoint, data=body, api_base_url=self._root))

    def _fetch_token(self, force: bool) -> tuple[str, int]:  # noqa: FBT001 see tokens.Fetch
        try:
            answer = _json(
                self.post(
                    "stable_token",
                    data={
                        "grant_type": "client_credential",
                        "appid": self.appid,
                        "secret": self.secret,
                        "force_refresh": force,
                    },
                    params={"access_token": None},
                )
            )
            return str(answer["access_token"]), int(answer["expires_in"])
        except PlatformRefused as refusal:
            raise PlatformAway(refusal.errcode) from None
        except (KeyError, TypeError, ValueError):
            raise PlatformAway from None

    def _signed(self, send: Callable[..., Any], url: str, kwargs: Json) -> Any:
        """Send with the shared token; where WeChat refuses the token, once more with another.

        A call that names ``access_token`` itself (None: without) is sent as it is.
        """
        params = kwargs.pop("params", None) or {}
        if "access_token" in params:
            return self._mapped(send, url, params, kwargs)
        token = self.access_token
        try:
            return self._mapped(send, url, {**params, "access_token": token}, kwargs)
        except PlatformAway as away:
            if away.errcode not in TOKEN_REFUSED:
                raise
        token = self._tokens.replace(token)
        return self._mapped(send, url, {**params, "access_token": token}, kwargs)

    @staticmethod
    def _mapped(send: Callable[..., Any], url: str, params: Mapping[str, Any], kwargs: Json) -> Any:
        # Raised outside the except blocks: the exceptions of requests and wechatpy hold the whole
        # request, and must not hang on ours as its context.
        try:
            return send(url, params=dict(params), **kwargs)
        except WeChatClientException as error:
            failure = _failure(url, error)
        except (requests.RequestException, ValueError) as error:
            log.warning("wechat did not answer %s: %s", url, type(error).__name__)
            failure = PlatformAway() if _never_sent(error) else PlatformUnsure()
        raise failure


def _never_sent(error: Exception) -> bool:
    """Tell whether no connection came about, so that WeChat can't have heard the request."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError | ConnectTimeoutError)


def _failure(url: str, error: WeChatClientException) -> Exception:
    errcode: int | None = error.errcode
    if errcode is None:
        status: int = error.response.status_code
        log.warning("wechat answered %s with HTTP %d", url, status)
        if status >= SERVER_ERROR or status == TOO_MANY_REQUESTS:
            # Too many: not taken. A gateway's error tells nothing of what stands behind it.
            return PlatformAway() if status == TOO_MANY_REQUESTS else PlatformUnsure()
        return PlatformRefused(status)
    if errcode in CODE_REFUSED:
        return code_refused()
    if errcode in MISCONFIGURED:
        log.error("wechat refused %s: errcode %d, check AppID, secret, address list", url, errcode)
        return PlatformAway(errcode)
    log.warning("wechat answered %s with errcode %d", url, errcode)
    if errcode in BUSY | TOKEN_REFUSED:
        return PlatformAway(errcode)
    return PlatformRefused(errcode)


def _json(answer: Any) -> Json:
    """Return WeChat's JSON object; a gateway's error page is no answer."""
    if not isinstance(answer, dict):
        raise PlatformUnsure
    return answer
