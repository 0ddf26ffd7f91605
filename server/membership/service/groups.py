"""Groups of persons that coverage looks at: one list for all, kept from above all branches."""

from datetime import datetime

from server.audit import service as audit
from server.core.access import Actor, ActorKind, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.membership import queries
from server.membership.models import PersonGroup
from server.membership.rules import LONGEST_GROUP_NAME

GROUP_KEEPERS = (Role.PARTY_STAFF, Role.OFFICE)


def add_group(name: str, *, actor: Actor, now: datetime) -> PersonGroup:
    """Add a group; a name that is taken breaks ``uq_person_group_name``."""
    _require(actor)
    group = PersonGroup(name=_checked(name), active=True)
    db.session.add(group)
    db.session.flush()
    audit.record(actor, "person_group.added", ("person_group", group.id), at=now, name=group.name)
    return group


def change_group(group_id: int, name: str, *, actor: Actor, now: datetime) -> PersonGroup:
    """Give a group another name."""
    _require(actor)
    group = queries.group(group_id)
    group.name = _checked(name)
    db.session.flush()
    audit.record(actor, "person_group.changed", ("person_group", group_id), at=now, name=group.name)
    return group


def set_group_active(
    group_id: int,
    active: bool,  # noqa: FBT001 the value that is set
    *,
    actor: Actor,
    now: datetime,
) -> PersonGroup:
    """Take a group out of use, or back; the persons in it stay in it."""
    _require(actor)
    group = queries.group(group_id)
    if group.active != active:
        group.active = active
        verb = "person_group.activated" if active else "person_group.retired"
        audit.record(actor, verb, ("person_group", group_id), at=now)
    return group


def keeps_groups(actor: Actor) -> bool:
    """Tell whether an actor keeps the groups: only who reaches every Party organisation does.

    Imports everywhere name a group, and coverage everywhere counts it, so a part of the tree is
    not enough.
    """
    if actor.kind is ActorKind.SYSTEM:
        return True
    paths = [grant.path for grant in actor.grants if grant.role in GROUP_KEEPERS]
    return bool(paths) and not queries.party_stands_outside(paths)


def _require(actor: Actor) -> None:
    if not keeps_groups(actor):
        raise Refusal("not_allowed", 403)


def _checked(name: str) -> str:
    plain = name.strip()
    if not 1 <= len(plain) <= LONGEST_GROUP_NAME:
        message = f"请填写 1 至 {LONGEST_GROUP_NAME} 个字的名称。"
        raise InvalidInput([{"field": "name", "message": message}])
    return plain
