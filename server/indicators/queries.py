"""Reading indicator versions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from server.core.database import db
from server.core.errors import Refusal
from server.indicators.models import Indicator, IndicatorVersion
from server.indicators.rules import plain

__all__ = ["IndicatorVersion"]


def versions() -> Sequence[IndicatorVersion]:
    """Return every version, newest first, without their indicators."""
    return db.session.scalars(select(IndicatorVersion).order_by(IndicatorVersion.id.desc())).all()


def version(version_id: int) -> IndicatorVersion:
    """Return a version with its indicators in tree order; refuse an unknown one with 404."""
    found: IndicatorVersion | None = db.session.scalar(
        select(IndicatorVersion)
        .where(IndicatorVersion.id == version_id)
        .options(selectinload(IndicatorVersion.indicators))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Refusal("not_found", 404)
    return found


def newest_version() -> IndicatorVersion:
    """Return the version created last; refuse with 404 where there is none."""
    found: IndicatorVersion | None = db.session.scalar(
        select(IndicatorVersion).order_by(IndicatorVersion.id.desc()).limit(1)
    )
    if found is None:
        raise Refusal("not_found", 404)
    return found


def version_for_update(version_id: int) -> IndicatorVersion:
    """Return a version locked against others' changes; refuse an unknown one with 404."""
    found: IndicatorVersion | None = db.session.scalar(
        select(IndicatorVersion).where(IndicatorVersion.id == version_id).with_for_update()
    )
    if found is None:
        raise Refusal("not_found", 404)
    return found


def headings(version_id: int) -> Sequence[Indicator]:
    """Return a version's headings in order."""
    return db.session.scalars(
        select(Indicator)
        .where(Indicator.version_id == version_id, Indicator.parent_id.is_(None))
        .order_by(Indicator.position)
    ).all()


def leaves(version_id: int) -> Sequence[Indicator]:
    """Return a version's leaves in tree order."""
    return db.session.scalars(
        select(Indicator)
        .where(Indicator.version_id == version_id, Indicator.parent_id.is_not(None))
        .order_by(Indicator.position)
    ).all()


def tree(version_id: int) -> list[dict[str, Any]]:
    """Return a version in the form that ``check_tree`` and ``create_version`` take."""
    below: dict[int | None, list[dict[str, Any]]] = {}
    for leaf in leaves(version_id):
        below.setdefault(leaf.parent_id, []).append(
            {
                "code": leaf.code,
                "name": leaf.name,
                "question": leaf.question,
                "weight": plain(leaf.weight),
                "method": leaf.method,
                "duties": list(leaf.duties),
            }
        )
    return [
        {
            "code": heading.code,
            "name": heading.name,
            "weight": plain(heading.weight),
            "leaves": below.get(heading.id, []),
        }
        for heading in headings(version_id)
    ]
