"""Groups of comparison: departments of comparable size and kind, kept by the office."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.paging import Page
from server.core.transaction import lock
from server.identity import queries as identity
from server.identity.queries import Organisation
from server.identity.rules import RATED_KINDS
from server.quarterly.models import ComparisonGroup, ComparisonGroupMember
from server.quarterly.rules import LONGEST_GROUP_NAME, MOST_GROUPS

LOCK = "comparison groups"


def every_group() -> Sequence[ComparisonGroup]:
    """Return the groups in the order in which they are shown."""
    return db.session.scalars(
        select(ComparisonGroup).order_by(ComparisonGroup.position, ComparisonGroup.id)
    ).all()


def group_of_departments() -> dict[int, int]:
    """Return the number of each department's group."""
    rows = db.session.execute(
        select(ComparisonGroupMember.department_id, ComparisonGroupMember.group_id)
    )
    return {row[0]: row[1] for row in rows}


def sizes() -> dict[int, int]:
    """Return how many departments each group has."""
    rows = db.session.execute(
        select(ComparisonGroupMember.group_id, func.count()).group_by(
            ComparisonGroupMember.group_id
        )
    )
    return {row[0]: row[1] for row in rows}


def ungrouped() -> int:
    """Return how many departments that can be rated are in no group."""
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(Organisation)
            .outerjoin(
                ComparisonGroupMember, ComparisonGroupMember.department_id == Organisation.id
            )
            .where(*_rated(), ComparisonGroupMember.group_id.is_(None))
        )
        or 0
    )


def department_page(
    *, q: str = "", group: int | None = None, loose: bool = False, cursor: str | None, limit: int
) -> Page[Organisation]:
    """Return a page of rated departments by pinyin: of a group, of none (``loose``), or all."""
    query = (
        select(Organisation)
        .outerjoin(ComparisonGroupMember, ComparisonGroupMember.department_id == Organisation.id)
        .where(*_rated())
    )
    if q:
        query = query.where(identity.matches(q))
    if loose:
        query = query.where(ComparisonGroupMember.group_id.is_(None))
    elif group is not None:
        query = query.where(ComparisonGroupMember.group_id == group)
    found = identity.by_pinyin(query, cursor=cursor, limit=limit)
    return Page([row[0] for row in found.items], found.next_cursor)


def add_group(name: str, *, actor: Actor, now: datetime) -> ComparisonGroup:
    """Make a group at the end of the order; refuse a name that another has, and too many."""
    require_office(actor)
    lock(LOCK)
    found = every_group()
    _check_name(name, found, own=None)
    if len(found) >= MOST_GROUPS:
        raise Refusal("too_many_groups", 409, most=MOST_GROUPS)
    position = max((one.position for one in found), default=0) + 1
    group = ComparisonGroup(name=name, position=position, changed_by=actor.id, changed_at=now)
    db.session.add(group)
    db.session.flush()
    audit.record(actor, "comparison_group.added", _subject(group), at=now, name=name)
    return group


def rename_group(group_id: int, name: str, *, actor: Actor, now: datetime) -> None:
    """Give a group another name."""
    require_office(actor)
    lock(LOCK)
    group = _group(group_id)
    _check_name(name, every_group(), own=group_id)
    before = group.name
    group.name, group.changed_by, group.changed_at = name, actor.id, now
    audit.record(
        actor, "comparison_group.renamed", _subject(group), at=now, before=before, after=name
    )


def move_group(group_id: int, *, actor: Actor, now: datetime) -> None:
    """Move a group one place towards the front."""
    require_office(actor)
    lock(LOCK)
    found = list(every_group())
    place = next((place for place, one in enumerate(found) if one.id == group_id), None)
    if place is None:
        raise Refusal("group_unknown", 404)
    if place:
        found[place - 1], found[place] = found[place], found[place - 1]
    for position, group in enumerate(found, start=1):
        group.position = position
    audit.record(actor, "comparison_group.moved", ("comparison_group", group_id), at=now)


def remove_group(group_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove a group; its departments are in none then."""
    require_office(actor)
    lock(LOCK)
    group = _group(group_id)
    audit.record(actor, "comparison_group.removed", _subject(group), at=now, name=group.name)
    db.session.delete(group)


def place_department(
    department_id: int, group_id: int | None, *, actor: Actor, now: datetime
) -> None:
    """Put a department into a group, or into none."""
    require_office(actor)
    lock(LOCK)
    department = identity.organisation(department_id)
    member = ComparisonGroupMember
    if group_id is None:
        db.session.execute(delete(member).where(member.department_id == department_id))
        name = ""
    else:
        name = _group(group_id).name
        placed = insert(member).values(department_id=department_id, group_id=group_id)
        db.session.execute(
            placed.on_conflict_do_update(
                index_elements=[member.department_id], set_={"group_id": group_id}
            )
        )
    audit.record(
        actor,
        "comparison_group.placed",
        ("organisation", department_id),
        at=now,
        department=department.name,
        to=name,
    )


def require_office(actor: Actor) -> None:
    """Refuse unless the actor's office reaches the whole city: a quarter is of all departments."""
    root = identity.root()
    actor.require("" if root is None else root.path, Role.OFFICE)


def _group(group_id: int) -> ComparisonGroup:
    found = db.session.get(ComparisonGroup, group_id)
    if found is None:
        raise Refusal("group_unknown", 404)
    return found


def _subject(group: ComparisonGroup) -> tuple[str, int]:
    return "comparison_group", group.id


def _check_name(name: str, groups: Sequence[ComparisonGroup], *, own: int | None) -> None:
    if not 0 < len(name) <= LONGEST_GROUP_NAME:
        message = f"请填写分组名称，1 至 {LONGEST_GROUP_NAME} 个字。"
        raise InvalidInput([{"field": "name", "message": message}])
    if any(one.name == name and one.id != own for one in groups):
        raise InvalidInput([{"field": "name", "message": "已经有同名的分组，请换一个名称。"}])


def _rated() -> tuple[ColumnElement[bool], ...]:
    kinds = [kind.value for kind in RATED_KINDS]
    return Organisation.kind.in_(kinds), Organisation.active.is_(True)
