"""Create the append-only log, and what a rating keeps to open its commitment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_pending",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("at_close", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("event IN (1, 2, 3, 4, 5, 6)", name=op.f("ck_ledger_pending_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_pending")),
    )
    op.create_index("ix_ledger_pending_campaign", "ledger_pending", ["campaign_id"], unique=False)
    op.create_table(
        "ledger_leaf",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.CheckConstraint("event IN (1, 2, 3, 4, 5, 6)", name=op.f("ck_ledger_leaf_event")),
        sa.CheckConstraint("octet_length(commitment) = 32", name=op.f("ck_ledger_leaf_commitment")),
        sa.CheckConstraint("octet_length(previous) = 32", name=op.f("ck_ledger_leaf_previous")),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_ledger_leaf")),
    )
    op.create_index(
        "ix_ledger_leaf_commitment", "ledger_leaf", ["campaign_id", "commitment"], unique=False
    )
    op.create_index(
        "ix_ledger_leaf_previous",
        "ledger_leaf",
        ["campaign_id", "previous"],
        unique=False,
        postgresql_where=sa.text("previous IS NOT NULL"),
    )
    op.create_table(
        "ledger_tile",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(hashes) BETWEEN 32 AND 8192", name=op.f("ck_ledger_tile_hashes")
        ),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_ledger_tile")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(root) = 32", name=op.f("ck_ledger_head_root")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_head")),
    )
    op.create_table(
        "ledger_tally",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("excluded", postgresql.JSONB(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_ledger_tally_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "edition", name=op.f("pk_ledger_tally")),
    )
    op.create_table(
        "ledger_tally_tile",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.LargeBinary(), nullable=True),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "edition"],
            ["ledger_tally.campaign_id", "ledger_tally.edition"],
            name=op.f("fk_ledger_tally_tile_campaign_id_edition"),
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "edition", "level", "number", name=op.f("pk_ledger_tally_tile")
        ),
    )
    op.create_index(
        "ix_ledger_tally_tile_first",
        "ledger_tally_tile",
        ["campaign_id", "edition", "first"],
        unique=False,
        postgresql_where=sa.text("level = 0"),
    )
    op.create_table(
        "ledger_auditor_key",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "octet_length(public_key) = 32", name=op.f("ck_ledger_auditor_key_public_key")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_ledger_auditor_key_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_auditor_key")),
        sa.UniqueConstraint("public_key", name=op.f("uq_ledger_auditor_key_public_key")),
    )
    op.create_table(
        "ledger_audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("openings_digest", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'open', 'signed', 'ended')", name=op.f("ck_ledger_audit_state")
        ),
        sa.CheckConstraint("agreed_by <> asked_by", name=op.f("ck_ledger_audit_two_persons")),
        sa.ForeignKeyConstraint(
            ["agreed_by"], ["account.id"], name=op.f("fk_ledger_audit_agreed_by")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_ledger_audit_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "edition"],
            ["ledger_tally.campaign_id", "ledger_tally.edition"],
            name=op.f("fk_ledger_audit_campaign_id_edition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_audit")),
    )
    op.create_table(
        "ledger_audit_statement",
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_ledger_audit_statement_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["ledger_audit.id"], name=op.f("fk_ledger_audit_statement_audit_id")
        ),
        sa.PrimaryKeyConstraint("audit_id", "account_id", name=op.f("pk_ledger_audit_statement")),
    )
    op.add_column("evaluation", sa.Column("salt", sa.LargeBinary(), nullable=True))
    op.add_column("evaluation", sa.Column("words_digest", sa.LargeBinary(), nullable=True))
    op.add_column(
        "evaluation",
        sa.Column("handle_now", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_evaluation_poor",
        "evaluation",
        ["campaign_id", "rated_on", "id"],
        postgresql_where=sa.text("overall <= 2 AND state = 1"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_evaluation_poor", "evaluation")
    for column in ("handle_now", "words_digest", "salt"):
        op.drop_column("evaluation", column)
    op.drop_table("ledger_audit_statement")
    op.drop_table("ledger_audit")
    op.drop_table("ledger_auditor_key")
    op.drop_table("ledger_tally_tile")
    op.drop_table("ledger_tally")
    op.drop_table("ledger_head")
    op.drop_table("ledger_tile")
    op.drop_table("ledger_leaf")
    op.drop_table("ledger_pending")
