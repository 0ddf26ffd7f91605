"""Create sources, their mappings and runs, matters with their versions, and the topic tree."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('service_centre', 'hotline')", name=op.f("ck_source_kind")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 50", name=op.f("ck_source_name_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_source_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_index(op.f("ix_source_organisation_id"), "source", ["organisation_id"], unique=False)
    op.create_table(
        "source_mapping",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("departments", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_source_mapping_source_id")
        ),
        sa.PrimaryKeyConstraint("source_id", "version", name=op.f("pk_source_mapping")),
    )
    op.create_table(
        "source_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("mapping_version", sa.Integer(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'running', 'done', 'cancelled', 'failed')",
            name=op.f("ck_source_run_state"),
        ),
        sa.CheckConstraint("way IN ('file', 'api')", name=op.f("ck_source_run_way")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_source_run_progress")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_source_run_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_run")),
    )
    op.create_index("ix_source_run_latest", "source_run", ["source_id", "created_at"], unique=False)
    op.create_table(
        "source_category",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("third", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_category")),
        sa.UniqueConstraint("first", "second", "third", name="uq_source_category_path"),
    )
    op.create_table(
        "source_matter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("department_name", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("suggested_category_id", sa.Integer(), nullable=True),
        sa.Column("suggestion_score", sa.SmallInteger(), nullable=True),
        sa.Column("suggested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("rating", sa.Text(), nullable=False),
        sa.Column("rating_reason", sa.Text(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "rating IN ('none', 'waiting', 'counted')", name=op.f("ck_source_matter_rating")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_source_matter_level")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_source_matter_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["source_category.id"], name=op.f("fk_source_matter_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_source_matter_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["source_run.id"], name=op.f("fk_source_matter_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_source_matter_source_id")
        ),
        sa.ForeignKeyConstraint(
            ["suggested_category_id"],
            ["source_category.id"],
            name=op.f("fk_source_matter_suggested_category_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_matter")),
        sa.UniqueConstraint("source_id", "ticket", name="uq_source_matter_ticket"),
    )
    op.create_index(
        "ix_source_matter_queue",
        "source_matter",
        ["source_id", "happened_at", "id"],
        unique=False,
        postgresql_where=sa.text("department_id IS NULL"),
    )
    op.create_index(
        "ix_source_matter_time", "source_matter", ["source_id", "happened_at", "id"], unique=False
    )
    op.create_index(
        "ix_source_matter_unsuggested",
        "source_matter",
        ["source_id", "id"],
        unique=False,
        postgresql_where=sa.text("NOT suggested"),
    )
    op.create_index(
        "ix_source_matter_waiting",
        "source_matter",
        ["source_id", "id"],
        unique=False,
        postgresql_where=sa.text("rating = 'waiting'"),
    )
    op.create_table(
        "source_matter_version",
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("department_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"],
            ["source_matter.id"],
            name=op.f("fk_source_matter_version_matter_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["source_run.id"], name=op.f("fk_source_matter_version_run_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", "version", name=op.f("pk_source_matter_version")),
    )
    op.create_table(
        "source_nonce",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_source_nonce_source_id")
        ),
        sa.PrimaryKeyConstraint("source_id", "nonce", name=op.f("pk_source_nonce")),
    )
    op.create_index(
        op.f("ix_source_nonce_expires_at"), "source_nonce", ["expires_at"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("source_nonce")
    op.drop_table("source_matter_version")
    op.drop_table("source_matter")
    op.drop_table("source_category")
    op.drop_table("source_run")
    op.drop_table("source_mapping")
    op.drop_table("source")
