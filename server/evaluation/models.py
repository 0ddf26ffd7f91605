"""Tables of evaluations, photos, exclusions and settled group sizes.

``evaluation`` is partitioned by campaign: a partition is made when the campaign opens and can be
detached to archive it. No row of any other table is written in a submission's transaction but its
photos', the change of the counts, and the commitment that the log is to take up; and no foreign key
points at it (one would bring back the lock that partitions avoid).
"""

from datetime import date, datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity, db
from server.evaluation.rules import (
    NO_CELL,
    CommentState,
    EvaluationState,
    ExclusionState,
    PhotoState,
)


class Evaluation(Entity):
    """A rating. ``levels`` follows the order of ``campaign_department.leaves``; 0 is 不了解.

    ``pseudonym`` is 128 bits of HMAC over rater, department, channel and matter under the
    campaign's key. ``receipt_key`` is the first 128 bits of SHA-256 of the receipt, NULL where a
    source gave the rating: nobody holds one. ``rater_tag`` (service campaigns only) leaves out the
    matter, so that settling can count persons, and is then erased. ``content_mac`` tells a retry
    from other content, under the campaign's key, and is erased at the close. ``rated_on`` is the
    day; in the sample survey the campaign's first one, as days would tell who is behind a rating to
    whoever knows who had answered by when.
    ``check_openid`` is sealed under the campaign's key and erased after the check.
    ``cell`` is the stratum cell of the sample survey; ``organisation_id`` the community or village
    that signs. ``risk_rank`` is WeChat's, 0 to 4; ``address_block`` 64 bits of HMAC over the
    address's prefix under the campaign's key, erased at the close.
    ``salt`` opens the commitment that stands in the log (docs/ledger.md): 16 bytes, and 16 more
    where there are words; these are erased with the words, whose digest is then in
    ``words_digest``. ``handle_now``: the rater of an open survey asked to have a poor rating
    handled at once, and was told who then sees it.
    """

    __tablename__ = "evaluation"

    campaign_id: Mapped[int] = mapped_column(sa.Integer)
    id: Mapped[UUID] = mapped_column(sa.Uuid, default=uuid4)
    department_id: Mapped[int] = mapped_column(sa.Integer)
    counter_id: Mapped[int | None] = mapped_column(sa.Integer)
    rated_on: Mapped[date] = mapped_column(sa.Date)
    channel: Mapped[int] = mapped_column(sa.SmallInteger)
    state: Mapped[int] = mapped_column(sa.SmallInteger, default=EvaluationState.COUNTED)
    overall: Mapped[int | None] = mapped_column(sa.SmallInteger)
    comment_state: Mapped[int] = mapped_column(sa.SmallInteger, default=CommentState.NONE)
    check_attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    photo_count: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    revision: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    levels: Mapped[list[int]] = mapped_column(ARRAY(sa.SmallInteger))
    pseudonym: Mapped[bytes] = mapped_column(sa.LargeBinary)
    receipt_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    content_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    rater_tag: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    tags: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))
    comment: Mapped[str | None] = mapped_column(sa.Text)
    contact_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    check_openid: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    cell: Mapped[int] = mapped_column(sa.SmallInteger, default=NO_CELL, server_default="0")
    organisation_id: Mapped[int | None] = mapped_column(sa.Integer)
    risk_rank: Mapped[int | None] = mapped_column(sa.SmallInteger)
    address_block: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    salt: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    words_digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    handle_now: Mapped[bool] = mapped_column(
        sa.Boolean, default=False, server_default=sa.text("false")
    )

    __table_args__ = (
        sa.PrimaryKeyConstraint("campaign_id", "id"),
        sa.UniqueConstraint("campaign_id", "pseudonym", name="uq_evaluation_once"),
        sa.UniqueConstraint("campaign_id", "receipt_key", name="uq_evaluation_receipt"),
        sa.CheckConstraint("overall BETWEEN 1 AND 5 OR state = 3", name="overall"),
        sa.CheckConstraint("0 <= ALL (levels) AND 5 >= ALL (levels)", name="levels"),
        sa.CheckConstraint("length(comment) <= 2000", name="comment_length"),
        sa.CheckConstraint("risk_rank BETWEEN 0 AND 4", name="risk_rank"),
        sa.Index("ix_evaluation_department", "campaign_id", "department_id", "channel"),
        sa.Index(
            "ix_evaluation_held",
            "campaign_id",
            "comment_state",
            "id",
            postgresql_where=sa.text(
                f"comment_state IN ({CommentState.WAITING}, {CommentState.HELD})"
            ),
        ),
        # What registers cases: poor ratings that count, by their day.
        sa.Index(
            "ix_evaluation_poor",
            "campaign_id",
            "rated_on",
            "id",
            postgresql_where=sa.text("overall <= 2 AND state = 1"),
        ),
        {"postgresql_partition_by": "LIST (campaign_id)"},
    )


class Photo(Entity):
    """A re-encoded picture. No member stands here; until it is claimed its random id is its key."""

    __tablename__ = "photo"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    evaluation_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    position: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    state: Mapped[int] = mapped_column(sa.SmallInteger, default=PhotoState.UPLOADED)
    uploaded_on: Mapped[date] = mapped_column(sa.Date)
    width: Mapped[int] = mapped_column(sa.Integer)
    height: Mapped[int] = mapped_column(sa.Integer)
    trace_id: Mapped[str | None] = mapped_column(sa.Text, unique=True)

    __table_args__ = (
        sa.Index("ix_photo_evaluation", "campaign_id", "evaluation_id"),
        sa.Index("ix_photo_state", "state"),
    )


class Exclusion(Entity):
    """A proposal not to count a rating 不予采纳, decided by a second person of the office."""

    __tablename__ = "exclusion"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    evaluation_id: Mapped[UUID] = mapped_column(sa.Uuid)
    department_id: Mapped[int] = mapped_column(sa.Integer)
    channel: Mapped[int] = mapped_column(sa.SmallInteger)
    reason: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[str] = mapped_column(sa.Text, default=ExclusionState.PROPOSED.value)
    proposed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    proposed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    decided_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("decided_by <> proposed_by", name="two_persons"),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL)", name="decided_by_somebody"
        ),
        sa.Index(
            "uq_exclusion_open",
            "campaign_id",
            "evaluation_id",
            unique=True,
            postgresql_where=sa.text("state IN ('proposed', 'confirmed')"),
        ),
    )


class SealBreak(Entity):
    """Breaking the seal of an open survey: asked for, confirmed by another person, published."""

    __tablename__ = "seal_break"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.Text)
    asked_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    confirmed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    refused_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("confirmed_by <> asked_by", name="two_persons"),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
        sa.CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
        sa.Index(
            "uq_seal_break_open",
            "campaign_id",
            unique=True,
            postgresql_where=sa.text("confirmed_at IS NULL AND refused_at IS NULL"),
        ),
    )


class GroupSize(Entity):
    """How many persons rated a department through a channel, counted once when settling."""

    __tablename__ = "group_size"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    channel: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    raters: Mapped[int] = mapped_column(sa.Integer)


class RatingCount(Entity):
    """How many counted ratings gave a level, kept up by a job from ``rating_change``.

    ``place`` 0 is the overall level, 1 to 10 the leaf's place in ``campaign_department.leaves``;
    ``level`` 0 is 不了解.
    """

    __tablename__ = "rating_count"

    campaign_id: Mapped[int] = mapped_column(sa.Integer)
    department_id: Mapped[int] = mapped_column(sa.Integer)
    channel: Mapped[int] = mapped_column(sa.SmallInteger)
    cell: Mapped[int] = mapped_column(sa.SmallInteger)
    place: Mapped[int] = mapped_column(sa.SmallInteger)
    level: Mapped[int] = mapped_column(sa.SmallInteger)
    number: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (
        sa.PrimaryKeyConstraint(
            "campaign_id", "department_id", "channel", "cell", "place", "level"
        ),
    )


class CountedCampaign(Entity):
    """That a campaign's counts stand, and since when; without a row they must be counted anew."""

    __tablename__ = "counted_campaign"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    recounted_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


# What a statement changed in the counts, written by a trigger of each partition in the statement's
# own transaction, and taken up by a job within seconds. ``number`` may be negative.
RATING_CHANGE = sa.Table(
    "rating_change",
    db.metadata,
    sa.Column("campaign_id", sa.Integer, nullable=False),
    sa.Column("department_id", sa.Integer, nullable=False),
    sa.Column("channel", sa.SmallInteger, nullable=False),
    sa.Column("cell", sa.SmallInteger, nullable=False),
    sa.Column("overall", sa.SmallInteger, nullable=False),
    sa.Column("levels", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
)
