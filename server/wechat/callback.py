"""WeChat's callbacks: the signature first, then the body, plain or encrypted, JSON or XML."""

import base64
import json
import logging
import struct
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from server.core.config import Configuration, ConfigurationError
from server.core.errors import Refusal
from server.core.lazily import Later
from server.wechat.contract import CallbackEvent, MediaVerdict

if TYPE_CHECKING:
    import xmltodict  # type: ignore[import-untyped] # comes with wechatpy, without types
    from wechatpy import crypto, exceptions, utils
else:
    xmltodict = Later("xmltodict")
    crypto = Later("wechatpy.crypto")
    exceptions = Later("wechatpy.exceptions")
    utils = Later("wechatpy.utils")

log = logging.getLogger("ronghe.wechat")

MEDIA_CHECK = "wxa_media_check"
ANSWER = "success"
AES_KEY_LENGTH = 43
AES_KEY_BYTES = 32

Json = dict[str, Any]


class CallbackReader:
    """Reads what WeChat sends to /wechat/callback.

    The plain signature covers token, time and nonce, not the body. With an AES key only encrypted
    bodies are taken: their signature covers them, and their sender must know the key.
    """

    def __init__(self, configuration: Configuration) -> None:
        """Take token, AES key and AppID; raise ConfigurationError for a key of a wrong form."""
        self._token = configuration.wechat_token
        self._configuration = configuration
        if configuration.wechat_aes_key:
            _check_key(configuration.wechat_aes_key)

    def read(self, args: Mapping[str, str], body: bytes) -> CallbackEvent:
        """Return what to answer and the verdict inside.

        Raises Refusal wechat_signature_wrong (403) and http_400.
        """
        self._check_signature(args)
        if not body:
            # WeChat proves the address when it is entered in the console: it wants its word back.
            return CallbackEvent(args.get("echostr", ""))
        message = _parse(body)
        if self._crypto is not None:
            message = self._decrypt(args, message)
        elif "Encrypt" in message and "Event" not in message:
            log.error("wechat's callback is encrypted, but WECHAT_AES_KEY is not set")
        return CallbackEvent(ANSWER, _verdict(message))

    @cached_property
    def _crypto(self) -> Any:
        """What decrypts, where an AES key is set; made when the first callback comes."""
        said = self._configuration
        if not said.wechat_aes_key:
            return None
        return crypto.WeChatCrypto(said.wechat_token, said.wechat_aes_key, said.wechat_appid)

    def _check_signature(self, args: Mapping[str, str]) -> None:
        if not self._token:
            raise _wrong_signature()
        try:
            utils.check_signature(
                self._token,
                args.get("signature", ""),
                args.get("timestamp", ""),
                args.get("nonce", ""),
            )
        except exceptions.InvalidSignatureException:
            raise _wrong_signature() from None

    def _decrypt(self, args: Mapping[str, str], message: Json) -> Json:
        if not isinstance(message.get("Encrypt"), str):
            raise _wrong_signature()
        try:
            plain = self._crypto.decrypt_message(
                message,
                args.get("msg_signature", ""),
                args.get("timestamp", ""),
                args.get("nonce", ""),
            )
        except (exceptions.InvalidSignatureException, exceptions.InvalidAppIdException):
            raise _wrong_signature() from None
        except (ValueError, IndexError, struct.error):
            raise _unreadable() from None
        return _parse(plain.encode())


def _check_key(text: str) -> None:
    """Raise ConfigurationError for what ``WeChatCrypto`` would not take."""
    if len(text) != AES_KEY_LENGTH:
        message = f"WECHAT_AES_KEY must have {AES_KEY_LENGTH} characters"
        raise ConfigurationError(message)
    try:
        key = base64.b64decode(text + "=")
    except ValueError:
        key = b""
    if len(key) != AES_KEY_BYTES:
        message = "WECHAT_AES_KEY is not base64"
        raise ConfigurationError(message)


def _wrong_signature() -> Refusal:
    return Refusal("wechat_signature_wrong", 403)


def _unreadable() -> Refusal:
    return Refusal("http_400", 400)


def _parse(body: bytes) -> Json:
    try:
        # A console setting chooses the form; XML stands in one element named xml.
        if body.lstrip().startswith(b"<"):
            message = (xmltodict.parse(body) or {}).get("xml")
        else:
            message = json.loads(body)
    except (ValueError, RecursionError, ExpatError):
        raise _unreadable() from None
    if not isinstance(message, dict):
        raise _unreadable()
    return message


def _verdict(message: Json) -> MediaVerdict | None:
    """Return the verdict of a media check; other events are taken in and left alone.

    A picture that WeChat could not fetch comes with an error code and without a result: it has not
    passed.
    """
    trace_id = message.get("trace_id")
    if message.get("Event") != MEDIA_CHECK or not isinstance(trace_id, str):
        return None
    result = message.get("result")
    suggest = result.get("suggest") if isinstance(result, dict) else None
    passed = suggest == "pass" and str(message.get("errcode") or 0) == "0"
    return MediaVerdict(trace_id, passed)
