"""Replacements: those drawn beforehand take the place of who refused or could not be reached.

In the order of the draw, cell by cell, so that nobody chooses who stands in for whom. Who is
replaced keeps a link that works: an answer that comes late after all is a drawn person's answer.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update

from server.audit import service as audit
from server.core.access import Actor
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.sampling import outreach
from server.sampling.dispatching import draw_for_update, drop_waiting, require_running
from server.sampling.models import DrawnPerson, SampleDraw
from server.sampling.queries import ASKED_VALUES
from server.sampling.rules import Standing

MOST_REFUSALS = 200


def call_up(draw_id: int, cell: int, number: int, *, actor: Actor, now: datetime) -> int:
    """Call up to ``number`` reserves of a cell up, for persons not reached or silent for a week.

    Who wasn't reached comes first. Returns how many were called up; they are invited by the next
    invitation. Refuses where there is no reserve, or nobody to be replaced.
    """
    draw = draw_for_update(draw_id, actor)
    require_running(draw, now)
    unreached = outreach.unreachable_person()
    leaving = db.session.scalars(
        select(DrawnPerson.place)
        .where(
            DrawnPerson.draw_id == draw_id,
            DrawnPerson.cell == cell,
            DrawnPerson.standing.in_(ASKED_VALUES),
            DrawnPerson.answered.is_not(True),
            unreached | outreach.silent_person(local_date(now)),
        )
        .order_by(unreached.desc(), DrawnPerson.place)
        .limit(max(0, number))
    ).all()
    done = _swap(draw, cell, leaving)
    if not done:
        raise Refusal("replacement_none", 409)
    _record(actor, draw, "sample.called_up", done, now)
    return done


def take_refusals(
    draw_id: int, numbers: Collection[int], *, actor: Actor, now: datetime
) -> tuple[int, int]:
    """Note who told the office that they won't answer, by their numbers in the frame.

    Returns how many there were, and for how many of them a reserve was left. Whether one of them
    had answered is neither asked nor told.
    """
    draw = draw_for_update(draw_id, actor)
    require_running(draw, now)
    wanted = sorted(set(numbers))
    if not 1 <= len(wanted) <= MOST_REFUSALS:
        message = f"请填写 1 至 {MOST_REFUSALS} 个序号。"
        raise InvalidInput([{"field": "numbers", "message": message}])
    rows = db.session.execute(
        select(DrawnPerson.number, DrawnPerson.place, DrawnPerson.cell)
        .where(
            DrawnPerson.draw_id == draw_id,
            DrawnPerson.number.in_(wanted),
            DrawnPerson.standing.in_(ASKED_VALUES),
        )
        .order_by(DrawnPerson.place)
    ).all()
    unknown = set(wanted) - {row.number for row in rows}
    if unknown:
        listed = "、".join(map(str, sorted(unknown)[:10]))
        raise Refusal("refusal_unknown", 422, field="numbers", numbers=listed)
    cells: dict[int, list[int]] = {}
    for row in rows:
        cells.setdefault(row.cell, []).append(row.place)
    done = sum(_swap(draw, cell, places) for cell, places in cells.items())
    _record(actor, draw, "sample.refusals_taken", len(rows), now)
    return len(rows), done


def _swap(draw: SampleDraw, cell: int, leaving: Sequence[int]) -> int:
    """Replace as many of these places as the cell has reserves; return how many."""
    coming = db.session.scalars(
        select(DrawnPerson.place)
        .where(
            DrawnPerson.draw_id == draw.id,
            DrawnPerson.cell == cell,
            DrawnPerson.standing == Standing.RESERVE.value,
        )
        .order_by(DrawnPerson.place)
        .limit(len(leaving))
    ).all()
    gone = leaving[: len(coming)]
    for places, standing in ((gone, Standing.REPLACED), (coming, Standing.CALLED_UP)):
        db.session.execute(
            update(DrawnPerson)
            .where(DrawnPerson.draw_id == draw.id, DrawnPerson.place.in_(places))
            .values(standing=standing.value)
            .execution_options(synchronize_session=False)
        )
    drop_waiting(draw.id, gone)
    return len(coming)


def _record(actor: Actor, draw: SampleDraw, action: str, size: int, now: datetime) -> None:
    subject = ("campaign", draw.campaign_id)
    audit.record(actor, action, subject, at=now, panel=draw.panel, size=size)
