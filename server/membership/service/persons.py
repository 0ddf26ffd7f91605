"""Persons: added, changed, moved, leaving, coming back, and successors in office.

Every function locks the persons that it changes, in the order of their ids, before their codes.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from server.audit import service as audit
from server.core.access import Actor
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import lock
from server.membership import queries
from server.membership.models import BindingCode, Person, PersonMove
from server.membership.rules import (
    KEEPERS,
    LONGEST_PERSON_NAME,
    MOST_GROUPS,
    PERSON_CODE,
    READERS,
    REGISTER_LOCK,
    Move,
    Post,
    looks_like_identity_number,
    normal_name,
    normal_phone,
)
from server.membership.sealing import phone_hash, seal_name, seal_phone
from server.membership.service import posts
from server.membership.service.authority import require_branch, require_reach
from server.membership.service.departures import departed

Faults = list[dict[str, str]]


def add_person(
    *,
    branch_id: int,
    name: str,
    phone: str = "",
    code: str = "",
    groups: Sequence[int] = (),
    post: Post = Post.MEMBER,
    actor: Actor,
    now: datetime,
) -> Person:
    """Take a person into a branch.

    A number or code that somebody has already breaks ``uq_person_phone`` or ``uq_person_code``; a
    second secretary breaks ``uq_person_secretary``. Nobody is added while an import looks for whom
    it knows: it would take the same person for a new one.
    """
    require_branch(actor, branch_id, *KEEPERS)
    lock(REGISTER_LOCK)
    person = Person(branch_id=branch_id, post=post.value, active=True, created_at=now)
    _describe(person, name, phone, code, groups)
    db.session.add(person)
    db.session.flush()
    note_move(person, Move.JOINED, None, branch_id, actor, now)
    audit.record(
        actor, "person.added", ("person", person.id), at=now, organisation=branch_id, post=post
    )
    return person


def change_person(
    person_id: UUID,
    *,
    name: str,
    phone: str = "",
    code: str = "",
    groups: Sequence[int] = (),
    post: Post,
    actor: Actor,
    now: datetime,
) -> Person:
    """Change what is known of a person; a secretary's place that is taken is for ``succeed``."""
    person = _managed(person_id, actor)
    before = posts.held(person)
    _describe(person, name, phone, code, groups)
    person.post = post.value
    db.session.flush()
    posts.keep_in_step(person, before, now)
    audit.record(
        actor,
        "person.changed",
        ("person", person_id),
        at=now,
        organisation=person.branch_id,
        post=post,
    )
    return person


def move_person(person_id: UUID, to_branch_id: int, *, actor: Actor, now: datetime) -> Person:
    """Move a person, with its phone, to another branch, where it begins without a post."""
    person = _managed(person_id, actor)
    require_branch(actor, to_branch_id, *KEEPERS)
    from_branch_id = person.branch_id
    if from_branch_id == to_branch_id:
        return person
    before = posts.held(person)
    person.branch_id, person.post = to_branch_id, Post.MEMBER.value
    db.session.flush()
    posts.keep_in_step(person, before, now)
    note_move(person, Move.MOVED, from_branch_id, to_branch_id, actor, now)
    departed([person_id])
    audit.record(
        actor,
        "person.moved",
        ("person", person_id),
        at=now,
        before=from_branch_id,
        after=to_branch_id,
    )
    return person


def remove_person(person_id: UUID, *, actor: Actor, now: datetime) -> Person:
    """Note that a person has left: its phone is unbound and its number forgotten.

    The name stays with what the person took part in.
    """
    person = _managed(person_id, actor)
    if person.member_id is not None:
        posts.take(person.member_id, person, now)
    branch_id = person.branch_id
    person.active, person.post = False, Post.MEMBER.value
    person.member_id = person.bound_on = None
    person.phone_sealed = person.phone_hash = None
    db.session.flush()
    revoke_codes(person_id, now)
    note_move(person, Move.LEFT, branch_id, None, actor, now)
    departed([person_id])
    audit.record(actor, "person.left", ("person", person_id), at=now, organisation=branch_id)
    return person


def return_person(person_id: UUID, to_branch_id: int, *, actor: Actor, now: datetime) -> Person:
    """Take back a person who had left, into the same branch or another."""
    person = queries.person_for_update(person_id)
    require_reach(actor, person.branch_id, *KEEPERS)
    require_branch(actor, to_branch_id, *KEEPERS)
    if person.active:
        raise Refusal("person_active", 409)
    person.active, person.branch_id = True, to_branch_id
    db.session.flush()
    note_move(person, Move.RETURNED, None, to_branch_id, actor, now)
    audit.record(actor, "person.returned", ("person", person_id), at=now, organisation=to_branch_id)
    return person


def succeed(person_id: UUID, post: Post, *, actor: Actor, now: datetime) -> Person:
    """Put a person into a post of its branch.

    A branch has one secretary: the former one becomes a member, and its phone loses the post's
    roles, in the same transaction that gives them to the successor's.
    """
    branch_id = queries.person(person_id).branch_id
    # Of two successors at once the second finds the first in office. (Not the branch's row: whoever
    # binds a phone holds a person and then asks for that.)
    lock(f"secretary of {branch_id}")
    former = queries.secretary_of(branch_id) if post is Post.SECRETARY else None
    both = queries.persons_for_update([person_id, *([former.id] if former else [])])
    person = _in_reach(both.get(person_id), actor)
    if person.branch_id != branch_id:
        raise Refusal("conflict", 409)
    if former is not None and former.id != person_id:
        _step_down(both[former.id], branch_id, now)
    before = posts.held(person)
    person.post = post.value
    db.session.flush()
    posts.keep_in_step(person, before, now)
    audit.record(
        actor,
        "person.succeeded",
        ("person", person_id),
        at=now,
        organisation=branch_id,
        post=post,
        before=str(former.id) if former is not None and former.id != person_id else None,
    )
    return person


def _step_down(former: Person, branch_id: int, now: datetime) -> None:
    if former.branch_id != branch_id or former.post != Post.SECRETARY:
        return
    before = posts.held(former)
    former.post = Post.MEMBER.value
    db.session.flush()
    posts.keep_in_step(former, before, now)


def export_roster(branch_id: int, *, actor: Actor, now: datetime) -> list[queries.RosterRow]:
    """Return a branch's roster to be taken along, and record who took it."""
    require_reach(actor, branch_id, *READERS)
    rows = queries.roster(branch_id)
    audit.record(actor, "roster.exported", ("organisation", branch_id), at=now, size=len(rows))
    return rows


def note_move(
    person: Person,
    kind: Move,
    from_branch_id: int | None,
    to_branch_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down a change of place."""
    db.session.add(
        PersonMove(
            person_id=person.id,
            kind=kind.value,
            from_branch_id=from_branch_id,
            to_branch_id=to_branch_id,
            moved_on=local_date(now),
            moved_by=actor.id,
        )
    )


def revoke_codes(person_id: UUID, now: datetime) -> None:
    """Make a person's waiting binding codes worthless."""
    db.session.execute(
        update(BindingCode)
        .where(
            BindingCode.person_id == person_id,
            BindingCode.redeemed_at.is_(None),
            BindingCode.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def _managed(person_id: UUID, actor: Actor) -> Person:
    return _in_reach(queries.person_for_update(person_id), actor)


def _in_reach(person: Person | None, actor: Actor) -> Person:
    if person is None:
        raise Refusal("person_unknown", 404)
    require_reach(actor, person.branch_id, *KEEPERS)
    if not person.active:
        raise Refusal("person_left", 409)
    return person


def _describe(person: Person, name: str, phone: str, code: str, groups: Sequence[int]) -> None:
    """Set what is known of a person; raise with every field that is wrong."""
    plain_name, number = normal_name(name), normal_phone(phone) if phone.strip() else ""
    faults = [*_name_faults(plain_name), *_code_faults(code), *_group_faults(person, groups)]
    if number is None:
        faults.append({"field": "phone", "message": "请填写 11 位手机号码，或留空。"})
    if faults:
        raise InvalidInput(faults)
    person.name_sealed = seal_name(plain_name)
    person.phone_sealed = seal_phone(number) if number else None
    person.phone_hash = phone_hash(number) if number else None
    person.code = code.strip() or None
    person.groups = sorted(set(groups))


def _name_faults(name: str) -> Faults:
    if 1 <= len(name) <= LONGEST_PERSON_NAME:
        return []
    return [{"field": "name", "message": f"请填写 1 至 {LONGEST_PERSON_NAME} 个字的姓名。"}]


def _code_faults(code: str) -> Faults:
    plain = code.strip()
    if looks_like_identity_number(plain):
        return [{"field": "code", "message": "请不要填写身份证号，系统不保存身份证号。"}]
    if plain and not PERSON_CODE.fullmatch(plain):
        return [{"field": "code", "message": "编号为 1 至 40 个字母、数字、点、横线或下划线。"}]
    return []


def _group_faults(person: Person, groups: Sequence[int]) -> Faults:
    # A group that was retired stays with whom it has; it can't be newly chosen.
    known = {one.id for one in queries.groups()} | set(person.groups or [])
    if len(set(groups)) > MOST_GROUPS or not set(groups) <= known:
        return [{"field": "groups", "message": "请从给出的群体中选择。"}]
    return []
