"""Entries that may be of the same problem: for the reviewer to choose from, nothing more."""

from uuid import UUID

from sqlalchemy import or_, select

from server.core.access import Actor
from server.core.database import db
from server.frontline.authority import caller_of, steps_of
from server.frontline.models import Entry
from server.frontline.queries import rows
from server.frontline.queries.describing import describe_entries
from server.frontline.readings import Duplicate
from server.frontline.rules import ALIKE, ALIKE_ELSEWHERE, DUPLICATE_WINDOW, LIVE, likeness
from server.identity import queries as identity

MOST_CANDIDATES = 100
MOST_SUGGESTED = 20


def likely_duplicates(entry_id: UUID, actor: Actor) -> list[Duplicate]:
    """Return what an entry may be a duplicate of: the likely ones first, each part by likeness.

    Only entries that the actor reviews itself, and never its own: of the same place, community or
    branch, at most two weeks apart. The same problem may be told in quite other words, so those
    that are not likely follow.
    """
    entry = rows.entry(entry_id)
    if not steps_of(actor, identity.organisation(entry.branch_id).path):
        return []
    alike = [(found, likeness(_words(entry), _words(found))) for found in _candidates(entry)]
    alike.sort(key=lambda pair: (pair[1] >= _least(entry, pair[0]), pair[1]), reverse=True)
    caller = caller_of(actor)
    paths = {
        one.id: one.path
        for one in identity.organisations_by_id({found.branch_id for found, _ in alike})
    }
    mine = [
        pair
        for pair in alike
        if steps_of(actor, paths[pair[0].branch_id]) and pair[0].person_id != caller.person_id
    ][:MOST_SUGGESTED]
    readings = describe_entries([found for found, _ in mine], caller)
    return [Duplicate(reading, degree) for reading, (_, degree) in zip(readings, mine, strict=True)]


def _candidates(entry: Entry) -> list[Entry]:
    near = [Entry.branch_id == entry.branch_id, Entry.place == entry.place]
    if entry.community_id is not None:
        near.append(Entry.community_id == entry.community_id)
    return list(
        db.session.scalars(
            select(Entry)
            .where(
                Entry.id != entry.id,
                Entry.state.in_([state.value for state in LIVE]),
                Entry.happened_on.between(
                    entry.happened_on - DUPLICATE_WINDOW, entry.happened_on + DUPLICATE_WINDOW
                ),
                or_(*near),
            )
            .order_by(Entry.submitted_at.desc(), Entry.id)
            .limit(MOST_CANDIDATES)
        )
    )


def _least(entry: Entry, found: Entry) -> float:
    same_place = entry.place == found.place or (
        entry.community_id is not None and entry.community_id == found.community_id
    )
    return ALIKE if same_place else ALIKE_ELSEWHERE


def _words(entry: Entry) -> str:
    return entry.problem or entry.came
