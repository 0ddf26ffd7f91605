"""Rating codes, drawn persons' links and counters: what people come by."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import LargeBinary, any_, delete, exists, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from server.audit import service as audit
from server.campaigns import codes, queries
from server.campaigns.authority import require_office
from server.campaigns.models import CodeBatch, Counter, RatingCode, SampleLink
from server.campaigns.rules import LARGEST_BATCH, CampaignKind, CampaignState, Channel
from server.core.access import Actor
from server.core.crockford import random_code
from server.core.crypto import new_key
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.identity import queries as identity

COUNTER_CODE_LENGTH = 8


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


def remove_sample_links(campaign_id: int, links: Iterable[str]) -> None:
    """Remove drawn persons' links of a campaign that is still a draft."""
    hashed = [codes.code_hash(code) for code in links]
    db.session.execute(
        delete(SampleLink).where(
            SampleLink.campaign_id == campaign_id,
            SampleLink.code_hash == any_(literal(hashed, ARRAY(LargeBinary))),
        )
    )


def refuse_with_sample_links(campaign_id: int) -> None:
    """Refuse a change that drawn persons' links would not follow: they name departments."""
    drawn = exists().where(SampleLink.campaign_id == campaign_id)
    if db.session.scalar(select(drawn)):
        raise Refusal("campaign_has_sample", 409)


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
