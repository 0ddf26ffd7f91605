"""Rating codes: 12 characters of Crockford's base 32, worked out from a batch's seed.

60 bits of HMAC-SHA-256 over the place in the batch: with 5,000 codes issued and 60 guesses a
minute, a guesser needs some seven million years for an even chance of a hit.
"""

from server.core import crockford
from server.core.crockford import normal, shown
from server.core.crypto import mac, seal, unseal
from server.core.keyring import standing_key

__all__ = ["normal", "shown"]
LENGTH = 12
SEED_PURPOSE = "code_batch.seed"


def is_code(code: str) -> bool:
    """Tell whether a text has the form of a rating code."""
    return crockford.is_code(code, LENGTH)


def codes_of_seed(seed: bytes, size: int) -> list[str]:
    """Return a batch's codes in order."""
    return [
        crockford.from_bytes(mac(seed, b"code", place.to_bytes(4, "big")), LENGTH)
        for place in range(size)
    ]


def code_hash(code: str) -> bytes:
    """Return the keyed hash that a code is looked up by."""
    return mac(standing_key("lookup"), b"rating code", normal(code).encode())


def seal_seed(seed: bytes) -> bytes:
    """Seal a batch's seed for storing."""
    return seal(standing_key("codes"), seed, SEED_PURPOSE)


def unseal_seed(sealed: bytes) -> bytes:
    """Open a stored seed."""
    return unseal(standing_key("codes"), sealed, SEED_PURPOSE)
