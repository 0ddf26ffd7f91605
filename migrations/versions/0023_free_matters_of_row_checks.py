"""Let matters name source, department, campaign and run without a check row by row.

The checks took longer than all else of an import. A matter takes these from rows that its
transaction holds, and none of them is removed once a matter names it.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

REFERENCES = (
    ("source_id", "source"),
    ("department_id", "organisation"),
    ("campaign_id", "campaign"),
    ("run_id", "source_run"),
)


def upgrade() -> None:
    """Apply."""
    for column, _ in REFERENCES:
        op.drop_constraint(op.f(f"fk_source_matter_{column}"), "source_matter")


def downgrade() -> None:
    """Take back."""
    for column, table in REFERENCES:
        op.create_foreign_key(
            op.f(f"fk_source_matter_{column}"), "source_matter", table, [column], ["id"]
        )
