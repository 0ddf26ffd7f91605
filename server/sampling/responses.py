"""Who answered, counted once a day: by panel and cell, never by person, never with a time.

The flag of a person serves the reminders alone. It says that the link was used, not for which
departments or how often, and no page shows it. It is erased at the close, with what was sent to
whom, and who was replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import current_app
from sqlalchemy import func, select, text, update

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignState
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.keyring import KeyMissingError
from server.evaluation import answering
from server.sampling import letters, queries
from server.sampling.models import CellResponse, Dispatch, DrawnPerson, PanelResponse, SampleDraw
from server.sampling.outreach_rules import Fault
from server.sampling.queries import ISSUED_VALUES
from server.sampling.rules import DispatchState, Panel

# Of the cells the latest day alone is kept: with every day, one could follow a cell's few.
RECORD = (
    """
    INSERT INTO cell_response (campaign_id, cell, day, asked, answered, replaced)
    SELECT draw.campaign_id, person.cell, :day, count(*), count(*) FILTER (WHERE person.answered),
        count(*) FILTER (WHERE person.standing = 'replaced')
    FROM drawn_person AS person JOIN sample_draw AS draw ON draw.id = person.draw_id
    WHERE draw.campaign_id = :campaign AND draw.links_sealed IS NOT NULL
        AND person.standing = ANY(:issued)
    GROUP BY 1, 2
    ON CONFLICT (campaign_id, cell, day) DO UPDATE SET
        asked = excluded.asked, answered = excluded.answered, replaced = excluded.replaced
    """,
    "DELETE FROM cell_response WHERE campaign_id = :campaign AND day < :day",
    """
    INSERT INTO panel_response (draw_id, day, asked, answered)
    SELECT person.draw_id, :day, count(*), count(*) FILTER (WHERE person.answered)
    FROM drawn_person AS person JOIN sample_draw AS draw ON draw.id = person.draw_id
    WHERE draw.campaign_id = :campaign AND draw.links_sealed IS NOT NULL
        AND person.standing = ANY(:issued)
    GROUP BY 1
    ON CONFLICT (draw_id, day) DO UPDATE SET asked = excluded.asked, answered = excluded.answered
    """,
)
# Written anew in the order of the draw, every night and at the close: rows that were changed alone
# would tell by their transaction, and by their place, in which night somebody answered.
REWRITE = (
    """CREATE TEMPORARY TABLE rewriting ON COMMIT DROP AS
        SELECT draw_id, place, number, cell, {standing} AS standing, {answered} AS answered
        FROM drawn_person AS person WHERE draw_id = ANY(:draws)""",
    "DELETE FROM drawn_person WHERE draw_id = ANY(:draws)",
    """INSERT INTO drawn_person (draw_id, place, number, cell, standing, answered)
        SELECT draw_id, place, number, cell, standing, answered FROM rewriting ORDER BY 1, 2""",
    "DROP TABLE rewriting",
)
ANSWERED = """standing = ANY(:issued) AND (draw_id, place) IN (
    SELECT * FROM unnest(CAST(:of AS integer[]), CAST(:places AS integer[])))"""
# As it was drawn: in each cell the first are the sample, the next the reserves.
AS_DRAWN = """CASE WHEN row_number() OVER (PARTITION BY draw_id, cell ORDER BY place) <= (
    SELECT drawn FROM sample_cell
    WHERE sample_cell.draw_id = person.draw_id AND sample_cell.number = person.cell
) THEN 'main' ELSE 'reserve' END"""
# Who was reminded, or replaced, had not answered by then: at the close counts alone stay.
FORGET = (
    """INSERT INTO dispatch_count (draw_id, occasion, round, way, state, reason, begun_on, number)
        SELECT draw_id, occasion, round, way, state, reason, min(created_on), count(*)
        FROM dispatch WHERE draw_id = ANY(:draws) GROUP BY 1, 2, 3, 4, 5, 6""",
    "DELETE FROM dispatch WHERE draw_id = ANY(:draws)",
    "UPDATE letter_run SET dispatches = '{}', taken = '{}' WHERE draw_id = ANY(:draws)",
)


@dataclass(frozen=True)
class Rate:
    """How many of those asked answered; ``cell`` is None for a whole panel.

    The response rate is RR2 of The American Association for Public Opinion Research, *Standard
    Definitions* (10th edition, 2023), complete and partial answers over all that were asked:

        RR2 = (I + P) / ((I + P) + (R + NC + O) + (UH + UO))

    Whoever rated at least one department of the link has answered (I + P). ``asked`` is everybody
    who was ever to be asked: the sample, the replacements that were called up, and those whom these
    replaced. A replaced person is a refusal (R), a non-contact (NC) or was not reached (U), so it
    stays in the denominator, and in the numerator where it answered late after all: replacing
    raises no response rate. How much was replaced is told beside it.
    """

    panel: Panel
    cell: int | None
    name: str
    asked: int
    answered: int
    replaced: int = 0

    @property
    def rate(self) -> Decimal | None:
        """The share that answered, None where nobody was asked."""
        return Decimal(self.answered) / self.asked if self.asked else None

    @property
    def substitution_rate(self) -> Decimal | None:
        """The share of those asked who were replaced by somebody else."""
        return Decimal(self.replaced) / self.asked if self.asked else None


def count(campaign_id: int, *, day: date) -> None:
    """Bring the flags up to date, and write the day's counts by cell. Safe to repeat.

    Raises KeyMissingError where the campaign's key is gone: nothing is changed then.
    """
    # Locked: who is called up meanwhile would be lost when the rows are written anew.
    draws = _open_draws(campaign_id, lock=True)
    found = [(draw.id, place) for draw in draws for place in _answered(draw)]
    _rewrite(
        [draw.id for draw in draws],
        answered=ANSWERED,
        of=[draw_id for draw_id, _ in found],
        places=[place for _, place in found],
    )
    values = {"campaign": campaign_id, "day": day, "issued": ISSUED_VALUES}
    for statement in RECORD:
        db.session.execute(text(statement), values)


def _open_draws(campaign_id: int, *, lock: bool = False) -> Sequence[SampleDraw]:
    found = (
        select(SampleDraw)
        .where(SampleDraw.campaign_id == campaign_id, SampleDraw.links_sealed.is_not(None))
        .order_by(SampleDraw.id)
    )
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(found).all()


def _answered(draw: SampleDraw) -> list[int]:
    """Return the places of those who were ever asked and whose link was used."""
    codes = queries.codes_of(draw)
    issued = [DrawnPerson.draw_id == draw.id, DrawnPerson.standing.in_(ISSUED_VALUES)]
    places = db.session.scalars(select(DrawnPerson.place).where(*issued)).all()
    used = answering.answered(draw.campaign_id, [codes[place] for place in places])
    return [place for place, one in zip(places, used, strict=True) if one]


def _rewrite(
    draws: Sequence[int],
    *,
    standing: str = "standing",
    answered: str = "NULL::boolean",
    **more: Any,
) -> None:
    """Write all rows of some draws anew, in one transaction and one order."""
    values = {"draws": list(draws), "issued": ISSUED_VALUES, **more}
    for statement in REWRITE:
        filled = text(statement.format(standing=standing, answered=answered))
        wanted = {name: value for name, value in values.items() if f":{name}" in filled.text}
        db.session.execute(filled, wanted)
    db.session.expire_all()


def finish(campaign_id: int, now: datetime) -> None:
    """At the close: count for the last time, then erase who answered, and the links, for good.

    Called before the campaign's key is destroyed; where it is done already, nothing happens.
    """
    # Locked: an invitation under way is stored first, the next one finds the links gone.
    draws = _open_draws(campaign_id, lock=True)
    if not draws:
        return
    campaign = campaigns.campaign(campaign_id)
    try:
        count(campaign_id, day=clock.local_date(campaign.closed_at or now))
    except KeyMissingError:
        lost = "campaign %s: key missing, the last responses could not be counted"
        current_app.logger.error(lost, campaign_id)  # noqa: TRY400 the fact is all there is
    ids = [draw.id for draw in draws]
    letters.forget_draws(ids)
    statements = (
        update(SampleDraw).where(SampleDraw.id.in_(ids)).values(links_sealed=None, finished_at=now),
        update(Dispatch)
        .where(Dispatch.draw_id.in_(ids), Dispatch.state == DispatchState.WAITING.value)
        .values(state=DispatchState.FAILED.value, reason=Fault.CLOSED.value, not_before=None),
    )
    for statement in statements:
        db.session.execute(statement.execution_options(synchronize_session=False))
    for forget in FORGET:
        db.session.execute(text(forget), {"draws": ids})
    _rewrite(ids, standing=AS_DRAWN)
    audit.record(SYSTEM, "sample.links_erased", ("campaign", campaign_id), at=now)


def open_campaigns() -> list[int]:
    """Return the open campaigns that have a sample."""
    return list(
        db.session.scalars(
            select(SampleDraw.campaign_id)
            .join(Campaign, Campaign.id == SampleDraw.campaign_id)
            .where(SampleDraw.links_sealed.is_not(None), Campaign.state == CampaignState.OPEN.value)
            .distinct()
            .order_by(SampleDraw.campaign_id)
        )
    )


def response_rates(campaign_id: int) -> list[Rate]:
    """Return each panel's rate, followed by those of its cells, as of the latest count."""
    latest = (
        select(
            CellResponse.cell,
            CellResponse.asked,
            CellResponse.answered,
            CellResponse.replaced,
            func.row_number()
            .over(partition_by=CellResponse.cell, order_by=CellResponse.day.desc())
            .label("age"),
        )
        .where(CellResponse.campaign_id == campaign_id)
        .subquery()
    )
    rows = db.session.execute(
        select(latest.c.cell, latest.c.asked, latest.c.answered, latest.c.replaced).where(
            latest.c.age == 1
        )
    )
    counted = {row[0]: (row[1], row[2], row[3]) for row in rows}
    rates: list[Rate] = []
    for panel in Panel:
        cells = [
            Rate(panel, cell.number, cell.name, *counted.get(cell.number, (cell.asked, 0)))
            for cell in queries.cells(campaign_id).values()
            if cell.panel == panel
        ]
        if cells:
            rates += [_whole(panel, cells), *cells]
    return rates


def _whole(panel: Panel, cells: Sequence[Rate]) -> Rate:
    asked, answered = sum(one.asked for one in cells), sum(one.answered for one in cells)
    return Rate(panel, None, "", asked, answered, sum(one.replaced for one in cells))


def daily(campaign_id: int) -> list[tuple[date, Panel, int, int]]:
    """Return asked and answered of each panel by the end of each day, in order of day and panel."""
    rows = db.session.execute(
        select(PanelResponse.day, SampleDraw.panel, PanelResponse.asked, PanelResponse.answered)
        .join(SampleDraw, SampleDraw.id == PanelResponse.draw_id)
        .where(SampleDraw.campaign_id == campaign_id)
    )
    order = list(Panel)
    found = [(day, Panel(panel), asked, done) for day, panel, asked, done in rows]
    return sorted(found, key=lambda row: (row[0], order.index(row[1])))
