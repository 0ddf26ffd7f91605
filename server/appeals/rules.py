"""States of an appeal, what may be claimed, and who is of neither side: pure."""

import enum
from collections.abc import Collection
from uuid import UUID

from server.core.access import Actor, Role
from server.evaluation.rules import ExclusionReason

LONGEST_GROUNDS = 5000
LONGEST_DECISION = 2000
MOST_EVIDENCE = 9
# Pictures of an appeal are its subject's; the case's own stand with the case.
EVIDENCE = "appeal"


class AppealState(enum.StrEnum):
    """Where an appeal stands."""

    FILED = "filed"
    UPHELD = "upheld"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"


STATE_LABELS = {
    AppealState.FILED: "待裁定",
    AppealState.UPHELD: "申诉成立",
    AppealState.REJECTED: "申诉不成立",
    AppealState.TAKEN_BACK: "已撤回",
}

# What a department may claim: that a rating is poor is no reason, and test data are the office's.
CLAIMS = (
    ExclusionReason.NOT_ABOUT_DEPARTMENT,
    ExclusionReason.ORGANISED,
    ExclusionReason.DUPLICATE,
    ExclusionReason.ABUSIVE,
)
# Who speaks for a department that contests a rating.
CONTESTANTS = (Role.LIAISON, Role.HEAD)
# Roles that stand on a side wherever they reach the department: its own people, those who keep the
# ratings and set them apart, and those who follow its cases up.
SIDES = (*CONTESTANTS, Role.INSPECTOR)


class Side(enum.StrEnum):
    """Why somebody can't decide an appeal."""

    DEPARTMENT = "department"
    OFFICE = "office"
    FILER = "filer"
    HAND_IN_CASE = "hand_in_case"


SIDE_LABELS = {
    Side.DEPARTMENT: "您在这个部门担任职务，不能裁定它的申诉。",
    Side.OFFICE: "您是评价办人员，不能裁定申诉。",
    Side.FILER: "申诉是您提出的，不能由您裁定。",
    Side.HAND_IN_CASE: "您经办过这一件或这份评价，不能裁定它的申诉。",
}


def side_of(actor: Actor, path: str, *, filed_by: UUID, hands: Collection[UUID]) -> Side | None:
    """Return on which side an adjudicator stands of an appeal, or None for neither.

    ``path`` is the rated department's place in the tree. A grant *inside* the department binds
    whatever its role; one that reaches it from above binds by its role. ``hands`` are the accounts
    that have done something about the case or the rating; who stands in for one of them is bound
    like that one.
    """
    if actor.has(Role.OFFICE):
        return Side.OFFICE
    within = any(grant.path.startswith(path) for grant in actor.grants)
    if within or actor.reaches(path, *SIDES):
        return Side.DEPARTMENT
    if actor.counts_as(filed_by):
        return Side.FILER
    return Side.HAND_IN_CASE if any(actor.counts_as(one) for one in hands) else None
