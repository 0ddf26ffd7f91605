"""How many came, by unit: counts of people and of comings, never who, never how long each."""

from dataclasses import dataclass
from datetime import datetime

from server.attendance.cases import run
from server.attendance.rules import SMALLEST_GROUP


@dataclass(frozen=True)
class BranchTurnout:
    """A unit's turnout in a period; figures are None where too few people came."""

    branch: str
    activities: int | None
    people: int | None
    comings: int | None


_TURNOUT = """
    SELECT branch.name, count(DISTINCT attendance.activity_id) AS activities,
        count(DISTINCT attendance.person_id) AS people, count(*) AS comings
    FROM attendance
    JOIN activity ON activity.id = attendance.activity_id
    JOIN organisation AS branch ON branch.id = attendance.branch_id
    WHERE attendance.presence = 'present' AND activity.state = 'announced'
        AND activity.ends_at <= %(now)s
        AND activity.starts_at >= %(begins)s AND activity.starts_at < %(ends)s
        AND starts_with(branch.path, %(path)s)
    GROUP BY branch.id, branch.name, branch.sort_key
    ORDER BY branch.sort_key, branch.id
"""


def turnout_by_branch(
    begins: datetime, ends: datetime, path: str, *, now: datetime
) -> list[BranchTurnout]:
    """Return how many of the units below ``path`` came to what began in a period, by pinyin.

    Nothing of a period that is not over: two looks at it would differ by who came between them.
    People count for the branch that was theirs then. A unit of which fewer than three persons came
    is withheld, as in ``hours_by_branch``.
    """
    if now < ends:
        return []
    rows = run(_TURNOUT, {"begins": begins, "ends": ends, "path": path, "now": now})
    return [
        BranchTurnout(row.name, row.activities, row.people, row.comings)
        if row.people >= SMALLEST_GROUP
        else BranchTurnout(row.name, None, None, None)
        for row in rows
    ]
