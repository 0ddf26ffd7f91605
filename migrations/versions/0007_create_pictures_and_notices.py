"""Create pictures, notices and the consents to messages."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "picture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("uploaded_on", sa.Date(), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("delete_after", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('activity', 'check_in', 'frontline')", name=op.f("ck_picture_purpose")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'asked', 'passed', 'held')", name=op.f("ck_picture_state")
        ),
        sa.CheckConstraint(
            "num_nonnulls(subject_kind, subject_id) IN (0, 2)", name=op.f("ck_picture_subject")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["member.id"], name=op.f("fk_picture_uploaded_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("trace_id", name=op.f("uq_picture_trace_id")),
    )
    op.create_index(
        "ix_picture_subject", "picture", ["subject_kind", "subject_id", "position"], unique=False
    )
    op.create_index(op.f("ix_picture_uploaded_by"), "picture", ["uploaded_by"], unique=False)
    op.create_index(
        "ix_picture_waiting",
        "picture",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "delivery IN ('waiting', 'sent', 'inbox_only', 'failed')",
            name=op.f("ck_notice_delivery"),
        ),
        sa.CheckConstraint(
            "kind IN ('activity_reminder', 'activity_changed', 'activity_cancelled', 'place_given', 'added', 'check_in_decided', 'entry_reviewed', 'experience_reviewed', 'binding_ended')",
            name=op.f("ck_notice_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_notice_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "member_id", "kind", "subject_kind", "subject_id", "occasion", name="uq_notice_once"
        ),
    )
    op.create_index("ix_notice_inbox", "notice", ["member_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["id"],
        unique=False,
        postgresql_where=sa.text("delivery = 'waiting'"),
    )
    op.create_table(
        "message_consent",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("remaining", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('activity_reminder', 'activity_changed', 'activity_cancelled', 'place_given', 'added', 'check_in_decided', 'entry_reviewed', 'experience_reviewed', 'binding_ended')",
            name=op.f("ck_message_consent_kind"),
        ),
        sa.CheckConstraint("remaining BETWEEN 0 AND 20", name=op.f("ck_message_consent_remaining")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_message_consent_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "kind", name=op.f("pk_message_consent")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("message_consent")
    op.drop_table("notice")
    op.drop_table("picture")
