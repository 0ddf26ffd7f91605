"""Create evaluations, partitioned by campaign, with photos and exclusions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA part")
    op.create_table(
        "evaluation",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("counter_id", sa.Integer(), nullable=True),
        sa.Column("rated_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("overall", sa.SmallInteger(), nullable=True),
        sa.Column("comment_state", sa.SmallInteger(), nullable=False),
        sa.Column("check_attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("photo_count", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("levels", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_key", sa.LargeBinary(), nullable=False),
        sa.Column("content_mac", sa.LargeBinary(), nullable=False),
        sa.Column("rater_tag", sa.LargeBinary(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("check_openid", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "0 <= ALL (levels) AND 5 >= ALL (levels)", name=op.f("ck_evaluation_levels")
        ),
        sa.CheckConstraint("length(comment) <= 2000", name=op.f("ck_evaluation_comment_length")),
        sa.CheckConstraint(
            "overall BETWEEN 1 AND 5 OR state = 3", name=op.f("ck_evaluation_overall")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("campaign_id", "pseudonym", name="uq_evaluation_once"),
        sa.UniqueConstraint("campaign_id", "receipt_key", name="uq_evaluation_receipt"),
        postgresql_partition_by="LIST (campaign_id)",
    )
    op.create_index(
        "ix_evaluation_department",
        "evaluation",
        ["campaign_id", "department_id", "channel"],
        unique=False,
    )
    op.create_index(
        "ix_evaluation_held",
        "evaluation",
        ["campaign_id", "comment_state", "id"],
        unique=False,
        postgresql_where=sa.text("comment_state IN (1, 3)"),
    )
    op.create_table(
        "photo",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("uploaded_on", sa.Date(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_photo_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_photo")),
        sa.UniqueConstraint("trace_id", name=op.f("uq_photo_trace_id")),
    )
    op.create_index("ix_photo_evaluation", "photo", ["campaign_id", "evaluation_id"], unique=False)
    op.create_index("ix_photo_state", "photo", ["state"], unique=False)
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL)",
            name=op.f("ck_exclusion_decided_by_somebody"),
        ),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_exclusion_two_persons")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_exclusion_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["account.id"], name=op.f("fk_exclusion_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["account.id"], name=op.f("fk_exclusion_proposed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
    )
    op.create_index(op.f("ix_exclusion_campaign_id"), "exclusion", ["campaign_id"], unique=False)
    op.create_index(
        "uq_exclusion_open",
        "exclusion",
        ["campaign_id", "evaluation_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'confirmed')"),
    )
    op.create_table(
        "group_size",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("raters", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_group_size_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_group_size_department_id")
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "department_id", "channel", name=op.f("pk_group_size")
        ),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("group_size")
    op.drop_table("exclusion")
    op.drop_table("photo")
    op.drop_table("evaluation")
    op.execute("DROP SCHEMA part")
