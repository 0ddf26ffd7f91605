"""Registering a case (挂号): numbered, with its limits; what belongs to an open matter joins it.

Order of the locks: the year's number, then the case (docs/locking.md).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from server.audit import service as audit
from server.core.access import Actor, ActorKind, Role
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput
from server.identity import queries as identity
from server.notifications.rules import DeskKind
from server.rectification import authority, telling
from server.rectification.limits import due_at, start_of
from server.rectification.models import (
    Case,
    CaseEvent,
    CaseNumber,
    CaseOrigin,
    FollowUp,
    LimitRule,
)
from server.rectification.queries import cases, settings
from server.rectification.rules import (
    CASE_KIND_LABELS,
    DEFAULT_LIMITS,
    DEFAULT_REASON,
    FINDINGS,
    LONGEST_TEXT,
    LONGEST_TITLE,
    SYSTEM_ROLE,
    CaseKind,
    EventKind,
    Limits,
    OriginKind,
    Stage,
    case_number,
    quarter_of,
)
from server.rectification.service import releasing
from server.rectification.service.writing import required, write


@dataclass(frozen=True)
class Origin:
    """What registers a case: a rating, matter, entry or finding, known by kind and id alone.

    ``real_name``: there is a contact, so somebody must call back. ``wish``: the rater of an open
    survey asked to have it handled now.
    """

    kind: OriginKind
    id: str
    real_name: bool = False
    wish: bool = False


def register(
    kind: CaseKind,
    department_id: int,
    matter: str,
    *,
    origin: Origin,
    title: str,
    summary: str = "",
    basis: str = "",
    counts_from: datetime,
    quarter: str,
    actor: Actor,
    now: datetime,
) -> Case:
    """Register what something found, or let it join the open case of its department and matter.

    Idempotent: an origin that has a case keeps it. One that was let go goes back to it: a rating
    that was bettered and then became a poor one again. Raises Refusal for a finding without the
    rule that it cites.
    """
    known = cases.case_of_origin(origin.kind, origin.id)
    if known is not None and known[1].released_at is None:
        return known[0]
    year = local_date(now).year
    number = _hold_numbers(year)
    # What another transaction registered while this one waited is seen from here on.
    known = cases.case_of_origin(origin.kind, origin.id)
    if known is not None and known[1].released_at is None:
        return known[0]
    if known is not None:
        return _return(origin, known[1], counts_from, actor, now)
    case = cases.open_case_for_update(department_id, matter)
    joined = case is not None
    rule = _rule(kind, now) if case is None else db.session.get_one(LimitRule, case.limit_rule_id)
    if case is None:
        drafted = Case(
            id=uuid4(),
            number=case_number(year, number.last + 1),
            kind=kind.value,
            department_id=department_id,
            matter=matter,
            quarter=quarter,
            title=title.strip()[:LONGEST_TITLE],
            summary=summary.strip(),
            basis=_basis(kind, basis),
            stage=Stage.REGISTERED.value,
            limit_rule_id=rule.id,
            registered_at=now,
            registered_by=actor.id if actor.kind is ActorKind.ACCOUNT else None,
            counts_from=counts_from,
            limit_from=counts_from,
        )
        _set_due(drafted, settings.as_limits(rule))
        number.last += 1
        case = drafted
        db.session.add(case)
        db.session.flush()
    row = CaseOrigin(kind=origin.kind.value, origin_id=origin.id)
    event = _add_origin(case, row, origin, counts_from, actor, now, joined=joined)
    _tell(case, event, now, joined=joined)
    return case


def _return(
    origin: Origin, known: CaseOrigin, counts_from: datetime, actor: Actor, now: datetime
) -> Case:
    """Bring an origin that was let go back to its case, or to the matter's open one.

    It counts from today: the day of the rating may be long past.
    """
    case, row = releasing.case_to_return_to(known.id)
    was_closed = case.stage == Stage.CLOSED
    if was_closed:
        releasing.take_up_again(case, now)
    if case.stage == Stage.CLOSED:
        # Over for good: the rating stands behind it again, and nothing more is to be done.
        row.released_at = None
        return case
    # What was said of the earlier answers was said of a rating that is no more.
    db.session.execute(delete(FollowUp).where(FollowUp.origin_id == row.id))
    row.released_at = row.called_back_at = row.callback_outcome = None
    begins = max(counts_from, start_of(local_date(now)))
    event = _add_origin(case, row, origin, begins, actor, now, joined=True)
    if not was_closed:
        _tell(case, event, now, joined=True)
    return case


def register_finding(
    kind: CaseKind,
    department_id: int,
    *,
    document: str,
    title: str,
    summary: str,
    basis: str,
    actor: Actor,
    now: datetime,
) -> Case:
    """Register a finding of 巡察, 督查 or discipline inspection, for the office or an inspector.

    ``document`` is the finding's number, ``basis`` the rule that it cites. One document can find
    several things: with the title it is the matter.
    """
    if kind not in FINDINGS:
        raise InvalidInput([{"field": "kind", "message": "请选择巡察、督查或纪检。"}])
    path = identity.organisation(department_id).path
    authority.role_at(path, actor, Role.OFFICE, Role.INSPECTOR)
    said = {
        "document": required(document, "document", most=100),
        "title": required(title, "title", most=LONGEST_TITLE),
    }
    return register(
        kind,
        department_id,
        f"finding:{said['document']}:{said['title']}",
        origin=Origin(OriginKind.FINDING, f"{department_id}:{said['document']}:{said['title']}"),
        title=said["title"],
        summary=required(summary, "summary"),
        basis=basis,
        counts_from=now,
        quarter=quarter_of(local_date(now)),
        actor=actor,
        now=now,
    )


def _hold_numbers(year: int) -> CaseNumber:
    """Lock the counter of a year: from here on nobody else registers, until this one commits."""
    db.session.execute(insert(CaseNumber).values(year=year, last=0).on_conflict_do_nothing())
    return db.session.get_one(CaseNumber, year, with_for_update=True, populate_existing=True)


def _rule(kind: CaseKind, now: datetime) -> LimitRule:
    """Return the newest limits of a kind; where none was ever set, write the default."""
    found = settings.limit_rule(kind)
    if found is not None:
        return found
    rule = LimitRule.of(kind, DEFAULT_LIMITS[kind], reason=DEFAULT_REASON, changed_by=None, now=now)
    db.session.add(rule)
    db.session.flush()
    return rule


def _set_due(case: Case, limits: Limits) -> None:
    due = due_at(case.counts_from, limits.rectify, limits.unit, settings.calendar())
    case.rectify_due_at = case.first_due_at = due.at
    case.provisional = due.provisional


def _basis(kind: CaseKind, basis: str) -> str:
    if kind in FINDINGS:
        return required(basis, "basis", most=1000)
    return basis.strip()[:LONGEST_TEXT]


def _add_origin(
    case: Case,
    row: CaseOrigin,
    origin: Origin,
    counts_from: datetime,
    actor: Actor,
    now: datetime,
    *,
    joined: bool,
) -> CaseEvent:
    anonymous = origin.kind is OriginKind.EVALUATION
    limits = settings.limits_of(case)
    row.case_id = case.id
    row.real_name, row.wish = origin.real_name, origin.wish
    row.joined_at = counts_from if anonymous else now
    row.callback_due_at = callback_due(limits, counts_from) if origin.real_name else None
    db.session.add(row)
    db.session.flush()
    role = SYSTEM_ROLE if actor.kind is ActorKind.SYSTEM else _role_of(case, actor)
    event = write(
        case,
        EventKind.JOINED if joined else EventKind.REGISTERED,
        role=role,
        at=now,
        actor=actor,
        # Another rating of the same matter is the department's to know, not the other raters'.
        internal=joined,
        origin_id=row.id if joined else None,
    )
    audit.record(
        actor,
        "case.joined" if joined else "case.registered",
        ("case", case.id),
        at=now,
        number=case.number,
        kind=case.kind,
        department=case.department_id,
    )
    return event


def _tell(case: Case, event: CaseEvent, now: datetime, *, joined: bool) -> None:
    telling.desk(
        case,
        DeskKind.CASE_MOVED if joined else DeskKind.CASE_REGISTERED,
        *authority.DEPARTMENT,
        title="同一事项又有新的差评"
        if joined
        else f"新挂号：{CASE_KIND_LABELS[CaseKind(case.kind)]}",
        body="请一并办理。" if joined else "请签收并在时限内办理。",
        occasion=str(event.id),
        now=now,
    )


def callback_due(limits: Limits, counts_from: datetime) -> datetime | None:
    """Return until when a rater with a contact is to be called back; None without such a limit."""
    if limits.callback is None:
        return None
    return due_at(counts_from, limits.callback, limits.unit, settings.calendar()).at


def _role_of(case: Case, actor: Actor) -> str:
    """Return in which role an official registers; the office before others."""
    path = authority.path_of(case)
    for role in (Role.OFFICE, Role.INSPECTOR, *authority.DEPARTMENT):
        if actor.reaches(path, role):
            return role.value
    return SYSTEM_ROLE
