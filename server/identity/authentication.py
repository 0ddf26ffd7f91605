"""Recognising who sends a request: a bearer token, or the console's session."""

from dataclasses import replace
from types import EllipsisType
from typing import Any
from uuid import UUID

from flask import g, request, session

from server.core.access import NOBODY, Actor, ActorKind
from server.core.errors import Refusal
from server.identity import queries, tokens
from server.identity.rules import DELEGABLE
from server.identity.tokens import Bearer

SCHEME = "bearer"
DESK_PATHS = "/api/v1/desk/"


class RequestAuthenticator:
    """What ``core.access`` asks of identity.

    A token that can't be read counts as none: a route that needs one answers 401, and one that
    is open to everybody still serves a phone whose token has just expired.
    """

    def member_id(self) -> UUID | None:
        """Return the member of the bearer token; the database is not asked."""
        bearer = _bearer()
        return bearer.identifier if bearer and bearer.kind is ActorKind.MEMBER else None

    def risk_rank(self) -> int | None:
        """Return the risk rank that the bearer token carries; the database is not asked."""
        bearer = _bearer()
        return bearer.risk_rank if bearer else None

    def actor(self) -> Actor:
        """Return the caller with grants as they stand now."""
        bearer = _bearer()
        if bearer is None:
            return _account_of_session()
        kind, identifier, epoch, _, phone = bearer
        if kind is not ActorKind.ACCOUNT:
            return Actor(kind, identifier, queries.access_grants(member_id=identifier))
        return _account(identifier, epoch) if phone is None else _on_phone(identifier, epoch, phone)


def _bearer() -> Bearer | None:
    # One look at g where it is read already; it is asked for several times a request.
    bearer: Bearer | EllipsisType | None = g.get("bearer", ...)
    if isinstance(bearer, EllipsisType):
        bearer = g.bearer = _read_header()
    return bearer


def _read_header() -> Bearer | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not token:
        return None
    try:
        return tokens.read(token.strip())
    except Refusal:
        return None


def _account_of_session() -> Actor:
    kept: Any = session.get("account")
    if not isinstance(kept, dict):
        return NOBODY
    return _account(UUID(kept["id"]), kept["epoch"])


def _account(identifier: UUID, epoch: int) -> Actor:
    if not queries.session_is_current(identifier, epoch):
        return NOBODY
    return Actor(ActorKind.ACCOUNT, identifier, queries.access_grants(account_id=identifier))


def _on_phone(identifier: UUID, epoch: int, phone: UUID) -> Actor:
    """Return who works at the desk on a linked phone: there alone, and with everyday roles alone.

    A phone is lost more easily than a desk: unlinked, its token is worth nothing at once.
    """
    linked = queries.account_of_phone(phone)
    if not request.path.startswith(DESK_PATHS) or linked is None or linked.id != identifier:
        return NOBODY
    actor = _account(identifier, epoch)
    everyday = tuple(grant for grant in actor.grants if grant.role in DELEGABLE)
    return replace(actor, grants=everyday)
