"""Rating codes: 12 characters of Crockford's base 32, worked out from a batch's seed.

60 bits of HMAC-SHA-256 over the place in the batch: with 5,000 codes issued and 60 guesses a
minute, a guesser needs some seven million years for an even chance of a hit.
"""

import secrets

from server.core.crypto import mac, seal, unseal
from server.core.keyring import standing_key

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
GROUP = 4
BITS = 5
SEED_PURPOSE = "code_batch.seed"
# What people misread is taken for what it looks like, as Crockford's base 32 says.
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None})


def normal(code: str) -> str:
    """Return a typed code in its one form: upper case, no dashes, misread letters mended."""
    return code.strip().upper().translate(MISREAD)


def is_code(code: str) -> bool:
    """Tell whether a text has the form of a rating code."""
    plain = normal(code)
    return len(plain) == LENGTH and all(character in ALPHABET for character in plain)


def shown(code: str) -> str:
    """Return a code as it is printed: XXXX-XXXX-XXXX."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def from_bytes(raw: bytes, length: int = LENGTH) -> str:
    """Spell the first ``length`` * 5 bits of ``raw``."""
    number = int.from_bytes(raw, "big") >> (len(raw) * 8 - length * BITS)
    return "".join(ALPHABET[number >> (BITS * place) & 31] for place in reversed(range(length)))


def random_code(length: int) -> str:
    """Draw a code that stands by itself, such as a counter's."""
    return from_bytes(secrets.token_bytes(length), length)


def codes_of_seed(seed: bytes, size: int) -> list[str]:
    """Return a batch's codes in order."""
    return [from_bytes(mac(seed, b"code", place.to_bytes(4, "big"))) for place in range(size)]


def code_hash(code: str) -> bytes:
    """Return the keyed hash that a code is looked up by."""
    return mac(standing_key("lookup"), b"rating code", normal(code).encode())


def seal_seed(seed: bytes) -> bytes:
    """Seal a batch's seed for storing."""
    return seal(standing_key("codes"), seed, SEED_PURPOSE)


def unseal_seed(sealed: bytes) -> bytes:
    """Open a stored seed."""
    return unseal(standing_key("codes"), sealed, SEED_PURPOSE)
