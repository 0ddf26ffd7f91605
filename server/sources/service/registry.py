"""Sources, the secrets of their interfaces, and the versions of their mappings."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.crypto import seal
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.keyring import standing_key
from server.evaluation.rules import LEVEL_LABELS
from server.identity import queries as identity
from server.rectification.rules import MATTER_KINDS, CaseKind
from server.sources import columns as fields
from server.sources import queries
from server.sources.models import Source, SourceMapping
from server.sources.rules import KEY_NAME, SECRET_PURPOSE, SourceKind

SECRET_BYTES = 32


def create_source(*, name: str, kind: SourceKind, actor: Actor, now: datetime) -> Source:
    """Register a source at the highest place that the actor's office has."""
    grants = [grant for grant in actor.grants if grant.role is Role.OFFICE]
    if not grants:
        raise Refusal("not_allowed", 403)
    place = min(grants, key=lambda grant: grant.path.count("."))
    if db.session.scalar(select(Source.id).where(Source.name == name)) is not None:
        raise Refusal("uq_source_name", 409, field="name")
    source = Source(
        organisation_id=place.organisation_id,
        name=name,
        kind=kind.value,
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(source)
    db.session.flush()
    audit.record(actor, "source.created", ("source", source.id), at=now, name=name, kind=kind.value)
    return source


def issue_secret(source_id: int, *, actor: Actor, now: datetime) -> str:
    """Return a fresh secret for a source's batches; the one before no longer opens anything."""
    source = queries.source(source_id, actor)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    source.secret_sealed = seal(standing_key(KEY_NAME), secret.encode(), SECRET_PURPOSE)
    audit.record(actor, "source.secret_issued", ("source", source_id), at=now)
    return secret


def save_mapping(
    source_id: int,
    *,
    columns: Mapping[str, str],
    levels: Mapping[str, int],
    departments: Mapping[str, int],
    register_every: bool = False,
    case_kind: CaseKind = CaseKind.HOTLINE_COMMON,
    actor: Actor,
    now: datetime,
) -> SourceMapping:
    """Save how a source is read as a new version; the same as before makes none.

    With ``register_every`` each of its matters becomes a case, not only poor ratings and what was
    left without a reply; ``case_kind`` gives those their limits.
    """
    queries.source(source_id, actor)
    fields.check(columns)
    if any(level not in LEVEL_LABELS for level in levels.values()):
        raise InvalidInput([{"field": "levels", "message": "等级须为 1 至 5。"}])
    rated = {department.id for department in identity.rated_departments()}
    if not set(departments.values()) <= rated:
        raise InvalidInput([{"field": "departments", "message": "请从可评价的部门中选择。"}])
    if case_kind not in MATTER_KINDS:
        raise InvalidInput([{"field": "case_kind", "message": "请选择紧急、普通或疑难。"}])
    last = queries.mapping(source_id)
    said = (dict(columns), dict(levels), dict(departments), register_every, case_kind.value)
    if last is not None and said == (
        last.columns,
        last.levels,
        last.departments,
        last.register_every,
        last.case_kind,
    ):
        return last
    mapping = SourceMapping(
        source_id=source_id,
        version=last.version + 1 if last else 1,
        columns=said[0],
        levels=said[1],
        departments=said[2],
        register_every=register_every,
        case_kind=case_kind.value,
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(mapping)
    db.session.flush()
    audit.record(actor, "source.mapped", ("source", source_id), at=now, version=mapping.version)
    return mapping
