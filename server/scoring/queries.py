"""Reading scoring schemes."""

from collections.abc import Sequence

from sqlalchemy import func, select

from server.core.database import db
from server.core.errors import Refusal
from server.scoring.models import ScoringScheme
from server.scoring.scheme import Scheme, build


def schemes() -> Sequence[ScoringScheme]:
    """Return every version of every scheme, newest first."""
    return db.session.scalars(select(ScoringScheme).order_by(ScoringScheme.id.desc())).all()


def stored_scheme(scheme_id: int) -> ScoringScheme:
    """Return a stored version; refuse an unknown one with 404."""
    found = db.session.get(ScoringScheme, scheme_id)
    if found is None:
        raise Refusal("not_found", 404)
    return found


def scheme_for_update(scheme_id: int) -> ScoringScheme:
    """Return a stored version locked against others' changes; refuse an unknown one with 404."""
    found: ScoringScheme | None = db.session.scalar(
        select(ScoringScheme).where(ScoringScheme.id == scheme_id).with_for_update()
    )
    if found is None:
        raise Refusal("not_found", 404)
    return found


def scheme(scheme_id: int) -> Scheme:
    """Return a stored version as scores are worked out by it."""
    return build(stored_scheme(scheme_id).document)


def newest_version_number(name: str) -> int:
    """Return the newest version's number of a name, 0 where there is none."""
    number: int | None = db.session.scalar(
        select(func.max(ScoringScheme.version)).where(ScoringScheme.name == name)
    )
    return number or 0
