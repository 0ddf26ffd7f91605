"""Persons of frames as they are stored: sealed, and a keyed hash by which one is found again."""

import json
import unicodedata
from typing import NamedTuple

from server.core.crypto import mac, seal, unseal
from server.core.keyring import standing_key

# The standing keys of frames' persons, and of the hash that finds one again.
PERSON_KEY, LOOKUP_KEY = "frames", "frames-lookup"
PERSON_PURPOSE = "frame_unit.person"


class Contact(NamedTuple):
    """Who stands behind a row of a frame; a text is empty where the file had none."""

    name: str
    telephone: str
    address: str


def seal_contact(key: bytes, contact: Contact) -> bytes:
    """Seal a person; ``key`` is the standing one, asked for once for many."""
    plain = json.dumps(contact, ensure_ascii=False, separators=(",", ":")).encode()
    return seal(key, plain, PERSON_PURPOSE)


def open_contact(sealed: bytes | None) -> Contact | None:
    """Return a person in the clear, None where it was erased."""
    if sealed is None:
        return None
    return Contact(*json.loads(unseal(standing_key(PERSON_KEY), sealed, PERSON_PURPOSE)))


def person_key(key: bytes, contact: Contact) -> bytes:
    """Return what the same person is found by: the telephone, else name and address."""
    if contact.telephone:
        return mac(key, b"telephone", contact.telephone.encode())
    return mac(key, b"name and address", _folded(contact.name), _folded(contact.address))


def _folded(text: str) -> bytes:
    # 江滨路１２号 and 江滨路12号 are one address.
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold().encode()
