"""Note when a campaign was opened: pairings made later don't count in it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# An opening is an official act, so the log knows when it was.
KNOWN = """
    UPDATE campaign SET opened_at = entry.at
    FROM (
        SELECT subject_id, min(at) AS at FROM audit_entry
        WHERE action = 'campaign.opened' AND subject_kind = 'campaign' GROUP BY subject_id
    ) entry
    WHERE entry.subject_id = campaign.id::text
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("campaign", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(KNOWN)


def downgrade() -> None:
    """Take back."""
    op.drop_column("campaign", "opened_at")
