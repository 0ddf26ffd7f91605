"""Reading frames, draws, cells and drawn persons."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    any_,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import aliased

from server.campaigns import queries as campaigns
from server.campaigns.codes import codes_of_seed
from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core.access import Actor, ActorKind, Role
from server.core.crypto import unseal
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.core.paging import Page, newest_first
from server.identity import queries as identity
from server.sampling.models import (
    CellResponse,
    Dispatch,
    DrawnPerson,
    FrameImport,
    FrameUnit,
    SampleCell,
    SampleDraw,
    SampleFrame,
)
from server.sampling.persons import Contact, open_contact
from server.sampling.rules import ASKED, ISSUED, Panel, Standing

__all__ = ["DrawnPerson", "FrameImport", "SampleDraw", "SampleFrame"]

LINKS_KEY, LINKS_PURPOSE = "codes", "sample_draw.links"
ASKED_VALUES = [standing.value for standing in ASKED]
ISSUED_VALUES = [standing.value for standing in ISSUED]


class Cell(NamedTuple):
    """A stratum cell of a campaign; ``asked``: those drawn, less replaced, plus called up."""

    number: int
    panel: Panel
    name: str
    population: int
    drawn: int
    asked: int


def cells(campaign_id: int) -> dict[int, Cell]:
    """Return the cells of a campaign's sample by number."""
    asked = (
        select(func.count())
        .where(
            DrawnPerson.draw_id == SampleCell.draw_id,
            DrawnPerson.cell == SampleCell.number,
            DrawnPerson.standing.in_(ASKED_VALUES),
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(SampleCell, SampleDraw.panel, asked)
        .join(SampleDraw, SampleDraw.id == SampleCell.draw_id)
        .where(SampleCell.campaign_id == campaign_id)
        .order_by(SampleCell.number)
    )
    return {
        cell.number: Cell(cell.number, Panel(panel), cell.name, cell.population, cell.drawn, count)
        for cell, panel, count in rows
    }


def latest_responses(campaign_id: int) -> dict[int, tuple[int, int]]:
    """Return asked and answered of each cell as of the latest count, at last the close's."""
    rows = db.session.execute(
        select(CellResponse.cell, CellResponse.asked, CellResponse.answered)
        .where(CellResponse.campaign_id == campaign_id)
        .ext(distinct_on(CellResponse.cell))
        .order_by(CellResponse.cell, CellResponse.day.desc())
    )
    return {row.cell: (row.asked, row.answered) for row in rows}


def draw(draw_id: int) -> SampleDraw:
    """Return one draw; refuse with 404."""
    found = db.session.get(SampleDraw, draw_id)
    if found is None:
        raise Refusal("draw_unknown", 404)
    return found


def draws(campaign_id: int) -> Sequence[SampleDraw]:
    """Return a campaign's draws in the order in which they were made."""
    return db.session.scalars(
        select(SampleDraw).where(SampleDraw.campaign_id == campaign_id).order_by(SampleDraw.id)
    ).all()


def draw_of_panel(campaign_id: int, panel: Panel) -> SampleDraw | None:
    """Return a campaign's draw of a panel, or None before there is one."""
    return db.session.scalar(
        select(SampleDraw).where(
            SampleDraw.campaign_id == campaign_id, SampleDraw.panel == panel.value
        )
    )


def draws_of_frame(frame_id: int) -> Sequence[SampleDraw]:
    """Return the draws that were made from a frame."""
    return db.session.scalars(
        select(SampleDraw).where(SampleDraw.frame_id == frame_id).order_by(SampleDraw.id)
    ).all()


def drawn_persons(draw_id: int) -> Sequence[DrawnPerson]:
    """Return the rows of a draw by place; who they are is for ``contacts`` to say."""
    return db.session.scalars(
        select(DrawnPerson).where(DrawnPerson.draw_id == draw_id).order_by(DrawnPerson.place)
    ).all()


def standings(draw_id: int) -> dict[int, dict[Standing, int]]:
    """Return how many persons of a draw stand where, by cell."""
    rows = db.session.execute(
        select(DrawnPerson.cell, DrawnPerson.standing, func.count())
        .where(DrawnPerson.draw_id == draw_id)
        .group_by(DrawnPerson.cell, DrawnPerson.standing)
    )
    found: dict[int, dict[Standing, int]] = {}
    for cell, standing, count in rows:
        found.setdefault(cell, {})[Standing(standing)] = count
    return found


def codes_of(sample: SampleDraw) -> list[str]:
    """Return the links' codes by place; refuse once they were erased at the close."""
    if sample.links_sealed is None:
        raise Refusal("sample_links_erased", 409)
    size = db.session.scalar(select(func.count()).where(DrawnPerson.draw_id == sample.id)) or 0
    seed = unseal(standing_key(LINKS_KEY), sample.links_sealed, LINKS_PURPOSE)
    return codes_of_seed(seed, size)


def contacts(sample: SampleDraw, places: Iterable[int]) -> dict[int, Contact | None]:
    """Return who stands behind places of a draw, for letters and messages; None once erased.

    Nothing but what sends a link to somebody may ask for this.
    """
    rows = db.session.execute(
        select(DrawnPerson.place, FrameUnit.person_sealed)
        .join(
            FrameUnit,
            and_(FrameUnit.frame_id == sample.frame_id, FrameUnit.number == DrawnPerson.number),
        )
        .where(DrawnPerson.draw_id == sample.id, DrawnPerson.place.in_(list(places)))
    )
    return {row.place: open_contact(row.person_sealed) for row in rows}


def asked_before(
    subject: SampleDraw | SampleFrame,
    *,
    days: int,
    now: datetime,
    campaign_id: int | None = None,
) -> int:
    """Return how many persons of a draw or frame were asked in another campaign, lately.

    Of a draw those count who were drawn to be asked themselves; ``campaign_id`` is the campaign
    that a draw from a frame is meant for. Persons that were erased are not found.
    """
    if isinstance(subject, SampleFrame):
        found = asked_numbers(subject.id, campaign_id, days=days, now=now)
        return len(db.session.scalars(found).all())
    numbers = asked_numbers(subject.frame_id, subject.campaign_id, days=days, now=now).subquery()
    mine = select(func.count()).where(
        DrawnPerson.draw_id == subject.id,
        DrawnPerson.standing != Standing.RESERVE.value,
        DrawnPerson.number.in_(select(numbers.c.number)),
    )
    return db.session.scalar(mine) or 0


def asked_numbers(
    frame_id: int, campaign_id: int | None, *, days: int, now: datetime
) -> Select[int]:
    """Select the numbers of a frame whose persons another campaign asked in the last days."""
    since = SampleDraw.drawn_at > now - timedelta(days=days)
    return _numbers_elsewhere(
        frame_id,
        and_(
            since,
            SampleDraw.campaign_id != campaign_id,
            DrawnPerson.standing != Standing.RESERVE.value,
        ),
    )


def numbers_in_campaign(frame_id: int, campaign_id: int) -> Sequence[int]:
    """Return the numbers of a frame whose persons another panel of this campaign drew."""
    return db.session.scalars(
        _numbers_elsewhere(frame_id, SampleDraw.campaign_id == campaign_id)
    ).all()


def _numbers_elsewhere(frame_id: int, condition: ColumnElement[bool]) -> Select[int]:
    mine, other = aliased(FrameUnit), aliased(FrameUnit)
    drawn = (
        select(other.person_key)
        .join(SampleDraw, SampleDraw.frame_id == other.frame_id)
        .join(
            DrawnPerson,
            and_(DrawnPerson.draw_id == SampleDraw.id, DrawnPerson.number == other.number),
        )
        .where(condition, other.person_key.is_not(None))
    )
    return select(mine.number).where(mine.frame_id == frame_id, mine.person_key.in_(drawn))


def was_sent(draw_id: int) -> bool:
    """Tell whether anything of a draw was sent, or is about to be."""
    return bool(db.session.scalar(select(exists().where(Dispatch.draw_id == draw_id))))


def require_keeper(organisation_id: int, actor: Actor) -> None:
    """Refuse unless the actor's office keeps what belongs to this place."""
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(identity.organisation(organisation_id).path, Role.OFFICE)


def frame(frame_id: int, actor: Actor) -> SampleFrame:
    """Return a frame that the actor's office keeps; refuse with 404 or 403."""
    found = db.session.get(SampleFrame, frame_id)
    if found is None:
        raise Refusal("frame_unknown", 404)
    require_keeper(found.organisation_id, actor)
    return found


def _kept(actor: Actor) -> list[int]:
    """Return the places whose frames the actor's office keeps."""
    places = set(db.session.scalars(select(SampleFrame.organisation_id).distinct()))
    return [
        one.id
        for one in identity.organisations_by_id(places)
        if actor.kind is ActorKind.SYSTEM or actor.reaches(one.path, Role.OFFICE)
    ]


def frames(
    actor: Actor, *, panel: Panel | None = None, q: str = "", cursor: str | None, limit: int = 20
) -> Page[SampleFrame]:
    """Return a page of the frames that the actor's office keeps, the newest first."""
    query = select(SampleFrame).where(SampleFrame.organisation_id.in_(_kept(actor)))
    if panel is not None:
        query = query.where(SampleFrame.panel == panel.value)
    if q:
        query = query.where(SampleFrame.name.contains(q, autoescape=True))
    return newest_first(
        query, SampleFrame.created_at, SampleFrame.id, kind=int, cursor=cursor, limit=limit
    )


def sample_campaigns(*, q: str = "", cursor: str | None, limit: int = 20) -> Page[Campaign]:
    """Return a page of the campaigns with the sample's channel, the latest to open first."""
    query = select(Campaign).where(any_(Campaign.channels) == int(Channel.SAMPLE))
    if q:
        query = query.where(Campaign.title.contains(q, autoescape=True))
    return newest_first(query, Campaign.opens_at, Campaign.id, kind=int, cursor=cursor, limit=limit)


def panels_drawn(campaign_ids: Iterable[int]) -> dict[int, list[SampleDraw]]:
    """Return the draws of campaigns, for lists."""
    found: dict[int, list[SampleDraw]] = {}
    for one in db.session.scalars(
        select(SampleDraw)
        .where(SampleDraw.campaign_id.in_(list(campaign_ids)))
        .order_by(SampleDraw.id)
    ):
        found.setdefault(one.campaign_id, []).append(one)
    return found


def usable_frames(actor: Actor) -> Sequence[SampleFrame]:
    """Return the frames that can be drawn from, the newest first."""
    return db.session.scalars(
        select(SampleFrame)
        .where(SampleFrame.organisation_id.in_(_kept(actor)), SampleFrame.erased_at.is_(None))
        .order_by(SampleFrame.created_at.desc(), SampleFrame.id.desc())
    ).all()


def frame_rows(frame_id: int) -> Iterable[Row[int, list[str]]]:
    """Return a frame's numbers and categories, by number, to be read in this transaction."""
    return db.session.execute(
        select(FrameUnit.number, FrameUnit.categories)
        .where(FrameUnit.frame_id == frame_id)
        .order_by(FrameUnit.number)
        .execution_options(yield_per=5000)
    )


def stratum_counts(
    frame_id: int, skipped: Sequence[int] = ()
) -> tuple[dict[tuple[str, ...], int], dict[tuple[str, ...], int]]:
    """Return a frame's persons by stratum, and those of them who are not ``skipped``."""
    counts = (
        select(FrameUnit.categories, func.count())
        .where(FrameUnit.frame_id == frame_id)
        .group_by(FrameUnit.categories)
    )
    persons = {tuple(categories): count for categories, count in db.session.execute(counts)}
    # One array, not a parameter for each: there may be more of these than a statement takes.
    passed = counts.where(FrameUnit.number == any_(literal(list(skipped), ARRAY(Integer))))
    free = dict(persons)
    for categories, count in db.session.execute(passed):
        free[tuple(categories)] -= count
    return persons, free


def strata(frame_id: int) -> dict[tuple[str, ...], Sequence[int]]:
    """Return a frame's numbers by stratum."""
    rows = db.session.execute(
        select(FrameUnit.categories, func.array_agg(FrameUnit.number))
        .where(FrameUnit.frame_id == frame_id)
        .group_by(FrameUnit.categories)
    )
    return {tuple(categories): numbers for categories, numbers in rows}


def category_counts(frame: SampleFrame) -> dict[str, dict[str, int]]:
    """Return how many persons of a frame have which category, by dimension."""
    persons, _ = stratum_counts(frame.id)
    found: dict[str, dict[str, int]] = {name: {} for name in frame.dimensions}
    for categories, count in persons.items():
        for name, category in zip(frame.dimensions, categories, strict=True):
            found[name][category] = found[name].get(category, 0) + count
    return found


def frame_import(import_id: UUID, actor: Actor, *, lock: bool = False) -> FrameImport:
    """Return an import that the actor's office made; refuse with 404 or 403."""
    found = db.session.get(
        FrameImport, import_id, with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise Refusal("frame_import_unknown", 404)
    require_keeper(found.organisation_id, actor)
    return found


def unfinished_imports(actor: Actor, *, most: int = 20) -> Sequence[FrameImport]:
    """Return the latest imports of the actor's office that have not become a frame."""
    rows = db.session.scalars(
        select(FrameImport)
        .where(FrameImport.state != "done", FrameImport.state != "cancelled")
        .order_by(FrameImport.created_at.desc(), FrameImport.id)
        .limit(most)
    ).all()
    paths = {
        one.id: one.path
        for one in identity.organisations_by_id({row.organisation_id for row in rows})
    }
    return [row for row in rows if actor.reaches(paths[row.organisation_id], Role.OFFICE)]


def titles_of(sample_draws: Iterable[SampleDraw]) -> dict[int, str]:
    """Return the titles of the campaigns of draws."""
    return campaigns.titles({one.campaign_id for one in sample_draws})
