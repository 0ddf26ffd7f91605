"""Create counts of ratings and their pending changes, which triggers on the ratings write.

The triggers stand on ``evaluation``, for statements that name it, and on each partition, for those
that name the partition: PostgreSQL fires the statement triggers of the named table alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = "campaign_id, department_id, channel, cell, overall, levels"
# Only counted ratings count (state 1). Equal ones of a statement are one row, so that an import of
# a million gives few.
ADDED = """
    CREATE FUNCTION note_added_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO rating_change ({key}, number)
        SELECT {key}, count(*) FROM added WHERE state = 1 GROUP BY {key};
        RETURN NULL;
    END $$
"""
# What an update leaves as it was cancels itself out: a change of words writes nothing here.
CHANGED = """
    CREATE FUNCTION note_changed_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO rating_change ({key}, number)
        SELECT {key}, sum(number) FROM (
            SELECT {key}, 1 AS number FROM added WHERE state = 1
            UNION ALL
            SELECT {key}, -1 FROM removed WHERE state = 1
        ) AS changed GROUP BY {key} HAVING sum(number) <> 0;
        RETURN NULL;
    END $$
"""
REMOVED = """
    CREATE FUNCTION note_removed_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO rating_change ({key}, number)
        SELECT {key}, -count(*) FROM removed WHERE state = 1 GROUP BY {key};
        RETURN NULL;
    END $$
"""
# For ``evaluation`` here, and for a new partition where it is made (campaigns.service).
ATTACH = """
    CREATE FUNCTION count_changes_of(ratings regclass) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('CREATE TRIGGER count_added AFTER INSERT ON %s
            REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION note_added_ratings()', ratings);
        EXECUTE format('CREATE TRIGGER count_changed AFTER UPDATE ON %s
            REFERENCING OLD TABLE AS removed NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION note_changed_ratings()', ratings);
        EXECUTE format('CREATE TRIGGER count_removed AFTER DELETE ON %s
            REFERENCING OLD TABLE AS removed
            FOR EACH STATEMENT EXECUTE FUNCTION note_removed_ratings()', ratings);
    END $$
"""
DETACH = """
    DO $$ DECLARE ratings regclass; BEGIN
        FOR ratings IN SELECT relid FROM pg_partition_tree('evaluation') LOOP
            EXECUTE format('DROP TRIGGER count_added ON %s', ratings);
            EXECUTE format('DROP TRIGGER count_changed ON %s', ratings);
            EXECUTE format('DROP TRIGGER count_removed ON %s', ratings);
        END LOOP;
    END $$
"""
FUNCTIONS = ("note_added_ratings", "note_changed_ratings", "note_removed_ratings")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "rating_count",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("cell", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "campaign_id",
            "department_id",
            "channel",
            "cell",
            "place",
            "level",
            name=op.f("pk_rating_count"),
        ),
    )
    op.create_table(
        "counted_campaign",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("recounted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_counted_campaign_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_counted_campaign")),
    )
    op.create_table(
        "rating_change",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False),
        sa.Column("cell", sa.SmallInteger(), nullable=False),
        sa.Column("overall", sa.SmallInteger(), nullable=False),
        sa.Column("levels", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
    )
    for function in (ADDED, CHANGED, REMOVED, ATTACH):
        op.execute(function.format(key=KEY))
    # The ratings that are there already are counted by the job, which finds no counted_campaign.
    op.execute("SELECT count_changes_of(relid) FROM pg_partition_tree('evaluation')")


def downgrade() -> None:
    """Take back."""
    op.execute(DETACH)
    op.execute("DROP FUNCTION count_changes_of(regclass)")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_table("rating_change")
    op.drop_table("counted_campaign")
    op.drop_table("rating_count")
