"""Taking back peers' words, and giving them back: who was not there can't have seen anybody."""

from collections import deque
from datetime import datetime
from uuid import UUID

from server.attendance import cases
from server.attendance.cases import Case, run
from server.attendance.rules import Presence, rests_on_peers_alone
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
            AND evidence.given_by = vouched.person_id
    )
    SELECT person_id FROM vouched
"""
_REJECT_WORD = """
    UPDATE evidence SET outcome = 'rejected'
    WHERE activity_id = %(activity)s AND person_id = %(other)s AND kind = 'peers'
        AND given_by = %(person)s
"""
# What the organiser's own no to who was vouched for has rejected stays so: a doubtful coming (a
# good one is never rejected by that), and every leaving.
_RESTORE_WORDS = """
    UPDATE evidence SET outcome = CASE WHEN doubt IS NULL THEN 'good' ELSE 'doubtful' END
    WHERE activity_id = %(activity)s AND kind = 'peers' AND given_by = %(person)s
        AND outcome = 'rejected'
        AND CASE phase
            WHEN 'in' THEN doubt IS NULL OR NOT EXISTS (
                SELECT FROM attendance
                WHERE attendance.activity_id = evidence.activity_id
                    AND attendance.person_id = evidence.person_id
                    AND attendance.decided_at IS NOT NULL)
            ELSE NOT EXISTS (
                SELECT FROM evidence AS word
                WHERE word.activity_id = evidence.activity_id
                    AND word.person_id = evidence.person_id
                    AND word.kind = 'organiser' AND word.phase = 'out')
            END
    RETURNING person_id
"""


def everybody_vouched_for(case: Case) -> list[UUID]:
    """Return whom a person vouched for, whom those did, and so on: all who fall or rise with it."""
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
    after = _judged_anew(before, may_fall=True, now=now)
    fell = before.presence is Presence.PRESENT and after.presence is not Presence.PRESENT
    return after if fell else None


def give_words_back(present: Case, *, now: datetime) -> list[Case]:
    """Let the words count again that were taken back because a person was held to be absent.

    Return whose standing that changes. The attendance of all is locked by the caller.
    """
    changed: list[Case] = []
    waiting = deque([present])
    while waiting:
        speaker = waiting.popleft()
        for other in _restored(speaker):
            before = cases.of_person(speaker.activity_id, other)
            after = _judged_anew(before, now=now)
            if after.presence is not before.presence:
                changed.append(after)
            if _may_vouch(after):
                waiting.append(after)
    return changed


def _restored(speaker: Case) -> list[UUID]:
    rows = run(_RESTORE_WORDS, {"activity": speaker.activity_id, "person": speaker.person_id})
    return sorted({row.person_id for row in rows})


def _may_vouch(case: Case) -> bool:
    alone = case.decided is None and rests_on_peers_alone(case.shown, case.asked)
    return case.presence is Presence.PRESENT and not alone


def _judged_anew(case: Case, *, may_fall: bool = False, now: datetime) -> Case:
    after = standing.write(case, may_fall=may_fall, now=now)
    if after is None:
        raise Refusal("conflict", 409)
    return after
