"""Taking back peers' words: who was not there can't have seen anybody."""

from collections import deque
from datetime import datetime
from uuid import UUID

from server.attendance import cases
from server.attendance.cases import Case, run
from server.attendance.rules import Presence
from server.attendance.service import standing
from server.core.errors import Refusal

_VOUCHED_FOR = """
    SELECT DISTINCT person_id FROM evidence
    WHERE activity_id = %(activity)s AND kind = 'peers' AND given_by = %(person)s
        AND outcome <> 'rejected'
"""
_EVERYBODY = """
    WITH RECURSIVE vouched AS (
        SELECT %(person)s::uuid AS person_id
        UNION
        SELECT evidence.person_id FROM vouched
        JOIN evidence ON evidence.activity_id = %(activity)s AND evidence.kind = 'peers'
            AND evidence.given_by = vouched.person_id AND evidence.outcome <> 'rejected'
    )
    SELECT person_id FROM vouched
"""
_REJECT_WORD = """
    UPDATE evidence SET outcome = 'rejected'
    WHERE activity_id = %(activity)s AND person_id = %(other)s AND kind = 'peers'
        AND given_by = %(person)s
"""


def everybody_vouched_for(case: Case) -> list[UUID]:
    """Return whom a person vouched for, whom those did, and so on: all who might fall with it."""
    rows = run(_EVERYBODY, {"activity": case.activity_id, "person": case.person_id})
    return [row.person_id for row in rows]


def take_words_back(absent: Case, *, now: datetime) -> list[Case]:
    """Reject the word of an absent person, and of everybody who is not present without it.

    Return who was present before and is no longer. The attendance of all is locked by the caller.
    """
    fallen: list[Case] = []
    waiting = deque([absent])
    while waiting:
        speaker = waiting.popleft()
        for other in _vouched_for(speaker):
            after = _without_word(speaker, other, now=now)
            if after is not None:
                fallen.append(after)
                waiting.append(after)
    return fallen


def _vouched_for(case: Case) -> list[UUID]:
    rows = run(_VOUCHED_FOR, {"activity": case.activity_id, "person": case.person_id})
    return [row.person_id for row in rows]


def _without_word(speaker: Case, other: UUID, *, now: datetime) -> Case | None:
    """Judge a person without a speaker's word; None where that changes nothing about it."""
    values = {"activity": speaker.activity_id, "person": speaker.person_id, "other": other}
    run(_REJECT_WORD, values)
    before = cases.of_person(speaker.activity_id, other)
    after = standing.write(before, may_fall=True, now=now)
    if after is None:
        raise Refusal("conflict", 409)
    fell = before.presence is Presence.PRESENT and after.presence is not Presence.PRESENT
    return after if fell else None
