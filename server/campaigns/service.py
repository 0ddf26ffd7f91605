"""Setting up campaigns: draft, departments and leaves, opening, pausing, counters, rating codes."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, text

from server.audit import service as audit
from server.campaigns import codes, queries
from server.campaigns.models import (
    Campaign,
    CampaignDepartment,
    CodeBatch,
    Counter,
    RatingCode,
    SampleLink,
)
from server.campaigns.rules import (
    LARGEST_BATCH,
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
from server.core.access import Actor, ActorKind, Role
from server.core.crockford import random_code
from server.core.crypto import new_key
from server.core.database import PARTITION_SCHEMA, db
from server.core.errors import InvalidInput, Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.identity import queries as identity
from server.indicators import queries as indicators
from server.indicators import service as indicator_service
from server.indicators.rules import suggest_leaves

COUNTER_CODE_LENGTH = 8


def require_office(paths: Iterable[str], actor: Actor) -> None:
    """Refuse an actor whose office does not reach every one of the departments at ``paths``.

    A district's office runs its district's campaigns, not the city's. The system itself may act.
    """
    if actor.kind is not ActorKind.SYSTEM:
        for path in paths:
            actor.require(path, Role.OFFICE)


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
        message = "12345 热线的评价一事一评，只能计入「一事一评」活动。"
        errors.append({"field": "channels", "message": message})
    if kind is CampaignKind.SERVICE and SURVEY_ONLY.intersection(channels):
        message = "抽样调查、社区评价和村评价只能用于「集中评价」活动。"
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
    campaign.state = CampaignState.OPEN.value
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


def issue_codes(
    campaign_id: int,
    *,
    department_id: int,
    size: int,
    counter_id: int | None = None,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[CodeBatch, list[str]]:
    """Issue rating codes for a department.

    They are visit codes in a service campaign, one-time links in a survey. Each gives one rating,
    on the phone or on the web, whichever comes first.
    """
    if not 1 <= size <= LARGEST_BATCH:
        message = f"每批 1 至 {LARGEST_BATCH} 个。"
        raise InvalidInput([{"field": "size", "message": message}])
    channel = _channel_of_codes(campaign_id, department_id, counter_id, actor)
    seed = new_key()
    batch = CodeBatch(
        campaign_id=campaign_id,
        department_id=department_id,
        counter_id=counter_id,
        channel=int(channel),
        size=size,
        note=note,
        seed_sealed=codes.seal_seed(seed),
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(batch)
    db.session.flush()
    issued = codes.codes_of_seed(seed, size)
    db.session.execute(
        insert(RatingCode),
        [{"code_hash": codes.code_hash(code), "batch_id": batch.id} for code in issued],
    )
    audit.record(
        actor,
        "codes.issued",
        ("campaign", campaign_id),
        at=now,
        batch=str(batch.id),
        department=department_id,
        size=size,
    )
    return batch, issued


def _channel_of_codes(
    campaign_id: int, department_id: int, counter_id: int | None, actor: Actor
) -> Channel:
    """Return the channel that codes for a department count in; refuse where none may be issued."""
    campaign = queries.campaign(campaign_id)
    if campaign.state != CampaignState.OPEN:
        raise Refusal("codes_need_service", 409)
    _, department = queries.department(campaign_id, department_id)
    require_office([department.path], actor)
    if counter_id is not None:
        counter = db.session.get(Counter, counter_id)
        if counter is None or counter.department_id != department_id:
            raise Refusal("counter_unknown", 404, field="counter")
    channel = Channel.SERVICE_CENTRE if campaign.kind == CampaignKind.SERVICE else Channel.OPEN
    if int(channel) not in campaign.channels:
        raise Refusal("channel_not_offered", 409)
    return channel


def add_sample_links(campaign_id: int, links: Iterable[tuple[str, int, Sequence[int]]]) -> None:
    """Store drawn persons' links: code, stratum cell and departments of each.

    The order in which they are stored is that of the hashes, so that it tells nothing.
    """
    hashed = sorted((codes.code_hash(code), cell, list(offered)) for code, cell, offered in links)
    if hashed:
        db.session.execute(
            insert(SampleLink),
            [
                {"code_hash": key, "campaign_id": campaign_id, "cell": cell, "departments": offered}
                for key, cell, offered in hashed
            ],
        )


def add_counter(department_id: int, name: str, *, actor: Actor, now: datetime) -> Counter:
    """Add a counter, with a code of its own for the printed QR code."""
    require_office([identity.organisation(department_id).path], actor)
    counter = Counter(
        department_id=department_id,
        name=name,
        code=random_code(COUNTER_CODE_LENGTH),
    )
    db.session.add(counter)
    db.session.flush()
    audit.record(actor, "counter.added", ("counter", counter.id), at=now, department=department_id)
    return counter


def set_counter_active(counter_id: int, active: bool, *, actor: Actor, now: datetime) -> Counter:  # noqa: FBT001 the value itself
    """Take a counter's QR code out of use, or back into it."""
    counter = db.session.get(Counter, counter_id)
    if counter is None:
        raise Refusal("not_found", 404)
    require_office([identity.organisation(counter.department_id).path], actor)
    counter.active = active
    action = "counter.activated" if active else "counter.retired"
    audit.record(actor, action, ("counter", counter_id), at=now)
    return counter
