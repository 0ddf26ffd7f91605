"""What can be read of activities and agreements.

One module a subject; this is the door for the rest of the system.
"""

from server.activities.models import (
    Activity,
    ActivityPlaces,
    Agreement,
    Participation,
    PlannedActivity,
)
from server.activities.queries.activities import (
    activity,
    holder_ids,
    lock_places,
    may_manage,
    partner_ids,
    partners,
    titles,
)
from server.activities.queries.agreements import (
    agreement,
    agreement_for_update,
    agreement_page,
    agreement_partner_ids,
    agreement_partners,
    find_agreement,
    may_manage_agreement,
    planned,
    planned_line,
)
from server.activities.queries.choices import agreements_in_force, partners_like
from server.activities.queries.coverage import Coverage, CoverageLine, coverage
from server.activities.queries.lists import (
    Reader,
    When,
    activity_page,
    briefs,
    calendar,
    may_read,
    organisable,
    reader_of,
    reader_page,
)
from server.activities.queries.participants import (
    Mine,
    Places,
    candidates,
    may_add,
    mine,
    participation,
    places,
    queued_persons,
    roster,
)

__all__ = [
    "Activity",
    "ActivityPlaces",
    "Agreement",
    "Coverage",
    "CoverageLine",
    "Mine",
    "Participation",
    "Places",
    "PlannedActivity",
    "Reader",
    "When",
    "activity",
    "activity_page",
    "agreement",
    "agreement_for_update",
    "agreement_page",
    "agreement_partner_ids",
    "agreement_partners",
    "agreements_in_force",
    "briefs",
    "calendar",
    "candidates",
    "coverage",
    "find_agreement",
    "holder_ids",
    "lock_places",
    "may_add",
    "may_manage",
    "may_manage_agreement",
    "may_read",
    "mine",
    "organisable",
    "participation",
    "partner_ids",
    "partners",
    "partners_like",
    "places",
    "planned",
    "planned_line",
    "queued_persons",
    "reader_of",
    "reader_page",
    "roster",
    "titles",
]
