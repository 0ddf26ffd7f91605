"""Create the frontline log, experiences and effect ratings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "frontline_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("came", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("served", sa.Text(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("hand_on", sa.Boolean(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("content_state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into IS NOT NULL)", name=op.f("ck_frontline_entry_merged")
        ),
        sa.CheckConstraint(
            "NOT hand_on OR solution = 'open'", name=op.f("ck_frontline_entry_hand_on")
        ),
        sa.CheckConstraint(
            "content_state IN ('waiting', 'passed', 'risky', 'unchecked')",
            name=op.f("ck_frontline_entry_content_state"),
        ),
        sa.CheckConstraint(
            "served IN ('residents', 'enterprise', 'community', 'care', 'other')",
            name=op.f("ck_frontline_entry_served"),
        ),
        sa.CheckConstraint(
            "solution IN ('solved', 'open', 'none')", name=op.f("ck_frontline_entry_solution")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'branch_approved', 'approved', 'returned', 'merged', 'withdrawn')",
            name=op.f("ck_frontline_entry_state"),
        ),
        sa.CheckConstraint("merged_into <> id", name=op.f("ck_frontline_entry_merged_elsewhere")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_frontline_entry_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["organisation.id"], name=op.f("fk_frontline_entry_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organisation.id"], name=op.f("fk_frontline_entry_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["frontline_entry.id"], name=op.f("fk_frontline_entry_merged_into")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_frontline_entry_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frontline_entry")),
    )
    op.create_index(
        op.f("ix_frontline_entry_activity_id"), "frontline_entry", ["activity_id"], unique=False
    )
    op.create_index(
        op.f("ix_frontline_entry_community_id"), "frontline_entry", ["community_id"], unique=False
    )
    op.create_index("ix_frontline_entry_merged", "frontline_entry", ["merged_into"], unique=False)
    op.create_index(
        op.f("ix_frontline_entry_person_id"), "frontline_entry", ["person_id"], unique=False
    )
    op.create_index(
        "ix_frontline_entry_queue",
        "frontline_entry",
        ["branch_id", "state", "submitted_at"],
        unique=False,
    )
    op.create_index(
        "ix_frontline_entry_waiting",
        "frontline_entry",
        ["id"],
        unique=False,
        postgresql_where=sa.text("content_state = 'waiting'"),
    )
    op.create_table(
        "frontline_entry_unit",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "people BETWEEN 1 AND 1000", name=op.f("ck_frontline_entry_unit_people")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["frontline_entry.id"],
            name=op.f("fk_frontline_entry_unit_entry_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_frontline_entry_unit_organisation_id"),
        ),
        sa.PrimaryKeyConstraint(
            "entry_id", "organisation_id", name=op.f("pk_frontline_entry_unit")
        ),
    )
    op.create_index(
        op.f("ix_frontline_entry_unit_organisation_id"),
        "frontline_entry_unit",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "frontline_review",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('branch', 'office')", name=op.f("ck_frontline_review_step")),
        sa.CheckConstraint(
            "verdict = 'approved' OR reason <> ''", name=op.f("ck_frontline_review_reason")
        ),
        sa.CheckConstraint(
            "verdict IN ('approved', 'returned', 'merged')",
            name=op.f("ck_frontline_review_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["frontline_entry.id"],
            name=op.f("fk_frontline_review_entry_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frontline_review")),
    )
    op.create_index(
        op.f("ix_frontline_review_entry_id"), "frontline_review", ["entry_id"], unique=False
    )
    op.create_table(
        "experience",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("search_key", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("content_state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("branch_reviewer", sa.Uuid(), nullable=True),
        sa.Column("office_reviewer", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "content_state IN ('waiting', 'passed', 'risky', 'unchecked')",
            name=op.f("ck_experience_content_state"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'branch_approved', 'shared', 'returned', 'withdrawn')",
            name=op.f("ck_experience_state"),
        ),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 100", name=op.f("ck_experience_title_length")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["organisation.id"], name=op.f("fk_experience_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["frontline_entry.id"], name=op.f("fk_experience_entry_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_experience_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experience")),
    )
    op.create_index("ix_experience_branch", "experience", ["branch_id", "state"], unique=False)
    op.create_index(op.f("ix_experience_entry_id"), "experience", ["entry_id"], unique=False)
    op.create_index(op.f("ix_experience_person_id"), "experience", ["person_id"], unique=False)
    op.create_index(
        "ix_experience_shared", "experience", ["state", "shared_at", "id"], unique=False
    )
    op.create_index(
        "ix_experience_waiting",
        "experience",
        ["id"],
        unique=False,
        postgresql_where=sa.text("content_state = 'waiting'"),
    )
    op.create_table(
        "experience_use",
        sa.Column("experience_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["organisation.id"], name=op.f("fk_experience_use_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["experience_id"],
            ["experience.id"],
            name=op.f("fk_experience_use_experience_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("experience_id", "branch_id", name=op.f("pk_experience_use")),
    )
    op.create_index(
        op.f("ix_experience_use_branch_id"), "experience_use", ["branch_id"], unique=False
    )
    op.create_table(
        "effect_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('poster', 'one_time')", name=op.f("ck_effect_link_kind")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["frontline_entry.id"],
            name=op.f("fk_effect_link_entry_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_link")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_effect_link_code_hash")),
    )
    op.create_index(op.f("ix_effect_link_entry_id"), "effect_link", ["entry_id"], unique=False)
    op.create_index(
        "uq_effect_link_poster",
        "effect_link",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'poster'"),
    )
    op.create_table(
        "effect_rating",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_effect_rating_level")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["frontline_entry.id"],
            name=op.f("fk_effect_rating_entry_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", "pseudonym", name=op.f("pk_effect_rating")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("effect_rating")
    op.drop_table("effect_link")
    op.drop_table("experience_use")
    op.drop_table("experience")
    op.drop_table("frontline_review")
    op.drop_table("frontline_entry_unit")
    op.drop_table("frontline_entry")
