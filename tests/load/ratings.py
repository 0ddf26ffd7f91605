"""Prepared HTTP requests: each another member, another address and another receipt."""

import itertools
import json
import random
import secrets
from collections.abc import Iterator
from ipaddress import IPv4Address
from uuid import UUID, uuid4

from sqlalchemy import insert

from server.core import clock
from server.core.access import ActorKind
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.rules import LEVEL_LABELS, UNKNOWN
from server.identity import tokens
from server.identity.models import Member
from tests.load.campaigns import RatedCampaign

RECEIPT_KEY_BYTES = 16
HASH_BYTES = 16
FIRST_ADDRESS = IPv4Address("10.0.0.1")
LEVELS = (*LEVEL_LABELS, UNKNOWN)
HEAD = (
    "POST /api/v1/campaigns/{campaign}/evaluations HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n"
    "User-Agent: ronghe-load\r\n"
    "Accept: application/json\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: {length}\r\n"
    "Authorization: Bearer {token}\r\n"
    "Idempotency-Key: {receipt_key}\r\n"
    "X-Forwarded-For: {address}\r\n"
    "\r\n"
)


class Raters:
    """Makes members as it goes; no two requests share one, so that no limit is met."""

    def __init__(self, seed: int) -> None:
        """Draw departments and levels by ``seed``."""
        self._random = random.Random(seed)  # noqa: S311 levels of a benchmark
        self._addresses: Iterator[IPv4Address] = (FIRST_ADDRESS + n for n in itertools.count())

    def ratings(self, campaign: RatedCampaign, count: int) -> list[bytes]:
        """Return requests that rate in a campaign, each a first rating."""
        return [self._rating(campaign, member) for member in _new_members(count)]

    def _rating(self, campaign: RatedCampaign, member: UUID) -> bytes:
        token, _ = tokens.issue(ActorKind.MEMBER, member)
        body = json.dumps(
            {
                "department": self._random.choice(campaign.departments),
                "overall": self._random.choice(tuple(LEVEL_LABELS)),
                "levels": {str(leaf): self._random.choice(LEVELS) for leaf in campaign.leaves},
                "tags": [],
                "comment": "",
                "photos": [],
                "contact": None,
                "enterprise": None,
                "counter": None,
                "code": None,
            }
        ).encode()
        head = HEAD.format(
            campaign=campaign.id,
            length=len(body),
            token=token,
            receipt_key=secrets.token_hex(RECEIPT_KEY_BYTES),
            address=next(self._addresses),
        )
        return head.encode() + body


def _new_members(count: int) -> list[UUID]:
    # Straight into the table: thousands of sign-ins would take longer than what is measured.
    members = [uuid4() for _ in range(count)]
    with transaction():
        db.session.execute(
            insert(Member),
            [
                {
                    "id": member,
                    "openid_sealed": b"",
                    "openid_hash": secrets.token_bytes(HASH_BYTES),
                    "joined_on": clock.today(),
                }
                for member in members
            ],
        )
    return members
