"""What a rater says, checked against what the campaign asks, in the one form that is stored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from server.campaigns.rules import contact_key_name
from server.core.crypto import mac, seal
from server.core.errors import InvalidInput
from server.core.keyring import standing_key
from server.evaluation.rules import LEVEL_LABELS, UNKNOWN

_CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
CONTACT_PURPOSE = "evaluation.contact"


@dataclass(frozen=True)
class Contact:
    """How the department may reach a rater who chose to be reached."""

    name: str
    phone: str


@dataclass(frozen=True)
class Content:
    """The words and levels of one rating, without who, where and when.

    ``salt`` are the 32 bytes that the phone drew for its commitment, where it did. ``handle_now``:
    a poor rating of an open survey is to be handled before the close (``wishes``).
    """

    overall: int
    levels: Mapping[str, int]
    tags: tuple[str, ...] = ()
    comment: str = ""
    photos: tuple[UUID, ...] = ()
    contact: Contact | None = None
    salt: bytes | None = None
    handle_now: bool = False


def levels_in_order(content: Content, leaves: Sequence[int]) -> list[int]:
    """Return the leaf levels in the order of ``leaves``; 0 is 不了解.

    Raises InvalidInput that names each leaf that is missing, unknown or out of range.
    """
    wanted = [str(leaf) for leaf in leaves]
    errors = [
        {"field": f"levels.{leaf}", "message": "请为这一项选择等级，或选择“不了解”。"}
        for leaf in wanted
        if leaf not in content.levels
    ]
    errors += [
        {"field": f"levels.{leaf}", "message": "这一项不在本次评价的问题中，请刷新页面。"}
        for leaf in content.levels
        if leaf not in wanted
    ]
    errors += [
        {"field": f"levels.{leaf}", "message": "等级须为 0 至 5 的整数。"}
        for leaf, level in content.levels.items()
        if level not in LEVEL_LABELS and level != UNKNOWN
    ]
    if errors:
        raise InvalidInput(errors)
    return [content.levels[leaf] for leaf in wanted]


def content_mac(key: bytes, content: Content, target: Sequence[object]) -> bytes:
    """Return a keyed hash that tells a retry from other content under the same receipt.

    Under the campaign's key: content and target are few enough to be tried out (levels, an
    enterprise, a link's code) by whoever has a key that outlives the campaign.
    """
    contact = [content.contact.name, content.contact.phone] if content.contact else None
    said: list[object] = [
        [str(part) for part in target],
        content.overall,
        sorted(content.levels.items()),
        sorted(content.tags),
        content.comment,
        [str(photo) for photo in content.photos],
        contact,
    ]
    # Left out where it isn't wished, so that retries from before it existed still match.
    canonical = _CANONICAL.encode([*said, "handle now"] if content.handle_now else said)
    return mac(key, b"content", canonical.encode())


def seal_contact(campaign_id: int, contact: Contact | None) -> bytes | None:
    """Seal a contact under the campaign's contact key."""
    if contact is None:
        return None
    plain = json.dumps([contact.name, contact.phone], ensure_ascii=False).encode()
    return seal(standing_key(contact_key_name(campaign_id)), plain, CONTACT_PURPOSE)
