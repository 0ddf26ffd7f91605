"""Reading what was sent and how the cells stand: counts alone, of nobody by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, union_all

from server.campaigns.models import Campaign
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first
from server.sampling import queries
from server.sampling.models import (
    Dispatch,
    DispatchCount,
    DrawnPerson,
    FrameUnit,
    LetterRun,
    SampleDraw,
)
from server.sampling.outreach_rules import (
    FINAL_FAULTS,
    PATIENCE,
    REMINDER_PAUSE,
    Fault,
    Shortage,
    reminder_due,
)
from server.sampling.persons import open_contact
from server.sampling.queries import ASKED_VALUES, ISSUED_VALUES
from server.sampling.rules import DispatchState, Occasion, Standing, Way


@dataclass(frozen=True)
class Round:
    """One occasion's messages by way and state."""

    occasion: Occasion
    number: int
    counts: dict[tuple[Way, DispatchState], int]
    begun_on: date

    def of(self, state: DispatchState, way: Way | None = None) -> int:
        """Return how many stand there, by one way or by all."""
        return sum(
            found for (one, at), found in self.counts.items() if at is state and way in {None, one}
        )

    @property
    def whole(self) -> int:
        """Return how many there are."""
        return sum(self.counts.values())

    @property
    def busy(self) -> int:
        """Return how many are being sent now; letters wait for the post."""
        letters = self.of(DispatchState.WAITING, Way.LETTER)
        return self.of(DispatchState.WAITING) - letters


@dataclass(frozen=True)
class Failure:
    """How many messages failed for a reason; ``final``: another try can't mend it."""

    fault: Fault
    count: int

    @property
    def final(self) -> bool:
        """Tell whether nothing more can be done about it."""
        return self.fault in FINAL_FAULTS


@dataclass(frozen=True)
class CellStanding:
    """A cell with what it lacks."""

    number: int
    name: str
    shortage: Shortage


def rounds(draw_id: int) -> list[Round]:
    """Return the invitation and each reminder, in order."""
    columns = (Dispatch.occasion, Dispatch.round, Dispatch.way, Dispatch.state)
    kept = DispatchCount
    rows = db.session.execute(
        union_all(
            select(*columns, func.count(), func.min(Dispatch.created_on))
            .where(Dispatch.draw_id == draw_id)
            .group_by(*columns),
            # After the close.
            select(
                kept.occasion,
                kept.round,
                kept.way,
                kept.state,
                func.sum(kept.number),
                func.min(kept.begun_on),
            )
            .where(kept.draw_id == draw_id)
            .group_by(kept.occasion, kept.round, kept.way, kept.state),
        )
    )
    found: dict[tuple[Occasion, int], Round] = {}
    for occasion, number, way, state, count, day in rows:
        key = (Occasion(occasion), number)
        before = found.get(key) or Round(*key, {}, day)
        counts = {**before.counts, (Way(way), DispatchState(state)): int(count)}
        found[key] = Round(*key, counts, min(day, before.begun_on))
    return sorted(found.values(), key=lambda one: (one.occasion is Occasion.REMINDER, one.number))


def uninvited(draw_id: int) -> int:
    """Return how many of those asked have no invitation on its way."""
    invited = _invitation()
    found = select(func.count()).where(
        DrawnPerson.draw_id == draw_id, DrawnPerson.standing.in_(ASKED_VALUES), ~invited
    )
    return db.session.scalar(found) or 0


def campaign_page(*, q: str = "", cursor: str | None, limit: int = 20) -> Page[Campaign]:
    """Return a page of the campaigns that have a sample, the latest to open first."""
    drawn = select(SampleDraw.id).where(SampleDraw.campaign_id == Campaign.id).exists()
    query = select(Campaign).where(drawn)
    if q:
        query = query.where(Campaign.title.contains(q, autoescape=True))
    return newest_first(query, Campaign.opens_at, Campaign.id, kind=int, cursor=cursor, limit=limit)


def reminders_of(draw_id: int) -> tuple[int, date | None]:
    """Return how many rounds of reminders there were, and when the last one began."""
    row = db.session.execute(
        select(func.coalesce(func.max(Dispatch.round), 0), func.max(Dispatch.created_on)).where(
            Dispatch.draw_id == draw_id, Dispatch.occasion == Occasion.REMINDER.value
        )
    ).one()
    return row[0], row[1]


def reminder_day(draw_id: int) -> date | None:
    """Return the first day on which somebody may be reminded; None before any link was sent.

    Three days after the last round began, and after the first link was sent: whoever has answered
    counts as well, so that the day says nothing of anybody.
    """
    reached = db.session.scalar(
        select(func.min(Dispatch.sent_on))
        .join(DrawnPerson, _person_of_dispatch())
        .where(
            Dispatch.draw_id == draw_id,
            Dispatch.occasion == Occasion.INVITATION.value,
            Dispatch.state == DispatchState.SENT.value,
            DrawnPerson.standing.in_(ASKED_VALUES),
        )
    )
    if reached is None:
        return None
    due = reminder_due(reminders_of(draw_id)[1])
    return max(reached + REMINDER_PAUSE, due or reached)


def without_address(draw_id: int) -> dict[Fault, int]:
    """Return of how many persons who were not reached no address is known, by reason."""
    rows = db.session.execute(
        select(Dispatch.reason, FrameUnit.person_sealed)
        .join(DrawnPerson, _person_of_dispatch())
        .join(SampleDraw, SampleDraw.id == Dispatch.draw_id)
        .join(
            FrameUnit,
            (FrameUnit.frame_id == SampleDraw.frame_id) & (FrameUnit.number == DrawnPerson.number),
        )
        .where(
            Dispatch.draw_id == draw_id,
            Dispatch.state == DispatchState.FAILED.value,
            DrawnPerson.standing.in_(ASKED_VALUES),
        )
    )
    found: dict[Fault, int] = {}
    for reason, sealed in rows:
        person = open_contact(sealed)
        if person is None or not person.address:
            found[Fault(reason)] = found.get(Fault(reason), 0) + 1
    return found


def failures(draw_id: int) -> list[Failure]:
    """Return the messages that failed, by reason: to those still asked; after the close, to all."""
    rows = db.session.execute(
        union_all(
            select(Dispatch.reason, func.count())
            .join(DrawnPerson, _person_of_dispatch())
            .where(
                Dispatch.draw_id == draw_id,
                Dispatch.state == DispatchState.FAILED.value,
                DrawnPerson.standing.in_(ASKED_VALUES),
            )
            .group_by(Dispatch.reason),
            select(DispatchCount.reason, func.sum(DispatchCount.number))
            .where(
                DispatchCount.draw_id == draw_id,
                DispatchCount.state == DispatchState.FAILED.value,
            )
            .group_by(DispatchCount.reason),
        )
    )
    counts = {row[0]: int(row[1]) for row in rows}
    return [Failure(fault, counts[fault.value]) for fault in Fault if fault.value in counts]


def waiting_letters(draw_id: int) -> int:
    """Return how many letters are to be made and posted."""
    return len(letters_to_post(draw_id))


def letters_to_post(draw_id: int) -> Sequence[UUID]:
    """Return the letters that wait, in the order of the draw."""
    return db.session.scalars(
        select(Dispatch.id)
        .join(DrawnPerson, _person_of_dispatch())
        .where(
            Dispatch.draw_id == draw_id,
            Dispatch.way == Way.LETTER.value,
            Dispatch.state == DispatchState.WAITING.value,
            # Reminders too, whether answered or not: a letter's list is read by people.
            DrawnPerson.standing.in_(ASKED_VALUES),
        )
        .order_by(DrawnPerson.place, Dispatch.id)
    ).all()


def _person_of_dispatch() -> ColumnElement[bool]:
    return and_(
        DrawnPerson.draw_id == Dispatch.draw_id,
        DrawnPerson.place == Dispatch.place,
    )


def printed_letters(draw_id: int) -> int:
    """Return how many letters of a draw were downloaded to print, each as often as it was."""
    found = select(func.sum(LetterRun.printed)).where(LetterRun.draw_id == draw_id)
    return int(db.session.scalar(found) or 0)


def letter_run(run_id: UUID) -> LetterRun:
    """Return letters made together; refuse with 404."""
    found = db.session.get(LetterRun, run_id)
    if found is None:
        raise Refusal("letter_run_unknown", 404)
    return found


def letter_runs(draw_id: int, *, cursor: str | None, limit: int = 10) -> Page[LetterRun]:
    """Return a draw's letters as they were made together, newest first."""
    query = select(LetterRun).where(LetterRun.draw_id == draw_id)
    return newest_first(
        query, LetterRun.created_at, LetterRun.id, kind=UUID, cursor=cursor, limit=limit
    )


def standings(draw: SampleDraw, today: date) -> list[CellStanding]:
    """Return a draw's cells with what each lacks, as far as it was counted last night.

    After the close as counted then: who answered is erased.
    """
    counts = _persons(draw.id, today)
    if draw.finished_at is not None:
        settled = queries.latest_responses(draw.campaign_id)
        counts = {
            cell: (*settled.get(cell, row[:2]), row[2], 0, row[4]) for cell, row in counts.items()
        }
    found = []
    for cell in queries.cells(draw.campaign_id).values():
        if cell.panel != draw.panel:
            continue
        row = counts.get(cell.number)
        if row is not None:
            found.append(CellStanding(cell.number, cell.name, Shortage(cell.drawn, *row)))
    return found


def _persons(draw_id: int, today: date) -> dict[int, tuple[int, int, int, int, int]]:
    """Return asked, answered, unreachable, silent and reserve by cell."""
    issued = DrawnPerson.standing.in_(ISSUED_VALUES)
    asked = DrawnPerson.standing.in_(ASKED_VALUES)
    open_ = and_(asked, DrawnPerson.answered.is_not(True))
    unreachable, silent = unreachable_person(), silent_person(today)
    rows = db.session.execute(
        select(
            DrawnPerson.cell,
            func.count().filter(issued),
            func.count().filter(issued, DrawnPerson.answered.is_(True)),
            func.count().filter(open_, unreachable),
            func.count().filter(open_, silent, ~unreachable),
            func.count().filter(DrawnPerson.standing == Standing.RESERVE.value),
        )
        .where(DrawnPerson.draw_id == draw_id)
        .group_by(DrawnPerson.cell)
    )
    return {row[0]: (row[1], row[2], row[3], row[4], row[5]) for row in rows}


def _invitation(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(Dispatch.place)
        .where(
            Dispatch.draw_id == DrawnPerson.draw_id,
            Dispatch.place == DrawnPerson.place,
            Dispatch.occasion == Occasion.INVITATION.value,
            *conditions,
        )
        .exists()
    )


def unreachable_person() -> ColumnElement[bool]:
    """Return the condition that a person's invitation failed."""
    return _invitation(Dispatch.state == DispatchState.FAILED.value)


def silent_person(today: date) -> ColumnElement[bool]:
    """Return the condition that a person has had the link for a week."""
    return _invitation(
        Dispatch.state == DispatchState.SENT.value, Dispatch.sent_on <= today - PATIENCE
    )
