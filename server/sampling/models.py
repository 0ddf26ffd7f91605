"""Tables of frames, draws, cells, drawn persons, what was sent to them, and responses.

What a drawn person answered stands nowhere here, and nothing here points at a rating: a rating
carries its cell alone. That somebody answered is a flag without a time, written once a day by a
job of its own and erased at the close, with all that tells who was written to when and who was
replaced (both say who had answered by when); what remains is counts.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.sampling.rules import (
    DispatchState,
    ImportState,
    LetterState,
    Occasion,
    Panel,
    Standing,
    Way,
)


def _one_of(column: str, values: Any) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class SampleFrame(Entity):
    """A panel's frame (样本库) as it was imported: never changed, only followed by a newer one.

    ``digest`` is the SHA-256 of its canonical rows, so that a draw can be repeated on the same
    frame. ``dimensions`` are the strata columns in order. ``organisation_id`` is the place whose
    office keeps it. ``erased_at``: persons were removed, numbers and categories stay.
    """

    __tablename__ = "sample_frame"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    panel: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    dimensions: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    size: Mapped[int] = mapped_column(sa.Integer)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    erased_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(_one_of("panel", Panel), name="panel"),
        sa.CheckConstraint("size > 0", name="size"),
        sa.CheckConstraint("octet_length(digest) = 32", name="digest"),
    )


class FrameUnit(Entity):
    """A row of a frame, numbered from 1 in the file's order.

    ``person_sealed`` has name, telephone and address; ``person_key`` is a keyed hash that finds
    the same person in another frame.
    """

    __tablename__ = "frame_unit"

    frame_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_frame.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(sa.Integer)
    categories: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    person_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    person_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.PrimaryKeyConstraint("frame_id", "number"),
        sa.Index("ix_frame_unit_person_key", "person_key"),
    )


class FrameImport(Entity):
    """A file that is to become a frame: its columns, progress, and what came of its rows.

    ``columns`` are headings by field, ``dimensions`` the headings of the strata in order.
    ``report`` has counts, and lines with fields and reasons; of rows nothing but categories.
    ``corrections`` are files with lines that were refused before, to be read in their place.
    """

    __tablename__ = "frame_import"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    panel: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    file_name: Mapped[str] = mapped_column(sa.Text)
    columns: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    dimensions: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    corrections: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid), default=list)
    rows_read: Mapped[int] = mapped_column(sa.Integer, default=0)
    progress: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    cancel_asked: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    failure: Mapped[str] = mapped_column(sa.Text, default="")
    frame_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("sample_frame.id", ondelete="SET NULL")
    )
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(_one_of("panel", Panel), name="panel"),
        sa.CheckConstraint(_one_of("state", ImportState), name="state"),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        sa.Index("ix_frame_import_latest", "created_at"),
    )


class SampleDraw(Entity):
    """A stratified draw of a panel for a campaign.

    ``seed`` is the recorded seed of the draw; ``links_sealed`` the seed that the links' codes are
    worked out from, sealed, and erased at the close. ``plan`` is the canonical document of sizes:
    margin of error, design effect, population, cells with their sizes.
    """

    __tablename__ = "sample_draw"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    frame_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_frame.id"), index=True)
    panel: Mapped[str] = mapped_column(sa.Text)
    seed: Mapped[str] = mapped_column(sa.Text)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    departments_each: Mapped[int] = mapped_column(sa.SmallInteger)
    links_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    drawn_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    drawn_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "panel", name="uq_sample_draw_panel"),
        sa.CheckConstraint(_one_of("panel", Panel), name="panel"),
        sa.CheckConstraint("departments_each > 0", name="departments_each"),
    )


class SampleCell(Entity):
    """A stratum cell of a campaign's sample, numbered from 1 over all its panels.

    ``name`` is ``rules.cell_name`` of its categories; a merged cell's are joined by ``MERGED``.
    Cells are merged before the draw until each has at least 10 drawn persons.
    """

    __tablename__ = "sample_cell"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    draw_id: Mapped[int] = mapped_column(
        sa.ForeignKey("sample_draw.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(sa.Text)
    population: Mapped[int] = mapped_column(sa.Integer)
    drawn: Mapped[int] = mapped_column(sa.Integer)

    __table_args__ = (
        sa.PrimaryKeyConstraint("campaign_id", "number"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("drawn >= 10", name="drawn"),
    )


class DrawnPerson(Entity):
    """A drawn row of a frame; ``place`` is its place in the draw from 0, and its link's code.

    ``answered`` is set once a day, without a time, and erased at the close (NULL).
    """

    __tablename__ = "drawn_person"

    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_draw.id", ondelete="CASCADE"))
    place: Mapped[int] = mapped_column(sa.Integer)
    number: Mapped[int] = mapped_column(sa.Integer)
    cell: Mapped[int] = mapped_column(sa.SmallInteger)
    standing: Mapped[str] = mapped_column(sa.Text)
    answered: Mapped[bool | None] = mapped_column(sa.Boolean, default=False)

    __table_args__ = (
        sa.PrimaryKeyConstraint("draw_id", "place"),
        sa.UniqueConstraint("draw_id", "number", name="uq_drawn_person_number"),
        sa.CheckConstraint(_one_of("standing", Standing), name="standing"),
    )


class Dispatch(Entity):
    """A message or letter with a link to a drawn person; its text is made when it is sent.

    ``not_before`` lets a message wait after a try that got no answer. At the close the rows are
    turned into ``DispatchCount``: who got which reminder tells who had answered by then.
    """

    __tablename__ = "dispatch"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_draw.id", ondelete="CASCADE"))
    place: Mapped[int] = mapped_column(sa.Integer)
    way: Mapped[str] = mapped_column(sa.Text)
    occasion: Mapped[str] = mapped_column(sa.Text)
    round: Mapped[int] = mapped_column(sa.SmallInteger)
    state: Mapped[str] = mapped_column(sa.Text, default=DispatchState.WAITING.value)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    not_before: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    created_on: Mapped[date] = mapped_column(sa.Date)
    sent_on: Mapped[date | None] = mapped_column(sa.Date)

    __table_args__ = (
        sa.UniqueConstraint("draw_id", "place", "occasion", "round", name="uq_dispatch_once"),
        sa.CheckConstraint(_one_of("way", Way), name="way"),
        sa.CheckConstraint(_one_of("occasion", Occasion), name="occasion"),
        sa.CheckConstraint(_one_of("state", DispatchState), name="state"),
        sa.Index(
            "ix_dispatch_waiting", "draw_id", "place", postgresql_where=sa.text("state = 'waiting'")
        ),
    )


class DispatchCount(Entity):
    """How many messages of a finished draw there were; ``begun_on`` is the first one's day."""

    __tablename__ = "dispatch_count"

    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_draw.id", ondelete="CASCADE"))
    occasion: Mapped[str] = mapped_column(sa.Text)
    round: Mapped[int] = mapped_column(sa.SmallInteger)
    way: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    begun_on: Mapped[date] = mapped_column(sa.Date)
    number: Mapped[int] = mapped_column(sa.Integer)

    __table_args__ = (
        sa.PrimaryKeyConstraint("draw_id", "occasion", "round", "way", "state", "reason"),
    )


class LetterRun(Entity):
    """Letters made together: their files are sealed outside the database and live a week.

    ``dispatches`` are the letters in it, erased at the close; ``size`` is how many they were,
    ``parts`` how many documents they fill, ``done`` how many of those are made. Who releases the
    documents can't download them, and who downloads can't release: ``taken`` are the parts that
    were downloaded since the release, ``printed`` the letters in all that were ever downloaded.
    """

    __tablename__ = "letter_run"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_draw.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(sa.Text, default=LetterState.WAITING.value)
    dispatches: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid))
    size: Mapped[int] = mapped_column(sa.Integer)
    released_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    taken: Mapped[list[int]] = mapped_column(ARRAY(sa.SmallInteger), default=list)
    printed: Mapped[int] = mapped_column(sa.Integer, default=0)
    parts: Mapped[int] = mapped_column(sa.SmallInteger)
    done: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    posted_on: Mapped[date | None] = mapped_column(sa.Date)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(_one_of("state", LetterState), name="state"),
        sa.CheckConstraint("done BETWEEN 0 AND parts", name="done"),
        sa.Index("ix_letter_run_draw", "draw_id", "created_at"),
    )


class CellResponse(Entity):
    """How many of a cell's persons had answered by the end of a day: the latest day alone is kept.

    ``asked`` is everybody who was ever asked, who was replaced included; ``replaced`` these.
    """

    __tablename__ = "cell_response"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    cell: Mapped[int] = mapped_column(sa.SmallInteger)
    day: Mapped[date] = mapped_column(sa.Date)
    asked: Mapped[int] = mapped_column(sa.Integer)
    answered: Mapped[int] = mapped_column(sa.Integer)
    replaced: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")

    __table_args__ = (
        sa.PrimaryKeyConstraint("campaign_id", "cell", "day"),
        sa.CheckConstraint("answered BETWEEN 0 AND asked", name="answered"),
        sa.CheckConstraint("replaced BETWEEN 0 AND asked", name="replaced"),
    )


class PanelResponse(Entity):
    """How many of a panel's persons had answered by the end of each day; not by cell."""

    __tablename__ = "panel_response"

    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("sample_draw.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(sa.Date)
    asked: Mapped[int] = mapped_column(sa.Integer)
    answered: Mapped[int] = mapped_column(sa.Integer)

    __table_args__ = (
        sa.PrimaryKeyConstraint("draw_id", "day"),
        sa.CheckConstraint("answered BETWEEN 0 AND asked", name="answered"),
    )
