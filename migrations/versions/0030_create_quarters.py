"""Create quarters' editions and groups of comparison."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "quarter_edition",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("frozen_by", sa.Uuid(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)",
            name=op.f("ck_quarter_edition_published"),
        ),
        sa.CheckConstraint("quarter ~ '^[0-9]{4}Q[1-4]$'", name=op.f("ck_quarter_edition_quarter")),
        sa.CheckConstraint(
            "state IN ('frozen', 'approved', 'published', 'dropped')",
            name=op.f("ck_quarter_edition_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'published') OR approved_by IS NOT NULL",
            name=op.f("ck_quarter_edition_approved"),
        ),
        sa.CheckConstraint("approved_by <> frozen_by", name=op.f("ck_quarter_edition_two_persons")),
        sa.CheckConstraint("edition > 0", name=op.f("ck_quarter_edition_edition")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_quarter_edition_digest")),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["account.id"], name=op.f("fk_quarter_edition_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["frozen_by"], ["account.id"], name=op.f("fk_quarter_edition_frozen_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarter_edition")),
    )
    op.create_index(
        "uq_quarter_edition",
        "quarter_edition",
        ["quarter", "edition"],
        unique=True,
        postgresql_where=sa.text("state <> 'dropped'"),
    )
    op.create_index(
        "uq_quarter_edition_underway",
        "quarter_edition",
        ["quarter"],
        unique=True,
        postgresql_where=sa.text("state IN ('frozen', 'approved')"),
    )
    op.create_table(
        "comparison_group",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 50", name=op.f("ck_comparison_group_name_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison_group")),
        sa.UniqueConstraint("name", name=op.f("uq_comparison_group_name")),
    )
    op.create_table(
        "comparison_group_member",
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["organisation.id"],
            name=op.f("fk_comparison_group_member_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["comparison_group.id"],
            name=op.f("fk_comparison_group_member_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_comparison_group_member")),
    )
    op.create_index(
        op.f("ix_comparison_group_member_group_id"),
        "comparison_group_member",
        ["group_id"],
        unique=False,
    )
    op.add_column(
        "publication", sa.Column("checkpoint", sa.Text(), server_default="", nullable=False)
    )
    # What was frozen never changes; what was published is not touched at all.
    op.execute(
        "CREATE TRIGGER refuse_published BEFORE UPDATE ON quarter_edition FOR EACH ROW "
        "WHEN (OLD.state = 'published') EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_frozen BEFORE UPDATE OF quarter, edition, document, inputs, digest, "
        "note, frozen_by, frozen_at ON quarter_edition "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_deletion BEFORE DELETE ON quarter_edition "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("publication", "checkpoint")
    op.drop_table("comparison_group_member")
    op.drop_table("comparison_group")
    op.drop_table("quarter_edition")
