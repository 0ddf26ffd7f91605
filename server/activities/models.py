"""Tables of agreements, activities, their places and who takes part."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.activities.rules import (
    ActivityKind,
    ActivityState,
    AgreementState,
    Audience,
    Standing,
)
from server.core.database import Entity


class Agreement(Entity):
    """A joint-building agreement (联建协议) between branches, or with mass organisations."""

    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    title: Mapped[str] = mapped_column(sa.Text)
    host_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    ways: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    aspects: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    aims: Mapped[str] = mapped_column(sa.Text)
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    state: Mapped[str] = mapped_column(sa.Text, default=AgreementState.DRAFT.value)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("starts_on < ends_on", name="period"),
        sa.CheckConstraint("cardinality(ways) > 0", name="ways"),
        sa.CheckConstraint("cardinality(aspects) > 0", name="aspects"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 100", name="title_length"),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in AgreementState)})", name="state"
        ),
    )


class AgreementPartner(Entity):
    """A branch or mass organisation that an agreement is with."""

    __tablename__ = "agreement_partner"

    agreement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )


class Activity(Entity):
    """Something that members join: times, place with fences, who may join, what shows presence.

    ``fences`` are in GCJ-02: ``{"name", "shape": "circle", "centre": [longitude, latitude],
    "radius": metres}`` or ``{"name", "shape": "polygon", "corners": [[longitude, latitude], ...]}``
    with 3 to 60 corners.
    """

    __tablename__ = "activity"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    description: Mapped[str] = mapped_column(sa.Text, default="")
    bring: Mapped[str] = mapped_column(sa.Text, default="")
    place: Mapped[str] = mapped_column(sa.Text)
    organiser_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agreement.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    join_until: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    audience: Mapped[str] = mapped_column(sa.Text)
    audience_groups: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer), default=list)
    evidence: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    evidence_needed: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    check_out: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    fences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    state: Mapped[str] = mapped_column(sa.Text, default=ActivityState.DRAFT.value)
    cancel_reason: Mapped[str | None] = mapped_column(sa.Text)
    revision: Mapped[int] = mapped_column(sa.Integer, default=1)
    created_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    announced_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="times"),
        sa.CheckConstraint("join_until <= ends_at", name="join_until"),
        sa.CheckConstraint("evidence_needed BETWEEN 1 AND 2", name="evidence_needed"),
        sa.CheckConstraint("cardinality(evidence) >= evidence_needed", name="evidence"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 100", name="title_length"),
        sa.CheckConstraint(
            f"kind IN ({', '.join(repr(one.value) for one in ActivityKind)})", name="kind"
        ),
        sa.CheckConstraint(
            f"audience IN ({', '.join(repr(one.value) for one in Audience)})", name="audience"
        ),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in ActivityState)})", name="state"
        ),
        sa.Index("ix_activity_calendar", "starts_at", "id"),
    )


class PlannedActivity(Entity):
    """A line of an agreement's yearly list, and the activity that it became."""

    __tablename__ = "planned_activity"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    agreement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("agreement.id", ondelete="CASCADE"), index=True
    )
    year: Mapped[int] = mapped_column(sa.SmallInteger)
    month: Mapped[int | None] = mapped_column(sa.SmallInteger)
    title: Mapped[str] = mapped_column(sa.Text)
    activity_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("activity.id", ondelete="SET NULL"), unique=True
    )

    __table_args__ = (
        sa.CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name="year"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 100", name="title_length"),
    )


class ActivityPartner(Entity):
    """An organisation that holds an activity together with its organiser."""

    __tablename__ = "activity_partner"

    activity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )


class ActivityPlaces(Entity):
    """An activity's places. Its row's lock is the queue in which people join and leave."""

    __tablename__ = "activity_places"

    activity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True
    )
    capacity: Mapped[int | None] = mapped_column(sa.Integer)
    taken: Mapped[int] = mapped_column(sa.Integer, default=0)
    next_number: Mapped[int] = mapped_column(sa.Integer, default=1)

    __table_args__ = (
        sa.CheckConstraint("taken BETWEEN 0 AND coalesce(capacity, taken)", name="taken"),
        sa.CheckConstraint("capacity BETWEEN 1 AND 10000", name="capacity"),
    )


class Participation(Entity):
    """A person in an activity; ``number`` is its turn, ``ticket`` names it in codes.

    ``branch_id`` is the person's branch at that time: past figures don't move with people.
    """

    __tablename__ = "participation"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    activity_id: Mapped[int] = mapped_column(sa.ForeignKey("activity.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    branch_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    standing: Mapped[str] = mapped_column(sa.Text)
    number: Mapped[int] = mapped_column(sa.Integer)
    ticket: Mapped[bytes] = mapped_column(sa.LargeBinary)
    by_organiser: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    joined_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("activity_id", "person_id", name="uq_participation"),
        sa.UniqueConstraint("ticket", name="uq_participation_ticket"),
        sa.CheckConstraint(
            f"standing IN ({', '.join(repr(one.value) for one in Standing)})", name="standing"
        ),
        sa.CheckConstraint("length(ticket) = 8", name="ticket"),
        sa.Index("ix_participation_queue", "activity_id", "standing", "number"),
    )
