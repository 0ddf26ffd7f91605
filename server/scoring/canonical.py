"""One byte sequence for one content: what digests are taken of and what is compared. Pure."""

import hashlib
import json
from typing import Any


def encode(content: Any) -> bytes:
    """Return JSON in UTF-8: keys sorted, no spaces, one line.

    Raises TypeError for a float, and for what JSON doesn't have: a decimal must be text here,
    because a float's digits depend on who writes it.
    """
    _refuse_floats(content)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def digest(content: Any) -> str:
    """Return the SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(encode(content)).hexdigest()


def _refuse_floats(content: Any) -> None:
    if isinstance(content, float):
        message = f"a float has no canonical form: {content!r}"
        raise TypeError(message)
    if isinstance(content, dict):
        for key, value in content.items():
            if not isinstance(key, str):
                message = f"a key is text: {key!r}"
                raise TypeError(message)
            _refuse_floats(value)
    elif isinstance(content, list | tuple):
        for value in content:
            _refuse_floats(value)
