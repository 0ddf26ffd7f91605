"""Matters with a level and a department become ratings of the service campaign of their time."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from server.campaigns.rules import Channel
from server.core.clock import local_date
from server.core.crypto import mac, unseal
from server.core.database import db
from server.core.keyring import standing_key
from server.evaluation import service as evaluation
from server.sources.models import Source
from server.sources.rules import CONTACT_PURPOSE, KEY_NAME, SourceKind, WaitingReason

ROWS_A_STEP = 5000
NEXT = """
    SELECT id, ticket, happened_at, department_id, level, contact_sealed, campaign_id
    FROM source_matter WHERE source_id = :source AND rating = 'waiting' AND id > :last
    ORDER BY id LIMIT :most
"""
FORECAST = """
    SELECT count(*) FROM incoming_matter AS incoming LEFT JOIN source_matter AS kept
        ON kept.source_id = :source AND kept.ticket = incoming.ticket
    WHERE incoming.level IS NOT NULL AND (kept.id IS NULL OR kept.digest <> incoming.digest)
"""
INTO_CAMPAIGN = """
    AND incoming.department_id = ANY(:departments)
    AND incoming.happened_at >= :opens_at AND incoming.happened_at < :closes_at
"""
# A rating that a closed campaign counts stays as it was then.
SETTLE = """
    UPDATE source_matter SET rating = told.rating, rating_reason = told.reason,
        campaign_id = told.campaign
    FROM unnest(CAST(:ids AS bigint[]), CAST(:ratings AS text[]), CAST(:reasons AS text[]),
        CAST(:campaigns AS integer[])) AS told (id, rating, reason, campaign)
    WHERE source_matter.id = told.id AND (source_matter.rating, source_matter.rating_reason,
        source_matter.campaign_id) IS DISTINCT FROM (told.rating, told.reason, told.campaign)
"""


@dataclass
class _Step:
    """What some matters come to."""

    stored: dict[int, list[evaluation.ImportedRating]] = field(
        default_factory=lambda: defaultdict(list)
    )
    withdrawn: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    outcomes: list[tuple[int, str, str | None, int | None]] = field(default_factory=list)

    def wait(self, row: Any, reason: WaitingReason | None, campaign: int | None = None) -> None:
        rating = "none" if reason is None else "waiting"
        self.outcomes.append((row.id, rating, reason and reason.value, campaign))


def forecast(source: Source, *, now: datetime) -> dict[str, Any]:
    """Return how many of the staged rows join which campaign, and how many will wait for one."""
    rated = db.session.scalar(text(FORECAST), {"source": source.id}) or 0
    campaigns: list[dict[str, Any]] = []
    for gate in evaluation.gates(SourceKind(source.kind).channel, now=now, lock=False):
        values = {
            "source": source.id,
            "departments": [*gate.leaves],
            "opens_at": gate.opens_at,
            "closes_at": gate.closes_at,
        }
        count = db.session.scalar(text(FORECAST + INTO_CAMPAIGN), values) or 0
        if count and not gate.paused:
            campaigns.append({"id": gate.campaign_id, "title": gate.title, "count": count})
    joining = sum(one["count"] for one in campaigns)
    return {"campaigns": campaigns, "waiting": max(0, rated - joining)}


def join_waiting(source: Source, *, now: datetime, step: Callable[[], None]) -> None:
    """Let each waiting matter of a source join its campaign, or say why it waits on."""
    channel = SourceKind(source.kind).channel
    gates = evaluation.gates(channel, now=now, lock=True)
    last = 0
    while rows := db.session.execute(
        text(NEXT), {"source": source.id, "last": last, "most": ROWS_A_STEP}
    ).all():
        step()
        last = rows[-1].id
        _join(source.id, channel, rows, gates)


def _join(
    source_id: int, channel: Channel, rows: Sequence[Any], gates: Sequence[evaluation.Gate]
) -> None:
    by_id = {gate.campaign_id: gate for gate in gates}
    key = standing_key(KEY_NAME)
    done = _Step()
    for row in rows:
        name = f"{source_id}:{row.ticket}".encode()
        joined = by_id.get(row.campaign_id)
        if row.campaign_id is not None and (joined is None or joined.paused):
            closed = joined is None
            kept = WaitingReason.CLOSED_BEFORE if closed else WaitingReason.PAUSED
            rating = "counted" if closed else "waiting"
            done.outcomes.append((row.id, rating, kept.value, row.campaign_id))
            continue
        gate, reason = _gate_of(row, gates)
        if joined is not None and (gate is None or gate.campaign_id != joined.campaign_id):
            done.withdrawn[joined.campaign_id].append(name)
        if gate is None:
            done.wait(row, reason)
            continue
        done.stored[gate.campaign_id].append(_rating(row, name, key))
        done.outcomes.append((row.id, "counted", None, gate.campaign_id))
    for campaign_id, ratings in done.stored.items():
        evaluation.store_imported(by_id[campaign_id], channel, ratings)
    for campaign_id, names in done.withdrawn.items():
        evaluation.withdraw_imported(by_id[campaign_id], channel, names)
    _settle(done)


def _gate_of(
    row: Any, gates: Sequence[evaluation.Gate]
) -> tuple[evaluation.Gate | None, WaitingReason | None]:
    """Return the campaign that a matter belongs in, or why there is none."""
    if row.level is None:
        return None, None
    if row.department_id is None:
        return None, WaitingReason.NO_DEPARTMENT
    covering = [gate for gate in gates if gate.covers(row.happened_at)]
    if not covering:
        return None, WaitingReason.NO_CAMPAIGN
    rated = [gate for gate in covering if row.department_id in gate.leaves]
    if not rated:
        return None, WaitingReason.NOT_RATED
    running = [gate for gate in rated if not gate.paused]
    return (running[0], None) if running else (None, WaitingReason.PAUSED)


def _rating(row: Any, name: bytes, key: bytes) -> evaluation.ImportedRating:
    person = b""
    if row.contact_sealed is not None:
        contact = unseal(key, bytes(row.contact_sealed), CONTACT_PURPOSE)
        person = mac(key, b"rater", contact)
    return evaluation.ImportedRating(
        name, row.department_id, local_date(row.happened_at), row.level, person
    )


def _settle(done: _Step) -> None:
    if not done.outcomes:
        return
    ids, ratings, reasons, campaigns = zip(*done.outcomes, strict=True)
    db.session.execute(
        text(SETTLE),
        {
            "ids": list(ids),
            "ratings": list(ratings),
            "reasons": list(reasons),
            "campaigns": list(campaigns),
        },
    )
