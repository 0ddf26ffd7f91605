"""The tree of organisations: made, changed, moved, retired."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select, update

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.pinyin import sort_key
from server.identity import queries
from server.identity.models import Organisation, RoleGrant
from server.identity.rules import (
    LONGEST_NAME,
    OrganisationKind,
    child_path,
    organisation_search_key,
)
from server.identity.service.authority import lock_tree, require_reach, require_role

KEEPERS = (Role.OFFICE, Role.ADMINISTRATOR)


def create_organisation(
    *,
    name: str,
    kind: OrganisationKind,
    parent_id: int | None,
    short_name: str = "",
    aliases: Sequence[str] = (),
    duties: Sequence[str] = (),
    enterprise_facing: bool = False,
    actor: Actor,
    now: datetime,
) -> Organisation:
    """Add an organisation below ``parent_id``; a root is an administrator's to make."""
    lock_tree()
    parent_path = _parent_path(parent_id, actor)
    _check_name(name)
    organisation = Organisation(
        parent_id=parent_id,
        kind=kind.value,
        name=name,
        short_name=short_name,
        aliases=list(aliases),
        duties=list(duties),
        enterprise_facing=enterprise_facing,
        path="",
    )
    _set_keys(organisation)
    db.session.add(organisation)
    db.session.flush()
    organisation.path = child_path(parent_path, organisation.id)
    db.session.flush()
    audit.record(
        actor,
        "organisation.created",
        ("organisation", organisation.id),
        at=now,
        name=name,
        kind=kind.value,
        parent=parent_id,
    )
    return organisation


def update_organisation(
    organisation_id: int,
    *,
    name: str,
    parent_id: int | None,
    short_name: str = "",
    aliases: Sequence[str] = (),
    duties: Sequence[str] = (),
    enterprise_facing: bool = False,
    actor: Actor,
    now: datetime,
) -> Organisation:
    """Change what an organisation is called, does, and stands under; its kind stays."""
    organisation = move_organisation(organisation_id, parent_id, actor=actor, now=now)
    _check_name(name)
    organisation.name = name
    organisation.short_name = short_name
    organisation.aliases = list(aliases)
    organisation.duties = list(duties)
    organisation.enterprise_facing = enterprise_facing
    _set_keys(organisation)
    db.session.flush()
    audit.record(
        actor, "organisation.changed", ("organisation", organisation_id), at=now, name=name
    )
    return organisation


def move_organisation(
    organisation_id: int, parent_id: int | None, *, actor: Actor, now: datetime
) -> Organisation:
    """Put an organisation, with all below it, under another one.

    The actor must reach both places. A move below itself is refused; the lock on the tree keeps
    two moves from making a ring together.
    """
    lock_tree()
    organisation = queries.organisation_for_update(organisation_id)
    require_reach(actor, organisation.path, *KEEPERS)
    before = organisation.parent_id
    if before == parent_id:
        return organisation
    parent_path = _parent_path(parent_id, actor)
    if parent_path.startswith(organisation.path):
        raise Refusal("organisation_cycle", 409, field="parent_id")
    old_path, new_path = organisation.path, child_path(parent_path, organisation_id)
    organisation.parent_id = parent_id
    db.session.flush()
    db.session.execute(
        update(Organisation)
        .where(Organisation.path.startswith(old_path, autoescape=True))
        .values(path=func.concat(new_path, func.substr(Organisation.path, len(old_path) + 1)))
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()
    audit.record(
        actor,
        "organisation.moved",
        ("organisation", organisation_id),
        at=now,
        before=before,
        after=parent_id,
    )
    return organisation


def set_organisation_active(
    organisation_id: int,
    active: bool,  # noqa: FBT001 the value that is set
    *,
    actor: Actor,
    now: datetime,
) -> Organisation:
    """Retire an organisation that has neither parts nor people, or take it back."""
    lock_tree()
    organisation = queries.organisation_for_update(organisation_id)
    require_reach(actor, organisation.path, *KEEPERS)
    if organisation.active == active:
        return organisation
    if active:
        _parent_path(organisation.parent_id, actor)
    elif _is_in_use(organisation_id):
        raise Refusal("organisation_in_use", 409)
    organisation.active = active
    verb = "organisation.activated" if active else "organisation.retired"
    audit.record(actor, verb, ("organisation", organisation_id), at=now)
    return organisation


def _parent_path(parent_id: int | None, actor: Actor) -> str:
    if parent_id is None:
        require_role(actor, Role.ADMINISTRATOR)
        return ""
    parent = queries.organisation_for_update(parent_id)
    require_reach(actor, parent.path, *KEEPERS)
    if not parent.active:
        raise Refusal("organisation_inactive", 409, field="parent_id")
    return parent.path


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        message = f"请填写 1 至 {LONGEST_NAME} 个字的名称。"
        raise InvalidInput([{"field": "name", "message": message}])


def _set_keys(organisation: Organisation) -> None:
    names = [organisation.name, organisation.short_name, *organisation.aliases]
    organisation.sort_key = sort_key(organisation.name)
    organisation.search_key = organisation_search_key(names)


def _is_in_use(organisation_id: int) -> bool:
    parts = exists().where(Organisation.parent_id == organisation_id, Organisation.active)
    people = exists().where(RoleGrant.organisation_id == organisation_id)
    return bool(db.session.scalar(select(parts | people)))
