"""Tables of notices and of the consents to subscription messages."""

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.notifications.rules import Delivery, NoticeKind

KINDS = ", ".join(repr(one.value) for one in NoticeKind)


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

    __table_args__ = (
        sa.UniqueConstraint(
            "member_id", "kind", "subject_kind", "subject_id", "occasion", name="uq_notice_once"
        ),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        sa.CheckConstraint(
            f"delivery IN ({', '.join(repr(one.value) for one in Delivery)})", name="delivery"
        ),
        sa.Index("ix_notice_inbox", "member_id", "created_at", "id"),
        sa.Index("ix_notice_waiting", "id", postgresql_where=sa.text("delivery = 'waiting'")),
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
