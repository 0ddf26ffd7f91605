"""Signed bearer tokens of members and accounts: short-lived, and read without the database."""

import time
from uuid import UUID

import jwt
from flask import current_app

from server.core.access import ActorKind
from server.core.errors import Refusal

ALGORITHM = "HS256"
LIFE_SECONDS = 30 * 60
HOLDERS = frozenset({ActorKind.MEMBER, ActorKind.ACCOUNT})
CLAIMS = ["exp", "sub", "kind", "epoch"]


def issue(kind: ActorKind, identifier: UUID, epoch: int = 0) -> tuple[str, int]:
    """Return a token and the seconds that it lives.

    ``epoch`` is the account's ``session_epoch``: when that rises, the token is worth nothing.
    """
    claims = {
        "kind": kind.value,
        "sub": identifier.hex,
        "epoch": epoch,
        "exp": int(time.time()) + LIFE_SECONDS,
    }
    return jwt.encode(claims, current_app.config["SECRET_KEY"], ALGORITHM), LIFE_SECONDS


def read(token: str) -> tuple[ActorKind, UUID, int]:
    """Return kind, id and epoch of a token; refuse a forged or expired one with 401."""
    try:
        claims = jwt.decode(
            token,
            current_app.config["SECRET_KEY"],
            algorithms=[ALGORITHM],
            options={"require": CLAIMS},
        )
        kind, identifier, epoch = (
            ActorKind(claims["kind"]),
            UUID(hex=claims["sub"]),
            int(claims["epoch"]),
        )
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise Refusal("session_expired", 401) from error
    if kind not in HOLDERS:
        raise Refusal("session_expired", 401)
    return kind, identifier, epoch
