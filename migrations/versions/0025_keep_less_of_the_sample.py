"""Keep less that could join a drawn person with a rating, and let two persons print letters.

What was kept of settled campaigns is taken back too. Hashes of contents under the standing key are
erased of open campaigns as well: a retry is known by its receipt alone there.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# No rating changes in its level, so the counts' triggers rest. 4 is the sample survey.
RATINGS = """
    DO $$ DECLARE ratings regclass; BEGIN
        FOR ratings IN SELECT relid FROM pg_partition_tree('evaluation') WHERE isleaf LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', ratings);
            EXECUTE format('UPDATE %s AS rating SET content_mac = NULL, rated_on = CASE
                WHEN channel = 4 THEN (SELECT (opens_at AT TIME ZONE ''Asia/Shanghai'')::date
                    FROM campaign WHERE campaign.id = rating.campaign_id)
                ELSE rated_on END', ratings);
            EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', ratings);
        END LOOP;
    END $$
"""
PANELS = """
    INSERT INTO panel_response (draw_id, day, asked, answered)
    SELECT cell.draw_id, response.day, sum(response.asked), sum(response.answered)
    FROM cell_response AS response JOIN sample_cell AS cell
        ON cell.campaign_id = response.campaign_id AND cell.number = response.cell
    GROUP BY 1, 2
"""
LATEST = """
    DELETE FROM cell_response AS response WHERE EXISTS (
        SELECT FROM cell_response AS later WHERE later.campaign_id = response.campaign_id
        AND later.cell = response.cell AND later.day > response.day)
"""
SETTLED = (
    """INSERT INTO dispatch_count
        (draw_id, occasion, round, way, state, reason, begun_on, number)
        SELECT draw_id, occasion, round, way, state, reason, min(created_on), count(*)
        FROM dispatch WHERE draw_id IN (SELECT id FROM sample_draw WHERE finished_at IS NOT NULL) GROUP BY 1, 2, 3, 4, 5, 6""",
    "DELETE FROM dispatch WHERE draw_id IN (SELECT id FROM sample_draw WHERE finished_at IS NOT NULL)",
    "UPDATE letter_run SET dispatches = '{}' WHERE draw_id IN (SELECT id FROM sample_draw WHERE finished_at IS NOT NULL)",
    """CREATE TEMPORARY TABLE restoring ON COMMIT DROP AS
        SELECT person.draw_id, place, person.number, person.cell, CASE WHEN
                row_number() OVER (PARTITION BY person.draw_id, person.cell ORDER BY place)
                <= cell.drawn THEN 'main' ELSE 'reserve' END AS standing
        FROM drawn_person AS person JOIN sample_cell AS cell
            ON cell.draw_id = person.draw_id AND cell.number = person.cell
        WHERE person.draw_id IN (SELECT id FROM sample_draw WHERE finished_at IS NOT NULL)""",
    "DELETE FROM drawn_person WHERE draw_id IN (SELECT id FROM sample_draw WHERE finished_at IS NOT NULL)",
    """INSERT INTO drawn_person (draw_id, place, number, cell, standing)
        SELECT draw_id, place, number, cell, standing FROM restoring ORDER BY 1, 2""",
)


def upgrade() -> None:
    """Apply."""
    op.alter_column("evaluation", "content_mac", nullable=True)
    op.create_table(
        "dispatch_count",
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id"],
            ["sample_draw.id"],
            name=op.f("fk_dispatch_count_draw_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "draw_id",
            "occasion",
            "round",
            "way",
            "state",
            "reason",
            name=op.f("pk_dispatch_count"),
        ),
    )
    op.create_table(
        "panel_response",
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.CheckConstraint("answered BETWEEN 0 AND asked", name=op.f("ck_panel_response_answered")),
        sa.ForeignKeyConstraint(
            ["draw_id"],
            ["sample_draw.id"],
            name=op.f("fk_panel_response_draw_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("draw_id", "day", name=op.f("pk_panel_response")),
    )
    op.add_column(
        "cell_response", sa.Column("replaced", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_cell_response_replaced"), "cell_response", "replaced BETWEEN 0 AND asked"
    )
    _letters()
    for statement in (RATINGS, PANELS, LATEST, *SETTLED):
        op.execute(statement)


def _letters() -> None:
    op.add_column("letter_run", sa.Column("size", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE letter_run SET size = cardinality(dispatches)")
    op.alter_column("letter_run", "size", server_default=None)
    op.add_column("letter_run", sa.Column("released_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_letter_run_released_by"), "letter_run", "account", ["released_by"], ["id"]
    )
    for name, kind, empty in (
        ("taken", postgresql.ARRAY(sa.SmallInteger()), "{}"),
        ("printed", sa.Integer(), "0"),
    ):
        op.add_column("letter_run", sa.Column(name, kind, server_default=empty, nullable=False))
        op.alter_column("letter_run", name, server_default=None)


def downgrade() -> None:
    """Take back; what was erased stays erased."""
    for name in ("printed", "taken", "released_by", "size"):
        op.drop_column("letter_run", name)
    op.drop_column("cell_response", "replaced")
    op.drop_table("panel_response")
    op.drop_table("dispatch_count")
    op.execute("UPDATE evaluation SET content_mac = '' WHERE content_mac IS NULL")
    op.alter_column("evaluation", "content_mac", nullable=False)
