"""Create appeals and breaks of a survey's seal."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('upheld', 'rejected')) = (decided_by IS NOT NULL)",
            name=op.f("ck_appeal_decided"),
        ),
        sa.CheckConstraint(
            "claim IN ('not_about_department', 'organised', 'duplicate', 'abusive', 'test')",
            name=op.f("ck_appeal_claim"),
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'upheld', 'rejected', 'taken_back')", name=op.f("ck_appeal_state")
        ),
        sa.CheckConstraint("decided_by <> filed_by", name=op.f("ck_appeal_two_persons")),
        sa.CheckConstraint("length(grounds) BETWEEN 1 AND 5000", name=op.f("ck_appeal_grounds")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_appeal_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["rectification_case.id"], name=op.f("fk_appeal_case_id")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_appeal_decided_by")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_appeal_department_id")
        ),
        sa.ForeignKeyConstraint(["filed_by"], ["account.id"], name=op.f("fk_appeal_filed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_index(op.f("ix_appeal_case_id"), "appeal", ["case_id"], unique=False)
    op.create_index(op.f("ix_appeal_department_id"), "appeal", ["department_id"], unique=False)
    op.create_index(
        "ix_appeal_open",
        "appeal",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'filed'"),
    )
    op.create_index(
        "uq_appeal_once",
        "appeal",
        ["campaign_id", "evaluation_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'taken_back'"),
    )
    op.create_table(
        "seal_break",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_seal_break_confirmed")
        ),
        sa.CheckConstraint("confirmed_by <> asked_by", name=op.f("ck_seal_break_two_persons")),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 500", name=op.f("ck_seal_break_reason_length")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_seal_break_asked_by")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_seal_break_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["account.id"], name=op.f("fk_seal_break_confirmed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_break")),
    )
    op.create_index(op.f("ix_seal_break_campaign_id"), "seal_break", ["campaign_id"], unique=False)
    op.create_index(
        "uq_seal_break_open",
        "seal_break",
        ["campaign_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NULL AND refused_at IS NULL"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("seal_break")
    op.drop_table("appeal")
