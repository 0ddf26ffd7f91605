"""Tables of notices and of the consents to subscription messages."""

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.notifications.rules import Delivery, DeskKind, NoticeKind

KINDS = ", ".join(repr(one.value) for one in NoticeKind)
DESK_KINDS = ", ".join(repr(one.value) for one in DeskKind)


class Notice(Entity):
    """What a member is told. ``occasion`` keeps one event from being told twice."""

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.Text)
    subject_kind: Mapped[str] = mapped_column(sa.Text)
    subject_id: Mapped[str] = mapped_column(sa.Text)
    occasion: Mapped[str] = mapped_column(sa.Text, default="")
    title: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    page: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    delivery: Mapped[str] = mapped_column(sa.Text, default=Delivery.WAITING.value)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    # Not before this moment: after a failed try, or for quiet hours.
    next_attempt_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    last_error: Mapped[str] = mapped_column(sa.Text, default="", server_default="")

    __table_args__ = (
        sa.UniqueConstraint(
            "member_id", "kind", "subject_kind", "subject_id", "occasion", name="uq_notice_once"
        ),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        sa.CheckConstraint(
            f"delivery IN ({', '.join(repr(one.value) for one in Delivery)})", name="delivery"
        ),
        sa.Index("ix_notice_inbox", "member_id", "created_at", "id"),
        # The sweep's order: what has waited longest, past the moment before which it may not go.
        sa.Index(
            "ix_notice_waiting",
            "created_at",
            "id",
            postgresql_where=sa.text("delivery = 'waiting'"),
        ),
        sa.Index(
            "ix_notice_failed",
            "created_at",
            "id",
            postgresql_where=sa.text("delivery = 'failed'"),
        ),
    )


class MessageConsent(Entity):
    """How many subscription messages of a kind a member has agreed to and not yet got."""

    __tablename__ = "message_consent"

    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("member.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    remaining: Mapped[int] = mapped_column(sa.SmallInteger)

    __table_args__ = (
        sa.CheckConstraint("remaining BETWEEN 0 AND 20", name="remaining"),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="kind"),
    )


class DeskNotice(Entity):
    """What an account is told at the desk. ``occasion`` keeps one event from being told twice."""

    __tablename__ = "desk_notice"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.Text)
    subject_kind: Mapped[str] = mapped_column(sa.Text)
    subject_id: Mapped[str] = mapped_column(sa.Text)
    occasion: Mapped[str] = mapped_column(sa.Text, default="")
    title: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    # A path of the console.
    page: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint(
            "account_id",
            "kind",
            "subject_kind",
            "subject_id",
            "occasion",
            name="uq_desk_notice_once",
        ),
        sa.CheckConstraint(f"kind IN ({DESK_KINDS})", name="kind"),
        sa.Index("ix_desk_notice_inbox", "account_id", "created_at", "id"),
    )


class NoticePreference(Entity):
    """A kind of notice that a member or an account has switched off; without a row it is on.

    ``muted`` notices stay out of the inbox too; otherwise only the message is switched off.
    """

    __tablename__ = "notice_preference"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    member_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id", ondelete="CASCADE"))
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.Text)
    muted: Mapped[bool] = mapped_column(sa.Boolean)
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint(
            "member_id",
            "account_id",
            "kind",
            name="uq_notice_preference",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("num_nonnulls(member_id, account_id) = 1", name="one_holder"),
    )
