"""Create the register of evaluations, pairings and sample links."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "register_entry",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("lead_department_id", sa.Integer(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("audiences", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("people_asked", sa.Integer(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'merged') = (campaign_id IS NOT NULL)",
            name=op.f("ck_register_entry_merged_into"),
        ),
        sa.CheckConstraint(
            "period IN ('monthly', 'quarterly', 'half_yearly', 'yearly', 'once')",
            name=op.f("ck_register_entry_period"),
        ),
        sa.CheckConstraint(
            "state IN ('standing', 'merged', 'ceased')", name=op.f("ck_register_entry_state")
        ),
        sa.CheckConstraint("cardinality(audiences) > 0", name=op.f("ck_register_entry_audiences")),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 100", name=op.f("ck_register_entry_title_length")
        ),
        sa.CheckConstraint("people_asked > 0", name=op.f("ck_register_entry_people_asked")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_register_entry_dates")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_register_entry_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["lead_department_id"],
            ["organisation.id"],
            name=op.f("fk_register_entry_lead_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_register_entry_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entry")),
    )
    op.create_index(
        op.f("ix_register_entry_campaign_id"), "register_entry", ["campaign_id"], unique=False
    )
    op.create_index(
        op.f("ix_register_entry_owner_id"), "register_entry", ["owner_id"], unique=False
    )
    op.create_table(
        "register_entry_department",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["organisation.id"],
            name=op.f("fk_register_entry_department_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["register_entry.id"],
            name=op.f("fk_register_entry_department_entry_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "entry_id", "department_id", name=op.f("pk_register_entry_department")
        ),
    )
    op.create_index(
        op.f("ix_register_entry_department_department_id"),
        "register_entry_department",
        ["department_id"],
        unique=False,
    )
    op.create_table(
        "pairing",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("organisation_id <> department_id", name=op.f("ck_pairing_two_sides")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_pairing_period")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_pairing_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_pairing_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing")),
        sa.UniqueConstraint(
            "organisation_id", "department_id", "starts_on", name="uq_pairing_start"
        ),
    )
    op.create_index(op.f("ix_pairing_department_id"), "pairing", ["department_id"], unique=False)
    op.create_table(
        "sample_link",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("cell", sa.SmallInteger(), nullable=False),
        sa.Column("departments", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.CheckConstraint("cardinality(departments) > 0", name=op.f("ck_sample_link_departments")),
        sa.CheckConstraint("cell > 0", name=op.f("ck_sample_link_cell")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_sample_link_campaign_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_sample_link")),
    )
    op.create_index(
        op.f("ix_sample_link_campaign_id"), "sample_link", ["campaign_id"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("sample_link")
    op.drop_table("pairing")
    op.drop_table("register_entry_department")
    op.drop_table("register_entry")
