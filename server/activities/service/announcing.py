"""Announcing activities, and cancelling them."""

from datetime import datetime

from server.activities import queries
from server.activities.models import Activity
from server.activities.rules import LONGEST_REASON, ActivityState
from server.activities.service.authority import require_manager
from server.activities.service.content import fault, refuse_faults
from server.activities.service.telling import tell
from server.audit import service as audit
from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.notifications.rules import NoticeKind


def announce(activity_id: int, *, actor: Actor, now: datetime) -> Activity:
    """Show a draft to those it is for and open joining. Repeating changes nothing."""
    activity, _ = queries.lock_places(activity_id)
    require_manager(activity, actor)
    if activity.state == ActivityState.ANNOUNCED:
        return activity
    if activity.state == ActivityState.CANCELLED:
        raise Refusal("activity_cancelled", 409)
    if activity.ends_at <= now:
        raise Refusal("activity_over_unannounced", 409)
    activity.state = ActivityState.ANNOUNCED.value
    activity.announced_at = now
    db.session.flush()
    audit.record(
        actor, "activity.announced", ("activity", activity_id), at=now, title=activity.title
    )
    return activity


def cancel(activity_id: int, reason: str, *, actor: Actor, now: datetime) -> Activity:
    """Cancel an activity until it is over, and tell all who joined or wait why."""
    if not 1 <= len(reason) <= LONGEST_REASON:
        refuse_faults([fault("reason", f"请填写 1 至 {LONGEST_REASON} 个字的取消原因。")])
    activity, _ = queries.lock_places(activity_id)
    require_manager(activity, actor)
    if activity.state == ActivityState.CANCELLED:
        raise Refusal("activity_cancelled", 409)
    if activity.state == ActivityState.ANNOUNCED and now >= activity.ends_at:
        raise Refusal("activity_over", 409)
    activity.state = ActivityState.CANCELLED.value
    activity.cancel_reason = reason
    activity.revision += 1
    db.session.flush()
    tell(
        activity,
        queries.queued_persons(activity_id),
        NoticeKind.ACTIVITY_CANCELLED,
        occasion="cancelled",
        body=f"活动取消：{reason}",
        now=now,
    )
    audit.record(
        actor,
        "activity.cancelled",
        ("activity", activity_id),
        at=now,
        title=activity.title,
        reason=reason,
    )
    return activity
