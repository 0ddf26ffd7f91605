"""Add to ratings their stratum cell, signing organisation, risk rank and address block."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. No row is rewritten: every new column is empty or has a constant default."""
    op.add_column(
        "evaluation", sa.Column("cell", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("evaluation", sa.Column("organisation_id", sa.Integer(), nullable=True))
    op.add_column("evaluation", sa.Column("risk_rank", sa.SmallInteger(), nullable=True))
    op.add_column("evaluation", sa.Column("address_block", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("ck_evaluation_risk_rank"), "evaluation", "risk_rank BETWEEN 0 AND 4"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f("ck_evaluation_risk_rank"), "evaluation")
    for column in ("address_block", "risk_rank", "organisation_id", "cell"):
        op.drop_column("evaluation", column)
