"""Lists of entries, and one entry, as a caller may see them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select

from server.core.access import Actor
from server.core.paging import Page, newest_first, page
from server.frontline.authority import Caller, caller_of, may_organise, may_review, steps_of
from server.frontline.models import Entry
from server.frontline.queries import rows
from server.frontline.queries.describing import describe_entries
from server.frontline.readings import EntryReading
from server.frontline.rules import EntryState, ReviewStep, Solution
from server.identity import queries as identity

Organisation = identity.Organisation
# What members of the branch read of each other: what somebody has approved.
SHOWN_IN_BRANCH = (EntryState.BRANCH_APPROVED.value, EntryState.APPROVED.value)


def shown_entry(entry_id: UUID, actor: Actor) -> EntryReading:
    """Return one entry as the actor may see it; refuse with 404 what it may not."""
    found = rows.entry(entry_id)
    caller = caller_of(actor)
    if not _may_see(found, caller):
        raise rows.unknown_entry()
    return describe_entries([found], caller)[0]


def _may_see(found: Entry, caller: Caller) -> bool:
    if caller.person_id is not None and caller.person_id == found.person_id:
        return True
    if found.state == EntryState.WITHDRAWN:
        return False
    if steps_of(caller.actor, identity.organisation(found.branch_id).path):
        return True
    if caller.branch_id == found.branch_id:
        return found.state in SHOWN_IN_BRANCH
    return caller.is_member and found.state == EntryState.APPROVED


def my_entries(actor: Actor, *, cursor: str | None = None, limit: int = 20) -> Page[EntryReading]:
    """Return the actor's own entries, the latest first."""
    caller = caller_of(actor)
    if caller.person_id is None:
        return Page([], None)
    query = select(Entry).where(Entry.person_id == caller.person_id)
    return _latest(query, caller, cursor, limit)


def branch_entries(
    actor: Actor, *, cursor: str | None = None, limit: int = 20
) -> Page[EntryReading]:
    """Return the entries of the actor's branch, the latest first.

    Who may organise for the branch sees all but withdrawn ones, others what was approved.
    """
    caller = caller_of(actor)
    if caller.branch_id is None:
        return Page([], None)
    query = select(Entry).where(Entry.branch_id == caller.branch_id)
    if may_organise(actor, identity.organisation(caller.branch_id).path):
        query = query.where(Entry.state != EntryState.WITHDRAWN.value)
    else:
        query = query.where(Entry.state.in_(SHOWN_IN_BRANCH))
    return _latest(query, caller, cursor, limit)


def approved_entries(
    path: str,
    actor: Actor,
    *,
    days: tuple[date, date] | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[EntryReading]:
    """Return the approved entries of branches at or below ``path``, the latest first.

    ``days`` are the first and the last day on which they may have happened.
    """
    query = _below(path).where(Entry.state == EntryState.APPROVED.value)
    if days is not None:
        query = query.where(Entry.happened_on.between(*days))
    return _latest(query, caller_of(actor), cursor, limit)


def open_problems(
    path: str, actor: Actor, *, cursor: str | None = None, limit: int = 20
) -> Page[EntryReading]:
    """Return the approved problems left open with the wish to hand them on, oldest first.

    One that has become a case is none of them any more.
    """
    found = page(
        _below(path).where(
            Entry.state == EntryState.APPROVED.value,
            Entry.solution == Solution.OPEN.value,
            Entry.hand_on,
            Entry.case_id.is_(None),
        ),
        [Entry.submitted_at, Entry.id],
        kinds=[datetime.fromisoformat, UUID],
        key=lambda row: [row[0].submitted_at.isoformat(), row[0].id],
        cursor=cursor,
        limit=limit,
    )
    entries = [row[0] for row in found.items]
    return Page(describe_entries(entries, caller_of(actor)), found.next_cursor)


def may_hand_on(entry: EntryReading, actor: Actor) -> bool:
    """Tell whether somebody may hand an entry's problem on to a department now."""
    waits = entry.state is EntryState.APPROVED and entry.hand_on and entry.case_id is None
    path = identity.organisation(entry.branch.id).path
    return waits and may_review(actor, path, ReviewStep.OFFICE)


def _below(path: str) -> Select[Entry]:
    return (
        select(Entry)
        .join(Organisation, Organisation.id == Entry.branch_id)
        .where(Organisation.path.startswith(path, autoescape=True))
    )


def _latest(
    query: Select[Entry], caller: Caller, cursor: str | None, limit: int
) -> Page[EntryReading]:
    found = newest_first(query, Entry.submitted_at, Entry.id, kind=UUID, cursor=cursor, limit=limit)
    return Page(describe_entries(found.items, caller), found.next_cursor)
