"""Let a representative hand over to a successor by an invitation."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("invitation", sa.Column("hands_over_from", sa.Integer(), nullable=True))
    op.create_index(
        "uq_invitation_hand_over",
        "invitation",
        ["hands_over_from"],
        unique=True,
        postgresql_where=sa.text("redeemed_at IS NULL AND revoked_at IS NULL"),
    )


def downgrade() -> None:
    """Take back. A code that hands over must not become an ordinary invitation."""
    op.execute("DELETE FROM invitation WHERE hands_over_from IS NOT NULL")
    op.drop_index("uq_invitation_hand_over", table_name="invitation")
    op.drop_column("invitation", "hands_over_from")
