"""Create persons, their groups and moves, binding codes and imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "person_group",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 20", name=op.f("ck_person_group_name_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_group")),
        sa.UniqueConstraint("name", name="uq_person_group_name"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("groups", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("bound_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "post IN ('secretary', 'deputy_secretary', 'committee_member', 'member')",
            name=op.f("ck_person_post"),
        ),
        sa.CheckConstraint("member_id IS NULL OR active", name=op.f("ck_person_bound_active")),
        sa.CheckConstraint(
            "num_nonnulls(phone_sealed, phone_hash) IN (0, 2)", name=op.f("ck_person_phone")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["organisation.id"], name=op.f("fk_person_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_person_member_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("code", name="uq_person_code"),
        sa.UniqueConstraint("member_id", name="uq_person_member"),
        sa.UniqueConstraint("phone_hash", name="uq_person_phone"),
    )
    op.create_index(op.f("ix_person_branch_id"), "person", ["branch_id"], unique=False)
    op.create_index(
        "uq_person_secretary",
        "person",
        ["branch_id"],
        unique=True,
        postgresql_where=sa.text("post = 'secretary' AND active"),
    )
    op.create_table(
        "person_move",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_branch_id", sa.Integer(), nullable=True),
        sa.Column("to_branch_id", sa.Integer(), nullable=True),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("moved_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('joined', 'moved', 'left', 'returned')", name=op.f("ck_person_move_kind")
        ),
        sa.ForeignKeyConstraint(
            ["from_branch_id"], ["organisation.id"], name=op.f("fk_person_move_from_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_move_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["to_branch_id"], ["organisation.id"], name=op.f("fk_person_move_to_branch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_move")),
    )
    op.create_index(op.f("ix_person_move_person_id"), "person_move", ["person_id"], unique=False)
    op.create_table(
        "binding_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_binding_code_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_binding_code_code_hash")),
    )
    op.create_index(op.f("ix_binding_code_person_id"), "binding_code", ["person_id"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("rows_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('organisations', 'people')", name=op.f("ck_import_run_kind")),
        sa.CheckConstraint(
            "state IN ('checked', 'applied', 'dropped')", name=op.f("ck_import_run_state")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_import_run_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(op.f("ix_import_run_created_at"), "import_run", ["created_at"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("import_run")
    op.drop_table("binding_code")
    op.drop_table("person_move")
    op.drop_table("person")
    op.drop_table("person_group")
