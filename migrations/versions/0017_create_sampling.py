"""Create frames, draws, cells, drawn persons, dispatches and responses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# A frame never changes: a draw could not be repeated on it. Persons may be erased, once.
FROZEN = """
    CREATE FUNCTION refuse_frame_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',
            MESSAGE = 'a frame never changes', CONSTRAINT = 'sample_frame_frozen';
    END $$;
    CREATE TRIGGER refuse_change BEFORE UPDATE ON sample_frame FOR EACH ROW WHEN (
        (OLD.id, OLD.organisation_id, OLD.panel, OLD.name, OLD.dimensions, OLD.size, OLD.digest,
            OLD.created_at)
        IS DISTINCT FROM
        (NEW.id, NEW.organisation_id, NEW.panel, NEW.name, NEW.dimensions, NEW.size, NEW.digest,
            NEW.created_at)
        OR (OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at)
    ) EXECUTE FUNCTION refuse_frame_change();
    CREATE TRIGGER refuse_change BEFORE UPDATE ON frame_unit FOR EACH ROW WHEN (
        (OLD.frame_id, OLD.number, OLD.categories) IS DISTINCT FROM
            (NEW.frame_id, NEW.number, NEW.categories)
        OR NEW.person_sealed IS NOT NULL OR NEW.person_key IS NOT NULL
    ) EXECUTE FUNCTION refuse_frame_change();
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sample_frame",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("panel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimensions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "panel IN ('deputies', 'officials', 'enterprises', 'residents')",
            name=op.f("ck_sample_frame_panel"),
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_sample_frame_digest")),
        sa.CheckConstraint("size > 0", name=op.f("ck_sample_frame_size")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_sample_frame_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_frame")),
    )
    op.create_index(
        op.f("ix_sample_frame_organisation_id"), "sample_frame", ["organisation_id"], unique=False
    )
    op.create_table(
        "frame_unit",
        sa.Column("frame_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("person_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["frame_id"],
            ["sample_frame.id"],
            name=op.f("fk_frame_unit_frame_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("frame_id", "number", name=op.f("pk_frame_unit")),
    )
    op.create_index("ix_frame_unit_person_key", "frame_unit", ["person_key"], unique=False)
    op.create_table(
        "frame_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("panel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("dimensions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("corrections", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("frame_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "panel IN ('deputies', 'officials', 'enterprises', 'residents')",
            name=op.f("ck_frame_import_panel"),
        ),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'running', 'done', 'cancelled', 'failed')",
            name=op.f("ck_frame_import_state"),
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_frame_import_progress")),
        sa.ForeignKeyConstraint(
            ["frame_id"],
            ["sample_frame.id"],
            name=op.f("fk_frame_import_frame_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_frame_import_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_import")),
    )
    op.create_index("ix_frame_import_latest", "frame_import", ["created_at"], unique=False)
    op.create_table(
        "sample_draw",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("frame_id", sa.Integer(), nullable=False),
        sa.Column("panel", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("plan", postgresql.JSONB(), nullable=False),
        sa.Column("departments_each", sa.SmallInteger(), nullable=False),
        sa.Column("links_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("drawn_by", sa.Uuid(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "panel IN ('deputies', 'officials', 'enterprises', 'residents')",
            name=op.f("ck_sample_draw_panel"),
        ),
        sa.CheckConstraint("departments_each > 0", name=op.f("ck_sample_draw_departments_each")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_sample_draw_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["frame_id"], ["sample_frame.id"], name=op.f("fk_sample_draw_frame_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_draw")),
        sa.UniqueConstraint("campaign_id", "panel", name="uq_sample_draw_panel"),
    )
    op.create_index(op.f("ix_sample_draw_frame_id"), "sample_draw", ["frame_id"], unique=False)
    op.create_table(
        "sample_cell",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.CheckConstraint("drawn >= 10", name=op.f("ck_sample_cell_drawn")),
        sa.CheckConstraint("number > 0", name=op.f("ck_sample_cell_number")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_sample_cell_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["sample_draw.id"], name=op.f("fk_sample_cell_draw_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "number", name=op.f("pk_sample_cell")),
    )
    op.create_index(op.f("ix_sample_cell_draw_id"), "sample_cell", ["draw_id"], unique=False)
    op.create_table(
        "drawn_person",
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cell", sa.SmallInteger(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "standing IN ('main', 'reserve', 'called_up', 'replaced')",
            name=op.f("ck_drawn_person_standing"),
        ),
        sa.ForeignKeyConstraint(
            ["draw_id"],
            ["sample_draw.id"],
            name=op.f("fk_drawn_person_draw_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("draw_id", "place", name=op.f("pk_drawn_person")),
        sa.UniqueConstraint("draw_id", "number", name="uq_drawn_person_number"),
    )
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "occasion IN ('invitation', 'reminder')", name=op.f("ck_dispatch_occasion")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed')", name=op.f("ck_dispatch_state")
        ),
        sa.CheckConstraint("way IN ('wechat', 'sms', 'letter')", name=op.f("ck_dispatch_way")),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["sample_draw.id"], name=op.f("fk_dispatch_draw_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("draw_id", "place", "occasion", "round", name="uq_dispatch_once"),
    )
    op.create_index(
        "ix_dispatch_waiting",
        "dispatch",
        ["draw_id", "place"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "letter_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dispatches", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("done", sa.SmallInteger(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'ready', 'failed', 'gone')", name=op.f("ck_letter_run_state")
        ),
        sa.CheckConstraint("done BETWEEN 0 AND parts", name=op.f("ck_letter_run_done")),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["sample_draw.id"], name=op.f("fk_letter_run_draw_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_run")),
    )
    op.create_index("ix_letter_run_draw", "letter_run", ["draw_id", "created_at"], unique=False)
    op.create_table(
        "cell_response",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("cell", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.CheckConstraint("answered BETWEEN 0 AND asked", name=op.f("ck_cell_response_answered")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_cell_response_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "cell", "day", name=op.f("pk_cell_response")),
    )
    op.execute(FROZEN)


def downgrade() -> None:
    """Take back."""
    op.drop_table("cell_response")
    op.drop_table("letter_run")
    op.drop_table("dispatch")
    op.drop_table("drawn_person")
    op.drop_table("sample_cell")
    op.drop_table("sample_draw")
    op.drop_table("frame_import")
    op.drop_table("frame_unit")
    op.drop_table("sample_frame")
    op.execute("DROP FUNCTION refuse_frame_change")
