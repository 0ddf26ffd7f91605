"""Deleting evidence once its purpose is over; that somebody was there stays."""

from datetime import datetime

from server.attendance.cases import run
from server.attendance.rules import EVIDENCE_KEPT

MOST_ACTIVITIES = 50

_FORGET = """
    DELETE FROM evidence WHERE activity_id IN (
        SELECT id FROM activity WHERE ends_at < %(until)s
            AND EXISTS (SELECT FROM evidence WHERE evidence.activity_id = activity.id)
        ORDER BY id LIMIT %(most)s
    )
    RETURNING activity_id
"""


def forget_evidence(now: datetime) -> int:
    """Delete the evidence of some activities that ended 90 days ago; return of how many."""
    rows = run(_FORGET, {"until": now - EVIDENCE_KEPT, "most": MOST_ACTIVITIES})
    return len({row.activity_id for row in rows})
