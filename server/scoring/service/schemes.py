"""Making scoring schemes. A used one never changes: what is different is a new version."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, text

from server.audit import service as audit
from server.core.access import SYSTEM, Actor
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.identity import queries as identity
from server.indicators.rules import Fault
from server.scoring import document as document_text
from server.scoring import queries
from server.scoring.checks import check_scheme
from server.scoring.models import ScoringScheme
from server.scoring.scheme import Document, Scheme, build, canonical_document, digest
from server.settings import queries as settings
from server.settings.rules import SMALLEST_GROUP


def create_scheme(document: Document, *, actor: Actor, now: datetime) -> ScoringScheme:
    """Store a document as the next version of its name.

    Raises InvalidInput with each fault's place as its field; refuses what is the same as the newest
    version with ``scoring_scheme_unchanged``.
    """
    scheme = _checked(document)
    # Version numbers are given out one after the other.
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('scoring_scheme'))"))
    made = bytes.fromhex(digest(scheme))
    newest = queries.newest_version(scheme.name)
    if newest is not None and newest.digest == made:
        raise Refusal("scoring_scheme_unchanged", 409, version=newest.version)
    stored = ScoringScheme(
        name=scheme.name,
        version=1 if newest is None else newest.version + 1,
        document=canonical_document(scheme),
        digest=made,
        created_by=actor.id,
        created_at=now,
        changed_at=now,
    )
    db.session.add(stored)
    db.session.flush()
    _record(actor, "scheme.created", stored, now)
    return stored


def import_scheme(text: str, *, actor: Actor, now: datetime) -> ScoringScheme:
    """Store a document from YAML; raise InvalidInput with every fault and its line."""
    found, faults = document_text.read(text)
    if found is None:
        raise _invalid(faults)
    return create_scheme(found, actor=actor, now=now)


def change_scheme(
    scheme_id: int, document: Document, *, actor: Actor, now: datetime
) -> ScoringScheme:
    """Replace the document of a version that no score was worked out by; its name stays.

    Refuses a used version with ``scoring_scheme_frozen``, one that a computation waits to use with
    ``scoring_scheme_in_use``; raises InvalidInput for a fault, and for another name.
    """
    stored = _changeable(scheme_id, only_busy=True)
    scheme = _checked(document)
    if scheme.name != stored.name:
        raise _invalid([Fault("name", "修改时名称不能变，请用新名称另存为新方案。")])
    stored.document = canonical_document(scheme)
    stored.digest = bytes.fromhex(digest(scheme))
    stored.changed_at = now
    db.session.flush()
    _record(actor, "scheme.changed", stored, now)
    return stored


def delete_scheme(scheme_id: int, *, actor: Actor, now: datetime) -> None:
    """Delete a version that nobody ever asked to work scores out by."""
    stored = _changeable(scheme_id, only_busy=False)
    _record(actor, "scheme.deleted", stored, now)
    db.session.execute(delete(ScoringScheme).where(ScoringScheme.id == scheme_id))


def freeze(scheme_id: int, *, now: datetime, actor: Actor = SYSTEM) -> ScoringScheme:
    """Fix a version for good, when a score is worked out by it; do nothing where it is fixed."""
    stored = queries.scheme_for_update(scheme_id)
    if stored.frozen_at is None:
        stored.frozen_at = now
        _record(actor, "scheme.frozen", stored, now)
    return stored


def _changeable(scheme_id: int, *, only_busy: bool) -> ScoringScheme:
    stored = queries.scheme_for_update(scheme_id)
    if stored.frozen_at is not None:
        raise Refusal("scoring_scheme_frozen", 409)
    if queries.has_runs(scheme_id, only_busy=only_busy):
        raise Refusal("scoring_scheme_in_use", 409)
    return stored


def _checked(document: Document) -> Scheme:
    faults = check_scheme(document)
    if faults:
        raise _invalid(faults)
    scheme = build(document)
    owners = {part.organisation for part in scheme.parts if part.organisation is not None}
    known = identity.organisation_names(owners) if owners else {}
    faults = _check_smallest_group(scheme) + [
        Fault(f"parts.{index}.organisation", f"没有编号为 {part.organisation} 的单位。")
        for index, part in enumerate(scheme.parts)
        if part.organisation is not None and part.organisation not in known
    ]
    if faults:
        raise _invalid(faults)
    return scheme


def _check_smallest_group(scheme: Scheme) -> list[Fault]:
    """A scheme may ask for larger groups than the city's setting, never for smaller ones."""
    least = int(settings.value(SMALLEST_GROUP))
    if scheme.smallest_group >= least:
        return []
    return [Fault("smallest_group", f"最小样本数不能低于系统设置的最小公布人数 {least}。")]


def _invalid(faults: list[Fault]) -> InvalidInput:
    return InvalidInput(
        [{"field": fault.place or "document", "message": fault.message} for fault in faults]
    )


def _record(actor: Actor, action: str, stored: ScoringScheme, now: datetime) -> None:
    detail: dict[str, Any] = {
        "name": stored.name,
        "version": stored.version,
        "digest": stored.digest.hex(),
    }
    audit.record(actor, action, ("scoring_scheme", stored.id), at=now, **detail)
