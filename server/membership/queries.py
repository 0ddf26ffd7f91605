"""Reading persons, rosters, groups and imports. Names are unsealed here, phones only on request."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import false, func, or_, select

from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.core.pinyin import search_key, sort_key
from server.identity import queries as identity
from server.identity.rules import searchable
from server.membership.models import BindingCode, ImportRun, Person, PersonGroup, PersonMove
from server.membership.rules import PARTY_KINDS, ImportKind, ImportState, Post
from server.membership.sealing import open_name, open_phone, phone_hash

__all__ = ["BindingCode", "ImportRun", "Person", "PersonGroup", "PersonMove"]


@dataclass(frozen=True)
class RosterRow:
    """A line of a roster; ``sort_key`` is the name's pinyin."""

    id: UUID
    name: str
    sort_key: str
    branch_id: int
    post: Post
    groups: list[int]
    bound: bool
    active: bool
    code: str | None = None


# Persons


def person(person_id: UUID) -> Person:
    """Return one person; refuse with 404."""
    found = db.session.get(Person, person_id)
    if found is None:
        raise Refusal("person_unknown", 404)
    return found


def persons_for_update(ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Return persons, read afresh, their rows locked in the order of their ids."""
    found = db.session.scalars(
        select(Person)
        .where(Person.id.in_(set(ids)))
        .order_by(Person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in found}


def person_for_update(person_id: UUID) -> Person:
    """Return one person, read afresh, with its row locked; refuse with 404."""
    found = persons_for_update([person_id]).get(person_id)
    if found is None:
        raise Refusal("person_unknown", 404)
    return found


def person_of_member(member_id: UUID) -> Person | None:
    """Return the person that a phone is bound to, or None."""
    return db.session.scalar(select(Person).where(Person.member_id == member_id))


def bound_person(member_id: UUID) -> Person:
    """Return the person that a phone is bound to; refuse with 403 where there is none."""
    found = person_of_member(member_id)
    if found is None:
        raise Refusal("person_not_bound", 403)
    return found


def name_of(one: Person) -> str:
    """Return a person's name in the clear."""
    return open_name(one.name_sealed)


def phone_of(one: Person) -> str:
    """Return a person's number in the clear, or nothing: for the register's keepers alone."""
    return open_phone(one.phone_sealed) if one.phone_sealed else ""


def names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of persons, for lists."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(Person.id, Person.name_sealed).where(Person.id.in_(wanted)))
    return {row[0]: open_name(row[1]) for row in rows}


def branches_of(ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the branches of persons, for lists."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(Person.id, Person.branch_id).where(Person.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def members_of(person_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return which phone each person is bound to; who is bound to none is left out."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Person.id, Person.member_id).where(
            Person.id.in_(wanted), Person.member_id.is_not(None)
        )
    )
    return {person_id: member for person_id, member in rows if member is not None}


def members_of_phones(numbers: Iterable[str]) -> dict[str, UUID]:
    """Return the member whom each normalised number's person is bound to; others are left out."""
    hashes = {phone_hash(number): number for number in numbers}
    rows = db.session.execute(
        select(Person.phone_hash, Person.member_id).where(
            Person.phone_hash.in_(list(hashes)), Person.active, Person.member_id.is_not(None)
        )
    )
    return {hashes[key]: member for key, member in rows if key is not None and member is not None}


def roster(branch_id: int, *, q: str = "", active: bool = True) -> list[RosterRow]:
    """Return the persons of a branch by pinyin; ``q`` is part of a name, its pinyin or initials."""
    return _rows([branch_id], q, active=active)


def persons_of_branches(branch_ids: Collection[int], q: str = "") -> list[RosterRow]:
    """Return the active persons of some branches by pinyin."""
    return _rows(branch_ids, q, active=True)


def _rows(branch_ids: Collection[int], q: str, *, active: bool) -> list[RosterRow]:
    if not branch_ids:
        return []
    found = db.session.execute(
        select(
            Person.id,
            Person.name_sealed,
            Person.branch_id,
            Person.post,
            Person.groups,
            Person.member_id,
            Person.code,
        ).where(Person.branch_id.in_(branch_ids), Person.active.is_(active))
    )
    wanted = searchable(q)
    rows = []
    for identifier, sealed, branch_id, post, groups_of_person, member_id, code in found:
        name = open_name(sealed)
        if wanted and not _is_found(name, wanted):
            continue
        bound = member_id is not None
        rows.append(
            RosterRow(
                identifier,
                name,
                sort_key(name),
                branch_id,
                Post(post),
                list(groups_of_person),
                bound,
                active,
                code,
            )
        )
    return sorted(rows, key=lambda row: (row.sort_key, row.name, row.id))


def _is_found(name: str, wanted: str) -> bool:
    # A name's pinyin costs thirty times what its unsealing does: worked out where it can matter.
    if wanted in searchable(name):
        return True
    return wanted.isascii() and any(wanted in part for part in search_key(name).split(" "))


def branch_people(branch_ids: Collection[int]) -> dict[int, int]:
    """Return how many active persons each branch has; those without are left out."""
    return {branch: people for branch, (people, _) in branch_counts(branch_ids).items()}


def branch_counts(branch_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return how many active persons each branch has, and how many of them are bound."""
    rows = db.session.execute(
        select(Person.branch_id, func.count(), func.count(Person.member_id))
        .where(Person.branch_id.in_(branch_ids), Person.active)
        .group_by(Person.branch_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def secretary_of(branch_id: int) -> Person | None:
    """Return a branch's secretary."""
    return db.session.scalar(
        select(Person).where(
            Person.branch_id == branch_id, Person.post == Post.SECRETARY.value, Person.active
        )
    )


def moves(person_id: UUID) -> Sequence[PersonMove]:
    """Return a person's moves, newest first."""
    return db.session.scalars(
        select(PersonMove).where(PersonMove.person_id == person_id).order_by(PersonMove.id.desc())
    ).all()


def open_code(person_id: UUID) -> BindingCode | None:
    """Return the code that waits to be redeemed for a person, expired or not."""
    return db.session.scalar(
        select(BindingCode)
        .where(
            BindingCode.person_id == person_id,
            BindingCode.redeemed_at.is_(None),
            BindingCode.revoked_at.is_(None),
        )
        .order_by(BindingCode.created_at.desc())
        .limit(1)
    )


# Groups


def groups(active: bool | None = True) -> Sequence[PersonGroup]:  # noqa: FBT001, FBT002 the signature that the other domains agreed on
    """Return the groups of persons in the order of their making; ``None`` takes all."""
    query = select(PersonGroup).order_by(PersonGroup.id)
    if active is not None:
        query = query.where(PersonGroup.active.is_(active))
    return db.session.scalars(query).all()


def group(group_id: int) -> PersonGroup:
    """Return one group; refuse with 404."""
    found = db.session.get(PersonGroup, group_id)
    if found is None:
        raise Refusal("person_group_unknown", 404)
    return found


def party_stands_outside(paths: Sequence[str]) -> bool:
    """Tell whether a Party organisation in use stands below none of these places."""
    below = [identity.Organisation.path.startswith(path, autoescape=True) for path in paths]
    outside = select(identity.Organisation.id).where(
        identity.Organisation.active,
        identity.Organisation.kind.in_([kind.value for kind in PARTY_KINDS]),
        ~or_(false(), *below),
    )
    return bool(db.session.scalar(select(outside.exists())))


def group_names() -> dict[int, str]:
    """Return the names of all groups, retired ones included."""
    return {one.id: one.name for one in groups(active=None)}


def group_people() -> dict[int, int]:
    """Return how many active persons each group has."""
    member = func.unnest(Person.groups).label("member")
    inner = select(member).where(Person.active).subquery()
    rows = db.session.execute(select(inner.c.member, func.count()).group_by(inner.c.member))
    return {row[0]: row[1] for row in rows}


# Imports


def import_run(run_id: UUID) -> ImportRun:
    """Return one import; refuse with 404."""
    found = db.session.get(ImportRun, run_id)
    if found is None:
        raise Refusal("import_unknown", 404)
    return found


def import_run_for_update(run_id: UUID) -> ImportRun:
    """Return one import, read afresh, with its row locked; refuse with 404."""
    found = db.session.get(ImportRun, run_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("import_unknown", 404)
    return found


def import_runs(
    reach: Mapping[ImportKind, Sequence[str]], *, cursor: str | None = None, limit: int = 20
) -> Page[ImportRun]:
    """Return imports that were not dropped, newest first: each kind below its own places."""
    below = [
        (ImportRun.kind == kind.value)
        & identity.Organisation.path.startswith(path, autoescape=True)
        for kind, paths in reach.items()
        for path in paths
    ]
    query = (
        select(ImportRun)
        .join(identity.Organisation, identity.Organisation.id == ImportRun.organisation_id)
        .where(ImportRun.state != ImportState.DROPPED.value, or_(false(), *below))
    )
    return newest_first(
        query, ImportRun.created_at, ImportRun.id, kind=UUID, cursor=cursor, limit=limit
    )
