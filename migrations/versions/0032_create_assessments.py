"""Create yearly assessments and decisions on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "assessment_scheme",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_scheme")),
        sa.UniqueConstraint("year", "version", name="uq_assessment_scheme"),
    )
    op.create_table(
        "assessment_result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("result", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("computed_by", sa.Uuid(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_assessment_result_digest")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_assessment_result_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["assessment_scheme.id"], name=op.f("fk_assessment_result_scheme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_result")),
        sa.UniqueConstraint("year", "department_id", "edition", name="uq_assessment_result"),
    )
    op.create_index(
        op.f("ix_assessment_result_department_id"),
        "assessment_result",
        ["department_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_assessment_result_scheme_id"), "assessment_result", ["scheme_id"], unique=False
    )
    op.create_table(
        "assessment_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('commended', 'rewarded', 'no_action', 'talked_to', 'criticised', 'other')",
            name=op.f("ck_assessment_decision_kind"),
        ),
        sa.CheckConstraint(
            "length(body) BETWEEN 1 AND 100", name=op.f("ck_assessment_decision_body_length")
        ),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 2000", name=op.f("ck_assessment_decision_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["account.id"], name=op.f("fk_assessment_decision_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["assessment_result.id"], name=op.f("fk_assessment_decision_result_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_decision")),
    )
    op.create_index(
        op.f("ix_assessment_decision_result_id"), "assessment_decision", ["result_id"], unique=False
    )
    # A result never changes: another one is another edition. A scheme's versions neither.
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON assessment_result "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_saved BEFORE UPDATE OF year, version, document, saved_by, saved_at "
        "ON assessment_scheme FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in ("assessment_scheme", "assessment_decision"):
        op.execute(
            f"CREATE TRIGGER refuse_deletion BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Take back."""
    op.drop_table("assessment_decision")
    op.drop_table("assessment_result")
    op.drop_table("assessment_scheme")
