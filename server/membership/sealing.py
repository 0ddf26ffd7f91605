"""Names, numbers and waiting rows as they are stored: sealed, or as a keyed hash."""

import json
from typing import Any

from server.core.crypto import mac, seal, unseal
from server.core.keyring import standing_key
from server.membership.rules import NAME_PURPOSE, PERSON_KEY, PHONE_PURPOSE, ROWS_PURPOSE


def seal_name(name: str) -> bytes:
    """Seal a person's name."""
    return seal(standing_key(PERSON_KEY), name.encode(), NAME_PURPOSE)


def open_name(sealed: bytes) -> str:
    """Return a person's name in the clear."""
    return unseal(standing_key(PERSON_KEY), sealed, NAME_PURPOSE).decode()


def seal_phone(number: str) -> bytes:
    """Seal a normalised number."""
    return seal(standing_key(PERSON_KEY), number.encode(), PHONE_PURPOSE)


def open_phone(sealed: bytes) -> str:
    """Return a number in the clear."""
    return unseal(standing_key(PERSON_KEY), sealed, PHONE_PURPOSE).decode()


def phone_hash(number: str) -> bytes:
    """Return what a normalised number is looked up by."""
    return mac(standing_key("lookup"), b"person.phone", number.encode())


def binding_code_hash(plain: str) -> bytes:
    """Return what a binding code (in its normal form) is looked up by."""
    return mac(standing_key("lookup"), b"person.binding", plain.encode())


def seal_rows(rows: list[Any]) -> bytes:
    """Seal the rows of an import until they are applied."""
    plain = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return seal(standing_key(PERSON_KEY), plain, ROWS_PURPOSE)


def open_rows(sealed: bytes) -> list[Any]:
    """Return the rows of an import."""
    rows: list[Any] = json.loads(unseal(standing_key(PERSON_KEY), sealed, ROWS_PURPOSE))
    return rows
