"""Bodies that use results, and the secrets that they share with this system."""

import secrets
from datetime import datetime

from flask import current_app
from werkzeug.datastructures import Headers

from server.audit import service as audit
from server.core.access import Actor
from server.core.config import PRODUCTION
from server.core.crypto import seal, unseal
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.keyring import standing_key
from server.uptake import signing
from server.uptake.addresses import fault_of
from server.uptake.models import Recipient
from server.uptake.queries import recipient, require_office
from server.uptake.rules import (
    KEY_NAME,
    LONGEST_NAME,
    RECIPIENT_LABELS,
    SECRET_PURPOSE,
    RecipientKind,
)

SECRET_BYTES = 32


def in_production() -> bool:
    """Tell whether the rules of the public network hold."""
    return bool(current_app.config["CONFIGURATION"].environment == PRODUCTION)


def add_recipient(
    name: str, kind: RecipientKind, webhook: str, *, actor: Actor, now: datetime
) -> tuple[Recipient, str]:
    """Register a recipient; return it with its secret, which is shown this once."""
    require_office(actor)
    _check(name, webhook)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    found = Recipient(
        name=name,
        kind=kind.value,
        webhook=webhook,
        secret_sealed=_sealed(secret),
        active=True,
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(found)
    db.session.flush()
    _record(actor, "recipient.added", found, now)
    return found, secret


def change_recipient(
    recipient_id: int,
    name: str,
    kind: RecipientKind,
    webhook: str,
    *,
    active: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a recipient; parcels that were made keep the name that they were addressed to."""
    require_office(actor)
    found = recipient(recipient_id)
    _check(name, webhook)
    found.name, found.kind, found.webhook, found.active = name, kind.value, webhook, active
    _record(actor, "recipient.changed", found, now)


def renew_secret(recipient_id: int, *, actor: Actor, now: datetime) -> str:
    """Return a fresh secret of a recipient; the one before no longer opens anything."""
    require_office(actor)
    found = recipient(recipient_id)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    found.secret_sealed = _sealed(secret)
    _record(actor, "recipient.secret_issued", found, now)
    return secret


def secret_of(found: Recipient) -> str:
    """Return a recipient's secret."""
    return unseal(standing_key(KEY_NAME), found.secret_sealed, SECRET_PURPOSE).decode()


def verified(
    recipient_id: int,
    method: str,
    path: str,
    headers: Headers,
    body: bytes,
    *,
    now: datetime,
) -> Recipient:
    """Return the recipient that signed a request just now; refuse any other request.

    An unknown recipient, or one that is no longer used, is answered like a wrong signature.
    """
    found = db.session.get(Recipient, recipient_id)
    secret = "" if found is None or not found.active else secret_of(found)
    signing.require_signed(secret, method, path, headers, body, now=now)
    if found is None:
        raise Refusal("batch_signature_wrong", 401)
    return found


def _check(name: str, webhook: str) -> None:
    faults = []
    if not 0 < len(name) <= LONGEST_NAME:
        message = f"请填写单位名称，1 至 {LONGEST_NAME} 个字。"
        faults.append({"field": "name", "message": message})
    fault = fault_of(webhook, production=in_production()) if webhook else ""
    if fault:
        faults.append({"field": "webhook", "message": fault})
    if faults:
        raise InvalidInput(faults)


def _sealed(secret: str) -> bytes:
    return seal(standing_key(KEY_NAME), secret.encode(), SECRET_PURPOSE)


def _record(actor: Actor, action: str, found: Recipient, now: datetime) -> None:
    audit.record(
        actor,
        action,
        ("recipient", found.id),
        at=now,
        name=found.name,
        kind=RECIPIENT_LABELS[RecipientKind(found.kind)],
        webhook=bool(found.webhook),
        active=found.active,
    )
