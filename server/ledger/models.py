"""Tables of the log: what waits for it, its leaves, tiles and heads, tallies and audits.

Nothing here but ``ledger_pending`` is ever changed or removed (tiles grow at their right edge).
No row names a rating, a department or a person: a commitment can be opened only with the salt that
stands in the rating's own row, and by the phone that keeps nothing but the commitment.
"""

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.ledger.rules import AuditState, Event

EVENTS = ", ".join(str(int(event)) for event in Event)


class PendingLeaf(Entity):
    """An event that the sequencer has not taken up; written in the event's own transaction.

    ``at_close`` ones wait for the campaign's close: of the sample survey no time may be told.
    """

    __tablename__ = "ledger_pending"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.Integer)
    event: Mapped[int] = mapped_column(sa.SmallInteger)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    commitment: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    previous: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    body: Mapped[str | None] = mapped_column(sa.Text)
    at_close: Mapped[bool] = mapped_column(
        sa.Boolean, default=False, server_default=sa.text("false")
    )

    __table_args__ = (
        sa.CheckConstraint(f"event IN ({EVENTS})", name="event"),
        sa.Index("ix_ledger_pending_campaign", "campaign_id"),
    )


class Leaf(Entity):
    """A leaf, by its index from 0. ``previous`` is the commitment that it takes the place of.

    ``body`` carries what a tally or a broken seal says; of a rating there is nothing but the
    commitment.
    """

    __tablename__ = "ledger_leaf"

    index: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    campaign_id: Mapped[int] = mapped_column(sa.Integer)
    event: Mapped[int] = mapped_column(sa.SmallInteger)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    commitment: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    previous: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    body: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        sa.CheckConstraint(f"event IN ({EVENTS})", name="event"),
        sa.CheckConstraint("octet_length(commitment) = 32", name="commitment"),
        sa.CheckConstraint("octet_length(previous) = 32", name="previous"),
        # By campaign first: a new leaf's place in the index is near those of its campaign, so that
        # appending costs the same however large the log. Not unique: two phones that agree on salt
        # and levels make one commitment twice, and that must not stop the log.
        sa.Index("ix_ledger_leaf_commitment", "campaign_id", "commitment"),
        sa.Index(
            "ix_ledger_leaf_previous",
            "campaign_id",
            "previous",
            postgresql_where=sa.text("previous IS NOT NULL"),
        ),
    )


class Tile(Entity):
    """Up to 256 hashes of one level of the tree, as tlog-tiles counts them; the last one grows."""

    __tablename__ = "ledger_tile"

    level: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    hashes: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.CheckConstraint("octet_length(hashes) BETWEEN 32 AND 8192", name="hashes"),
    )


class Head(Entity):
    """A signed tree head; ``note`` is the checkpoint as it is served, never signed twice."""

    __tablename__ = "ledger_head"

    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary)
    note: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.CheckConstraint("octet_length(root) = 32", name="root"),)


class Tally(Entity):
    """What of a campaign counts: made at the close, and anew when something was set apart since.

    ``root`` is that of the Merkle tree over the counted ratings' commitments in their order.
    """

    __tablename__ = "ledger_tally"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    edition: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    counted: Mapped[int] = mapped_column(sa.BigInteger)
    withdrawn: Mapped[int] = mapped_column(sa.BigInteger)
    excluded: Mapped[dict[str, int]] = mapped_column(JSONB)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    # The leaf that says so; none until the sequencer has appended it.
    leaf_index: Mapped[int | None] = mapped_column(sa.BigInteger)


class TallyTile(Entity):
    """Of a tally's tree: at level 0 up to 256 commitments in order, above it hashes of subtrees."""

    __tablename__ = "ledger_tally_tile"

    campaign_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    edition: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    level: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    # The first commitment of a tile of level 0, by which the one that holds another is found.
    first: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    hashes: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["campaign_id", "edition"], ["ledger_tally.campaign_id", "ledger_tally.edition"]
        ),
        sa.Index(
            "ix_ledger_tally_tile_first",
            "campaign_id",
            "edition",
            "first",
            postgresql_where=sa.text("level = 0"),
        ),
    )


class AuditorKey(Entity):
    """An auditor's own public key; the private half never reaches the system."""

    __tablename__ = "ledger_auditor_key"

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    added_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.CheckConstraint("octet_length(public_key) = 32", name="public_key"),)


class CampaignAudit(Entity):
    """Two auditors recount a tally from the sealed openings: one asks, another one agrees."""

    __tablename__ = "ledger_audit"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    campaign_id: Mapped[int] = mapped_column(sa.Integer)
    edition: Mapped[int] = mapped_column(sa.SmallInteger)
    state: Mapped[str] = mapped_column(sa.Text, default=AuditState.ASKED.value)
    asked_by: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    agreed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    agreed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    # The openings' digest, so that both worked on the same file.
    openings_digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["campaign_id", "edition"], ["ledger_tally.campaign_id", "ledger_tally.edition"]
        ),
        sa.CheckConstraint("agreed_by <> asked_by", name="two_persons"),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in AuditState)})", name="state"
        ),
    )


class AuditStatement(Entity):
    """What an auditor found and signed: the result as text, byte for byte, and its signature."""

    __tablename__ = "ledger_audit_statement"

    audit_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_audit.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    result: Mapped[str] = mapped_column(sa.Text)
    signature: Mapped[bytes] = mapped_column(sa.LargeBinary)
    # The key that it is signed with: the auditor may take another one later.
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    agrees: Mapped[bool] = mapped_column(sa.Boolean)
    signed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
