"""Create notices at the desk, preferences, phones of accounts and delegations."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

OLD_KINDS = "'activity_reminder', 'activity_changed', 'activity_cancelled', 'place_given', 'added', 'check_in_decided', 'entry_reviewed', 'experience_reviewed', 'binding_ended', 'sample_link'"
NEW_KINDS = OLD_KINDS + ", 'case_moved', 'desk'"
WAITING = sa.text("delivery = 'waiting'")


def _kinds(kinds: str) -> None:
    for table in ("notice", "message_consent"):
        op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_kind"), table, f"kind IN ({kinds})")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "desk_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('case_registered', 'case_moved', 'case_warning', 'case_called', 'closing_asked', 'appeal_filed', 'appeal_decided', 'feedback_sent', 'feedback_confirmed', 'quarter_frozen', 'quarter_published', 'uptake', 'audit_asked', 'delegated', 'delivery_dead')",
            name=op.f("ck_desk_notice_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_desk_notice_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_notice")),
        sa.UniqueConstraint(
            "account_id",
            "kind",
            "subject_kind",
            "subject_id",
            "occasion",
            name="uq_desk_notice_once",
        ),
    )
    op.create_index(
        "ix_desk_notice_inbox", "desk_notice", ["account_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "notice_preference",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(member_id, account_id) = 1", name=op.f("ck_notice_preference_one_holder")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notice_preference_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_notice_preference_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_preference")),
        sa.UniqueConstraint(
            "member_id",
            "account_id",
            "kind",
            name="uq_notice_preference",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "account_phone",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_phone_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_account_phone_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_phone")),
        sa.UniqueConstraint("member_id", name=op.f("uq_account_phone_member_id")),
    )
    op.create_table(
        "phone_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_phone_code_account_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_phone_code")),
    )
    op.create_index(op.f("ix_phone_code_account_id"), "phone_code", ["account_id"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("begins_on <= ends_on", name=op.f("ck_delegation_days")),
        sa.CheckConstraint("delegate_id <> account_id", name=op.f("ck_delegation_two_persons")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_delegation_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["account.id"], name=op.f("fk_delegation_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["account.id"], name=op.f("fk_delegation_delegate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_account_id"), "delegation", ["account_id"], unique=False)
    op.create_index(op.f("ix_delegation_delegate_id"), "delegation", ["delegate_id"], unique=False)
    op.add_column("notice", sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("last_error", sa.Text(), server_default="", nullable=False))
    op.drop_index("ix_notice_waiting", "notice", postgresql_where=WAITING)
    op.create_index("ix_notice_waiting", "notice", ["created_at", "id"], postgresql_where=WAITING)
    op.create_index(
        "ix_notice_failed",
        "notice",
        ["created_at", "id"],
        postgresql_where=sa.text("delivery = 'failed'"),
    )
    _kinds(NEW_KINDS)


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM notice WHERE kind IN ('case_moved', 'desk')")
    op.execute("DELETE FROM message_consent WHERE kind IN ('case_moved', 'desk')")
    _kinds(OLD_KINDS)
    op.drop_index("ix_notice_failed", "notice", postgresql_where=sa.text("delivery = 'failed'"))
    op.drop_index("ix_notice_waiting", "notice", postgresql_where=WAITING)
    op.create_index("ix_notice_waiting", "notice", ["id"], postgresql_where=WAITING)
    op.drop_column("notice", "last_error")
    op.drop_column("notice", "next_attempt_at")
    op.drop_table("delegation")
    op.drop_table("phone_code")
    op.drop_table("account_phone")
    op.drop_table("notice_preference")
    op.drop_table("desk_notice")
