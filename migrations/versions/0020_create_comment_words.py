"""Create the words that comments use."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "comment_words",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(document IS NULL) = (counted_at IS NULL)", name=op.f("ck_comment_words_counted")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_comment_words_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_comment_words")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("comment_words")
