"""Order the audit log by the moments that its entries tell."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_audit_entry_at", "audit_entry", ["at", "id"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_audit_entry_at", "audit_entry")
