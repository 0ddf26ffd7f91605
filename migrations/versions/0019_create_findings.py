"""Create traces of manipulation and what they set apart."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("ratings", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("judged_by", sa.Uuid(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (judged_by IS NULL)", name=op.f("ck_finding_judged_by_somebody")
        ),
        sa.CheckConstraint(
            "kind IN ('burst', 'same_text', 'address_block', 'straight_line', 'risk_rank')",
            name=op.f("ck_finding_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'dismissed', 'proposed')", name=op.f("ck_finding_state")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_finding_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_finding_department_id")
        ),
        sa.ForeignKeyConstraint(["judged_by"], ["account.id"], name=op.f("fk_finding_judged_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("campaign_id", "fingerprint", name="uq_finding_fingerprint"),
    )
    op.create_index(
        "ix_finding_department",
        "finding",
        ["campaign_id", "department_id", "channel"],
        unique=False,
    )
    op.create_table(
        "finding_rating",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["finding.id"],
            name=op.f("fk_finding_rating_finding_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("finding_id", "evaluation_id", name=op.f("pk_finding_rating")),
    )
    op.create_index(
        "ix_finding_rating_evaluation", "finding_rating", ["evaluation_id"], unique=False
    )
    op.create_table(
        "campaign_search",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_search_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_search")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("campaign_search")
    op.drop_table("finding_rating")
    op.drop_table("finding")
