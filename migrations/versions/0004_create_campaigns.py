"""Create campaigns, their departments, counters and rating codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("indicator_version_id", sa.Integer(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level_scores", sa.JSON(), nullable=True),
        sa.CheckConstraint("kind IN ('survey', 'service')", name=op.f("ck_campaign_kind")),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name=op.f("ck_campaign_state")),
        sa.CheckConstraint("cardinality(channels) > 0", name=op.f("ck_campaign_channels")),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 100", name=op.f("ck_campaign_title_length")
        ),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_campaign_times")),
        sa.ForeignKeyConstraint(
            ["indicator_version_id"],
            ["indicator_version.id"],
            name=op.f("fk_campaign_indicator_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "campaign_department",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("leaves", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.CheckConstraint(
            "cardinality(leaves) BETWEEN 1 AND 10", name=op.f("ck_campaign_department_leaves")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_campaign_department_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["organisation.id"],
            name=op.f("fk_campaign_department_department_id"),
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "department_id", name=op.f("pk_campaign_department")
        ),
    )
    op.create_index(
        op.f("ix_campaign_department_department_id"),
        "campaign_department",
        ["department_id"],
        unique=False,
    )
    op.create_table(
        "counter",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_counter_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter")),
        sa.UniqueConstraint("code", name=op.f("uq_counter_code")),
        sa.UniqueConstraint("department_id", "name", name="uq_counter_name"),
    )
    op.create_index(op.f("ix_counter_department_id"), "counter", ["department_id"], unique=False)
    op.create_table(
        "code_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("counter_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("seed_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size BETWEEN 1 AND 5000", name=op.f("ck_code_batch_size")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_code_batch_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["counter_id"], ["counter.id"], name=op.f("fk_code_batch_counter_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_code_batch_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_batch")),
    )
    op.create_index(op.f("ix_code_batch_campaign_id"), "code_batch", ["campaign_id"], unique=False)
    op.create_table(
        "rating_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["code_batch.id"],
            name=op.f("fk_rating_code_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_rating_code")),
    )
    op.create_index(op.f("ix_rating_code_batch_id"), "rating_code", ["batch_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("rating_code")
    op.drop_table("code_batch")
    op.drop_table("counter")
    op.drop_table("campaign_department")
    op.drop_table("campaign")
