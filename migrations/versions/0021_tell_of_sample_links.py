"""Let members agree to messages with a link of the sample survey."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BEFORE = (
    "activity_reminder",
    "activity_changed",
    "activity_cancelled",
    "place_given",
    "added",
    "check_in_decided",
    "entry_reviewed",
    "experience_reviewed",
    "binding_ended",
)
AFTER = (*BEFORE, "sample_link")
TABLES = ("notice", "message_consent")


def upgrade() -> None:
    """Apply."""
    for table in TABLES:
        _replace(table, AFTER)


def downgrade() -> None:
    """Take back; the consents that nothing understands any more go."""
    for table in TABLES:
        notices = sa.table(table, sa.column("kind"))
        op.execute(sa.delete(notices).where(notices.c.kind == "sample_link"))
        _replace(table, BEFORE)


def _replace(table: str, kinds: tuple[str, ...]) -> None:
    # NOT VALID first: the check of the rows that are there takes no lock that stops writers.
    name = f"ck_{table}_kind"
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (kind IN ({listed})) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
