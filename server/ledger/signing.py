"""The log's own key and name."""

from functools import lru_cache
from urllib.parse import urlsplit

from flask import current_app

from server.core.keyring import standing_key
from server.ledger.notes import Signer

KEY_NAME = "ledger-signing"


def origin() -> str:
    """Return the log's name: where it is published, without the scheme."""
    public_url: str = current_app.config["CONFIGURATION"].public_url
    return urlsplit(public_url).netloc + "/log"


def signer() -> Signer:
    """Return the key that signs heads and promises."""
    return _signer(origin(), standing_key(KEY_NAME))


# To make a key object of a seed takes as long as to sign with it.
@lru_cache(maxsize=2)
def _signer(name: str, seed: bytes) -> Signer:
    return Signer(name, seed)
