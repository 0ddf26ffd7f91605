"""Create check-ins and their evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "attendance",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("presence", sa.Text(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "presence IN ('incomplete', 'question', 'present', 'absent')",
            name=op.f("ck_attendance_presence"),
        ),
        sa.CheckConstraint("left_at >= came_at", name=op.f("ck_attendance_times")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_attendance_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["organisation.id"], name=op.f("fk_attendance_branch_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attendance_person_id")),
        sa.PrimaryKeyConstraint("activity_id", "person_id", name=op.f("pk_attendance")),
    )
    op.create_index(
        "ix_attendance_decided",
        "attendance",
        ["activity_id"],
        unique=False,
        postgresql_where=sa.text("decided_by IS NOT NULL"),
    )
    op.create_index(op.f("ix_attendance_person_id"), "attendance", ["person_id"], unique=False)
    op.create_index(
        "ix_attendance_question",
        "attendance",
        ["activity_id"],
        unique=False,
        postgresql_where=sa.text("presence = 'question'"),
    )
    op.create_table(
        "evidence",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("coarse", sa.Boolean(), nullable=False),
        sa.Column("mock", sa.Boolean(), nullable=False),
        sa.Column("on_paper", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("picture_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "doubt IN ('late', 'from_future', 'clock_wrong', 'outside_times', 'not_joined', 'edge_of_place', 'judged_by_phone', 'own_code', 'proof_late')",
            name=op.f("ck_evidence_doubt"),
        ),
        sa.CheckConstraint(
            "kind IN ('photo', 'place', 'peers', 'code', 'organiser')",
            name=op.f("ck_evidence_kind"),
        ),
        sa.CheckConstraint(
            "outcome <> 'doubtful' OR doubt IS NOT NULL", name=op.f("ck_evidence_doubtful")
        ),
        sa.CheckConstraint(
            "outcome IN ('good', 'doubtful', 'rejected')", name=op.f("ck_evidence_outcome")
        ),
        sa.CheckConstraint("phase IN ('in', 'out')", name=op.f("ck_evidence_phase")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_evidence_activity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_evidence_person_id")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["picture.id"], name=op.f("fk_evidence_picture_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("activity_id", "person_id", "id", name=op.f("pk_evidence")),
        sa.UniqueConstraint(
            "activity_id",
            "person_id",
            "kind",
            "phase",
            "given_by",
            name="uq_evidence",
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("activity_id", "person_id", "nonce", name="uq_evidence_nonce"),
    )
    op.create_index(
        "ix_evidence_picture",
        "evidence",
        ["picture_id"],
        unique=False,
        postgresql_where=sa.text("picture_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("evidence")
    op.drop_table("attendance")
