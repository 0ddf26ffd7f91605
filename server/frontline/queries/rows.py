"""Rows of entries and experiences, as the domain itself needs them."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select

from server.core.database import db
from server.core.errors import Refusal
from server.frontline.models import Entry, EntryReview, EntryUnit, Experience, ExperienceUse


def unknown_entry() -> Refusal:
    """Return the answer to who asks for an entry that is not there, or not for it."""
    return Refusal("entry_unknown", 404)


def unknown_experience() -> Refusal:
    """Return the answer to who asks for an experience that is not there, or not for it."""
    return Refusal("experience_unknown", 404)


def entry(entry_id: UUID) -> Entry:
    """Return one entry; refuse with 404."""
    found = db.session.get(Entry, entry_id)
    if found is None:
        raise unknown_entry()
    return found


def entry_for_update(entry_id: UUID) -> Entry:
    """Return one entry, read afresh, with its row locked until the transaction ends."""
    found = db.session.get(Entry, entry_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise unknown_entry()
    return found


def experience(experience_id: UUID) -> Experience:
    """Return one experience; refuse with 404."""
    found = db.session.get(Experience, experience_id)
    if found is None:
        raise unknown_experience()
    return found


def experience_for_update(experience_id: UUID) -> Experience:
    """Return one experience, read afresh, with its row locked until the transaction ends."""
    found = db.session.get(Experience, experience_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise unknown_experience()
    return found


def units(entry_ids: Iterable[UUID]) -> dict[UUID, dict[int, int]]:
    """Return how many people each organisation sent, by entry."""
    found: dict[UUID, dict[int, int]] = defaultdict(dict)
    rows = db.session.scalars(
        select(EntryUnit)
        .where(EntryUnit.entry_id.in_(list(entry_ids)))
        .order_by(EntryUnit.organisation_id)
    )
    for row in rows:
        found[row.entry_id][row.organisation_id] = row.people
    return found


def reviews(entry_ids: Iterable[UUID]) -> dict[UUID, list[EntryReview]]:
    """Return what reviewers said, oldest first, by entry."""
    found: dict[UUID, list[EntryReview]] = defaultdict(list)
    rows = db.session.scalars(
        select(EntryReview)
        .where(EntryReview.entry_id.in_(list(entry_ids)))
        .order_by(EntryReview.id)
    )
    for row in rows:
        found[row.entry_id].append(row)
    return found


def absorbed(entry_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Return which entries were merged into each."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    rows = db.session.execute(
        select(Entry.merged_into, Entry.id)
        .where(Entry.merged_into.in_(list(entry_ids)))
        .order_by(Entry.submitted_at, Entry.id)
    )
    for target, merged in rows:
        if target is not None:
            found[target].append(merged)
    return found


def use_counts(experience_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return how many branches made use of each experience."""
    rows = db.session.execute(
        select(ExperienceUse.experience_id, func.count())
        .where(ExperienceUse.experience_id.in_(list(experience_ids)))
        .group_by(ExperienceUse.experience_id)
    )
    return {row[0]: row[1] for row in rows}


def uses(experience_id: UUID) -> list[ExperienceUse]:
    """Return who made use of an experience, the latest first."""
    return list(
        db.session.scalars(
            select(ExperienceUse)
            .where(ExperienceUse.experience_id == experience_id)
            .order_by(ExperienceUse.used_on.desc(), ExperienceUse.branch_id)
        )
    )
