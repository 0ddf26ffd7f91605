"""Binding a phone to a person: by a one-time code, or by a number that its owner shows.

A code is 60 random bits, shown once; the table keeps its keyed hash. Locks are taken in one order:
the person, then the codes.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.audit import service as audit
from server.core.access import Actor, ActorKind
from server.core.clock import local_date
from server.core.crockford import is_code, normal, random_code, shown
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries as identity
from server.membership import queries
from server.membership.models import BindingCode, Person
from server.membership.rules import (
    BINDING_CODE_LENGTH,
    BINDING_CODE_LIFE,
    BRANCH_KEEPERS,
    normal_phone,
)
from server.membership.sealing import binding_code_hash, phone_hash
from server.membership.service import posts
from server.membership.service.authority import require_reach
from server.membership.service.persons import revoke_codes
from server.membership.service.telling import tell_unbound
from server.wechat.platform import Platform

# The log says that a phone was bound or unbound, not which: nothing there joins the two for good.
A_PHONE = Actor(ActorKind.MEMBER)


def issue_binding_code(person_id: UUID, *, actor: Actor, now: datetime) -> str:
    """Return a one-time code for a person as it is printed; earlier ones end."""
    person = queries.person_for_update(person_id)
    require_reach(actor, person.branch_id, *BRANCH_KEEPERS)
    if not person.active:
        raise Refusal("person_left", 409)
    revoke_codes(person_id, now)
    code = random_code(BINDING_CODE_LENGTH)
    db.session.add(
        BindingCode(
            person_id=person_id,
            code_hash=binding_code_hash(code),
            created_by=actor.id,
            created_at=now,
            expires_at=now + BINDING_CODE_LIFE,
        )
    )
    db.session.flush()
    audit.record(
        actor, "person.code_issued", ("person", person_id), at=now, organisation=person.branch_id
    )
    return shown(code)


def bind_with_code(code: str, member_id: UUID, now: datetime) -> Person:
    """Bind a phone to the person whose code it has; a phone bound before is unbound and told.

    Of two phones at once the person's row lets one through; who repeats its own call gets the
    same answer.
    """
    identity.member(member_id)
    person, entry = _of_code(code)
    if entry.redeemed_at is not None and person.member_id == member_id:
        return person
    worthless = entry.redeemed_at or entry.revoked_at or entry.expires_at <= now
    if worthless or not person.active:
        raise Refusal("binding_code_unknown", 404, field="code")
    _refuse_bound_to_another(member_id, person)
    entry.redeemed_at = now
    if person.member_id is not None and person.member_id != member_id:
        former = person.member_id
        _part(person, now)
        tell_unbound(former, person, now)
        audit.record(A_PHONE, "person.rebound", ("person", person.id), at=now)
    return _bind(person, member_id, now)


def bind_with_phone(phone_code: str, member_id: UUID, platform: Platform, now: datetime) -> Person:
    """Bind a phone to the person under whose number WeChat knows its owner.

    A person that has a phone keeps it: who only got hold of a number can't push the owner out.
    """
    # First of all: no connection is held while WeChat thinks.
    number = normal_phone(platform.phone_number(phone_code))
    identity.member(member_id)
    found = None
    if number is not None:
        found = db.session.scalar(select(Person.id).where(Person.phone_hash == phone_hash(number)))
    if found is None:
        raise Refusal("person_phone_unknown", 404)
    person = queries.person_for_update(found)
    if not person.active:
        raise Refusal("person_phone_unknown", 404)
    if person.member_id == member_id:
        return person
    _refuse_bound_to_another(member_id, person)
    if person.member_id is not None:
        raise Refusal("person_bound_elsewhere", 409)
    revoke_codes(person.id, now)
    return _bind(person, member_id, now)


def unbind(person_id: UUID, *, actor: Actor, now: datetime) -> Person:
    """Unbind a person's phone on the word of its secretary or of the Party staff; it is told."""
    person = queries.person_for_update(person_id)
    require_reach(actor, person.branch_id, *BRANCH_KEEPERS)
    if person.member_id is not None:
        former = person.member_id
        _part(person, now)
        tell_unbound(former, person, now)
        audit.record(actor, "person.unbound", ("person", person_id), at=now)
    return person


def unbind_self(member_id: UUID, now: datetime) -> None:
    """Unbind one's own phone; doing it again changes nothing."""
    found = queries.person_of_member(member_id)
    if found is None:
        return
    person = queries.person_for_update(found.id)
    if person.member_id == member_id:
        _part(person, now)
        audit.record(A_PHONE, "person.unbound", ("person", person.id), at=now)


def _of_code(code: str) -> tuple[Person, BindingCode]:
    found: UUID | None = None
    hashed = binding_code_hash(normal(code))
    if is_code(code, BINDING_CODE_LENGTH):
        found = db.session.scalar(
            select(BindingCode.person_id).where(BindingCode.code_hash == hashed)
        )
    if found is None:
        raise Refusal("binding_code_unknown", 404, field="code")
    person = queries.person_for_update(found)
    entry = db.session.scalars(
        select(BindingCode)
        .where(BindingCode.code_hash == hashed)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return person, entry


def _refuse_bound_to_another(member_id: UUID, person: Person) -> None:
    mine = queries.person_of_member(member_id)
    if mine is not None and mine.id != person.id:
        raise Refusal("member_bound_already", 409)


def _bind(person: Person, member_id: UUID, now: datetime) -> Person:
    person.member_id, person.bound_on = member_id, local_date(now)
    # Two codes redeemed by one phone at once: the second breaks uq_person_member.
    db.session.flush()
    posts.give(member_id, person, now)
    audit.record(
        A_PHONE, "person.bound", ("person", person.id), at=now, organisation=person.branch_id
    )
    return person


def _part(person: Person, now: datetime) -> None:
    if person.member_id is not None:
        posts.take(person.member_id, person, now)
    person.member_id = person.bound_on = None
    db.session.flush()
