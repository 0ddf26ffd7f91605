"""Reading quarters' editions. Nothing here looks at a rating or a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from server.core.database import db
from server.core.errors import Refusal
from server.core.keeping import kept
from server.quarterly.models import QuarterEdition
from server.quarterly.rules import CODE, UNDERWAY, EditionState

COLUMNS = (
    QuarterEdition.id,
    QuarterEdition.quarter,
    QuarterEdition.edition,
    QuarterEdition.state,
    QuarterEdition.digest,
    QuarterEdition.note,
    QuarterEdition.frozen_by,
    QuarterEdition.frozen_at,
    QuarterEdition.approved_by,
    QuarterEdition.approved_at,
    QuarterEdition.publish_at,
    QuarterEdition.published_at,
    QuarterEdition.checkpoint,
)

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Edition:
    """One edition of a quarter; its document is read when it is asked for."""

    id: int
    quarter: str
    edition: int
    state: str
    digest: bytes
    note: str
    frozen_by: UUID
    frozen_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None
    publish_at: datetime | None
    published_at: datetime | None
    checkpoint: str

    @property
    def document(self) -> dict[str, Any]:
        """What the edition holds. No edition's document ever changes, so it is read once."""
        return kept(("quarter", self.id, self.digest), self.stored_document)

    @property
    def inputs(self) -> dict[str, Any]:
        """What it was made of, with what is withheld: for the office's own checks alone."""
        wanted = select(QuarterEdition.inputs).where(QuarterEdition.id == self.id)
        found: dict[str, Any] = db.session.scalars(wanted).one()
        return found

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self.state == EditionState.PUBLISHED

    def stored_document(self) -> dict[str, Any]:
        """Return the document as it stands in the database at this moment."""
        wanted = select(QuarterEdition.document).where(QuarterEdition.id == self.id)
        found: dict[str, Any] = db.session.scalars(wanted).one()
        return found


def checkpoints() -> list[str]:
    """Return the log's heads that editions print."""
    printed = select(QuarterEdition.checkpoint).where(QuarterEdition.checkpoint != "")
    return list(db.session.scalars(printed.distinct()))


def published_quarters() -> list[Edition]:
    """Return the newest published edition of each quarter, the latest quarter first."""
    newest = (
        select(QuarterEdition.quarter, func.max(QuarterEdition.edition).label("edition"))
        .where(QuarterEdition.state == EditionState.PUBLISHED.value)
        .group_by(QuarterEdition.quarter)
        .subquery()
    )
    query = (
        select(*COLUMNS)
        .join(
            newest,
            (newest.c.quarter == QuarterEdition.quarter)
            & (newest.c.edition == QuarterEdition.edition),
        )
        .where(QuarterEdition.state == EditionState.PUBLISHED.value)
        .order_by(QuarterEdition.quarter.desc())
    )
    return _read(query)


def published_editions(quarter: str) -> list[Edition]:
    """Return a quarter's published editions, the newest first."""
    query = _editions(quarter).where(QuarterEdition.state == EditionState.PUBLISHED.value)
    return _read(query)


def published_edition(quarter: str, edition: int | None = None) -> Edition:
    """Return a published edition, the newest unless another is asked for.

    Refuses a quarter of which nothing is published, and an edition that there is not, with 404.
    """
    if CODE.fullmatch(quarter) is None:
        raise Refusal("quarter_not_published", 404)
    for found in published_editions(quarter):
        if edition is None or found.edition == edition:
            return found
    raise Refusal("quarter_not_published", 404)


def every_edition(quarter: str) -> list[Edition]:
    """Return all of a quarter's editions, dropped ones too, the newest first."""
    return _read(_editions(quarter))


def edition(edition_id: int) -> Edition:
    """Return one edition in any state; refuse with 404."""
    found = _read(select(*COLUMNS).where(QuarterEdition.id == edition_id))
    if not found:
        raise Refusal("edition_unknown", 404)
    return found[0]


def edition_for_update(edition_id: int) -> QuarterEdition:
    """Return one edition with its row locked; refuse with 404."""
    found = db.session.get(QuarterEdition, edition_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("edition_unknown", 404)
    return found


def underway(quarter: str) -> Edition | None:
    """Return the edition that is frozen or approved and not yet published, if any."""
    states = [state.value for state in UNDERWAY]
    return next(iter(_read(_editions(quarter).where(QuarterEdition.state.in_(states)))), None)


def states() -> dict[str, list[Edition]]:
    """Return by quarter its editions that were not dropped, the newest first."""
    query = (
        select(*COLUMNS)
        .where(QuarterEdition.state != EditionState.DROPPED.value)
        .order_by(QuarterEdition.quarter.desc(), QuarterEdition.edition.desc())
    )
    found: dict[str, list[Edition]] = {}
    for one in _read(query):
        found.setdefault(one.quarter, []).append(one)
    return found


def due_ids(now: datetime) -> Sequence[int]:
    """Return the approved editions whose time has come, the earliest first."""
    return db.session.scalars(
        select(QuarterEdition.id)
        .where(
            QuarterEdition.state == EditionState.APPROVED.value, QuarterEdition.publish_at <= now
        )
        .order_by(QuarterEdition.publish_at, QuarterEdition.id)
    ).all()


def department_of(edition: Edition, department_id: int) -> Node:
    """Return a department's part of an edition; refuse one that is not in it with 404."""
    for group in edition.document["groups"]:
        for node in group["departments"]:
            if node["id"] == department_id:
                found: Node = node
                return found
    raise Refusal("department_unknown", 404, field="department")


def _editions(quarter: str) -> Any:
    """Select editions without their documents."""
    return (
        select(*COLUMNS)
        .where(QuarterEdition.quarter == quarter)
        .order_by(QuarterEdition.edition.desc(), QuarterEdition.id.desc())
    )


def _read(query: Any) -> list[Edition]:
    return [Edition(*row) for row in db.session.execute(query)]
