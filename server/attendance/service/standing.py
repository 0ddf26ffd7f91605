"""Adding evidence: the case is read, judged anew, and written if nobody was faster.

The row of ``attendance`` is what serialises: the write holds only while the row is still the one
that was read, and otherwise all begins again (docs/locking.md).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from server.attendance.cases import Case, run
from server.attendance.rules import Phase, Presence, Shown, Stand, judge, leaving_was_denied
from server.core.errors import Refusal
from server.core.transaction import single_statement

TRIES = 5

# Each write makes the row a new one, even within a microsecond.
_STAND = """
    INSERT INTO attendance (activity_id, person_id, branch_id, presence, came_at, left_at,
        decided_by, decided_at, changed_at)
    VALUES (%(activity)s, %(person)s, %(branch)s, %(presence)s, %(came_at)s, %(left_at)s,
        %(decided_by)s, %(decided_at)s, %(now)s)
    ON CONFLICT (activity_id, person_id) DO UPDATE SET
        presence = excluded.presence, came_at = excluded.came_at, left_at = excluded.left_at,
        decided_by = excluded.decided_by, decided_at = excluded.decided_at,
        changed_at = greatest(excluded.changed_at,
            attendance.changed_at + interval '1 microsecond')
    WHERE attendance.changed_at = %(seen)s
    RETURNING changed_at
"""
_WITH_PIECE = """
    WITH stood AS ({stand}),
    kept AS (
        INSERT INTO evidence (id, activity_id, person_id, kind, phase, outcome, doubt, happened_at,
            received_at, accuracy_m, coarse, mock, on_paper, given_by, nonce, picture_id)
        SELECT %(id)s, %(activity)s, %(person)s, %(kind)s, %(phase)s, %(outcome)s, %(doubt)s,
            %(happened_at)s, %(now)s, %(accuracy_m)s, %(coarse)s, %(mock)s, %(on_paper)s,
            %(given_by)s, %(nonce)s, %(picture_id)s
        FROM stood
        ON CONFLICT ON CONSTRAINT uq_evidence DO UPDATE SET
            id = excluded.id, outcome = excluded.outcome, doubt = excluded.doubt,
            happened_at = excluded.happened_at, received_at = excluded.received_at,
            accuracy_m = excluded.accuracy_m, coarse = excluded.coarse, mock = excluded.mock,
            on_paper = excluded.on_paper, nonce = excluded.nonce, picture_id = excluded.picture_id
    )
    SELECT changed_at FROM stood
"""
_STAND_AND_PIECE = _WITH_PIECE.format(stand=_STAND)


@dataclass(frozen=True)
class Details:
    """What is kept with a piece of evidence though nothing is judged by it."""

    accuracy_m: int | None = None
    coarse: bool = False
    mock: bool = False
    on_paper: bool = False
    picture_id: UUID | None = None


NO_DETAILS = Details()


def add(
    read: Callable[[], Case],
    make: Callable[[Case], tuple[Shown, Details] | None],
    *,
    now: datetime,
) -> Case:
    """Add a piece of evidence; what ``make`` makes of the case is stored with where that leads.

    A piece that is there already changes nothing, unless it was doubtful and no longer is. Nor does
    one of a leaving that the organiser has said no to.
    """
    for _ in range(TRIES):
        case = read()
        made = make(case)
        if made is None:
            return case
        piece, details = made
        if any(_is_same(one, piece) and not piece.replaces(one) for one in case.shown):
            return case
        if piece.phase is Phase.OUT and leaving_was_denied(case.shown):
            return case
        others = [one for one in case.shown if not piece.says_the_same_as(one)]
        after = replace(case, shown=(*others, piece))
        written = write(after, piece, details, now=now)
        if written is not None:
            return written
    raise Refusal("conflict", 409)


def _is_same(one: Shown, piece: Shown) -> bool:
    """Tell whether a stored piece is this one: by id, by what it says, or by its one-time code."""
    if one.id == piece.id or one.says_the_same_as(piece):
        return True
    return piece.nonce is not None and one.nonce == piece.nonce


def write(
    case: Case,
    piece: Shown | None = None,
    details: Details = NO_DETAILS,
    *,
    decided: Presence | None = None,
    may_fall: bool = False,
    now: datetime,
) -> Case | None:
    """Judge a case and write it with its new piece; None where somebody else was faster.

    ``decided`` is the organiser's new word, which ``decided_by`` and ``decided_at`` of the case
    go with; ``may_fall`` lets somebody be no longer present.
    """
    stand = judge(
        case.shown,
        case.asked,
        decided=decided or case.decided,
        before=None if may_fall else case.presence,
    )
    values = _values(case, stand, now)
    if piece is None:
        rows = run(_STAND, values)
    else:
        rows = run(_STAND_AND_PIECE, values | _columns(piece, details))
    if not rows:
        return None
    return replace(case, stand=stand, version=rows[0].changed_at)


def write_first(case: Case, piece: Shown, *, now: datetime) -> Case | None:
    """Write the first piece of a case in a transaction of its own; None where it no longer is."""
    after = replace(case, shown=(piece,))
    stand = judge(after.shown, after.asked)
    values = _values(after, stand, now) | _columns(piece, NO_DETAILS)
    row = single_statement(_STAND_AND_PIECE, values)
    return None if row is None else replace(after, stand=stand, version=row["changed_at"])


def _values(case: Case, stand: Stand, now: datetime) -> dict[str, Any]:
    return {
        "activity": case.activity_id,
        "person": case.person_id,
        "branch": case.branch_id,
        "presence": stand.presence.value,
        "came_at": stand.came_at,
        "left_at": stand.left_at,
        "decided_by": case.decided_by,
        "decided_at": case.decided_at,
        "now": now,
        "seen": case.version,
    }


def _columns(piece: Shown, details: Details) -> dict[str, Any]:
    return {
        "id": piece.id,
        "kind": piece.kind.value,
        "phase": piece.phase.value,
        "outcome": piece.outcome.value,
        "doubt": piece.doubt.value if piece.doubt else None,
        "happened_at": piece.happened_at,
        "given_by": piece.given_by,
        "nonce": piece.nonce,
        "accuracy_m": details.accuracy_m,
        "coarse": details.coarse,
        "mock": details.mock,
        "on_paper": details.on_paper,
        "picture_id": details.picture_id,
    }


def lock(activity_id: int, persons: Iterable[UUID]) -> None:
    """Lock where some persons stand, in the one order that keeps two such locks apart."""
    run(
        "SELECT 1 FROM attendance WHERE activity_id = %(activity)s AND person_id = ANY(%(persons)s)"
        " ORDER BY person_id FOR UPDATE",
        {"activity": activity_id, "persons": list(persons)},
    )
