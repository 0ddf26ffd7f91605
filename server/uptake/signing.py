"""Signatures of what is handed on: the parcel's by the log's key, a request's by a shared secret.

A parcel is signed once and for good (Ed25519, the key of ``/log/key``), over its canonical bytes. A
request is signed by whoever sends it, over everything that decides it, so that it can be neither
changed nor sent elsewhere nor sent again later.
"""

import base64
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import Headers

from server.core.crypto import hmac_sha256
from server.core.errors import Refusal
from server.ledger.notes import VerifierKey
from server.ledger.signing import signer
from server.scoring import canonical
from server.uptake.rules import SIGNATURE_WINDOW

TIMESTAMP = "Ronghe-Timestamp"
NONCE = "Ronghe-Nonce"
SIGNATURE = "Ronghe-Signature"
FORMS = {
    TIMESTAMP: re.compile(r"[0-9]{1,10}"),
    NONCE: re.compile(r"[A-Za-z0-9_-]{16,64}"),
    SIGNATURE: re.compile(r"[0-9a-f]{64}"),
}
KEY_ID_BYTES = 4

Node = Mapping[str, Any]


def sign(document: Node) -> bytes:
    """Return the log key's signature over a document's canonical bytes."""
    note = signer().note(canonical.encode(document).decode())
    return base64.b64decode(note.rstrip("\n").rpartition(" ")[2])[KEY_ID_BYTES:]


def envelope(document: Node, signature: bytes) -> dict[str, Any]:
    """Return the file that is handed on: document, signature, and with which key to check it."""
    return {
        "document": document,
        "digest": canonical.digest(document),
        "signature": base64.b64encode(signature).decode(),
        "key": str(signer().key),
    }


def is_genuine(found: Node, key: str) -> bool:
    """Tell whether an envelope was signed with a key and nothing of its document was changed."""
    signature = base64.b64decode(found["signature"])
    return VerifierKey.read(key).verifies(canonical.encode(found["document"]), signature)


def request_signature(
    secret: str, method: str, path: str, timestamp: str, nonce: str, body: bytes
) -> str:
    """Return a request's signature: HMAC-SHA-256 in hex."""
    start = f"{method} {path}\n{timestamp}\n{nonce}\n".encode()
    return hmac_sha256(secret.encode(), start + body).hex()


def require_signed(
    secret: str, method: str, path: str, headers: Headers, body: bytes, *, now: datetime
) -> None:
    """Refuse a request that was not signed with this secret just now."""
    values = {}
    for name, form in FORMS.items():
        values[name] = headers.get(name, "")
        if not form.fullmatch(values[name]):
            raise Refusal("batch_header_missing", 400, name=name)
    expected = request_signature(secret, method, path, values[TIMESTAMP], values[NONCE], body)
    if not hmac.compare_digest(expected, values[SIGNATURE]) or not secret:
        raise Refusal("batch_signature_wrong", 401)
    moment = datetime.fromtimestamp(int(values[TIMESTAMP]), UTC)
    if abs(now - moment) > SIGNATURE_WINDOW:
        raise Refusal("batch_too_old", 401)
