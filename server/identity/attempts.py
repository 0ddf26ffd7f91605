"""Counting wrong passwords: before the hash is worked out, so that guessing costs us nothing.

Two counters. Name and place together stop who guesses from one place; the name alone stops who
guesses from many, but binds strangers only: a known device is a place of its own, and is not
counted by name. So nobody can lock somebody else out for good. A right password gives its attempt
back: only wrong ones count.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.core.lazily import Later
from server.core.web import client_network
from server.identity.devices import device_of

if TYPE_CHECKING:
    from server.core import limits
else:
    limits = Later("server.core.limits")

KIND = "password"
NAME_AND_PLACE = "name_and_address"
NAME = "name"


@dataclass(frozen=True)
class Attempt:
    """One try at a password: the counters that it uses, by their kind."""

    keys: tuple[tuple[str, str], ...]

    def count(self) -> None:
        """Count the try; refuse with 429 once a counter is used up."""
        for by, key in self.keys:
            limits.refuse_over(limits.limits().hit(KIND, by, key))

    def give_back(self) -> None:
        """Take the try back: the password was right."""
        for by, key in self.keys:
            limits.limits().give_back(KIND, by, key)


def sign_in_attempt(name: str, address: str, device_cookie: str | None) -> Attempt:
    """Return the attempt to sign in under a name, from an address or a known device."""
    lowered = name.lower()
    device = device_of(device_cookie, name)
    if device is not None:
        return Attempt(((NAME_AND_PLACE, f"{lowered}|device|{device}"),))
    place = (NAME_AND_PLACE, f"{lowered}|address|{client_network(address)}")
    return Attempt((place, (NAME, lowered)))


def change_attempt(name: str) -> Attempt:
    """Return the attempt to prove the current password from within a session."""
    return Attempt(((NAME_AND_PLACE, f"{name.lower()}|session"),))
