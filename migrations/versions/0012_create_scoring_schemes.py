"""Create versioned scoring schemes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A used scheme never changes: the database says so, whatever program asks.
FREEZE = """
CREATE FUNCTION refuse_frozen_scheme() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
        MESSAGE = 'scoring scheme is frozen', CONSTRAINT = 'scoring_scheme_frozen';
END $$;
CREATE TRIGGER refuse_frozen BEFORE UPDATE OR DELETE ON scoring_scheme
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION refuse_frozen_scheme();
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "scoring_scheme",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_scoring_scheme_digest")),
        sa.CheckConstraint("version > 0", name=op.f("ck_scoring_scheme_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_scheme")),
        sa.UniqueConstraint("name", "version", name="uq_scoring_scheme_version"),
    )
    op.execute(FREEZE)


def downgrade() -> None:
    """Take back."""
    op.drop_table("scoring_scheme")
    op.execute("DROP FUNCTION refuse_frozen_scheme()")
