"""Parcels: made of a published quarter, signed, acknowledged, and what became of their items."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from server.audit import service as audit
from server.core import clock
from server.core.access import SYSTEM, Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.text import clean
from server.core.transaction import lock
from server.identity import queries as identity
from server.ledger.signing import origin
from server.notifications import service as notifications
from server.notifications.rules import DeskKind
from server.quarterly import queries as quarters
from server.rectification import queries as rectification
from server.rectification.queries import Case
from server.scoring import canonical
from server.uptake import signing
from server.uptake.document import Item, Quarter, make
from server.uptake.models import Parcel, ParcelItem, Recipient
from server.uptake.queries import (
    item_for_update,
    parcel_for_update,
    recipient,
    require_office,
)
from server.uptake.rules import (
    CODE_DIGITS,
    ITEM_LABELS,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_TEXT,
    MOST_ITEMS,
    NEXT_STATES,
    SECOND_TAP,
    DeliveryState,
    ItemState,
)

SUBJECT = "uptake_parcel"
PAGE = "/console/uptake/parcels/{}"
# An item as the office names it: department, the number of a case or nothing, what it is about.
Wanted = tuple[int, Case | None, str]


def make_parcel(
    recipient_id: int,
    quarter: str,
    wanted: Sequence[Wanted],
    *,
    note: str,
    actor: Actor,
    now: datetime,
) -> Parcel:
    """Make and sign a parcel of a published quarter; it is sent by a job where there is an address.

    Args:
        recipient_id: to whom.
        quarter: its code; the newest published edition is handed on.
        wanted: department, case or None, and text of each item.
        note: what the recipient is told of the whole.
        actor: the office.
        now: when.
    """
    require_office(actor)
    to = recipient(recipient_id)
    if not to.active:
        raise Refusal("recipient_inactive", 409)
    edition = quarters.published_edition(quarter)
    lock(f"parcels-{recipient_id}")
    _refuse_again(recipient_id, wanted, note, now)
    parcel_id = uuid4()
    items = _items(wanted, edition, note)
    document = make(
        parcel_id,
        (to.name, to.kind),
        Quarter(
            edition.quarter,
            edition.edition,
            edition.digest.hex(),
            edition.checkpoint,
            edition.document,
        ),
        items,
        origin=origin(),
        made_on=clock.local_date(now),
        note=note,
    )
    parcel = Parcel(
        id=parcel_id,
        recipient_id=to.id,
        quarter=quarter,
        document=document,
        digest=bytes.fromhex(canonical.digest(document)),
        signature=signing.sign(document),
        note=note,
        made_by=actor.id,
        made_at=now,
        delivery=DeliveryState.WAITING.value if to.webhook else None,
        next_attempt_at=now if to.webhook else None,
    )
    db.session.add(parcel)
    db.session.flush()
    db.session.add_all(
        ParcelItem(
            id=item.id,
            parcel_id=parcel_id,
            department_id=item.department_id,
            case_id=None if item.case is None else UUID(item.case["id"]),
            text=item.text,
        )
        for item in items
    )
    db.session.flush()
    _record(actor, "parcel.made", parcel, now, name=to.name, quarter=quarter, size=len(items))
    return parcel


def file_of(parcel: Parcel) -> dict[str, Any]:
    """Return the signed file of a parcel."""
    return signing.envelope(parcel.document, parcel.signature)


def acknowledge(
    parcel_id: UUID, said: Mapping[str, Any], *, sender: Recipient, now: datetime
) -> Parcel:
    """Take a recipient's signed acknowledgement in; the same one again changes nothing.

    Args:
        parcel_id: which parcel.
        said: ``by``, who took it over, and ``items``, each with id, state, by, outcome.
        sender: who signed the request.
        now: when.
    """
    parcel = parcel_for_update(parcel_id)
    if parcel.recipient_id != sender.id:
        raise Refusal("parcel_unknown", 404)
    _acknowledged(parcel, said["by"], SYSTEM, now)
    for one in said["items"]:
        item = item_for_update(one["id"])
        if item.parcel_id != parcel.id:
            raise Refusal("parcel_item_unknown", 404)
        _moved(item, one["state"], one["by"] or said["by"], one["outcome"], SYSTEM, now)
    return parcel


def acknowledge_by_hand(
    parcel_id: UUID, by: str, code: str, *, actor: Actor, now: datetime
) -> None:
    """Note that a recipient has the signed file: it quotes the first digits of its digest."""
    require_office(actor)
    parcel = parcel_for_update(parcel_id)
    if parcel.acknowledged_at is not None:
        raise Refusal("parcel_acknowledged", 409)
    if code.strip().lower() != parcel.digest.hex()[:CODE_DIGITS]:
        message = f"校验码不符，请按签名文件上的前 {CODE_DIGITS} 位核对。"
        raise InvalidInput([{"field": "code", "message": message}])
    _acknowledged(parcel, by, actor, now)


def note_item(
    item_id: UUID, state: ItemState, by: str, outcome: str, *, actor: Actor, now: datetime
) -> None:
    """Note by hand who took an item over, or what became of it."""
    require_office(actor)
    item = item_for_update(item_id)
    if not NEXT_STATES[ItemState(item.state)]:
        raise Refusal("parcel_item_final", 409)
    _moved(item, state, by, outcome, actor, now)


def _refuse_again(recipient_id: int, wanted: Sequence[Wanted], note: str, now: datetime) -> None:
    """Refuse a second tap: what was handed to the recipient just now, word for word."""
    newest = db.session.scalar(
        select(Parcel)
        .where(Parcel.recipient_id == recipient_id, Parcel.made_at > now - SECOND_TAP)
        .order_by(Parcel.made_at.desc())
        .limit(1)
    )
    if newest is None or newest.note != note:
        return
    before = [
        (one["department"], one["case"] and one["case"]["id"], one["text"])
        for one in newest.document["items"]
    ]
    if before == [(one, case and str(case.id), text) for one, case, text in wanted]:
        raise Refusal("parcel_repeated", 409)


def _items(wanted: Sequence[Wanted], edition: quarters.Edition, note: str) -> list[Item]:
    if not 0 < len(wanted) <= MOST_ITEMS:
        message = f"请选择要移送的部门或差评件，1 至 {MOST_ITEMS} 项。"
        raise InvalidInput([{"field": "departments", "message": message}])
    if len(note) > LONGEST_NOTE:
        message = f"说明最多 {LONGEST_NOTE} 个字。"
        raise InvalidInput([{"field": "note", "message": message}])
    names = identity.organisation_names({department for department, _, _ in wanted})
    found = []
    for department_id, case, text in wanted:
        if case is None:
            # Only what is published is handed on: a department that is not in it has nothing.
            quarters.department_of(edition, department_id)
        _check_text("department_text" if case is None else "case_text", text, LONGEST_TEXT)
        node = None if case is None else _case(case)
        found.append(Item(uuid4(), department_id, names[department_id], text, node))
    return found


def _case(case: Case) -> dict[str, Any]:
    """Return what of a case is handed on. Its title may repeat a rater's words: it is not."""
    closed = case.closed_at
    return {
        "id": str(case.id),
        "number": case.number,
        "kind": case.kind,
        "quarter": case.quarter,
        "stage": case.stage,
        "round": case.round,
        "calls": case.calls,
        "registered_on": clock.local_date(case.registered_at).isoformat(),
        "due_on": clock.local_date(case.rectify_due_at).isoformat(),
        "closed_on": None if closed is None else clock.local_date(closed).isoformat(),
        "closed_by": case.closed_by,
    }


def cases_by_number(numbers: Sequence[str]) -> list[Case]:
    """Return cases by their numbers in that order; refuse where one is unknown."""
    rows = db.session.scalars(select(rectification.Case).where(Case.number.in_(numbers)))
    found = {one.number: one for one in rows}
    unknown = [one for one in numbers if one not in found]
    if unknown:
        message = f"没有找到这些差评件：{'、'.join(unknown[:5])}。"
        raise InvalidInput([{"field": "cases", "message": message}])
    return [found[one] for one in numbers]


def _acknowledged(parcel: Parcel, by: str, actor: Actor, now: datetime) -> None:
    if parcel.acknowledged_at is not None:
        return
    _check_text("by", by, LONGEST_NAME)
    parcel.acknowledged_at, parcel.acknowledged_by = now, clean(by)
    if parcel.delivery is not None:
        # Who acknowledges it has it, whatever its address answered.
        parcel.delivery, parcel.next_attempt_at = DeliveryState.DELIVERED.value, None
    _record(actor, "parcel.acknowledged", parcel, now, name=parcel.document["to"]["name"])
    _tell(parcel, now, f"{parcel.document['to']['name']}已接收", "acknowledged")


def _moved(
    item: ParcelItem, state: ItemState, by: str, outcome: str, actor: Actor, now: datetime
) -> None:
    """Move an item onwards; what it is already, or what it is past, is left as it is."""
    if state not in NEXT_STATES[ItemState(item.state)]:
        return
    _check_text("by", by, LONGEST_NAME)
    if state is not ItemState.TAKEN_OVER:
        _check_text("outcome", outcome, LONGEST_TEXT)
    if item.taken_at is None:
        item.taken_by, item.taken_at = clean(by), now
    if outcome:
        item.outcome, item.outcome_at = clean(outcome), now
    item.state = state.value
    audit.record(
        actor,
        "parcel.item_moved",
        (SUBJECT, item.parcel_id),
        at=now,
        to=ITEM_LABELS[state],
        by=item.taken_by,
    )


def _check_text(field: str, text: str, longest: int) -> None:
    if not 0 < len(text.strip()) <= longest:
        message = f"请填写这一项，1 至 {longest} 个字。"
        raise InvalidInput([{"field": field, "message": message}])


def _tell(parcel: Parcel, now: datetime, title: str, occasion: str) -> None:
    root = identity.root()
    if root is None:
        return
    notifications.tell_desk(
        identity.holders(root.path, Role.OFFICE, today=clock.local_date(now)),
        DeskKind.UPTAKE,
        (SUBJECT, str(parcel.id)),
        title=title,
        body="成果转化运用清单有新的进展，请查看。",
        page=PAGE.format(parcel.id),
        now=now,
        occasion=occasion,
    )


def _record(actor: Actor, action: str, parcel: Parcel, now: datetime, **detail: object) -> None:
    audit.record(actor, action, (SUBJECT, parcel.id), at=now, **detail)
