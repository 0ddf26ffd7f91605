"""Create agreements, activities, their places and who takes part."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("ways", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("aspects", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("aims", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'ended')", name=op.f("ck_agreement_state")
        ),
        sa.CheckConstraint("cardinality(aspects) > 0", name=op.f("ck_agreement_aspects")),
        sa.CheckConstraint("cardinality(ways) > 0", name=op.f("ck_agreement_ways")),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 100", name=op.f("ck_agreement_title_length")
        ),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_agreement_period")),
        sa.ForeignKeyConstraint(
            ["host_id"], ["organisation.id"], name=op.f("fk_agreement_host_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_host_id"), "agreement", ["host_id"], unique=False)
    op.create_table(
        "agreement_partner",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreement.id"],
            name=op.f("fk_agreement_partner_agreement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_agreement_partner_organisation_id"),
        ),
        sa.PrimaryKeyConstraint(
            "agreement_id", "organisation_id", name=op.f("pk_agreement_partner")
        ),
    )
    op.create_index(
        op.f("ix_agreement_partner_organisation_id"),
        "agreement_partner",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("bring", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("organiser_id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("join_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("audience_groups", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("evidence", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("evidence_needed", sa.SmallInteger(), nullable=False),
        sa.Column("check_out", sa.Boolean(), nullable=False),
        sa.Column("fences", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "audience IN ('partners', 'groups', 'everyone')", name=op.f("ck_activity_audience")
        ),
        sa.CheckConstraint(
            "kind IN ('joint_building', 'frontline', 'study', 'culture')",
            name=op.f("ck_activity_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'announced', 'cancelled')", name=op.f("ck_activity_state")
        ),
        sa.CheckConstraint(
            "cardinality(evidence) >= evidence_needed", name=op.f("ck_activity_evidence")
        ),
        sa.CheckConstraint(
            "evidence_needed BETWEEN 1 AND 2", name=op.f("ck_activity_evidence_needed")
        ),
        sa.CheckConstraint("join_until <= ends_at", name=op.f("ck_activity_join_until")),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 100", name=op.f("ck_activity_title_length")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_activity_times")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_activity_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["organisation.id"], name=op.f("fk_activity_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["organisation.id"], name=op.f("fk_activity_organiser_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_agreement_id"), "activity", ["agreement_id"], unique=False)
    op.create_index("ix_activity_calendar", "activity", ["starts_at", "id"], unique=False)
    op.create_index(op.f("ix_activity_community_id"), "activity", ["community_id"], unique=False)
    op.create_index(op.f("ix_activity_organiser_id"), "activity", ["organiser_id"], unique=False)
    op.create_table(
        "planned_activity",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 100", name=op.f("ck_planned_activity_title_length")
        ),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_planned_activity_month")),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name=op.f("ck_planned_activity_year")),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_planned_activity_activity_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreement.id"],
            name=op.f("fk_planned_activity_agreement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_activity")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_planned_activity_activity_id")),
    )
    op.create_index(
        op.f("ix_planned_activity_agreement_id"), "planned_activity", ["agreement_id"], unique=False
    )
    op.create_table(
        "activity_partner",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_activity_partner_activity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_activity_partner_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("activity_id", "organisation_id", name=op.f("pk_activity_partner")),
    )
    op.create_index(
        op.f("ix_activity_partner_organisation_id"),
        "activity_partner",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "activity_places",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "capacity BETWEEN 1 AND 10000", name=op.f("ck_activity_places_capacity")
        ),
        sa.CheckConstraint(
            "taken BETWEEN 0 AND coalesce(capacity, taken)", name=op.f("ck_activity_places_taken")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_activity_places_activity_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_activity_places")),
    )
    op.create_table(
        "participation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("by_organiser", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "standing IN ('joined', 'waiting', 'left', 'removed', 'walk_in')",
            name=op.f("ck_participation_standing"),
        ),
        sa.CheckConstraint("length(ticket) = 8", name=op.f("ck_participation_ticket")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_participation_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["organisation.id"], name=op.f("fk_participation_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_participation_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
        sa.UniqueConstraint("activity_id", "person_id", name="uq_participation"),
        sa.UniqueConstraint("ticket", name="uq_participation_ticket"),
    )
    op.create_index(
        op.f("ix_participation_person_id"), "participation", ["person_id"], unique=False
    )
    op.create_index(
        "ix_participation_queue",
        "participation",
        ["activity_id", "standing", "number"],
        unique=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("participation")
    op.drop_table("activity_places")
    op.drop_table("activity_partner")
    op.drop_table("planned_activity")
    op.drop_table("activity")
    op.drop_table("agreement_partner")
    op.drop_table("agreement")
