"""Drafting, changing and copying activities."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete

from server.activities import queries
from server.activities.models import Activity, ActivityPartner, ActivityPlaces, PlannedActivity
from server.activities.rules import (
    ActivityKind,
    ActivityState,
    Audience,
    EvidenceKind,
)
from server.activities.service.authority import require_manager, require_organiser
from server.activities.service.content import (
    ActivityContent,
    check_activity,
    fault,
    refuse_faults,
)
from server.activities.service.joining import move_up
from server.activities.service.telling import moment, tell
from server.audit import service as audit
from server.core.access import Actor, ActorKind
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries as identity
from server.notifications.rules import NoticeKind
from server.pictures import service as pictures
from server.pictures.rules import Purpose


def draft_activity(
    content: ActivityContent, *, planned_id: int | None = None, actor: Actor, now: datetime
) -> Activity:
    """Start a draft that only its organisers see.

    ``planned_id`` is the line of an agreement's yearly list that it carries out.
    """
    require_organiser(identity.organisation(content.organiser_id).path, actor)
    check_activity(content, now=now, agreement=None)
    line = _free_line(planned_id, content) if planned_id is not None else None
    activity = Activity(created_by=actor.id, created_at=now)
    _write(activity, content)
    db.session.add(activity)
    db.session.flush()
    db.session.add(ActivityPlaces(activity_id=activity.id, capacity=content.capacity))
    _set_partners(activity.id, content.partner_ids)
    if line is not None:
        line.activity_id = activity.id
    _take_pictures(activity.id, content.pictures, actor, now)
    db.session.flush()
    audit.record(
        actor,
        "activity.drafted",
        ("activity", activity.id),
        at=now,
        title=content.title,
        organisation=content.organiser_id,
    )
    return activity


def change_activity(
    activity_id: int, content: ActivityContent, *, revision: int, actor: Actor, now: datetime
) -> Activity:
    """Change a draft, or an announced activity until it is over.

    ``revision`` is the one that the change was made from; a newer one is not overwritten. More
    places move the waiting list up; a new time or place is told to all who joined or wait.
    """
    activity, places = queries.lock_places(activity_id)
    require_manager(activity, actor)
    if revision != activity.revision:
        raise Refusal("activity_changed_meanwhile", 409)
    _require_changeable(activity, now)
    if content.organiser_id != activity.organiser_id:
        require_organiser(identity.organisation(content.organiser_id).path, actor)
    check_activity(content, now=now, agreement=activity.agreement_id)
    refuse_faults(_standing_faults(activity, places, content, now))
    news = _news(activity, content)
    _write(activity, content)
    activity.revision += 1
    places.capacity = content.capacity
    _set_partners(activity_id, content.partner_ids)
    _take_pictures(activity_id, content.pictures, actor, now)
    db.session.flush()
    if activity.state == ActivityState.ANNOUNCED:
        if news:
            _tell_all(activity, news, now)
        move_up(activity, places, now=now)
    audit.record(
        actor,
        "activity.changed",
        ("activity", activity_id),
        at=now,
        title=content.title,
        revision=activity.revision,
    )
    return activity


def copy(activity_id: int, *, starts_at: datetime, actor: Actor, now: datetime) -> Activity:
    """Start a draft like another activity at another time; nobody has joined it, no pictures."""
    source = queries.activity(activity_id)
    require_manager(source, actor)
    return draft_activity(content_of(source).at(starts_at), actor=actor, now=now)


def delete_draft(activity_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove a draft that was never announced."""
    activity, _ = queries.lock_places(activity_id)
    require_manager(activity, actor)
    if activity.announced_at is not None:
        raise Refusal("activity_announced_already", 409)
    pictures.take_up(
        [],
        purpose=Purpose.ACTIVITY,
        subject=("activity", str(activity_id)),
        uploaded_by=None,
        now=now,
    )
    db.session.execute(delete(Activity).where(Activity.id == activity_id))
    audit.record(actor, "activity.deleted", ("activity", activity_id), at=now, title=activity.title)


def content_of(activity: Activity) -> ActivityContent:
    """Return what a stored activity says."""
    return ActivityContent(
        kind=ActivityKind(activity.kind),
        title=activity.title,
        place=activity.place,
        organiser_id=activity.organiser_id,
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        join_until=activity.join_until,
        capacity=queries.places([activity.id])[activity.id].capacity,
        description=activity.description,
        bring=activity.bring,
        community_id=activity.community_id,
        agreement_id=activity.agreement_id,
        partner_ids=tuple(queries.partner_ids([activity.id])[activity.id]),
        audience=Audience(activity.audience),
        audience_groups=tuple(activity.audience_groups),
        evidence=tuple(EvidenceKind(one) for one in activity.evidence),
        evidence_needed=activity.evidence_needed,
        check_out=activity.check_out,
        fences=tuple(activity.fences),
    )


def _write(activity: Activity, content: ActivityContent) -> None:
    activity.kind = content.kind.value
    activity.title = content.title
    activity.place = content.place
    activity.organiser_id = content.organiser_id
    activity.starts_at = content.starts_at
    activity.ends_at = content.ends_at
    activity.join_until = content.joins_until
    activity.description = content.description
    activity.bring = content.bring
    activity.community_id = content.community_id
    activity.agreement_id = content.agreement_id
    activity.audience = content.audience.value
    for_groups = content.audience is Audience.GROUPS
    activity.audience_groups = sorted(content.audience_groups) if for_groups else []
    activity.evidence = [one.value for one in content.evidence]
    activity.evidence_needed = content.evidence_needed
    activity.check_out = content.check_out
    activity.fences = content.kept_fences


def _set_partners(activity_id: int, partner_ids: Sequence[int]) -> None:
    db.session.execute(delete(ActivityPartner).where(ActivityPartner.activity_id == activity_id))
    db.session.add_all(
        ActivityPartner(activity_id=activity_id, organisation_id=one) for one in partner_ids
    )


def _take_pictures(
    activity_id: int, wanted: Sequence[UUID] | None, actor: Actor, now: datetime
) -> None:
    if wanted is None:
        return
    pictures.take_up(
        wanted,
        purpose=Purpose.ACTIVITY,
        subject=("activity", str(activity_id)),
        uploaded_by=actor.id if actor.kind is ActorKind.MEMBER else None,
        now=now,
    )


def _free_line(planned_id: int, content: ActivityContent) -> PlannedActivity:
    line = queries.planned_line(planned_id)
    if line.activity_id is not None:
        raise Refusal("planned_activity_taken", 409, field="planned")
    if line.agreement_id != content.agreement_id:
        raise Refusal("planned_activity_unknown", 422, field="planned")
    return line


def _require_changeable(activity: Activity, now: datetime) -> None:
    if activity.state == ActivityState.CANCELLED:
        raise Refusal("activity_cancelled", 409)
    if activity.state == ActivityState.ANNOUNCED and now >= activity.ends_at:
        raise Refusal("activity_over", 409)


def _standing_faults(
    activity: Activity, places: ActivityPlaces, content: ActivityContent, now: datetime
) -> list[dict[str, str]]:
    """Return what contradicts those who joined, and what has happened already."""
    found = []
    if content.capacity is not None and content.capacity < places.taken:
        message = f"已有 {places.taken} 人报名，名额不能少于 {places.taken}。"
        found.append(fault("capacity", message))
    if activity.state == ActivityState.ANNOUNCED:
        begun = now >= activity.starts_at
        if begun and content.starts_at != activity.starts_at:
            found.append(fault("starts_at", "活动已经开始，不能再改开始时间。"))
        if content.ends_at <= now:
            found.append(fault("ends_at", "结束时间必须晚于现在。"))
    return found


def _news(activity: Activity, content: ActivityContent) -> str:
    """Say what changes for those who come: time and place."""
    parts = []
    if content.starts_at != activity.starts_at:
        parts.append(f"改为 {moment(content.starts_at)} 开始")
    if content.ends_at != activity.ends_at:
        parts.append(f"{moment(content.ends_at)} 结束")
    if content.place != activity.place:
        parts.append(f"地点改为{content.place}")
    return "，".join(parts) + "。" if parts else ""


def _tell_all(activity: Activity, news: str, now: datetime) -> None:
    tell(
        activity,
        queries.queued_persons(activity.id),
        NoticeKind.ACTIVITY_CHANGED,
        occasion=f"revision-{activity.revision}",
        body=news,
        now=now,
    )
