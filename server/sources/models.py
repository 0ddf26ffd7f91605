"""Tables of sources, their mappings and runs, matters with their versions, and the topic tree."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.rectification.rules import MATTER_KINDS, CaseKind
from server.sources.rules import Rating, RunState, SourceKind, Way


def _one_of(column: str, values: type[SourceKind | RunState | Rating | Way]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class Source(Entity):
    """A system that hands matters over; ``organisation_id`` is the place whose office keeps it."""

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(sa.Text, unique=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    secret_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", SourceKind), name="kind"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 50", name="name_length"),
    )


class SourceMapping(Entity):
    """A version of how a source's columns and words are read; never changed, only followed."""

    __tablename__ = "source_mapping"

    source_id: Mapped[int] = mapped_column(sa.ForeignKey("source.id"), primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    columns: Mapped[dict[str, str]] = mapped_column(JSONB)
    levels: Mapped[dict[str, int]] = mapped_column(JSONB)
    departments: Mapped[dict[str, int]] = mapped_column(JSONB)
    # Whether each matter becomes a case, and of which kind those are that were no poor rating.
    register_every: Mapped[bool] = mapped_column(
        sa.Boolean, default=False, server_default=sa.text("false")
    )
    case_kind: Mapped[str] = mapped_column(
        sa.Text,
        default=CaseKind.HOTLINE_COMMON.value,
        server_default=CaseKind.HOTLINE_COMMON.value,
    )
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"case_kind IN ({', '.join(repr(kind.value) for kind in MATTER_KINDS)})",
            name="case_kind",
        ),
    )


class SourceRun(Entity):
    """One file or batch: its state, progress, and what came of its rows.

    ``report`` has counts, and lines with fields and reasons; never a row's content.
    """

    __tablename__ = "source_run"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("source.id"))
    mapping_version: Mapped[int | None] = mapped_column(sa.Integer)
    way: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    file_name: Mapped[str] = mapped_column(sa.Text, default="")
    file_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    rows_read: Mapped[int] = mapped_column(sa.Integer, default=0)
    progress: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    cancel_asked: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    failure: Mapped[str] = mapped_column(sa.Text, default="")
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(_one_of("state", RunState), name="state"),
        sa.CheckConstraint(_one_of("way", Way), name="way"),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        sa.Index("ix_source_run_latest", "source_id", "created_at"),
    )


class SourceCategory(Entity):
    """A leaf of the topic tree: three levels of names."""

    __tablename__ = "source_category"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    first: Mapped[str] = mapped_column(sa.Text)
    second: Mapped[str] = mapped_column(sa.Text)
    third: Mapped[str] = mapped_column(sa.Text)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)

    __table_args__ = (
        sa.UniqueConstraint("first", "second", "third", name="uq_source_category_path"),
    )


class SourceMatter(Entity):
    """A ticket as its newest version says.

    ``digest`` is a keyed hash over what the source handed over: equal means that nothing changed.
    ``suggested_category_id`` is what words suggest; ``category_id`` is what a person chose.
    Source, department, topic, campaign and run have no foreign keys, as in ``evaluation``:
    PostgreSQL checks them row by row, which took longer than all else of an import. They are taken
    from rows that are held or never removed, and none is removed once a matter names it.
    """

    __tablename__ = "source_matter"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.Integer)
    ticket: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    happened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    department_id: Mapped[int | None] = mapped_column(sa.Integer)
    department_name: Mapped[str] = mapped_column(sa.Text)
    category_id: Mapped[int | None] = mapped_column(sa.Integer)
    suggested_category_id: Mapped[int | None] = mapped_column(sa.Integer)
    suggestion_score: Mapped[int | None] = mapped_column(sa.SmallInteger)
    suggested: Mapped[bool] = mapped_column(
        sa.Boolean, default=False, server_default=sa.text("false")
    )
    subject: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    reply: Mapped[str] = mapped_column(sa.Text)
    replied_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    level: Mapped[int | None] = mapped_column(sa.SmallInteger)
    contact_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    rating: Mapped[str] = mapped_column(sa.Text)
    rating_reason: Mapped[str | None] = mapped_column(sa.Text)
    campaign_id: Mapped[int | None] = mapped_column(sa.Integer)
    run_id: Mapped[UUID] = mapped_column(sa.Uuid)
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("source_id", "ticket", name="uq_source_matter_ticket"),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name="level"),
        sa.CheckConstraint(_one_of("rating", Rating), name="rating"),
        sa.Index("ix_source_matter_time", "source_id", "happened_at", "id"),
        sa.Index(
            "ix_source_matter_queue",
            "source_id",
            "happened_at",
            "id",
            postgresql_where=sa.text("department_id IS NULL"),
        ),
        sa.Index(
            "ix_source_matter_waiting",
            "source_id",
            "id",
            postgresql_where=sa.text("rating = 'waiting'"),
        ),
        sa.Index(
            "ix_source_matter_unsuggested",
            "source_id",
            "id",
            postgresql_where=sa.text("NOT suggested"),
        ),
    )


class SourceMatterVersion(Entity):
    """What a matter said before it was changed by its source."""

    __tablename__ = "source_matter_version"

    matter_id: Mapped[int] = mapped_column(
        sa.ForeignKey("source_matter.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    department_name: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    reply: Mapped[str] = mapped_column(sa.Text)
    replied_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    level: Mapped[int | None] = mapped_column(sa.SmallInteger)
    contact_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    run_id: Mapped[UUID] = mapped_column(sa.ForeignKey("source_run.id"))
    replaced_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class SourceNonce(Entity):
    """A batch that was taken in by API: its nonce, what its body was, what was answered."""

    __tablename__ = "source_nonce"

    source_id: Mapped[int] = mapped_column(sa.ForeignKey("source.id"), primary_key=True)
    nonce: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), index=True)
