"""Reading finished computations of scores: a few fields of documents of some megabytes each."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core.database import db
from server.figures.drawing import points
from server.figures.views import Part, RunView, ScoreLine
from server.scoring.models import ScoreRun, ScoringScheme
from server.scoring.rules import CRITICAL_VALUES, HIGHEST, LOWEST, NO_RATINGS, RunState

MOST_PERIODS = 12

# Of a department the whole score and the wanted part of it; the database takes the document apart.
LINES = """
    SELECT run.id AS run, CAST(department->>'id' AS integer) AS department,
        department->>'score' AS score, department->'interval'->>0 AS low,
        department->'interval'->>1 AS high, department->>'reason' AS reason,
        part.figure->>'score' AS part_score, part.figure->>'standard_error' AS part_error,
        part.figure->>'reason' AS part_reason, place->'alone' AS alone,
        place->'in_table' AS in_table, place->>'shrunk' AS shrunk,
        (SELECT coalesce(sum(CAST(panel->>'raters' AS integer)), 0)
            FROM jsonb_array_elements(department->'channels') AS one,
                jsonb_array_elements(one->'panels') AS panel
            WHERE CAST(:kind AS text) <> 'channel'
                OR one->>'channel' = CAST(:code AS text)) AS raters
    FROM score_run AS run
    CROSS JOIN LATERAL jsonb_array_elements(run.result->'departments') AS department
    LEFT JOIN LATERAL jsonb_array_elements(run.result->'places') AS place
        ON place->'department' = department->'id'
    CROSS JOIN LATERAL (SELECT CASE CAST(:kind AS text)
        WHEN 'channel' THEN jsonb_path_query_first(
            department, '$.channels[*] ? (@.channel == $code)',
            jsonb_build_object('code', CAST(:code AS text)))
        WHEN 'heading' THEN department->'headings'->CAST(:code AS text)
        END) AS part (figure)
    WHERE run.id = ANY(:runs)
"""
LEVELS = """
    SELECT id, result->>'interval_level' AS level, jsonb_array_length(result->'places') AS ranked
    FROM score_run WHERE id = ANY(:runs)
"""


def scheme_names(campaign_id: int | None = None, *, kind: CampaignKind) -> list[str]:
    """Return the schemes that scores were worked out by, of a campaign or a kind, latest first."""
    wanted = _done(kind)
    if campaign_id is not None:
        wanted = wanted.where(ScoreRun.campaign_id == campaign_id)
    return list(dict.fromkeys(row.name for row in db.session.execute(wanted)))


def newest_run(
    campaign_id: int, *, kind: CampaignKind, scheme: str, part: Part | None = None
) -> RunView | None:
    """Return a campaign's newest finished computation by a scheme of this name."""
    row = db.session.execute(
        _done(kind).where(ScoreRun.campaign_id == campaign_id, ScoringScheme.name == scheme)
    ).first()
    return _views([row], part)[0] if row else None


def runs_over_time(kind: CampaignKind, scheme: str, *, part: Part | None = None) -> list[RunView]:
    """Return the newest computation of each campaign of a kind, the oldest campaign first."""
    newest: dict[int, Any] = {}
    for row in db.session.execute(_done(kind).where(ScoringScheme.name == scheme)):
        newest.setdefault(row.campaign_id, row)
    rows = sorted(newest.values(), key=lambda row: (row.opens_at, row.campaign_id))
    return _views(rows[-MOST_PERIODS:], part)


def _done(kind: CampaignKind) -> Any:
    """Computations of all that is counted; one with ratings set apart is no score."""
    return (
        select(
            ScoreRun.id,
            ScoreRun.campaign_id,
            ScoreRun.finished_at,
            ScoreRun.requested_at,
            ScoringScheme.name,
            ScoringScheme.version,
            Campaign.title,
            Campaign.opens_at,
            Campaign.closes_at,
        )
        .join(ScoringScheme, ScoringScheme.id == ScoreRun.scheme_id)
        .join(Campaign, Campaign.id == ScoreRun.campaign_id)
        .where(
            ScoreRun.state == RunState.DONE.value,
            ScoreRun.set_apart.is_(False),
            Campaign.kind == kind.value,
        )
        .order_by(ScoreRun.requested_at.desc(), ScoreRun.id.desc())
    )


def _views(rows: Sequence[Any], part: Part | None) -> list[RunView]:
    ids = [row.id for row in rows]
    levels = {row.id: row for row in db.session.execute(text(LEVELS), {"runs": ids})}
    lines: dict[UUID, dict[int, ScoreLine]] = {one: {} for one in ids}
    wanted = {"kind": part.kind.value if part else "", "code": part.code if part else ""}
    for line in db.session.execute(text(LINES), {"runs": ids, **wanted}):
        made = _whole(line) if part is None else _of_part(line, levels[line.run].level)
        lines[line.run][line.department] = made
    return [
        RunView(
            id=row.id,
            campaign_id=row.campaign_id,
            campaign_title=row.title,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            scheme=row.name,
            version=row.version,
            finished_at=row.finished_at or row.requested_at,
            level=levels[row.id].level,
            ranked=levels[row.id].ranked,
            lines=lines[row.id],
        )
        for row in rows
    ]


def _whole(line: Any) -> ScoreLine:
    return ScoreLine(
        department=line.department,
        score=points(line.score),
        low=points(line.low),
        high=points(line.high),
        reason=line.reason,
        raters=line.raters,
        alone=_pair(line.alone),
        in_table=_pair(line.in_table),
        shrunk=points(line.shrunk),
    )


def _of_part(line: Any, level: str) -> ScoreLine:
    """Its interval is made as a department's is: score ± z x standard error, within 0 and 100."""
    if line.part_score is None:
        reason = line.part_reason or line.reason or NO_RATINGS
        return ScoreLine(line.department, None, None, None, reason, line.raters)
    score = Decimal(line.part_score)
    half = CRITICAL_VALUES[level] * Decimal(line.part_error)
    return ScoreLine(
        department=line.department,
        score=points(score),
        low=points(max(LOWEST, score - half)),
        high=points(min(HIGHEST, score + half)),
        reason=None,
        raters=line.raters,
    )


def _pair(places: Iterable[int] | None) -> tuple[int, int] | None:
    if places is None:
        return None
    best, worst = places
    return best, worst
