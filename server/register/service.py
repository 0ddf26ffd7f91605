"""Keeping the register: entries, and merging scattered evaluations into one campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns import service as campaign_service
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.core.access import Actor
from server.core.clock import SHANGHAI
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.identity import queries as identity
from server.register import queries
from server.register.models import RegisterEntry, RegisterEntryDepartment
from server.register.rules import CHANNELS_OF, Audience, EntryState, Period

LONGEST_FIELD = timedelta(days=366)
OPENS_AT = time(9)


@dataclass(frozen=True)
class EntryContent:
    """What is written down of an evaluation (see ``models.RegisterEntry``)."""

    title: str
    owner_id: int
    lead_department_id: int | None
    method: str
    period: Period
    starts_on: date
    ends_on: date
    audiences: tuple[Audience, ...]
    people_asked: int | None
    target: str
    basis: str
    departments: tuple[int, ...]


def add_entry(content: EntryContent, *, actor: Actor, now: datetime) -> RegisterEntry:
    """Enter an evaluation that somebody in the city carries out."""
    _check(content, actor)
    entry = RegisterEntry(created_by=actor.id, created_at=now)
    _write(entry, content, now)
    db.session.add(entry)
    db.session.flush()
    _set_departments(entry.id, content.departments)
    _record("register.added", entry, actor, now)
    return entry


def change_entry(
    entry_id: int, content: EntryContent, *, actor: Actor, now: datetime
) -> RegisterEntry:
    """Change an entry that stands on its own; a merged one is its campaign's."""
    entry = _kept(entry_id, actor)
    if entry.state == EntryState.MERGED:
        raise Refusal("register_entry_merged", 409)
    _check(content, actor)
    _write(entry, content, now)
    _set_departments(entry_id, content.departments)
    _record("register.changed", entry, actor, now)
    return entry


def cease_entry(entry_id: int, note: str, *, actor: Actor, now: datetime) -> RegisterEntry:
    """Note that an evaluation is given up, and why; it stays in the register."""
    entry = _kept(entry_id, actor)
    if entry.state != EntryState.STANDING:
        raise Refusal("register_entry_not_standing", 409)
    if not note:
        raise InvalidInput([{"field": "note", "message": "请说明取消的理由。"}])
    entry.state = EntryState.CEASED.value
    entry.decision_note = note
    entry.changed_at = now
    _record("register.ceased", entry, actor, now)
    return entry


def restore_entry(entry_id: int, *, actor: Actor, now: datetime) -> RegisterEntry:
    """Take back a merge or a giving up: the evaluation stands on its own again.

    A merge can be taken back while the campaign is a draft; what was asked together, stays so.
    """
    entry = _kept(entry_id, actor)
    if entry.state == EntryState.STANDING:
        return entry
    if entry.campaign_id is not None:
        campaign = campaigns.campaign_for_update(entry.campaign_id)
        if campaign.state != CampaignState.DRAFT:
            raise Refusal("campaign_not_draft", 409)
        _record_of_campaign("campaign.unmerged", campaign.id, [entry], actor, now)
    entry.state = EntryState.STANDING.value
    entry.campaign_id = None
    entry.decision_note = ""
    entry.changed_at = now
    _record("register.restored", entry, actor, now)
    return entry


def delete_entry(entry_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove an entry that was made by mistake; a merged one stays."""
    entry = _kept(entry_id, actor)
    if entry.state == EntryState.MERGED:
        raise Refusal("register_entry_merged", 409)
    _record("register.deleted", entry, actor, now)
    db.session.delete(entry)


def merge_into(
    entry_ids: Sequence[int], campaign_id: int, *, actor: Actor, now: datetime
) -> Campaign:
    """Merge evaluations into a draft: it gets their departments and their people's channels."""
    campaign = campaigns.campaign_for_update(campaign_id)
    if campaign.state != CampaignState.DRAFT:
        raise Refusal("campaign_not_draft", 409)
    entries = _mergeable(entry_ids, actor)
    departments = set(campaigns.department_ids(campaign_id)) | _departments(entries)
    channels = {Channel(one) for one in campaign.channels} | channels_for(entries)
    campaign_service.update_draft(
        campaign_id,
        title=campaign.title,
        description=campaign.description,
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        channels=sorted(channels),
        departments=sorted(departments),
        actor=actor,
        now=now,
    )
    _merge(entries, campaign, actor, now)
    return campaign


def merge_into_new(
    entry_ids: Sequence[int],
    *,
    title: str,
    indicator_version_id: int | None,
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Merge evaluations into a new draft that asks once, from the first to the last of their days.

    The draft is a survey; its times, channels and departments can be changed as in any draft.
    """
    entries = _mergeable(entry_ids, actor)
    if not title:
        raise InvalidInput([{"field": "title", "message": "请填写新活动的名称。"}])
    if indicator_version_id is None:
        message = "请选择新活动的指标版本。"
        raise InvalidInput([{"field": "indicator_version_id", "message": message}])
    first = max(min(entry.starts_on for entry in entries), now.astimezone(SHANGHAI).date())
    last = max(first, *(entry.ends_on for entry in entries))
    campaign = campaign_service.create_campaign(
        kind=CampaignKind.SURVEY,
        title=title,
        description="",
        indicator_version_id=indicator_version_id,
        channels=sorted(channels_for(entries)),
        opens_at=datetime.combine(first, OPENS_AT, SHANGHAI),
        closes_at=datetime.combine(last + timedelta(days=1), time(), SHANGHAI),
        departments=sorted(_departments(entries)),
        actor=actor,
        now=now,
    )
    _merge(entries, campaign, actor, now)
    return campaign


def channels_for(entries: Sequence[RegisterEntry]) -> set[Channel]:
    """Return the channels of a survey that reach the people whom these evaluations ask."""
    asked = {Audience(one) for entry in entries for one in entry.audiences}
    through = {channel for audience in asked for channel in CHANNELS_OF[audience]}
    # A survey has no visits; who used a service is asked like any citizen.
    if Channel.SERVICE_CENTRE in through:
        through = (through - {Channel.SERVICE_CENTRE}) | {Channel.OPEN}
    return through


def _mergeable(entry_ids: Sequence[int], actor: Actor) -> list[RegisterEntry]:
    if not entry_ids:
        raise InvalidInput([{"field": "entries", "message": "请至少勾选一项评价。"}])
    # In one order, so that two merges of the same entries wait for each other one way round.
    entries = [_kept(entry_id, actor) for entry_id in sorted(set(entry_ids))]
    if any(entry.state != EntryState.STANDING for entry in entries):
        raise Refusal("register_entry_not_standing", 409)
    return entries


def _departments(entries: Sequence[RegisterEntry]) -> set[int]:
    rated = queries.departments_of(entry.id for entry in entries)
    return {department for some in rated.values() for department in some}


def _merge(
    entries: Sequence[RegisterEntry], campaign: Campaign, actor: Actor, now: datetime
) -> None:
    for entry in entries:
        entry.state = EntryState.MERGED.value
        entry.campaign_id = campaign.id
        entry.changed_at = now
        _record("register.merged", entry, actor, now, campaign=campaign.id)
    _record_of_campaign("campaign.merged", campaign.id, entries, actor, now)
    db.session.flush()


def _kept(entry_id: int, actor: Actor) -> RegisterEntry:
    entry = queries.entry_for_update(entry_id)
    campaign_service.require_office([identity.organisation(entry.owner_id).path], actor)
    return entry


def _check(content: EntryContent, actor: Actor) -> None:
    campaign_service.require_office([identity.organisation(content.owner_id).path], actor)
    errors = []
    if content.ends_on < content.starts_on:
        errors.append({"field": "ends_on", "message": "结束日期不能早于开始日期。"})
    elif content.ends_on - content.starts_on >= LONGEST_FIELD:
        errors.append({"field": "ends_on", "message": "一次评价的时间不能超过一年。"})
    if not content.audiences:
        errors.append({"field": "audiences", "message": "请至少选择一类评价对象。"})
    if content.lead_department_id is not None:
        identity.organisation(content.lead_department_id)
    known = {department.id for department in identity.rated_departments()}
    if not content.departments:
        errors.append({"field": "departments", "message": "请至少选择一个被评部门。"})
    elif unknown := sorted(set(content.departments) - known):
        errors.append({"field": "departments", "message": f"不能评价的单位：{unknown}"})
    if errors:
        raise InvalidInput(errors)


def _write(entry: RegisterEntry, content: EntryContent, now: datetime) -> None:
    entry.title = content.title
    entry.owner_id = content.owner_id
    entry.lead_department_id = content.lead_department_id
    entry.method = content.method
    entry.period = content.period.value
    entry.starts_on = content.starts_on
    entry.ends_on = content.ends_on
    entry.audiences = [audience.value for audience in dict.fromkeys(content.audiences)]
    entry.people_asked = content.people_asked
    entry.target = content.target
    entry.basis = content.basis
    entry.changed_at = now


def _set_departments(entry_id: int, departments: Sequence[int]) -> None:
    db.session.execute(
        delete(RegisterEntryDepartment).where(RegisterEntryDepartment.entry_id == entry_id)
    )
    db.session.add_all(
        RegisterEntryDepartment(entry_id=entry_id, department_id=department)
        for department in sorted(set(departments))
    )
    db.session.flush()


def _record(
    action: str, entry: RegisterEntry, actor: Actor, now: datetime, **detail: object
) -> None:
    audit.record(actor, action, ("register_entry", entry.id), at=now, title=entry.title, **detail)


def _record_of_campaign(
    action: str, campaign_id: int, entries: Sequence[RegisterEntry], actor: Actor, now: datetime
) -> None:
    """Record in the campaign's own history too what it took up or gave back."""
    audit.record(
        actor,
        action,
        ("campaign", campaign_id),
        at=now,
        title="、".join(entry.title for entry in entries),
        size=len(entries),
    )
