"""Tables of persons, their groups and moves, binding codes and imports.

Names and phone numbers are sealed; a phone's keyed hash can be looked up, a name can't.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.membership.rules import ImportKind, ImportState, Move, Post


class PersonGroup(Entity):
    """A group that coverage looks at: 年轻干部, 离退休干部 and others."""

    __tablename__ = "person_group"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)

    __table_args__ = (
        sa.UniqueConstraint("name", name="uq_person_group_name"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 20", name="name_length"),
    )


class Person(Entity):
    """A Party member in a branch; ``member_id`` is the phone that it is bound to."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    branch_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name_sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    phone_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    code: Mapped[str | None] = mapped_column(sa.Text)
    groups: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer), default=list)
    post: Mapped[str] = mapped_column(sa.Text, default=Post.MEMBER.value)
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id", ondelete="SET NULL"))
    bound_on: Mapped[date | None] = mapped_column(sa.Date)
    active: Mapped[bool] = mapped_column(sa.Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("member_id", name="uq_person_member"),
        sa.UniqueConstraint("phone_hash", name="uq_person_phone"),
        sa.UniqueConstraint("code", name="uq_person_code"),
        sa.CheckConstraint(f"post IN ({', '.join(repr(one.value) for one in Post)})", name="post"),
        sa.CheckConstraint("num_nonnulls(phone_sealed, phone_hash) IN (0, 2)", name="phone"),
        sa.CheckConstraint("member_id IS NULL OR active", name="bound_active"),
        sa.Index(
            "uq_person_secretary",
            "branch_id",
            unique=True,
            postgresql_where=sa.text("post = 'secretary' AND active"),
        ),
    )


class PersonMove(Entity):
    """A person's joining, moving to another branch, leaving or coming back."""

    __tablename__ = "person_move"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(sa.Text)
    from_branch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    to_branch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    moved_on: Mapped[date] = mapped_column(sa.Date)
    moved_by: Mapped[UUID | None] = mapped_column(sa.Uuid)

    __table_args__ = (
        sa.CheckConstraint(f"kind IN ({', '.join(repr(one.value) for one in Move)})", name="kind"),
    )


class BindingCode(Entity):
    """A one-time code that binds a phone to a person. Only its keyed hash is kept."""

    __tablename__ = "binding_code"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    redeemed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class ImportRun(Entity):
    """An uploaded file after its dry run.

    ``report`` tells what each row would do or did, by line and field, without anybody's data. The
    rows themselves are sealed: they go once they are applied or dropped, and those that were
    refused, which wait for their correction, when the run is a day old.
    """

    __tablename__ = "import_run"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default=ImportState.CHECKED.value)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    rows_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    report: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), index=True)
    applied_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(one.value) for one in ImportKind)})", name="kind"
        ),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in ImportState)})", name="state"
        ),
    )
