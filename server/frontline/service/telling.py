"""Telling authors what review said, in the inbox and by message where they agreed."""

from datetime import datetime
from uuid import UUID

from server.frontline.models import Entry, Experience
from server.frontline.rules import STEP_LABELS, ReviewStep, Verdict
from server.membership import queries as membership
from server.notifications import service as notifications
from server.notifications.rules import NoticeKind

LONGEST_SHOWN = 60


def tell_of_entry(
    entry: Entry, step: ReviewStep, verdict: Verdict, reason: str, now: datetime
) -> None:
    """Tell an entry's author of a verdict; an approval by the branch is only a step on the way."""
    if verdict is Verdict.APPROVED and step is ReviewStep.BRANCH:
        return
    titles = {
        Verdict.APPROVED: "一线日志已通过审核",
        Verdict.RETURNED: f"一线日志被{STEP_LABELS[step]}退回",
        Verdict.MERGED: "一线日志已并入同一问题的另一条",
    }
    notifications.notify(
        _phone_of(entry.person_id),
        NoticeKind.ENTRY_REVIEWED,
        ("frontline_entry", str(entry.id)),
        title=titles[verdict],
        body=_short(reason or entry.place),
        page=f"packages/frontline/entry/index?id={entry.id}",
        occasion=f"{entry.revision}:{step.value}:{verdict.value}",
        now=now,
    )


def tell_of_experience(
    experience: Experience, step: ReviewStep, verdict: Verdict, now: datetime
) -> None:
    """Tell an experience's author that it was shared or returned."""
    if verdict is Verdict.APPROVED and step is ReviewStep.BRANCH:
        return
    shared = verdict is Verdict.APPROVED
    notifications.notify(
        _phone_of(experience.person_id),
        NoticeKind.EXPERIENCE_REVIEWED,
        ("experience", str(experience.id)),
        title="经验已进入共享库" if shared else f"经验被{STEP_LABELS[step]}退回",
        body=_short(experience.title if shared else experience.return_reason),
        page=f"packages/experiences/detail/index?id={experience.id}",
        occasion=f"{experience.revision}:{step.value}:{verdict.value}",
        now=now,
    )


def _phone_of(person_id: UUID) -> list[UUID]:
    return list(membership.members_of([person_id]).values())


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
