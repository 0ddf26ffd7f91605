"""Create cases with their origins, timeline, calls, limits and holidays."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

OLD_PURPOSES = "'activity', 'check_in', 'frontline'"
# Kind, unit, days to call back, to rectify, of an extension, of the rater's silence.
LIMITS = (
    ("poor_rating", "calendar", 1, 15, 15, 15),
    ("survey_rating", "calendar", 1, 15, 15, 15),
    ("hotline_rating", "working", 1, 5, 5, 10),
    ("hotline_urgent", "working", None, 3, 3, 10),
    ("hotline_common", "working", None, 5, 5, 10),
    ("hotline_complex", "working", None, 7, 7, 10),
    ("frontline", "working", None, 15, 15, 10),
    ("patrol", "calendar", None, 90, 30, 15),
    ("supervision", "working", None, 15, 15, 10),
    ("discipline", "working", None, 15, 15, 10),
)


def _purposes(purposes: str) -> None:
    op.drop_constraint(op.f("ck_picture_purpose"), "picture", type_="check")
    op.create_check_constraint(op.f("ck_picture_purpose"), "picture", f"purpose IN ({purposes})")


def _seed() -> None:
    rule = sa.table(
        "limit_rule",
        *(
            sa.column(name)
            for name in (
                "kind",
                "unit",
                "callback_days",
                "rectify_days",
                "extension_days",
                "silence_days",
                "reason",
                "changed_at",
            )
        ),
    )
    for kind, unit, callback, rectify, extension, silence in LIMITS:
        op.execute(
            rule.insert().values(
                kind=kind,
                unit=unit,
                callback_days=callback,
                rectify_days=rectify,
                extension_days=extension,
                silence_days=silence,
                reason="系统默认",
                changed_at=sa.func.now(),
            )
        )
    op.execute(
        "INSERT INTO call_rhythm (weekdays, hour, reason, changed_at)"
        " VALUES ('{1,2,3,4,5}', 9, '系统默认', now())"
    )


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "limit_rule",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("callback_days", sa.SmallInteger(), nullable=True),
        sa.Column("rectify_days", sa.SmallInteger(), nullable=False),
        sa.Column("extension_days", sa.SmallInteger(), nullable=False),
        sa.Column("silence_days", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('poor_rating', 'survey_rating', 'hotline_rating', 'hotline_urgent', 'hotline_common', 'hotline_complex', 'frontline', 'patrol', 'supervision', 'discipline')",
            name=op.f("ck_limit_rule_kind"),
        ),
        sa.CheckConstraint("unit IN ('calendar', 'working')", name=op.f("ck_limit_rule_unit")),
        sa.CheckConstraint(
            "callback_days BETWEEN 1 AND 365", name=op.f("ck_limit_rule_callback_days")
        ),
        sa.CheckConstraint(
            "extension_days BETWEEN 0 AND 365", name=op.f("ck_limit_rule_extension_days")
        ),
        sa.CheckConstraint(
            "rectify_days BETWEEN 1 AND 365", name=op.f("ck_limit_rule_rectify_days")
        ),
        sa.CheckConstraint(
            "silence_days BETWEEN 1 AND 365", name=op.f("ck_limit_rule_silence_days")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_rule")),
    )
    op.create_index(op.f("ix_limit_rule_kind"), "limit_rule", ["kind"], unique=False)
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "rectification_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("limit_rule_id", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.Column("counts_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rectify_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limit_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_floor", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=False),
        sa.Column("calls", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "(stage = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_rectification_case_closed"),
        ),
        sa.CheckConstraint(
            "closed_by IN ('rater', 'silence', 'hotline', 'inspector', 'evidence', 'appeal', 'withdrawal')",
            name=op.f("ck_rectification_case_closed_by"),
        ),
        sa.CheckConstraint(
            "kind IN ('poor_rating', 'survey_rating', 'hotline_rating', 'hotline_urgent', 'hotline_common', 'hotline_complex', 'frontline', 'patrol', 'supervision', 'discipline')",
            name=op.f("ck_rectification_case_kind"),
        ),
        sa.CheckConstraint(
            "stage IN ('registered', 'accepted', 'answered', 'closing_asked', 'reopened', 'with_inspector', 'closed')",
            name=op.f("ck_rectification_case_stage"),
        ),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 200", name=op.f("ck_rectification_case_title_length")
        ),
        sa.CheckConstraint("round IN (1, 2)", name=op.f("ck_rectification_case_round")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_rectification_case_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["limit_rule_id"], ["limit_rule.id"], name=op.f("fk_rectification_case_limit_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_case")),
        sa.UniqueConstraint("number", name=op.f("uq_rectification_case_number")),
    )
    op.create_index(
        "ix_case_department",
        "rectification_case",
        ["department_id", "registered_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_case_due",
        "rectification_case",
        ["rectify_due_at"],
        unique=False,
        postgresql_where=sa.text("stage <> 'closed'"),
    )
    op.create_index(
        "ix_case_quarter", "rectification_case", ["quarter", "department_id"], unique=False
    )
    op.create_index(
        "ix_case_registered", "rectification_case", ["registered_at", "id"], unique=False
    )
    op.create_index(
        "uq_case_open_matter",
        "rectification_case",
        ["department_id", "matter"],
        unique=True,
        postgresql_where=sa.text("stage <> 'closed'"),
    )
    op.create_table(
        "case_number",
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_case_number")),
    )
    op.create_table(
        "case_origin",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin_id", sa.Text(), nullable=False),
        sa.Column("real_name", sa.Boolean(), nullable=False),
        sa.Column("wish", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("callback_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_outcome", sa.Text(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "callback_outcome IN ('reached', 'unreachable', 'declined')",
            name=op.f("ck_case_origin_callback_outcome"),
        ),
        sa.CheckConstraint(
            "kind IN ('evaluation', 'matter', 'frontline_entry', 'finding')",
            name=op.f("ck_case_origin_kind"),
        ),
        sa.CheckConstraint(
            "(called_back_at IS NULL) = (callback_outcome IS NULL)",
            name=op.f("ck_case_origin_called_back"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["rectification_case.id"], name=op.f("fk_case_origin_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_origin")),
        sa.UniqueConstraint("kind", "origin_id", name="uq_case_origin_once"),
    )
    op.create_index(op.f("ix_case_origin_case_id"), "case_origin", ["case_id"], unique=False)
    op.create_table(
        "case_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("word_state", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('registered', 'joined', 'accepted', 'contact_shown', 'called_back', 'measure', 'answered', 'closing_asked', 'closing_refused', 'extended', 'called', 'rater_answered', 'solved', 'not_solved', 'reopened', 'to_inspector', 'note', 'transferred', 'appealed', 'appeal_decided', 'appeal_ended', 'closed')",
            name=op.f("ck_case_event_kind"),
        ),
        sa.CheckConstraint(
            "word_state IN ('none', 'waiting', 'passed', 'held', 'refused')",
            name=op.f("ck_case_event_word_state"),
        ),
        sa.CheckConstraint("length(text) <= 5000", name=op.f("ck_case_event_text_length")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_case_event_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["rectification_case.id"], name=op.f("fk_case_event_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["case_origin.id"], name=op.f("fk_case_event_origin_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    op.create_index("ix_case_event_case", "case_event", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_case_event_words",
        "case_event",
        ["id"],
        unique=False,
        postgresql_where=sa.text("word_state IN ('waiting', 'held')"),
    )
    op.create_table(
        "case_follow_up",
        sa.Column("origin_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["case_event.id"], name=op.f("fk_case_follow_up_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["case_origin.id"], name=op.f("fk_case_follow_up_origin_id")
        ),
        sa.PrimaryKeyConstraint("origin_id", "round", name=op.f("pk_case_follow_up")),
    )
    op.create_table(
        "case_watch",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["rectification_case.id"], name=op.f("fk_case_watch_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_case_watch_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["case_origin.id"], name=op.f("fk_case_watch_origin_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "member_id", name=op.f("pk_case_watch")),
    )
    op.create_index(op.f("ix_case_watch_member_id"), "case_watch", ["member_id"], unique=False)
    op.create_table(
        "call_rhythm",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_call_rhythm_hour")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_rhythm")),
    )
    op.create_table(
        "case_call",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_call")),
        sa.UniqueConstraint("due_at", name=op.f("uq_case_call_due_at")),
    )
    op.create_table(
        "case_call_item",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("open_cases", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("late_cases", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_case_call_item_level")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["case_call.id"], name=op.f("fk_case_call_item_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organisation.id"], name=op.f("fk_case_call_item_department_id")
        ),
        sa.PrimaryKeyConstraint("call_id", "department_id", name=op.f("pk_case_call_item")),
    )
    _purposes(OLD_PURPOSES + ", 'case'")
    _seed()
    op.add_column(
        "source_mapping",
        sa.Column("register_every", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "source_mapping",
        sa.Column("case_kind", sa.Text(), server_default="hotline_common", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_source_mapping_case_kind"),
        "source_mapping",
        "case_kind IN ('hotline_urgent', 'hotline_common', 'hotline_complex')",
    )


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f("ck_source_mapping_case_kind"), "source_mapping", type_="check")
    op.drop_column("source_mapping", "case_kind")
    op.drop_column("source_mapping", "register_every")
    op.execute("DELETE FROM picture WHERE purpose = 'case'")
    _purposes(OLD_PURPOSES)
    op.drop_table("case_call_item")
    op.drop_table("case_call")
    op.drop_table("call_rhythm")
    op.drop_table("case_watch")
    op.drop_table("case_follow_up")
    op.drop_table("case_event")
    op.drop_table("case_origin")
    op.drop_table("case_number")
    op.drop_table("rectification_case")
    op.drop_table("calendar_year")
    op.drop_table("calendar_day")
    op.drop_table("limit_rule")
