"""Making indicator versions. A version's tree never changes: another tree is another version."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import delete

from server.audit import service as audit
from server.core.access import SYSTEM, Actor
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.text import clean
from server.indicators import document, queries
from server.indicators.models import Indicator, IndicatorVersion
from server.indicators.rules import LONGEST_NAME, Fault, check_tree, weight_of

LONGEST_NOTE = 1000

Tree = list[dict[str, Any]]


def create_version(
    *, name: str, note: str, tree: Tree, is_sample: bool, actor: Actor, now: datetime
) -> IndicatorVersion:
    """Store a tree as a new version.

    Raises InvalidInput with each fault's place as its field.
    """
    faults = _check_labels(name, note) + check_tree(tree)
    if faults:
        raise _invalid(faults)
    version = IndicatorVersion(
        name=clean(name),
        note=clean(note),
        is_sample=is_sample,
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(version)
    db.session.flush()
    _store(version.id, tree)
    audit.record(
        actor,
        "indicators.created",
        ("indicator_version", version.id),
        at=now,
        name=version.name,
        sample=is_sample,
        leaves=sum(len(heading["leaves"]) for heading in tree),
    )
    return version


def import_version(text: str, *, actor: Actor, now: datetime) -> IndicatorVersion:
    """Store a tree from YAML; raise InvalidInput with every fault and its line."""
    try:
        found = document.read(text)
    except document.DocumentError as error:
        raise _invalid(error.faults) from None
    return create_version(
        name=found.name,
        note=found.note,
        tree=found.tree,
        is_sample=found.is_sample,
        actor=actor,
        now=now,
    )


def copy_version(
    version_id: int, *, name: str, note: str, actor: Actor, now: datetime
) -> IndicatorVersion:
    """Store an existing tree again under another name, as the start of one's own."""
    source = queries.version(version_id)
    return create_version(
        name=name,
        note=note,
        tree=queries.tree(version_id),
        is_sample=source.is_sample,
        actor=actor,
        now=now,
    )


def describe_version(
    version_id: int, *, name: str, note: str, actor: Actor, now: datetime
) -> IndicatorVersion:
    """Change name and note of a version that no campaign has used yet."""
    version = _changeable(version_id)
    faults = _check_labels(name, note)
    if faults:
        raise _invalid(faults)
    version.name, version.note = clean(name), clean(note)
    audit.record(
        actor,
        "indicators.described",
        ("indicator_version", version_id),
        at=now,
        name=version.name,
    )
    return version


def delete_version(version_id: int, *, actor: Actor, now: datetime) -> None:
    """Delete a version that no campaign uses; a draft's is held by its foreign key."""
    version = _changeable(version_id)
    audit.record(
        actor, "indicators.deleted", ("indicator_version", version_id), at=now, name=version.name
    )
    # The database deletes the indicators along, leaves and headings in one statement.
    db.session.execute(delete(IndicatorVersion).where(IndicatorVersion.id == version_id))


def freeze(version_id: int, *, now: datetime, actor: Actor = SYSTEM) -> IndicatorVersion:
    """Fix a version for good, when a campaign with it opens; do nothing where it is fixed."""
    version = queries.version_for_update(version_id)
    if version.frozen_at is None:
        version.frozen_at = now
        audit.record(actor, "indicators.frozen", ("indicator_version", version_id), at=now)
    return version


def _changeable(version_id: int) -> IndicatorVersion:
    version = queries.version_for_update(version_id)
    if version.frozen_at is not None:
        raise Refusal("indicator_version_frozen", 409)
    return version


def _check_labels(name: str, note: str) -> list[Fault]:
    faults = []
    for place, text, least, most in (
        ("name", name, 1, LONGEST_NAME),
        ("note", note, 0, LONGEST_NOTE),
    ):
        try:
            if not least <= len(clean(text)) <= most:
                faults.append(Fault(place, f"请填写 {least} 至 {most} 个字。"))
        except ValidationError:
            faults.append(Fault(place, "含有无法保存的字符，请删除后重试。"))
    return faults


def _invalid(faults: list[Fault]) -> InvalidInput:
    return InvalidInput([{"field": fault.place, "message": fault.message} for fault in faults])


def _store(version_id: int, tree: Tree) -> None:
    """Add headings and leaves; positions run through the tree in reading order."""
    headings = []
    position = 0
    for node in tree:
        headings.append(_indicator(version_id, node, position))
        position += 1 + len(node["leaves"])
    db.session.add_all(headings)
    db.session.flush()
    for heading, node in zip(headings, tree, strict=True):
        for offset, leaf in enumerate(node["leaves"], start=1):
            child = _indicator(version_id, leaf, heading.position + offset)
            child.parent_id = heading.id
            db.session.add(child)
    db.session.flush()


def _indicator(version_id: int, node: dict[str, Any], position: int) -> Indicator:
    return Indicator(
        version_id=version_id,
        position=position,
        code=node["code"],
        name=clean(node["name"]),
        question=clean(node.get("question", "")),
        method=clean(node.get("method", "")),
        duties=list(node.get("duties", [])),
        weight=weight_of(node["weight"]),
    )
