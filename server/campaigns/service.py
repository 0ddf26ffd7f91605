"""Setting up campaigns: draft, copy, departments, leaves, opening, pausing; codes (``issuing``)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, text

from server.audit import service as audit
from server.campaigns import queries
from server.campaigns.authority import require_office
from server.campaigns.issuing import (
    add_counter,
    add_sample_links,
    issue_codes,
    refuse_with_sample_links,
    remove_sample_links,
    set_counter_active,
)
from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import (
    MOST_LEAVES,
    OFFERED,
    SURVEY_ONLY,
    CampaignKind,
    CampaignState,
    Channel,
    contact_key_name,
    key_name,
    partition_name,
)
from server.core.access import Actor
from server.core.database import PARTITION_SCHEMA, db
from server.core.errors import InvalidInput, Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.identity import queries as identity
from server.indicators import queries as indicators
from server.indicators import service as indicator_service
from server.indicators.rules import suggest_leaves

__all__ = [
    "add_counter",
    "add_sample_links",
    "choose_leaves",
    "copy_campaign",
    "create_campaign",
    "delete_draft",
    "issue_codes",
    "open_campaign",
    "pause_for_lost_key",
    "remove_sample_links",
    "require_office",
    "resume_campaign",
    "set_counter_active",
    "update_draft",
]


def create_campaign(
    *,
    kind: CampaignKind,
    title: str,
    description: str,
    indicator_version_id: int,
    channels: Sequence[Channel],
    opens_at: datetime,
    closes_at: datetime,
    departments: Sequence[int],
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Start a draft with its departments; each gets a suggestion of leaves."""
    _check(kind, channels, opens_at, closes_at, departments, actor)
    indicators.version(indicator_version_id)
    campaign = Campaign(
        kind=kind.value,
        title=title,
        description=description,
        indicator_version_id=indicator_version_id,
        channels=[int(channel) for channel in channels],
        opens_at=opens_at,
        closes_at=closes_at,
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(campaign)
    db.session.flush()
    _set_departments(campaign, departments)
    audit.record(
        actor,
        "campaign.created",
        ("campaign", campaign.id),
        at=now,
        kind=kind.value,
        title=title,
        departments=len(set(departments)),
    )
    return campaign


def copy_campaign(
    campaign_id: int,
    *,
    title: str,
    opens_at: datetime,
    closes_at: datetime,
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Start a draft like another campaign, for the next period.

    It has the same kind, indicators, channels, departments and their leaves; departments that are
    not rated any more stay behind.
    """
    original = queries.campaign(campaign_id)
    require_office(queries.department_paths(campaign_id), actor)
    rated = {department.id for department in identity.rated_departments()}
    asked = {
        row.department_id: list(row.leaves)
        for row, _ in queries.every_department(campaign_id)
        if row.department_id in rated
    }
    copy = create_campaign(
        kind=CampaignKind(original.kind),
        title=title,
        description=original.description,
        indicator_version_id=original.indicator_version_id,
        channels=[Channel(channel) for channel in original.channels],
        opens_at=opens_at,
        closes_at=closes_at,
        departments=sorted(asked),
        actor=actor,
        now=now,
    )
    for row, _ in queries.every_department(copy.id):
        row.leaves = asked[row.department_id]
    db.session.flush()
    audit.record(actor, "campaign.copied", ("campaign", copy.id), at=now, original=campaign_id)
    return copy


def update_draft(
    campaign_id: int,
    *,
    title: str,
    description: str,
    opens_at: datetime,
    closes_at: datetime,
    channels: Sequence[Channel],
    departments: Sequence[int],
    actor: Actor,
    now: datetime,
) -> Campaign:
    """Change a campaign that has not been opened; departments that stay keep their leaves."""
    campaign = _draft(campaign_id, actor)
    _check(CampaignKind(campaign.kind), channels, opens_at, closes_at, departments, actor)
    others = set(departments) != set(queries.department_ids(campaign_id))
    if others or Channel.SAMPLE not in channels:
        refuse_with_sample_links(campaign_id)
    campaign.title = title
    campaign.description = description
    campaign.opens_at = opens_at
    campaign.closes_at = closes_at
    campaign.channels = [int(channel) for channel in channels]
    _set_departments(campaign, departments)
    audit.record(actor, "campaign.changed", ("campaign", campaign_id), at=now, title=title)
    return campaign


def _check(
    kind: CampaignKind,
    channels: Sequence[Channel],
    opens_at: datetime,
    closes_at: datetime,
    departments: Sequence[int],
    actor: Actor,
) -> None:
    errors = []
    if not channels or any(channel not in OFFERED for channel in channels):
        errors.append({"field": "channels", "message": "请至少选择一个可用的评价渠道。"})
    if kind is CampaignKind.SURVEY and Channel.HOTLINE in channels:
        message = "12345 热线的评价一事一评，只能计入“一事一评”活动。"
        errors.append({"field": "channels", "message": message})
    if kind is CampaignKind.SERVICE and SURVEY_ONLY.intersection(channels):
        message = "抽样调查、社区评价和村评价只能用于“集中评价”活动。"
        errors.append({"field": "channels", "message": message})
    if opens_at >= closes_at:
        errors.append({"field": "closes_at", "message": "结束时间必须晚于开始时间。"})
    known = {department.id: department.path for department in identity.rated_departments()}
    if unknown := sorted(set(departments) - known.keys()):
        errors.append({"field": "departments", "message": f"不能评价的单位：{unknown}"})
    if errors:
        raise InvalidInput(errors)
    require_office((known[department] for department in departments), actor)


def _draft(campaign_id: int, actor: Actor) -> Campaign:
    campaign = queries.campaign_for_update(campaign_id)
    require_office(queries.department_paths(campaign_id), actor)
    if campaign.state != CampaignState.DRAFT:
        raise Refusal("campaign_not_draft", 409)
    return campaign


def _set_departments(campaign: Campaign, departments: Iterable[int]) -> None:
    wanted = set(departments)
    rows = {
        row.department_id: row
        for row in db.session.query(CampaignDepartment).filter_by(campaign_id=campaign.id)
    }
    for gone in rows.keys() - wanted:
        db.session.delete(rows[gone])
    headings = indicators.headings(campaign.indicator_version_id)
    leaves = indicators.leaves(campaign.indicator_version_id)
    duties = {
        department.id: department.duties
        for department in identity.rated_departments()
        if department.id in wanted - rows.keys()
    }
    for department_id, concerns in duties.items():
        db.session.add(
            CampaignDepartment(
                campaign_id=campaign.id,
                department_id=department_id,
                leaves=suggest_leaves(headings, leaves, concerns, MOST_LEAVES),
            )
        )
    db.session.flush()


def choose_leaves(
    campaign_id: int, department_id: int, leaves: Sequence[int], *, actor: Actor, now: datetime
) -> CampaignDepartment:
    """Say which leaves raters of a department are asked, and in which order."""
    campaign = _draft(campaign_id, actor)
    known = {leaf.id for leaf in indicators.leaves(campaign.indicator_version_id)}
    if (
        not 1 <= len(leaves) <= MOST_LEAVES
        or len(set(leaves)) != len(leaves)
        or not set(leaves) <= known
    ):
        message = f"请选择 1 至 {MOST_LEAVES} 个不重复的子项。"
        raise InvalidInput([{"field": "leaves", "message": message}])
    row, _ = queries.department(campaign_id, department_id)
    row.leaves = list(leaves)
    audit.record(
        actor,
        "campaign.leaves_chosen",
        ("campaign", campaign_id),
        at=now,
        department=department_id,
        leaves=list(leaves),
    )
    return row


def delete_draft(campaign_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove a campaign that nobody could have rated in yet."""
    campaign = _draft(campaign_id, actor)
    refuse_with_sample_links(campaign_id)
    db.session.execute(
        delete(CampaignDepartment).where(CampaignDepartment.campaign_id == campaign_id)
    )
    db.session.delete(campaign)
    audit.record(actor, "campaign.deleted", ("campaign", campaign_id), at=now, title=campaign.title)


def open_campaign(campaign_id: int, *, actor: Actor, now: datetime) -> Campaign:
    """Open a draft: freeze its indicators, make its partition and its keys.

    A campaign whose opening time is later takes ratings from that time on. The keys are made
    before the commit: a key without an open campaign does no harm, the reverse would.
    """
    campaign = _draft(campaign_id, actor)
    if not queries.department_count([campaign_id]).get(campaign_id):
        raise Refusal("campaign_incomplete", 409, reason="还没有选择被评部门。")
    if campaign.closes_at <= now:
        raise Refusal("campaign_incomplete", 409, reason="结束时间已过，请先修改。")
    indicator_service.freeze(campaign.indicator_version_id, now=now, actor=actor)
    campaign.state, campaign.opened_at = CampaignState.OPEN.value, now
    db.session.flush()
    _make_partition(campaign_id)
    key_ring().create(key_name(campaign_id))
    key_ring().create(contact_key_name(campaign_id))
    audit.record(actor, "campaign.opened", ("campaign", campaign_id), at=now)
    return campaign


def _make_partition(campaign_id: int) -> None:
    # CREATE … PARTITION OF would lock every other campaign's submissions out until the commit;
    # a table of the same shape, attached, does not. The CHECK spares ATTACH its scan.
    name = f"{PARTITION_SCHEMA}.{partition_name(campaign_id)}"
    for statement in (
        f"CREATE TABLE {name} (LIKE evaluation INCLUDING ALL)",
        f"ALTER TABLE {name} ADD CONSTRAINT campaign CHECK (campaign_id = {int(campaign_id)})",
        f"ALTER TABLE evaluation ATTACH PARTITION {name} FOR VALUES IN ({int(campaign_id)})",
        f"ALTER TABLE {name} DROP CONSTRAINT campaign",
        # Triggers are not among what LIKE copies: those of the counts of ratings.
        f"SELECT count_changes_of('{name}')",
    ):
        db.session.execute(text(statement))


def pause_for_lost_key(campaign_id: int, *, actor: Actor, now: datetime) -> None:
    """Pause an open campaign whose key can't be found; raters are told to come back later."""
    campaign = queries.campaign_for_update(campaign_id)
    if campaign.state == CampaignState.OPEN and campaign.pause_reason is None:
        campaign.pause_reason = "key_missing"
        audit.record(
            actor, "campaign.paused", ("campaign", campaign_id), at=now, reason="key_missing"
        )


def resume_campaign(campaign_id: int, *, actor: Actor, now: datetime) -> Campaign:
    """Go on with a paused campaign, once its key is back."""
    campaign = queries.campaign_for_update(campaign_id)
    require_office(queries.department_paths(campaign_id), actor)
    if campaign.state != CampaignState.OPEN:
        raise Refusal("campaign_already_closed", 409)
    try:
        key_ring().get(key_name(campaign_id))
    except KeyMissingError as error:
        raise Refusal("campaign_key_missing", 409) from error
    if campaign.pause_reason is not None:
        campaign.pause_reason = None
        audit.record(actor, "campaign.resumed", ("campaign", campaign_id), at=now)
    return campaign
