"""Create versioned indicator trees."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A used version never changes: the database says so, whatever program asks.
FREEZE = """
CREATE FUNCTION refuse_frozen_indicators() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched integer := CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM indicator_version WHERE id = touched AND frozen_at IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
            MESSAGE = 'indicator version is frozen', CONSTRAINT = 'indicator_version_frozen';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER refuse_frozen BEFORE INSERT OR UPDATE OR DELETE ON indicator
    FOR EACH ROW EXECUTE FUNCTION refuse_frozen_indicators();
CREATE FUNCTION refuse_frozen_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
        MESSAGE = 'indicator version is frozen', CONSTRAINT = 'indicator_version_frozen';
END $$;
CREATE TRIGGER refuse_frozen BEFORE UPDATE OR DELETE ON indicator_version
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION refuse_frozen_version();
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "indicator_version",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_version")),
    )
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("duties", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("weight", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.CheckConstraint("weight > 0 AND weight <= 100", name=op.f("ck_indicator_weight")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["indicator.id"], name=op.f("fk_indicator_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["indicator_version.id"],
            name=op.f("fk_indicator_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("version_id", "code", name="uq_indicator_code"),
        sa.UniqueConstraint("version_id", "position", name="uq_indicator_position"),
    )
    op.execute(FREEZE)


def downgrade() -> None:
    """Take back."""
    op.drop_table("indicator")
    op.drop_table("indicator_version")
    op.execute("DROP FUNCTION refuse_frozen_indicators()")
    op.execute("DROP FUNCTION refuse_frozen_version()")
