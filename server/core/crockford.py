"""Codes that people type: Crockford's base 32, without the letters that are easily misread."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 4
BITS = 5
# What people misread is taken for what it looks like, as Crockford's base 32 says.
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None})


def normal(code: str) -> str:
    """Return a typed code in its one form: upper case, no dashes, misread letters mended."""
    return code.strip().upper().translate(MISREAD)


def is_code(code: str, length: int) -> bool:
    """Tell whether a text has the form of a code of this length."""
    plain = normal(code)
    return len(plain) == length and all(character in ALPHABET for character in plain)


def shown(code: str) -> str:
    """Return a code as it is printed: XXXX-XXXX-XXXX."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def from_bytes(raw: bytes, length: int) -> str:
    """Spell the first ``length`` * 5 bits of ``raw``."""
    number = int.from_bytes(raw, "big") >> (len(raw) * 8 - length * BITS)
    return "".join(ALPHABET[number >> (BITS * place) & 31] for place in reversed(range(length)))


def random_code(length: int) -> str:
    """Draw a code of ``length`` * 5 random bits."""
    return from_bytes(secrets.token_bytes(length), length)
