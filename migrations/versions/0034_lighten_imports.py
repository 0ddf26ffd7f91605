"""Let imported ratings have no receipt, and matters name a topic without a check row by row.

Nobody holds the receipt of an imported rating: a random key for each was half a million entries,
spread over the whole index, that nobody can ever ask for. Topics are never removed, and most
matters come without one, yet each row's two checks took a fifth of PostgreSQL's work at it.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TOPICS = ("category_id", "suggested_category_id")


def upgrade() -> None:
    """Apply."""
    op.alter_column("evaluation", "receipt_key", nullable=True)
    for column in TOPICS:
        op.drop_constraint(op.f(f"fk_source_matter_{column}"), "source_matter")


def downgrade() -> None:
    """Take back."""
    for column in TOPICS:
        op.create_foreign_key(
            op.f(f"fk_source_matter_{column}"),
            "source_matter",
            "source_category",
            [column],
            ["id"],
        )
    op.execute(
        "UPDATE evaluation SET receipt_key = uuid_send(gen_random_uuid()) WHERE receipt_key IS NULL"
    )
    op.alter_column("evaluation", "receipt_key", nullable=False)
