"""The real sender: signed JSON to an HTTP gateway, whose answers become taken, away or refused.

Most providers' own protocols differ in names alone: what stands between them and this one is a
few lines at the gateway (docs/outreach.md). Each request is signed over everything that decides it,
so that it can be neither changed nor sent again later.
"""

import json
import logging
import re
import secrets
import time
from collections.abc import Mapping
from hashlib import sha256
from http.client import HTTPException
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from server.core.config import Configuration, ConfigurationError
from server.core.crypto import hmac_sha256
from server.core.http_deadline import DeadlineAdapter, within
from server.sms.contract import Message, SmsAway, SmsFault, SmsRefused, SmsTemplate

log = logging.getLogger("ronghe.sms")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 8.0
# From the first step to the answer's last byte, however it drips.
WHOLE_SECONDS = 11.0
CONNECTIONS = 8
LARGEST_ANSWER = 64 * 1024
NUMBER = re.compile(r"1[3-9]\d{9}")
SERVER_ERROR = 500
# A request timed out at the gateway; too many at once.
TRY_LATER = frozenset({408, 425, 429})
# Key, signature, address list or balance: for the operator to mend, and a later try may succeed.
MISCONFIGURED = frozenset({401, 402, 403, 404, 405})
TAKEN = frozenset({"ok", "duplicate"})
BUSY = frozenset({"busy", "quota"})
FAULTS = {
    "number_invalid": SmsFault.NUMBER,
    "number_blocked": SmsFault.BLOCKED,
    "template_unknown": SmsFault.TEMPLATE,
    "parameters_invalid": SmsFault.TEMPLATE,
    "sign_unknown": SmsFault.TEMPLATE,
}


def signature(secret: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return a request's signature: HMAC-SHA-256 over path, timestamp, nonce and body, in hex."""
    parts = (path, timestamp, nonce, sha256(body).hexdigest())
    return hmac_sha256(secret.encode(), "\n".join(parts).encode()).hex()


class Gateway:
    """A gateway by HTTP, with one deadline for every call and no redirect followed."""

    name = "gateway"
    sends = True

    def __init__(self, configuration: Configuration) -> None:
        """Send to ``sms_gateway_url``, signed with the configured key."""
        self._url = configuration.sms_gateway_url
        self._path = urlsplit(self._url).path or "/"
        self._key_id = configuration.sms_key_id
        self._secret = configuration.sms_secret
        self._sign = configuration.sms_sign
        self._templates = templates(configuration.sms_templates)
        self._http = requests.Session()
        for scheme in ("https://", "http://"):
            self._http.mount(scheme, DeadlineAdapter(pool_maxsize=CONNECTIONS))

    def send(self, message: Message) -> None:
        """Hand a message over. The reference lets the gateway know a message that it has."""
        if not NUMBER.fullmatch(message.number):
            raise SmsRefused(SmsFault.NUMBER)
        content = {
            "reference": str(message.reference),
            "phone": message.number,
            "sign": self._sign,
            "template": self._templates[message.template],
            "parameters": dict(message.parameters),
        }
        body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        status, code = self._asked(body)
        if not code:
            # Who breaks the contract may hang up as well: the next message takes a new connection.
            self._http.close()
        failure = _failure(status, code)
        if failure is not None:
            log.warning("sms gateway answered HTTP %d, %s", status, code or "no code")
            raise failure

    def _asked(self, body: bytes) -> tuple[int, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_urlsafe(18)
        headers = {
            "Content-Type": "application/json",
            # What is small when packed may be anything unpacked.
            "Accept-Encoding": "identity",
            "Ronghe-Key": self._key_id,
            "Ronghe-Timestamp": timestamp,
            "Ronghe-Nonce": nonce,
            "Ronghe-Signature": signature(self._secret, self._path, timestamp, nonce, body),
        }
        # Raised outside the except block: the exceptions of requests hold the whole request, with
        # number and link, and must not hang on ours as its context.
        try:
            with (
                within(WHOLE_SECONDS),
                self._http.post(
                    self._url,
                    data=body,
                    headers=headers,
                    timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                return answer.status_code, _code(answer)
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            log.warning("sms gateway did not answer: %s", type(error).__name__)
        raise SmsAway


def _code(answer: requests.Response) -> str:
    """Return the answer's code, or nothing where it has none that can be read."""
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        return ""
    body = answer.raw.read(LARGEST_ANSWER, decode_content=False)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else ""


def _failure(status: int, code: str) -> Exception | None:
    """Tell what an answer means: None for a message that was taken on."""
    if code in FAULTS:
        return SmsRefused(FAULTS[code])
    if status in MISCONFIGURED:
        log.error("sms gateway refused HTTP %d: check address, key, signature, balance", status)
        return SmsAway()
    if status >= SERVER_ERROR or status in TRY_LATER or code in BUSY:
        return SmsAway()
    if code in TAKEN:
        # Taken on and refused at once: nobody knows, and the reference lets it be asked again.
        return None if 200 <= status < 300 else SmsAway()  # noqa: PLR2004 success
    # An answer that says neither yes nor no, or a redirect, which leads nowhere.
    return SmsAway() if status < 400 else SmsRefused(SmsFault.OTHER)  # noqa: PLR2004 see above


def templates(text: str) -> Mapping[SmsTemplate, str]:
    """Return the gateway's name of each template; raise ConfigurationError where one is missing."""
    try:
        found = json.loads(text or "{}")
        return {template: str(found[template.value]) for template in SmsTemplate}
    except (ValueError, KeyError, TypeError) as error:
        message = f"SMS_TEMPLATES can't be read, or lacks one: {error}"
        raise ConfigurationError(message) from error
