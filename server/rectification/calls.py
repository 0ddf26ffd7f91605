"""Calling (叫号): by the office's rhythm each department hears of its open and late cases.

The first call goes to the liaison, the second in a row with late cases to the head too, the third
to the stationed inspector too; a level holds for a day. However many runs were missed, one makes up
for them, and the moment for which a call was due keeps it from being made twice.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from server.audit import service as audit
from server.core.access import SYSTEM, Actor, ActorKind, Role
from server.core.clock import SHANGHAI, local_date
from server.core.database import db
from server.core.transaction import lock
from server.identity import queries as identity
from server.notifications import service as notifications
from server.notifications.rules import DeskKind
from server.rectification.models import Call, CallItem, Case
from server.rectification.queries import calling
from server.rectification.rules import (
    DEFAULT_HOUR,
    DEFAULT_WEEKDAYS,
    HIGHEST_CALL,
    SYSTEM_ROLE,
    EventKind,
    Stage,
)
from server.rectification.service.writing import write
from server.rectification.telling import BY_LEVEL

A_WEEK = 7
NAMED = 5
PAGE = "/console/cases?state=open"


def make_due(*, now: datetime) -> Call | None:
    """Make the call that is due, if one is: the latest one, which makes up for missed ones."""
    lock("calling of cases")
    rhythm = calling.rhythm()
    weekdays = tuple(rhythm.weekdays) if rhythm else DEFAULT_WEEKDAYS
    hour = rhythm.hour if rhythm else DEFAULT_HOUR
    due = latest_due(weekdays, hour, now)
    last = calling.last_call()
    if last is not None and last.due_at >= due:
        return None
    if rhythm is not None and due < rhythm.changed_at:
        return None
    return _make(due, actor=SYSTEM, now=now)


def call_now(*, actor: Actor, now: datetime) -> Call | None:
    """Make a call at once, for the office; None where one was made at this very moment."""
    top = identity.root()
    actor.require(top.path if top else "", Role.OFFICE)
    lock("calling of cases")
    return _make(now, actor=actor, now=now)


def latest_due(weekdays: Sequence[int], hour: int, now: datetime) -> datetime:
    """Return the latest moment up to now that a rhythm names: pure."""
    local = now.astimezone(SHANGHAI)
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if due > local:
        due -= timedelta(days=1)
    for _ in range(A_WEEK):
        if due.isoweekday() in weekdays:
            break
        due -= timedelta(days=1)
    return due


def _make(due: datetime, *, actor: Actor, now: datetime) -> Call | None:
    before = calling.last_call(due)
    call_id = db.session.scalar(
        insert(Call)
        .values(
            due_at=due,
            made_at=now,
            made_by=actor.id if actor.kind is ActorKind.ACCOUNT else None,
        )
        .on_conflict_do_nothing(index_elements=["due_at"])
        .returning(Call.id)
    )
    if call_id is None:
        return None
    levels = calling.levels_of(before.id) if before is not None else {}
    # At most one step up a day: who is called thrice in a minute isn't late for the third time.
    step = 0 if before is not None and local_date(before.made_at) == local_date(now) else 1
    departments = _open_cases()
    places = {one.id: one for one in identity.organisations_by_id(departments)}
    for department_id, rows in departments.items():
        late = [one for one in rows if _is_late(one, now)]
        level = _level(levels.get(department_id, 0), step) if late else 1
        db.session.add(
            CallItem(
                call_id=call_id,
                department_id=department_id,
                level=level,
                open_cases=[one.id for one in rows],
                late_cases=[one.id for one in late],
            )
        )
        _note_late(late, call_id, level, actor, now)
        _tell(call_id, places[department_id], rows, late, level, now)
    audit.record(
        actor, "case.call_made", ("case_call", call_id), at=now, departments=len(departments)
    )
    db.session.flush()
    return db.session.get_one(Call, call_id)


def _level(before: int, step: int) -> int:
    return max(1, min(HIGHEST_CALL, before + step))


def _open_cases() -> dict[int, list[Any]]:
    """Return the open cases of each department; what the inspector has is not the department's."""
    rows = db.session.execute(
        select(Case.id, Case.department_id, Case.number, Case.rectify_due_at, Case.answered_at)
        .where(Case.stage.not_in([Stage.CLOSED.value, Stage.WITH_INSPECTOR.value]))
        .order_by(Case.department_id, Case.rectify_due_at, Case.id)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.department_id].append(row)
    return found


def _is_late(row: Any, now: datetime) -> bool:
    return row.answered_at is None and bool(row.rectify_due_at < now)


def _note_late(late: Sequence[Any], call_id: int, level: int, actor: Actor, now: datetime) -> None:
    ids: list[UUID] = [one.id for one in late]
    if not ids:
        return
    locked = db.session.scalars(
        select(Case)
        .where(Case.id.in_(ids), Case.stage != Stage.CLOSED.value)
        .order_by(Case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    role = Role.OFFICE.value if actor.kind is ActorKind.ACCOUNT else SYSTEM_ROLE
    for case in locked:
        write(case, EventKind.CALLED, role=role, at=now, actor=actor, call=call_id, level=level)
    db.session.execute(
        update(Case)
        .where(Case.id.in_([one.id for one in locked]))
        .values(calls=Case.calls + 1)
        .execution_options(synchronize_session=False)
    )


def _tell(
    call_id: int,
    place: identity.Organisation,
    rows: Sequence[Any],
    late: Sequence[Any],
    level: int,
    now: datetime,
) -> None:
    named = "、".join(one.number for one in late[:NAMED])
    more = f"等 {len(late)} 件" if len(late) > NAMED else ""
    body = f"{place.name}在办 {len(rows)} 件"
    body += f"，超期 {len(late)} 件：{named}{more}。" if late else "，没有超期件。"
    notifications.tell_desk(
        identity.holders(place.path, *BY_LEVEL[:level], today=local_date(now)),
        DeskKind.CASE_CALLED,
        ("case_call", f"{call_id}:{place.id}"),
        title=f"第 {level} 次叫号：{place.name}" if late else f"叫号：{place.name}",
        body=body,
        page=f"{PAGE}&department={place.id}",
        occasion="",
        now=now,
    )
