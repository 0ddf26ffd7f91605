"""What can be read of the frontline log.

One module a subject; this is the door for the rest of the system.
"""

from server.frontline.authority import may_review
from server.frontline.queries.achievements import (
    Achievement,
    Achievements,
    UnitAchievement,
    achievements,
    quarters,
    total,
)
from server.frontline.queries.duplicates import likely_duplicates
from server.frontline.queries.effects import (
    EffectResult,
    RatedEntry,
    effect_by_branch,
    effect_of_entry,
    rated_entry,
    smallest_group,
)
from server.frontline.queries.entries import (
    approved_entries,
    branch_entries,
    may_hand_on,
    my_entries,
    open_problems,
    shown_entry,
)
from server.frontline.queries.experiences import (
    branch_experiences,
    experience_tags,
    my_experiences,
    shared_experiences,
    shown_experience,
)
from server.frontline.queries.places import communities_like, units_like
from server.frontline.queries.queue import (
    QueueItem,
    review_queue,
    waiting_count,
    waiting_entries,
    waiting_experiences,
)
from server.frontline.queries.rows import experience, reviews
from server.frontline.readings import EntryReading, ExperienceReading

__all__ = [
    "Achievement",
    "Achievements",
    "EffectResult",
    "EntryReading",
    "ExperienceReading",
    "QueueItem",
    "RatedEntry",
    "UnitAchievement",
    "achievements",
    "approved_entries",
    "branch_entries",
    "branch_experiences",
    "communities_like",
    "effect_by_branch",
    "effect_of_entry",
    "experience",
    "experience_tags",
    "likely_duplicates",
    "may_hand_on",
    "may_review",
    "my_entries",
    "my_experiences",
    "open_problems",
    "quarters",
    "rated_entry",
    "review_queue",
    "reviews",
    "shared_experiences",
    "shown_entry",
    "shown_experience",
    "smallest_group",
    "total",
    "units_like",
    "waiting_count",
    "waiting_entries",
    "waiting_experiences",
]
