"""Passwords: argon2id, a check that takes the same time whether or not the name exists."""

import contextlib
import secrets
import threading
from collections.abc import Iterator
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.core.errors import Refusal
from server.identity import rules

# OWASP's least for argon2id: 19 MiB, two passes, one lane; about 25 ms of one core.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Hashing fills memory and a core: at most this many at once in a process, others wait briefly.
MOST_AT_ONCE = 2
WAIT_SECONDS = 5
FIRST_LENGTH = 16
# Without what looks alike in print: 0 O, 1 l I.
FIRST_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


@contextlib.contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Refusal(
            "too_many_requests",
            429,
            headers={"Retry-After": str(WAIT_SECONDS)},
            seconds=WAIT_SECONDS,
        )
    try:
        yield
    finally:
        _places.release()


def hashed(password: str) -> str:
    """Return the hash that is stored."""
    with _place():
        return HASHER.hash(password)


@cache
def _hash_of_nobody(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_urlsafe())


def is_right(stored: str | None, password: str) -> bool:
    """Compare a password with a stored hash; with None, take as long and say no."""
    with _place():
        try:
            HASHER.verify(stored or _hash_of_nobody(HASHER), password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def random_password(name: str) -> str:
    """Draw a first password, of about 92 bits, for the account ``name``."""
    while True:
        password = "".join(secrets.choice(FIRST_ALPHABET) for _ in range(FIRST_LENGTH))
        if rules.password_is_strong(password, name):
            return password
