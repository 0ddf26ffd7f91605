"""Create feedback sheets, parcels of results and inspectors' lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "feedback_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.CheckConstraint("quarter ~ '^[0-9]{4}Q[1-4]$'", name=op.f("ck_feedback_sheet_quarter")),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR opened_at IS NOT NULL",
            name=op.f("ck_feedback_sheet_opened_first"),
        ),
        sa.CheckConstraint(
            "length(statement) <= 2000", name=op.f("ck_feedback_sheet_statement_length")
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_feedback_sheet_digest")),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["account.id"], name=op.f("fk_feedback_sheet_confirmed_by")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_feedback_sheet_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["account.id"], name=op.f("fk_feedback_sheet_opened_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_sheet")),
        sa.UniqueConstraint("quarter", "department_id", "version", name="uq_feedback_sheet"),
    )
    op.create_index(
        op.f("ix_feedback_sheet_department_id"), "feedback_sheet", ["department_id"], unique=False
    )
    op.create_table(
        "feedback_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("departments", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("quarter ~ '^[0-9]{4}Q[1-4]$'", name=op.f("ck_feedback_run_quarter")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["account.id"], name=op.f("fk_feedback_run_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_run")),
    )
    op.create_index(
        "uq_feedback_run_underway",
        "feedback_run",
        ["quarter"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "uptake_recipient",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('discipline', 'personnel', 'assessment', 'other')",
            name=op.f("ck_uptake_recipient_kind"),
        ),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 100", name=op.f("ck_uptake_recipient_name_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uptake_recipient")),
        sa.UniqueConstraint("name", name=op.f("uq_uptake_recipient_name")),
    )
    op.create_table(
        "uptake_parcel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "delivery IN ('waiting', 'delivered', 'dead')", name=op.f("ck_uptake_parcel_delivery")
        ),
        sa.CheckConstraint("quarter ~ '^[0-9]{4}Q[1-4]$'", name=op.f("ck_uptake_parcel_quarter")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_uptake_parcel_made_by")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["uptake_recipient.id"], name=op.f("fk_uptake_parcel_recipient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uptake_parcel")),
    )
    op.create_index(
        op.f("ix_uptake_parcel_recipient_id"), "uptake_parcel", ["recipient_id"], unique=False
    )
    op.create_index(
        "ix_uptake_parcel_waiting",
        "uptake_parcel",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("delivery = 'waiting'"),
    )
    op.create_table(
        "uptake_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parcel_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('sent', 'taken_over', 'done', 'returned')", name=op.f("ck_uptake_item_state")
        ),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 2000", name=op.f("ck_uptake_item_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["rectification_case.id"], name=op.f("fk_uptake_item_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_uptake_item_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["uptake_parcel.id"], name=op.f("fk_uptake_item_parcel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uptake_item")),
    )
    op.create_index(
        op.f("ix_uptake_item_department_id"), "uptake_item", ["department_id"], unique=False
    )
    op.create_index(op.f("ix_uptake_item_parcel_id"), "uptake_item", ["parcel_id"], unique=False)
    op.create_table(
        "inspection_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_inspection_entry_done")
        ),
        sa.CheckConstraint("state IN ('open', 'done')", name=op.f("ck_inspection_entry_state")),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 2000", name=op.f("ck_inspection_entry_text_length")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["rectification_case.id"], name=op.f("fk_inspection_entry_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_inspection_entry_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["uptake_item.id"], name=op.f("fk_inspection_entry_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["account.id"], name=op.f("fk_inspection_entry_written_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_entry")),
    )
    op.create_index(
        op.f("ix_inspection_entry_department_id"),
        "inspection_entry",
        ["department_id"],
        unique=False,
    )
    # What was sent or handed on never changes, and stays.
    op.execute(
        "CREATE TRIGGER refuse_sent BEFORE UPDATE OF quarter, department_id, version, document, "
        "digest, sent_by, sent_at ON feedback_sheet "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_signed BEFORE UPDATE OF recipient_id, quarter, document, digest, "
        "signature, note, made_by, made_at ON uptake_parcel "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in ("feedback_sheet", "uptake_parcel"):
        op.execute(
            f"CREATE TRIGGER refuse_deletion BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Take back."""
    op.drop_table("inspection_entry")
    op.drop_table("uptake_item")
    op.drop_table("uptake_parcel")
    op.drop_table("uptake_recipient")
    op.drop_table("feedback_run")
    op.drop_table("feedback_sheet")
