"""Entries: sent in by the phone under an id of its own, corrected, withdrawn."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from server.activities import queries as activities
from server.activities.rules import TAKING_PART, ActivityState
from server.core.access import Actor
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.frontline import content as contents
from server.frontline.authority import author_of
from server.frontline.content import EntryContent
from server.frontline.models import Entry, EntryUnit
from server.frontline.queries import rows
from server.frontline.queries.describing import ENTRY_SUBJECT
from server.frontline.queries.places import COMMUNITIES, NO_UNITS
from server.frontline.rules import CORRECTABLE, WITHDRAWABLE, ContentState, EntryState
from server.identity import queries as identity
from server.membership.queries import Person
from server.pictures import queries as pictures
from server.pictures import service as picture_service
from server.pictures.rules import Purpose


def put_entry(
    entry_id: UUID,
    content: EntryContent,
    *,
    revision: int | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Entry, bool]:
    """Take in an entry or a correction of it; return it, and whether it is new.

    The same content again changes nothing and gets the same answer. ``revision`` is the one that
    the author had before it; None where the phone never heard of any. A returned entry goes back to
    the branch's step. Refuses a correction of something else than was read (409), and of an entry
    that is neither submitted nor returned (409).
    """
    existing = db.session.get(Entry, entry_id, with_for_update=True, populate_existing=True)
    author = author_of(actor, existing.person_id if existing else None)
    if existing is None:
        _check(content, actor, now)
        if _insert(entry_id, content, author, now):
            entry = rows.entry(entry_id)
            _attach(entry, content, actor, now)
            return entry, True
        existing = rows.entry_for_update(entry_id)
    if existing.person_id != author.id:
        raise rows.unknown_entry()
    return _correct(existing, content, revision, actor, now), False


def withdraw_entry(entry_id: UUID, *, actor: Actor, now: datetime) -> Entry:
    """Take an entry back before the office has approved it; doing it again changes nothing.

    What was merged into it goes back to review: it was somebody else's.
    """
    found = rows.entry(entry_id)
    author = author_of(actor, found.person_id)
    if found.person_id != author.id:
        raise rows.unknown_entry()
    entry = rows.entry_for_update(entry_id)
    if entry.state == EntryState.WITHDRAWN:
        return entry
    if entry.state not in WITHDRAWABLE:
        raise Refusal("entry_not_withdrawable", 409)
    entry.state = EntryState.WITHDRAWN.value
    entry.revision += 1
    picture_service.let_go((ENTRY_SUBJECT, str(entry_id)))
    db.session.execute(
        update(Entry)
        .where(Entry.merged_into == entry_id)
        .values(
            state=EntryState.SUBMITTED.value,
            merged_into=None,
            revision=Entry.revision + 1,
            submitted_at=now,
        )
    )
    return entry


def _insert(entry_id: UUID, content: EntryContent, author: Person, now: datetime) -> bool:
    """Store a new entry unless the same request, sent twice, has just done so."""
    stored = db.session.scalar(
        insert(Entry)
        .values(
            id=entry_id,
            branch_id=author.branch_id,
            person_id=author.id,
            **content.values(),
            state=EntryState.SUBMITTED.value,
            content_state=ContentState.WAITING.value,
            revision=1,
            created_at=now,
            submitted_at=now,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Entry.id)
    )
    return stored is not None


def _correct(
    entry: Entry, content: EntryContent, revision: int | None, actor: Actor, now: datetime
) -> Entry:
    same = content.is_that_of(entry, _units_of(entry), _pictures_of(entry))
    resent = entry.state == EntryState.RETURNED and revision == entry.revision
    if same and not resent:
        return entry
    if entry.state not in CORRECTABLE:
        raise Refusal("entry_not_correctable", 409)
    # A phone without an answer knows of no revision: it may correct what only itself has seen.
    known = 1 if revision is None and entry.state == EntryState.SUBMITTED else revision
    if known != entry.revision:
        raise Refusal("entry_changed_meanwhile", 409)
    _check(content, actor, now, entry)
    for column, value in content.values().items():
        setattr(entry, column, value)
    if entry.state == EntryState.RETURNED:
        entry.submitted_at = now
    entry.state = EntryState.SUBMITTED.value
    entry.content_state = ContentState.WAITING.value
    entry.revision += 1
    _attach(entry, content, actor, now)
    return entry


def _units_of(entry: Entry) -> Mapping[int, int]:
    return rows.units([entry.id]).get(entry.id, {})


def _pictures_of(entry: Entry) -> list[UUID]:
    shown = pictures.of_subjects(ENTRY_SUBJECT, [entry.id])
    return [picture.id for picture in shown[str(entry.id)]]


def _attach(entry: Entry, content: EntryContent, author: Actor, now: datetime) -> None:
    db.session.execute(delete(EntryUnit).where(EntryUnit.entry_id == entry.id))
    db.session.add_all(
        EntryUnit(entry_id=entry.id, organisation_id=organisation, people=people)
        for organisation, people in content.units.items()
    )
    picture_service.take_up(
        content.pictures,
        purpose=Purpose.FRONTLINE,
        subject=(ENTRY_SUBJECT, str(entry.id)),
        uploaded_by=author.id,
        now=now,
    )
    db.session.flush()


def _check(
    content: EntryContent, author: Actor, now: datetime, stored: Entry | None = None
) -> None:
    contents.check(content, today=local_date(now), stored=stored.happened_on if stored else None)
    faults = []
    if content.activity is not None and (stored is None or stored.activity_id != content.activity):
        faults += _activity_faults(content.activity, author)
    wanted = {*content.units, *([content.community] if content.community is not None else [])}
    kinds = {one.id: one.kind for one in identity.organisations_by_id(wanted)}
    if content.community is not None and kinds.get(content.community) not in COMMUNITIES:
        faults.append({"field": "community", "message": "请选择一个社区或村。"})
    if not set(content.units) <= set(kinds):
        faults.append({"field": "units", "message": "有的参与单位已不存在，请重新选择。"})
    elif any(kinds[one] in NO_UNITS for one in content.units):
        faults.append({"field": "units", "message": "参与单位不能是市、区或企业，请重新选择。"})
    if faults:
        raise InvalidInput(faults)


def _activity_faults(activity_id: int, author: Actor) -> list[dict[str, str]]:
    """Refuse an activity that the author has nothing to do with, in the words for one not there.

    Otherwise an entry would tell the title of anybody's draft.
    """
    if _is_near(activity_id, author):
        return []
    return [{"field": "activity", "message": "没有找到这项活动，请重新选择。"}]


def _is_near(activity_id: int, author: Actor) -> bool:
    """Tell whether an announced activity is the author's to join or manage, or was joined."""
    try:
        held = activities.activity(activity_id)
    except Refusal:
        return False
    if held.state != ActivityState.ANNOUNCED:
        return False
    reader = activities.reader_of(author)
    if reader.is_meant(held, activities.partner_ids([activity_id])[activity_id]):
        return True
    if activities.may_manage(held, author):
        return True
    if reader.person is None:
        return False
    own = activities.mine([activity_id], reader.person.id).get(activity_id)
    return own is not None and own.standing in TAKING_PART
