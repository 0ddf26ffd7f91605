"""A quarter's way to the public: frozen by one, approved by another, published at a time.

A published edition never changes: a correction is a new edition, which says why.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.audit import service as audit
from server.campaigns.models import Campaign
from server.core import clock
from server.core.access import SYSTEM, Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import lock
from server.identity import queries as identity
from server.ledger import queries as ledger
from server.notifications import service as notifications
from server.notifications.rules import DeskKind
from server.quarterly import checking, queries
from server.quarterly.differences import Change, changes
from server.quarterly.document import Made, make
from server.quarterly.gathering import gather
from server.quarterly.groups import require_office
from server.quarterly.models import QuarterEdition
from server.quarterly.queries import Edition
from server.quarterly.rules import (
    LONGEST_NOTE,
    UNDERWAY,
    EditionState,
    quarter_label,
    read_quarter,
)
from server.scoring import canonical

PAGE = "/console/quarters/editions/{}"


@dataclass(frozen=True)
class Preview:
    """What an edition frozen now would be, what it would change, and what can't be in it."""

    made: Made
    inputs: dict[str, Any]
    edition: int
    newest: Edition | None
    changes: list[Change]
    missing: list[Campaign]
    over: bool

    @property
    def digest(self) -> str:
        """The canonical digest of the document."""
        return canonical.digest(self.made.document)

    @property
    def is_new(self) -> bool:
        """Whether any figure differs from the newest published edition."""
        return self.newest is None or bool(self.changes)


def preview(quarter: str, *, now: datetime) -> Preview:
    """Return exactly what ``freeze`` would store now."""
    found = gather(quarter, as_of=now)
    published = queries.published_editions(quarter)
    newest = published[0] if published else None
    earlier = [one.document for one in reversed(published)]
    made = make(found.inputs, found.documents, earlier)
    return Preview(
        made=made,
        inputs=found.inputs,
        edition=1 if newest is None else newest.edition + 1,
        newest=newest,
        changes=[] if newest is None else changes(newest.document, made.document),
        missing=found.missing,
        over=now >= read_quarter(quarter).ends_at,
    )


def freeze(
    quarter: str, *, note: str = "", digest: str | None = None, actor: Actor, now: datetime
) -> QuarterEdition:
    """Freeze a quarter's figures as its next edition; a second person has to approve it.

    Args:
        quarter: its code, 2026Q4.
        note: why there is a new edition; needed from the second on, and published.
        digest: the digest of the document that was looked at; another one is refused with
            ``quarter_changed``.
        actor: who freezes it.
        now: when.

    Raises:
        InvalidInput: no note where one is needed, or one that is too long.
        Refusal: an actor whose office doesn't reach the whole city; ``quarter_underway`` where an
            edition waits already; ``quarter_empty`` where there is nothing; ``quarter_unchanged``.
    """
    require_office(actor)
    lock(f"quarter-{quarter}")
    if queries.underway(quarter) is not None:
        raise Refusal("quarter_underway", 409)
    found = preview(quarter, now=now)
    if len(note) > LONGEST_NOTE or (found.edition > 1 and not note):
        message = f"请填写更正或补充的原因，1 至 {LONGEST_NOTE} 个字。"
        raise InvalidInput([{"field": "note", "message": message}])
    if digest is not None and digest != found.digest:
        raise Refusal("quarter_changed", 409)
    if not found.made.document["groups"]:
        raise Refusal("quarter_empty", 409)
    if not found.is_new:
        raise Refusal("quarter_unchanged", 409)
    stored = QuarterEdition(
        quarter=quarter,
        edition=found.edition,
        state=EditionState.FROZEN.value,
        document=found.made.document,
        inputs=found.inputs,
        digest=bytes.fromhex(found.digest),
        note=note,
        frozen_by=actor.id,
        frozen_at=now,
        checkpoint="",
    )
    db.session.add(stored)
    db.session.flush()
    _record(actor, "quarter.frozen", stored, now, digest=found.digest)
    _tell_approvers(stored, actor, now)
    return stored


def approve(edition_id: int, *, publish_at: datetime, actor: Actor, now: datetime) -> None:
    """Approve a frozen edition, to be published at a time; never by who froze it.

    Whoever stands in for the one who froze it is no second person either.
    """
    require_office(actor)
    edition = queries.edition_for_update(edition_id)
    if edition.state != EditionState.FROZEN:
        raise Refusal("edition_not_frozen", 409)
    if actor.counts_as(edition.frozen_by):
        raise Refusal("quarter_same_person", 403)
    checking.require_sound(queries.edition(edition_id))
    edition.state = EditionState.APPROVED.value
    edition.approved_by, edition.approved_at = actor.id, now
    edition.publish_at = max(publish_at, now)
    _record(actor, "quarter.approved", edition, now, publish_at=clock_text(edition.publish_at))


def reschedule(edition_id: int, *, publish_at: datetime, actor: Actor, now: datetime) -> None:
    """Give an approved edition another time."""
    require_office(actor)
    edition = queries.edition_for_update(edition_id)
    if edition.state != EditionState.APPROVED:
        raise Refusal("edition_not_approved", 409)
    edition.publish_at = max(publish_at, now)
    _record(actor, "quarter.rescheduled", edition, now, publish_at=clock_text(edition.publish_at))


def drop(edition_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Drop an edition that isn't published; what was published stays for good."""
    require_office(actor)
    edition = queries.edition_for_update(edition_id)
    if edition.state not in {state.value for state in UNDERWAY}:
        raise Refusal("edition_final", 409)
    if not 0 < len(reason) <= LONGEST_NOTE:
        message = f"请填写作废原因，1 至 {LONGEST_NOTE} 个字。"
        raise InvalidInput([{"field": "reason", "message": message}])
    edition.state = EditionState.DROPPED.value
    edition.publish_at = None
    _record(actor, "quarter.dropped", edition, now, reason=reason)


def publish_due(edition_id: int, *, now: datetime) -> bool:
    """Publish an approved edition whose time has come; tell whether it was done.

    Safe to repeat. It is made again from its inputs first: one that was altered since its approval
    is refused. The newest head of the log is printed in it.
    """
    edition = queries.edition_for_update(edition_id)
    if (
        edition.state != EditionState.APPROVED
        or edition.publish_at is None
        or edition.publish_at > now
    ):
        return False
    checking.require_sound(queries.edition(edition_id))
    # In one statement: what is published once can't be touched again.
    edition.checkpoint = ledger.head().note
    edition.state = EditionState.PUBLISHED.value
    edition.published_at = now
    _record(SYSTEM, "quarter.published", edition, now, digest=edition.digest.hex())
    _tell_readers(edition, now)
    return True


def clock_text(moment: datetime) -> str:
    """Return a moment as it stands in the audit log."""
    return moment.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _record(
    actor: Actor, action: str, edition: QuarterEdition, now: datetime, **detail: object
) -> None:
    audit.record(
        actor,
        action,
        ("quarter_edition", edition.id),
        at=now,
        quarter=edition.quarter,
        edition=edition.edition,
        **detail,
    )


def _tell_approvers(edition: QuarterEdition, actor: Actor, now: datetime) -> None:
    root = identity.root()
    if root is None:
        return
    found = identity.holders(root.path, Role.OFFICE, today=clock.local_date(now))
    notifications.tell_desk(
        [one for one in found if one != actor.id],
        DeskKind.QUARTER_FROZEN,
        ("quarter_edition", str(edition.id)),
        title=f"{quarter_label(edition.quarter)}晾晒待审核",
        body=f"第 {edition.edition} 版已冻结，请核对后审核并确定公布时间。",
        page=PAGE.format(edition.id),
        now=now,
    )


def _tell_readers(edition: QuarterEdition, now: datetime) -> None:
    """Tell the departments' desks, and the office."""
    today = clock.local_date(now)
    ids = [node["id"] for group in edition.document["groups"] for node in group["departments"]]
    told: set[Any] = set()
    for department in identity.organisations_by_id(ids):
        told |= set(
            identity.holders(department.path, Role.LIAISON, Role.HEAD, Role.OFFICE, today=today)
        )
    notifications.tell_desk(
        sorted(told),
        DeskKind.QUARTER_PUBLISHED,
        ("quarter_edition", str(edition.id)),
        title=f"{quarter_label(edition.quarter)}晾晒已公布",
        body=f"第 {edition.edition} 版已经公布，请查看各部门的情况。",
        page=f"/board/quarters/{edition.quarter}",
        now=now,
    )
