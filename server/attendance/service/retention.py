"""Deleting evidence once its purpose is over; that somebody was there stays, not who said so."""

from datetime import datetime

from server.attendance.cases import run
from server.attendance.rules import EVIDENCE_KEPT

MOST_ACTIVITIES = 50

_FORGET = """
    WITH old AS (
        SELECT id FROM activity WHERE ends_at < %(until)s AND (
            EXISTS (SELECT FROM evidence WHERE evidence.activity_id = activity.id)
            OR EXISTS (
                SELECT FROM attendance
                WHERE attendance.activity_id = activity.id AND attendance.decided_by IS NOT NULL
            )
        )
        ORDER BY id LIMIT %(most)s
    ),
    shown AS (DELETE FROM evidence WHERE activity_id IN (SELECT id FROM old)),
    said AS (
        UPDATE attendance SET decided_by = NULL
        WHERE activity_id IN (SELECT id FROM old) AND decided_by IS NOT NULL
    )
    SELECT id FROM old
"""


def forget_evidence(now: datetime) -> int:
    """Delete the evidence of some activities that ended 90 days ago; return of how many."""
    return len(run(_FORGET, {"until": now - EVIDENCE_KEPT, "most": MOST_ACTIVITIES}))
