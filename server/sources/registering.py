"""Matters become cases (挂号), and what their source says of them later answers or closes these.

A poor rating always registers; a matter does once it has waited for a reply longer than its kind
may, or at once where its source registers every matter. Nothing of this is part of an import: a
job goes over a source's matters after its runs, in batches, and finds again what it left.

A matter that happened long before it was handed over is history: it registers only where the
source registers everything.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from server.core.access import SYSTEM
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import Refusal
from server.evaluation.rules import POOR
from server.evaluation.service import excluded_tickets
from server.rectification import queries as cases
from server.rectification import service as rectification
from server.rectification.limits import overdue_before
from server.rectification.rules import (
    LONGEST_TEXT,
    CaseKind,
    ClosedBy,
    OriginKind,
    Stage,
    quarter_of,
)
from server.sources import queries
from server.sources.casework import RATING_MARK, origin_name
from server.sources.models import Source, SourceMapping

BATCH = 100
# What happened longer than this before it was handed over is history.
HISTORY = timedelta(days=92)
REPLIED = "热线已答复，来源没有提供答复内容。"
# The index of the origins has the last word on what has a case; here it saves looking.
TO_REGISTER = """
    SELECT id, ticket, department_id, subject, body, happened_at, level <= :poor AS poor,
        contact_sealed IS NOT NULL AS has_contact
    FROM source_matter AS matter
    WHERE source_id = :source AND id > :after AND department_id IS NOT NULL
        AND happened_at <= :now
        AND (:every OR (happened_at >= changed_at - CAST(:history AS interval)
            AND (level <= :poor OR (level IS NULL AND happened_at <= :overdue
                AND (replied_at > :now OR (replied_at IS NULL AND reply = ''))))))
        AND NOT EXISTS (SELECT FROM case_origin WHERE kind = 'matter' AND origin_id
            = CASE WHEN level <= :poor THEN concat(matter.id, CAST(:mark AS text))
                ELSE CAST(matter.id AS text) END)
    ORDER BY id LIMIT :most
"""
# A case that waits for an answer, and whose source has one that it didn't have before: not the one
# that the office refused.
REPLIES = """
    SELECT held.id AS case_id, matter.id AS matter_id, matter.reply,
        LEAST(COALESCE(matter.replied_at, matter.changed_at), CAST(:now AS timestamptz)) AS at
    FROM rectification_case AS held
        JOIN case_origin AS origin ON origin.case_id = held.id AND origin.kind = 'matter'
            AND origin.released_at IS NULL
        JOIN source_matter AS matter
            ON matter.id = CASE WHEN origin.kind = 'matter'
                THEN CAST(split_part(origin.origin_id, ':', 1) AS bigint) END
    WHERE held.stage <> 'closed' AND matter.source_id = :source AND held.answered_at IS NULL
        AND (matter.replied_at <= :now OR (matter.replied_at IS NULL AND matter.reply <> ''))
        AND (origin.origin_id NOT LIKE '%' || :mark
            OR COALESCE(matter.replied_at, matter.changed_at)
                > COALESCE(held.first_answered_at,
                    (SELECT max(line.at) FROM case_event AS line
                        WHERE line.case_id = held.id AND line.kind = 'answered'),
                    held.registered_at))
    ORDER BY held.id LIMIT :most
"""
# Ratings that their source has bettered since.
BETTERED = """
    SELECT origin.origin_id, held.first_answered_at IS NOT NULL AS answered
    FROM case_origin AS origin
        JOIN rectification_case AS held ON held.id = origin.case_id
        JOIN source_matter AS matter
            ON matter.id = CASE WHEN origin.kind = 'matter'
                THEN CAST(split_part(origin.origin_id, ':', 1) AS bigint) END
    WHERE origin.kind = 'matter' AND origin.released_at IS NULL AND held.stage <> 'closed'
        AND origin.origin_id LIKE '%' || :mark AND matter.source_id = :source
        AND (matter.level IS NULL OR matter.level > :poor)
    ORDER BY origin.id LIMIT :most
"""
# Ratings behind open cases that campaigns count, or counted.
IN_CAMPAIGNS = """
    SELECT origin.origin_id, matter.campaign_id, matter.ticket
    FROM case_origin AS origin
        JOIN rectification_case AS held ON held.id = origin.case_id
        JOIN source_matter AS matter ON matter.id = CASE WHEN origin.kind = 'matter'
            THEN CAST(split_part(origin.origin_id, ':', 1) AS bigint) END
    WHERE origin.kind = 'matter' AND origin.released_at IS NULL AND held.stage <> 'closed'
        AND origin.origin_id LIKE '%' || :mark AND matter.source_id = :source
        AND matter.campaign_id IS NOT NULL
    ORDER BY origin.id
"""


def register_batch(source_id: int, *, after: int = 0, now: datetime) -> int | None:
    """Register some of a source's matters that should have a case.

    Returns the last one's id, from which the next batch goes on, or None when there are no more.
    """
    source = queries.source(source_id, SYSTEM)
    mapping = queries.mapping(source_id)
    every, kind = _wishes(mapping)
    limits = cases.newest_limits()[kind]
    rows = db.session.execute(
        text(TO_REGISTER),
        {
            "source": source_id,
            "after": after,
            "now": now,
            "every": every,
            "poor": POOR,
            "mark": RATING_MARK,
            "history": HISTORY,
            "overdue": overdue_before(now, limits.rectify, limits.unit, cases.calendar()),
            "most": BATCH,
        },
    ).all()
    for row in rows:
        _register(source, row, kind, now)
    return rows[-1].id if len(rows) == BATCH else None


def _wishes(mapping: SourceMapping | None) -> tuple[bool, CaseKind]:
    if mapping is None:
        return False, CaseKind.HOTLINE_COMMON
    return mapping.register_every, CaseKind(mapping.case_kind)


def _register(source: Source, row: Any, kind: CaseKind, now: datetime) -> None:
    rectification.register(
        CaseKind.HOTLINE_RATING if row.poor else kind,
        row.department_id,
        f"ticket:{source.id}:{row.ticket}",
        origin=rectification.Origin(
            OriginKind.MATTER,
            origin_name(row.id, rating=bool(row.poor)),
            real_name=bool(row.poor) and row.has_contact,
        ),
        title=_title(row),
        summary=f"来自“{source.name}”，工单 {row.ticket}。",
        # A rating is news to the department now; a matter has waited since it was handed in.
        counts_from=now if row.poor else row.happened_at,
        quarter=quarter_of(local_date(row.happened_at)),
        actor=SYSTEM,
        now=now,
    )


def _title(row: Any) -> str:
    first = next((line.strip() for line in (row.subject, row.body) if line.strip()), "")
    return " ".join(first.split())[:100] or f"工单 {row.ticket}"


def answer_batch(source_id: int, *, now: datetime) -> bool:
    """Let replies answer some cases, and close those that came from matters alone.

    A poor rating isn't done with by a reply: the office closes it after the hotline's callback.
    Tells whether there may be more.
    """
    values = {"source": source_id, "now": now, "mark": RATING_MARK, "most": BATCH}
    rows = db.session.execute(text(REPLIES), values).all()
    for row in rows:
        _answer(row, now)
    return len(rows) == BATCH


def _answer(row: Any, now: datetime) -> None:
    case = cases.case_for_update(row.case_id)
    if case.stage == Stage.CLOSED or case.answered_at is not None:
        return
    if case.stage != Stage.WITH_INSPECTOR:
        said = row.reply.strip()[:LONGEST_TEXT] or REPLIED
        rectification.answer(case.id, said, actor=SYSTEM, now=now, answered_at=row.at)
    live = cases.live_origins(case.id)
    if all(
        one.kind == OriginKind.MATTER and not one.origin_id.endswith(RATING_MARK) for one in live
    ):
        rectification.close(case.id, ClosedBy.HOTLINE, "热线已答复并回访。", actor=SYSTEM, now=now)


def better_batch(source_id: int, *, now: datetime) -> bool:
    """Let go of some ratings that their source has bettered; tell whether there may be more.

    After an answer that is the hotline's callback having found it solved; before, a correction.
    """
    values = {"source": source_id, "mark": RATING_MARK, "poor": POOR, "most": BATCH}
    rows: Sequence[Any] = db.session.execute(text(BETTERED), values).all()
    for row in rows:
        rectification.release_origin(
            OriginKind.MATTER,
            row.origin_id,
            closed_by=ClosedBy.HOTLINE if row.answered else ClosedBy.WITHDRAWAL,
            by_rater=True,
            now=now,
        )
    return len(rows) == BATCH


def release_set_apart(source_id: int, *, now: datetime) -> int:
    """Let go of ratings that two persons of the office set apart; return how many.

    That is known until their campaign is settled. Afterwards nothing joins a rating with its
    ticket, and the office closes such a case by the hotline's callback.
    """
    rows = db.session.execute(text(IN_CAMPAIGNS), {"source": source_id, "mark": RATING_MARK}).all()
    by_campaign: dict[int, dict[bytes, str]] = defaultdict(dict)
    for row in rows:
        by_campaign[row.campaign_id][f"{source_id}:{row.ticket}".encode()] = row.origin_id
    released = 0
    for campaign_id, origins in by_campaign.items():
        for name in sorted(excluded_tickets(campaign_id, list(origins))):
            rectification.release_origin(OriginKind.MATTER, origins[name], now=now)
            released += 1
    return released


def reassigned(matter_ids: Sequence[int], department_id: int, *, now: datetime) -> None:
    """Let the open cases of matters follow them to the department that a person assigned."""
    names = [origin_name(one, rating=kind) for one in matter_ids for kind in (False, True)]
    for name in names:
        known = cases.case_of_origin(OriginKind.MATTER, name)
        if known is None or known[0].stage == Stage.CLOSED:
            continue
        case = known[0]
        if case.department_id != department_id:
            try:
                rectification.transfer(
                    case.id, department_id, "工单改派到其他部门。", actor=SYSTEM, now=now
                )
            except Refusal:
                # It is with the inspector, or the other department has this matter already.
                continue
