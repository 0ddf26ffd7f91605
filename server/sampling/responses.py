"""Who answered, counted once a day: by panel and cell, never by person, never with a time.

The flag of a person serves the reminders alone. It says that the link was used, not for which
departments or how often, and no page shows it. It is erased at the close.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import current_app
from sqlalchemy import Integer, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

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
from server.sampling.models import CellResponse, Dispatch, DrawnPerson, SampleCell, SampleDraw
from server.sampling.outreach_rules import Fault
from server.sampling.queries import ASKED_VALUES
from server.sampling.rules import DispatchState, Panel

RECORD = """
    INSERT INTO cell_response (campaign_id, cell, day, asked, answered)
    SELECT draw.campaign_id, person.cell, :day, count(*), count(*) FILTER (WHERE person.answered)
    FROM drawn_person AS person JOIN sample_draw AS draw ON draw.id = person.draw_id
    WHERE draw.campaign_id = :campaign AND draw.links_sealed IS NOT NULL
        AND person.standing = ANY(:asked)
    GROUP BY 1, 2
    ON CONFLICT (campaign_id, cell, day)
    DO UPDATE SET asked = excluded.asked, answered = excluded.answered
"""
# Written anew in the order of the draw: rows that were changed one night stand behind the others,
# so erasing the flags alone would leave who answered in the order of the table.
FORGET = (
    """CREATE TEMPORARY TABLE finishing ON COMMIT DROP AS
        SELECT draw_id, place, number, cell, standing FROM drawn_person
        WHERE draw_id = ANY(:draws)""",
    "DELETE FROM drawn_person WHERE draw_id = ANY(:draws)",
    """INSERT INTO drawn_person (draw_id, place, number, cell, standing, answered)
        SELECT draw_id, place, number, cell, standing, NULL FROM finishing ORDER BY 1, 2""",
)


@dataclass(frozen=True)
class Rate:
    """How many of those asked answered; ``cell`` is None for a whole panel."""

    panel: Panel
    cell: int | None
    name: str
    asked: int
    answered: int

    @property
    def rate(self) -> Decimal | None:
        """The share that answered, None where nobody was asked."""
        return Decimal(self.answered) / self.asked if self.asked else None


def count(campaign_id: int, *, day: date) -> None:
    """Bring the flags up to date, and write the day's counts by cell. Safe to repeat.

    Raises KeyMissingError where the campaign's key is gone: nothing is changed then.
    """
    for draw in _open_draws(campaign_id):
        _flag(draw)
    values = {"campaign": campaign_id, "day": day, "asked": ASKED_VALUES}
    db.session.execute(text(RECORD), values)


def _open_draws(campaign_id: int, *, lock: bool = False) -> Sequence[SampleDraw]:
    found = (
        select(SampleDraw)
        .where(SampleDraw.campaign_id == campaign_id, SampleDraw.links_sealed.is_not(None))
        .order_by(SampleDraw.id)
    )
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(found).all()


def _flag(draw: SampleDraw) -> None:
    codes = queries.codes_of(draw)
    asked = [DrawnPerson.draw_id == draw.id, DrawnPerson.standing.in_(ASKED_VALUES)]
    places = db.session.scalars(select(DrawnPerson.place).where(*asked)).all()
    used = answering.answered(draw.campaign_id, [codes[place] for place in places])
    found = [place for place, one in zip(places, used, strict=True) if one]
    given = DrawnPerson.place.in_(select(func.unnest(literal(found, ARRAY(Integer)))))
    db.session.execute(
        update(DrawnPerson)
        .where(*asked, DrawnPerson.answered.is_distinct_from(given))
        .values(answered=given)
        .execution_options(synchronize_session=False)
    )


def finish(campaign_id: int) -> None:
    """At the close: count for the last time, then erase who answered, and the links, for good.

    Called before the campaign's key is destroyed; where it is done already, nothing happens.
    """
    # Locked: an invitation under way is stored first, the next one finds the links gone.
    draws = _open_draws(campaign_id, lock=True)
    if not draws:
        return
    now = clock.now()
    campaign = campaigns.campaign(campaign_id)
    try:
        count(campaign_id, day=clock.local_date(campaign.closed_at or now))
    except KeyMissingError:
        lost = "campaign %s: key missing, the last responses could not be counted"
        current_app.logger.error(lost, campaign_id)  # noqa: TRY400 the fact is all there is
    ids = [draw.id for draw in draws]
    letters.forget_draws(ids)
    for rewrite in FORGET:
        db.session.execute(text(rewrite), {"draws": ids})
    statements = (
        update(SampleDraw).where(SampleDraw.id.in_(ids)).values(links_sealed=None, finished_at=now),
        update(Dispatch)
        .where(Dispatch.draw_id.in_(ids), Dispatch.state == DispatchState.WAITING.value)
        .values(state=DispatchState.FAILED.value, reason=Fault.CLOSED.value, not_before=None),
    )
    for statement in statements:
        db.session.execute(statement.execution_options(synchronize_session=False))
    db.session.expire_all()
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
            func.row_number()
            .over(partition_by=CellResponse.cell, order_by=CellResponse.day.desc())
            .label("age"),
        )
        .where(CellResponse.campaign_id == campaign_id)
        .subquery()
    )
    rows = db.session.execute(
        select(latest.c.cell, latest.c.asked, latest.c.answered).where(latest.c.age == 1)
    )
    counted = {row[0]: (row[1], row[2]) for row in rows}
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
    return Rate(panel, None, "", asked, answered)


def daily(campaign_id: int) -> list[tuple[date, Panel, int, int]]:
    """Return asked and answered of each panel by the end of each day, in order of day and panel."""
    rows = db.session.execute(
        select(
            CellResponse.day,
            SampleDraw.panel,
            func.sum(CellResponse.asked),
            func.sum(CellResponse.answered),
        )
        .join(
            SampleCell,
            (SampleCell.campaign_id == CellResponse.campaign_id)
            & (SampleCell.number == CellResponse.cell),
        )
        .join(SampleDraw, SampleDraw.id == SampleCell.draw_id)
        .where(CellResponse.campaign_id == campaign_id)
        .group_by(CellResponse.day, SampleDraw.panel)
    )
    order = list(Panel)
    found = [(day, Panel(panel), int(asked), int(done)) for day, panel, asked, done in rows]
    return sorted(found, key=lambda row: (row[0], order.index(row[1])))
