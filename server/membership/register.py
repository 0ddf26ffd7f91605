"""The persons that an import can meet, at hand by code, number, and name within a branch."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from server.core.database import db
from server.membership.models import Person
from server.membership.rules import Post
from server.membership.sealing import open_name


@dataclass(frozen=True)
class Known:
    """What is known of a person, its name unsealed."""

    id: UUID
    branch_id: int
    name: str
    phone_hash: bytes | None
    code: str | None
    groups: list[int]
    post: Post
    active: bool


@dataclass
class Register:
    """Persons by what identifies them."""

    by_code: dict[str, Known] = field(default_factory=dict)
    by_phone: dict[bytes, Known] = field(default_factory=dict)
    by_name: dict[tuple[int, str], list[Known]] = field(default_factory=lambda: defaultdict(list))
    secretaries: dict[int, UUID] = field(default_factory=dict)


def _any_of(column: Any, values: Collection[Any], kind: Any) -> Any:
    # One parameter however many values: PostgreSQL takes 65,535 of them and no more.
    return column == any_(literal(list(values), ARRAY(kind)))


def register_of(
    branch_ids: Collection[int], codes: Collection[str], phone_hashes: Collection[bytes]
) -> Register:
    """Return the persons of some branches, and who has one of the codes or numbers elsewhere."""
    rows = db.session.execute(
        select(
            Person.id,
            Person.branch_id,
            Person.name_sealed,
            Person.phone_hash,
            Person.code,
            Person.groups,
            Person.post,
            Person.active,
        )
        .where(
            or_(
                _any_of(Person.branch_id, branch_ids, sa.Integer),
                _any_of(Person.code, codes, sa.Text),
                _any_of(Person.phone_hash, phone_hashes, sa.LargeBinary),
            )
        )
        .order_by(Person.created_at, Person.id)
    )
    found = Register()
    for identifier, branch_id, sealed, phone, code, groups, post, active in rows:
        known = Known(
            identifier, branch_id, open_name(sealed), phone, code, groups, Post(post), active
        )
        if code is not None:
            found.by_code[code] = known
        if phone is not None:
            found.by_phone[phone] = known
        found.by_name[branch_id, known.name].append(known)
        if known.post is Post.SECRETARY and active:
            found.secretaries[branch_id] = identifier
    return found
