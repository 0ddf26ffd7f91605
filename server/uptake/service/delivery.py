"""Sending parcels to addresses: claimed before the call, so that a killed worker's try counts.

A try is two transactions with the call between them. The first one counts the try and names the
time of the next, the second one notes what came of it: whatever happens meanwhile, a parcel is sent
again later rather than never, and the recipient knows it by its id.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from server.audit import service as audit
from server.core import clock
from server.core.access import SYSTEM, Actor, Role
from server.core.errors import Refusal
from server.identity import queries as identity
from server.notifications import service as notifications
from server.notifications.rules import DeskKind
from server.uptake.models import Parcel
from server.uptake.queries import parcel_for_update, recipient, require_office
from server.uptake.rules import PAUSES, DeliveryState, next_pause
from server.uptake.service.parcels import PAGE, SUBJECT, file_of
from server.uptake.service.recipients import secret_of


@dataclass(frozen=True)
class Attempt:
    """What is to be sent where, and which try it is."""

    address: str
    secret: str
    content: dict[str, Any]
    number: int


def attempt_began(parcel_id: UUID, *, now: datetime) -> Attempt | None:
    """Count a try that is due; return what to send, or None where there is nothing to do."""
    parcel = parcel_for_update(parcel_id)
    due = parcel.next_attempt_at
    if parcel.delivery != DeliveryState.WAITING or due is None or due > now:
        return None
    to = recipient(parcel.recipient_id)
    if not to.webhook or not to.active:
        parcel.delivery, parcel.next_attempt_at = None, None
        return None
    parcel.attempts += 1
    # Should this worker be killed in the middle, the next one tries at this time.
    parcel.next_attempt_at = now + (next_pause(parcel.attempts) or PAUSES[-1])
    return Attempt(to.webhook, secret_of(to), file_of(parcel), parcel.attempts)


def attempt_ended(parcel_id: UUID, number: int, fault: str, *, now: datetime) -> None:
    """Note what came of a try; ``fault`` is empty where it was taken."""
    parcel = parcel_for_update(parcel_id)
    if parcel.delivery != DeliveryState.WAITING or parcel.attempts != number:
        # Acknowledged, sent again by hand, or tried by another worker since.
        return
    parcel.last_error = fault
    if not fault:
        parcel.delivery, parcel.next_attempt_at = DeliveryState.DELIVERED.value, None
        _record(SYSTEM, "parcel.delivered", parcel, now)
        return
    if next_pause(number) is None:
        parcel.delivery, parcel.next_attempt_at = DeliveryState.DEAD.value, None
        _record(SYSTEM, "parcel.delivery_failed", parcel, now)
        _tell_office(parcel, now)


def send_again(parcel_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Send a parcel again from the first try on."""
    require_office(actor)
    parcel = parcel_for_update(parcel_id)
    to = recipient(parcel.recipient_id)
    if not to.webhook or not to.active:
        raise Refusal("recipient_without_webhook", 409)
    if parcel.acknowledged_at is not None:
        raise Refusal("parcel_acknowledged", 409)
    if parcel.delivery == DeliveryState.WAITING:
        raise Refusal("parcel_underway", 409)
    parcel.delivery, parcel.next_attempt_at = DeliveryState.WAITING.value, now
    parcel.attempts, parcel.last_error = 0, ""
    _record(actor, "parcel.sent_again", parcel, now)


def _tell_office(parcel: Parcel, now: datetime) -> None:
    root = identity.root()
    if root is None:
        return
    notifications.tell_desk(
        identity.holders(root.path, Role.OFFICE, today=clock.local_date(now)),
        DeskKind.DELIVERY_DEAD,
        (SUBJECT, str(parcel.id)),
        title=f"推送给{parcel.document['to']['name']}的清单没有送达",
        body=f"多次推送失败：{parcel.last_error}请核对地址后重新推送，或改用签名文件交接。",
        page=PAGE.format(parcel.id),
        now=now,
        occasion=now.isoformat(),
    )


def _record(actor: Actor, action: str, parcel: Parcel, now: datetime) -> None:
    name = parcel.document["to"]["name"]
    audit.record(actor, action, (SUBJECT, parcel.id), at=now, name=name, attempts=parcel.attempts)
