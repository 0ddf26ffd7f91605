"""Letters: made by a job, kept sealed for a week, printed by two persons, and noted as posted.

The pages have the links' codes, with which anybody could rate for everybody: so one person of the
office releases them, another one downloads each document once a release. The list for the post has
no codes.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import select, update

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.codes import shown
from server.campaigns.service import require_office
from server.core.access import Actor
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import Refusal
from server.core.lazily import Later
from server.identity import queries as identity
from server.sampling import letter_store, outreach, queries
from server.sampling.dispatching import draw_for_update, require_running
from server.sampling.links import link_of
from server.sampling.models import Dispatch, DrawnPerson, FrameUnit, LetterRun, SampleDraw
from server.sampling.outreach_rules import LETTER_LIFE, LETTERS_A_PART
from server.sampling.persons import open_contact
from server.sampling.rules import DispatchState, LetterState, Occasion, Way
from server.settings import queries as settings
from server.settings.rules import OFFICE_NAME, OFFICE_PHONE

if TYPE_CHECKING:
    from server.sampling import letter_files
else:
    letter_files = Later("server.sampling.letter_files")

LIST = "list.xlsx"


def part_name(part: int) -> str:
    """Return the name of a document of a run; the parts are numbered from 1."""
    return f"{part}.docx"


def start(draw_id: int, *, actor: Actor, now: datetime) -> LetterRun:
    """Have the letters made that wait; the caller enqueues ``outreach_tasks.make_letters``."""
    draw = draw_for_update(draw_id, actor)
    require_running(draw, now)
    chosen = outreach.letters_to_post(draw_id)
    if not chosen:
        raise Refusal("letters_none", 409)
    run = LetterRun(
        id=uuid4(),
        draw_id=draw_id,
        dispatches=list(chosen),
        size=len(chosen),
        parts=-(-len(chosen) // LETTERS_A_PART),
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    _record(actor, draw, "letters.made", now, size=len(chosen))
    return run


def make_part(run_id: UUID) -> bool:
    """Make the next document of a run, and after the last one the list; tell whether more is to do.

    Safe to repeat: what a killed worker made is made again, and takes its place.
    """
    run = db.session.get(LetterRun, run_id, with_for_update=True, populate_existing=True)
    if run is None or run.state != LetterState.WAITING:
        return False
    draw = queries.draw(run.draw_id)
    sheet = _sheet(draw, run)
    if run.done < run.parts:
        first = run.done * LETTERS_A_PART
        some = run.dispatches[first : first + LETTERS_A_PART]
        document = letter_files.letter_document(_letters(draw, some), sheet)
        letter_store.keep(run_id, part_name(run.done + 1), document)
        run.done += 1
        return True
    letter_store.keep(run_id, LIST, letter_files.list_workbook(_letters(draw, run.dispatches)))
    run.state = LetterState.READY.value
    return False


def _sheet(draw: SampleDraw, run: LetterRun) -> "letter_files.Sheet":
    campaign = campaigns.campaign(draw.campaign_id)
    occasions = set(
        db.session.scalars(
            select(Dispatch.occasion).where(Dispatch.id.in_(run.dispatches)).distinct()
        )
    )
    return letter_files.Sheet(
        campaign.title,
        campaign.closes_at,
        settings.value(OFFICE_NAME),
        settings.value(OFFICE_PHONE),
        reminds=occasions == {Occasion.REMINDER.value},
    )


def _letters(draw: SampleDraw, dispatches: Sequence[UUID]) -> "list[letter_files.Letter]":
    rows = db.session.execute(
        select(Dispatch.id, Dispatch.place, FrameUnit.number, FrameUnit.person_sealed)
        .join(
            DrawnPerson,
            (DrawnPerson.draw_id == Dispatch.draw_id) & (DrawnPerson.place == Dispatch.place),
        )
        .join(
            FrameUnit,
            (FrameUnit.frame_id == draw.frame_id) & (FrameUnit.number == DrawnPerson.number),
        )
        .where(Dispatch.id.in_(dispatches))
    ).all()
    codes = queries.codes_of(draw)
    links = campaigns.sample_links([codes[row.place] for row in rows])
    names = identity.organisation_names(
        {department for link in links if link for department in link.departments}
    )
    found: dict[UUID, letter_files.Letter] = {}
    for row, link in zip(rows, links, strict=True):
        person = open_contact(row.person_sealed)
        if person is None or link is None:
            continue
        found[row.id] = letter_files.Letter(
            row.number,
            person.name,
            person.address,
            shown(codes[row.place]),
            link_of(codes[row.place]),
            tuple(names[department] for department in link.departments),
        )
    # In the order of the list and the pages alike; a letter that was taken back meanwhile is out.
    return [found[one] for one in dispatches if one in found]


def fail(run_id: UUID) -> None:
    """Note that letters could not be made; nothing of them stays."""
    db.session.execute(
        update(LetterRun)
        .where(LetterRun.id == run_id, LetterRun.state == LetterState.WAITING.value)
        .values(state=LetterState.FAILED.value)
    )
    letter_store.forget(run_id)


def release(run_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Let another person of the office download each document of a run once; recorded."""
    run, draw = _ready(run_id, actor)
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    run.released_by, run.taken = actor.id, []
    _record(actor, draw, "letters.released", now, size=run.size)


def download(run_id: UUID, part: int, *, actor: Actor, now: datetime) -> bytes:
    """Return a document of a run to the office, once, released by somebody else; recorded."""
    run, draw = _ready(run_id, actor)
    if actor.id is None:
        raise Refusal("not_allowed", 403)
    if run.released_by is None:
        raise Refusal("letters_unreleased", 409)
    if actor.counts_as(run.released_by):
        raise Refusal("letters_same_person", 409)
    if part in run.taken:
        raise Refusal("letters_taken", 409)
    name = part_name(part)
    data = letter_store.read(run_id, name)
    run.taken = [*run.taken, part]
    number = min(LETTERS_A_PART, run.size - (part - 1) * LETTERS_A_PART)
    run.printed += number
    _record(actor, draw, "letters.downloaded", now, name=name, size=number)
    return data


def download_list(run_id: UUID, *, actor: Actor, now: datetime) -> bytes:
    """Return a run's list for the post to the office: names and addresses; recorded."""
    run, draw = _ready(run_id, actor)
    data = letter_store.read(run_id, LIST)
    _record(actor, draw, "letters.downloaded", now, name=LIST, size=run.size)
    return data


def _ready(run_id: UUID, actor: Actor) -> tuple[LetterRun, SampleDraw]:
    """Return a run with its row locked, and its draw; refuse unless its files are there."""
    run = db.session.get(LetterRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise Refusal("letter_run_unknown", 404)
    draw = queries.draw(run.draw_id)
    require_office(campaigns.department_paths(draw.campaign_id), actor)
    if run.state != LetterState.READY:
        raise Refusal("letters_gone" if run.state == LetterState.GONE else "letters_unready", 409)
    return run, draw


def post(run_id: UUID, *, actor: Actor, now: datetime) -> int:
    """Note that a run's letters were posted today; return how many."""
    run = outreach.letter_run(run_id)
    draw = draw_for_update(run.draw_id, actor)
    db.session.refresh(run)
    if run.posted_on is not None:
        raise Refusal("letters_posted", 409)
    if run.state != LetterState.READY:
        raise Refusal("letters_gone" if run.state == LetterState.GONE else "letters_unready", 409)
    run.posted_on = local_date(now)
    posted = db.session.scalars(
        update(Dispatch)
        .where(
            Dispatch.id.in_(run.dispatches),
            Dispatch.way == Way.LETTER.value,
            Dispatch.state == DispatchState.WAITING.value,
        )
        .values(state=DispatchState.SENT.value, sent_on=local_date(now))
        .returning(Dispatch.id)
        .execution_options(synchronize_session=False)
    ).all()
    _record(actor, draw, "letters.posted", now, size=len(posted))
    return len(posted)


def forget_old(now: datetime) -> None:
    """Remove the files of letters that are a week old."""
    letter_store.forget_older(LETTER_LIFE)
    old = db.session.scalars(
        select(LetterRun)
        .where(LetterRun.created_at <= now - LETTER_LIFE, LetterRun.state != LetterState.GONE.value)
        .with_for_update()
    )
    for run in old:
        _forget(run)


def forget_draws(draw_ids: Collection[int]) -> None:
    """Remove the files of all letters of some draws."""
    # Locked: a part that is being made is put in its place first, and then removed.
    found = select(LetterRun).where(LetterRun.draw_id.in_(draw_ids)).order_by(LetterRun.id)
    for run in db.session.scalars(found.with_for_update()):
        _forget(run)


def _forget(run: LetterRun) -> None:
    run.state = LetterState.GONE.value
    letter_store.forget(run.id)


def _record(actor: Actor, draw: SampleDraw, action: str, now: datetime, **more: str | int) -> None:
    audit.record(actor, action, ("campaign", draw.campaign_id), at=now, panel=draw.panel, **more)
