"""Tables of cases, what registered them, their timeline, calls, limits and holidays."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Entity
from server.rectification.rules import (
    CallbackOutcome,
    CaseKind,
    ClosedBy,
    EventKind,
    Limits,
    OriginKind,
    Stage,
    Unit,
    WordState,
)

Values = (
    type[CaseKind]
    | type[OriginKind]
    | type[Unit]
    | type[Stage]
    | type[ClosedBy]
    | type[CallbackOutcome]
    | type[EventKind]
    | type[WordState]
)


def _one_of(column: str, values: Values) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class LimitRule(Entity):
    """A version of the limits of a kind of case; the newest of a kind holds for new cases.

    Days are counted in ``unit``; ``callback_days`` is None where nobody is called back.
    ``silence_days`` after an answer the office may close without the rater's word.
    """

    __tablename__ = "limit_rule"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, index=True)
    unit: Mapped[str] = mapped_column(sa.Text)
    callback_days: Mapped[int | None] = mapped_column(sa.SmallInteger)
    rectify_days: Mapped[int] = mapped_column(sa.SmallInteger)
    extension_days: Mapped[int] = mapped_column(sa.SmallInteger)
    silence_days: Mapped[int] = mapped_column(sa.SmallInteger)
    reason: Mapped[str] = mapped_column(sa.Text)
    changed_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", CaseKind), name="kind"),
        sa.CheckConstraint(_one_of("unit", Unit), name="unit"),
        sa.CheckConstraint("callback_days BETWEEN 1 AND 365", name="callback_days"),
        sa.CheckConstraint("rectify_days BETWEEN 1 AND 365", name="rectify_days"),
        sa.CheckConstraint("extension_days BETWEEN 0 AND 365", name="extension_days"),
        sa.CheckConstraint("silence_days BETWEEN 1 AND 365", name="silence_days"),
    )

    @classmethod
    def of(
        cls, kind: CaseKind, limits: Limits, *, reason: str, changed_by: UUID | None, now: datetime
    ) -> Self:
        """Make a version of the limits of a kind."""
        return cls(
            kind=kind.value,
            unit=limits.unit.value,
            callback_days=limits.callback,
            rectify_days=limits.rectify,
            extension_days=limits.extension,
            silence_days=limits.silence,
            reason=reason,
            changed_by=changed_by,
            changed_at=now,
        )


class CalendarDay(Entity):
    """A day of which the office says whether it is worked: it goes before the library's calendar.

    Years that the library doesn't know count as known from the moment that the office says so
    (``CalendarYear``).
    """

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    working: Mapped[bool] = mapped_column(sa.Boolean)
    name: Mapped[str] = mapped_column(sa.Text, default="")
    entered_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    entered_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class CalendarYear(Entity):
    """A year whose holidays the office has entered in full."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    entered_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    entered_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class Case(Entity):
    """A case. ``matter`` is what joins later ratings: only one open case a department and matter.

    ``matter`` is "ticket:<source>:<ticket>", "visit:<evaluation>" or
    "indicator:<code>:<quarter>". ``counts_from`` is when its first limits begin to run.
    ``round`` is 2 after it was reopened. ``provisional``: a limit reaches a year whose holidays
    aren't known.
    """

    __tablename__ = "rectification_case"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(sa.Text, unique=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    matter: Mapped[str] = mapped_column(sa.Text)
    quarter: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    basis: Mapped[str] = mapped_column(sa.Text, default="")
    stage: Mapped[str] = mapped_column(sa.Text, default=Stage.REGISTERED.value)
    round: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    limit_rule_id: Mapped[int] = mapped_column(sa.ForeignKey("limit_rule.id"))
    registered_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    registered_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    counts_from: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    rectify_due_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    # When the present limit began: as ``counts_from``, until the case is reopened.
    limit_from: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    # What the refusal of an answer promised: the limit isn't before it.
    due_floor: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    # The limit of the first round, which the rates go by.
    first_due_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    provisional: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    extended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    extension_reason: Mapped[str] = mapped_column(sa.Text, default="")
    accepted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    # The first answer of this round: what lateness is told by.
    answered_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    # The first answer that the office didn't refuse.
    first_answered_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    closing_asked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    closed_by: Mapped[str | None] = mapped_column(sa.Text)
    closing_note: Mapped[str] = mapped_column(sa.Text, default="")
    calls: Mapped[int] = mapped_column(sa.SmallInteger, default=0)

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", CaseKind), name="kind"),
        sa.CheckConstraint(_one_of("stage", Stage), name="stage"),
        sa.CheckConstraint(_one_of("closed_by", ClosedBy), name="closed_by"),
        sa.CheckConstraint("(stage = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        sa.CheckConstraint("round IN (1, 2)", name="round"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
        sa.Index(
            "uq_case_open_matter",
            "department_id",
            "matter",
            unique=True,
            postgresql_where=sa.text("stage <> 'closed'"),
        ),
        sa.Index("ix_case_department", "department_id", "registered_at", "id"),
        sa.Index("ix_case_registered", "registered_at", "id"),
        sa.Index(
            "ix_case_due",
            "rectify_due_at",
            postgresql_where=sa.text("stage <> 'closed'"),
        ),
        sa.Index("ix_case_quarter", "quarter", "department_id"),
    )


class CaseNumber(Entity):
    """The last number that was given in a year; its row is locked while a case is numbered."""

    __tablename__ = "case_number"

    year: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    last: Mapped[int] = mapped_column(sa.Integer)


class CaseOrigin(Entity):
    """A rating, matter, entry or finding that registered a case or joined it; each of them once.

    ``joined_at`` of what is anonymous is the end of its day. ``real_name``: there is a contact, so
    somebody must call back. ``wish``: the rater of an open survey asked to have this rating
    handled now.
    """

    __tablename__ = "case_origin"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rectification_case.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    origin_id: Mapped[str] = mapped_column(sa.Text)
    real_name: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    wish: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    joined_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    callback_due_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    called_back_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    callback_outcome: Mapped[str | None] = mapped_column(sa.Text)
    # Set apart or withdrawn since: it no longer keeps the case open.
    released_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("kind", "origin_id", name="uq_case_origin_once"),
        sa.CheckConstraint(_one_of("kind", OriginKind), name="kind"),
        sa.CheckConstraint(_one_of("callback_outcome", CallbackOutcome), name="callback_outcome"),
        sa.CheckConstraint(
            "(called_back_at IS NULL) = (callback_outcome IS NULL)", name="called_back"
        ),
    )


class CaseEvent(Entity):
    """A line of a case's timeline; ``internal`` ones no rater sees.

    ``role`` is in whose name it was written; of a rater neither account nor member stands here,
    only ``origin_id``, and ``at`` is the start of the day.
    """

    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rectification_case.id"))
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    kind: Mapped[str] = mapped_column(sa.Text)
    internal: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    role: Mapped[str] = mapped_column(sa.Text)
    account_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    origin_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case_origin.id"))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    word_state: Mapped[str] = mapped_column(sa.Text, default=WordState.NONE.value)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)

    __table_args__ = (
        sa.CheckConstraint(_one_of("kind", EventKind), name="kind"),
        sa.CheckConstraint(_one_of("word_state", WordState), name="word_state"),
        sa.CheckConstraint("length(text) <= 5000", name="text_length"),
        sa.Index("ix_case_event_case", "case_id", "id"),
        sa.Index(
            "ix_case_event_words",
            "id",
            postgresql_where=sa.text("word_state IN ('waiting', 'held')"),
        ),
    )


class FollowUp(Entity):
    """A rater's last word on an answer (追评): once a round and origin."""

    __tablename__ = "case_follow_up"

    origin_id: Mapped[int] = mapped_column(sa.ForeignKey("case_origin.id"), primary_key=True)
    round: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    solved: Mapped[bool] = mapped_column(sa.Boolean)
    on_day: Mapped[date] = mapped_column(sa.Date)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("case_event.id"))


class CaseWatch(Entity):
    """A member who asked to be told of a case: the one link of account and case, kept till it ends.

    The department never sees that there is one. ``subject`` is what the member's notices name
    instead of the case; with the watch they go.
    """

    __tablename__ = "case_watch"

    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("rectification_case.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    origin_id: Mapped[int] = mapped_column(sa.ForeignKey("case_origin.id"))
    asked_on: Mapped[date] = mapped_column(sa.Date)
    subject: Mapped[UUID] = mapped_column(sa.Uuid, default=uuid4)


class CallRhythm(Entity):
    """How often the office calls (叫号): a version; ``weekdays`` 1 to 7, at ``hour`` o'clock."""

    __tablename__ = "call_rhythm"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(sa.SmallInteger))
    hour: Mapped[int] = mapped_column(sa.SmallInteger)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    changed_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),)


class Call(Entity):
    """A round of calling; ``due_at`` is the moment it was due, so that none is made twice."""

    __tablename__ = "case_call"

    id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), unique=True)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    made_by: Mapped[UUID | None] = mapped_column(sa.Uuid)


class CallItem(Entity):
    """What a call said to a department: its open and its late cases.

    ``level`` 1 reaches the liaison, 2 the head too, 3 the stationed inspector too.
    """

    __tablename__ = "case_call_item"

    call_id: Mapped[int] = mapped_column(sa.ForeignKey("case_call.id"), primary_key=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    level: Mapped[int] = mapped_column(sa.SmallInteger)
    open_cases: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid))
    late_cases: Mapped[list[UUID]] = mapped_column(ARRAY(sa.Uuid))

    __table_args__ = (sa.CheckConstraint("level BETWEEN 1 AND 3", name="level"),)
