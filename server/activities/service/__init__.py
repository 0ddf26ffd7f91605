"""What changes activities and agreements.

One module a subject; this is the door for the rest of the system.
"""

from server.activities.service.agreements import (
    activate_agreement,
    change_agreement,
    draft_agreement,
    end_agreement,
    end_agreements_over,
    plan_activity,
    remove_planned,
)
from server.activities.service.announcing import announce, cancel
from server.activities.service.content import ActivityContent, AgreementContent
from server.activities.service.departures import ahead_of, release
from server.activities.service.drafts import change_activity, copy, delete_draft, draft_activity
from server.activities.service.joining import join, leave, walk_in, walk_out
from server.activities.service.joining_at_once import join_at_once
from server.activities.service.participants import add_participant, remove_participant
from server.activities.service.presence import register_presence
from server.activities.service.reminders import remind

__all__ = [
    "ActivityContent",
    "AgreementContent",
    "activate_agreement",
    "add_participant",
    "ahead_of",
    "announce",
    "cancel",
    "change_activity",
    "change_agreement",
    "copy",
    "delete_draft",
    "draft_activity",
    "draft_agreement",
    "end_agreement",
    "end_agreements_over",
    "join",
    "join_at_once",
    "leave",
    "plan_activity",
    "register_presence",
    "release",
    "remind",
    "remove_participant",
    "remove_planned",
    "walk_in",
    "walk_out",
]
