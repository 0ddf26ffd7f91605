"""Reading publications. Nothing here looks at a rating."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, CampaignState
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.keeping import kept
from server.identity import queries as identity
from server.publication.models import Publication

COLUMNS = (
    Publication.id,
    Publication.campaign_id,
    Publication.version,
    Publication.score_run_id,
    Publication.digest,
    Publication.note,
    Publication.published_by,
    Publication.published_at,
    Publication.checkpoint,
)

Document = dict[str, Any]
Node = Mapping[str, Any]


@dataclass(frozen=True)
class ClosedCampaign:
    """A campaign that has closed, and its newest published version, if any."""

    id: int
    title: str
    description: str
    kind: CampaignKind
    closed_on: date
    settled: bool
    version: int | None
    published_on: date | None
    scored: bool

    @property
    def published(self) -> bool:
        """Whether there is something to read."""
        return self.version is not None


@dataclass(frozen=True)
class Published:
    """One version of a campaign's publication; its document is read when it is asked for."""

    id: int
    campaign_id: int
    version: int
    score_run_id: UUID | None
    digest: bytes
    note: str
    published_by: UUID | None
    published_at: datetime
    checkpoint: str

    @property
    def at_close(self) -> bool:
        """Whether it was published by itself once the campaign was settled."""
        return self.published_by is None and self.version == 1 and self.score_run_id is None

    @property
    def document(self) -> Document:
        """What the version holds. No version ever changes, so it is read once and kept."""
        return kept(("publication", self.id, self.digest), self._read)

    def _read(self) -> Document:
        wanted = select(Publication.document).where(Publication.id == self.id)
        found: Document = db.session.scalars(wanted).one()
        return found


def checkpoints() -> list[str]:
    """Return the log's heads that publications print."""
    printed = select(Publication.checkpoint).where(Publication.checkpoint != "")
    return list(db.session.scalars(printed.distinct()))


def current(campaign_id: int) -> Published | None:
    """Return the newest version, which is what the public sees, or None before the first."""
    return next(iter(_read(_versions(campaign_id).limit(1))), None)


def versions(campaign_id: int) -> list[Published]:
    """Return every version, the newest first."""
    return _read(_versions(campaign_id))


def published(campaign_id: int, version: int | None = None) -> Published:
    """Return a version, the newest unless another is asked for.

    Refuses a draft, and a version that there is not, with 404; with 409 a campaign that is still
    open (``campaign_sealed``), is being settled (``campaign_not_settled``), or of which nothing is
    published (``campaign_not_published``).
    """
    if version is None:
        found = current(campaign_id)
    else:
        wanted = _versions(campaign_id).where(Publication.version == version)
        found = next(iter(_read(wanted)), None)
    if found is not None:
        return found
    campaigns.settled_campaign(campaign_id)
    if version is not None and current(campaign_id) is not None:
        raise Refusal("not_found", 404)
    raise Refusal("campaign_not_published", 409)


def department_of(publication: Published, department_id: int) -> Mapping[str, Any]:
    """Return a department's part of a version; refuse one that is not in it with 404."""
    for node in publication.document["departments"]:
        if node["id"] == department_id:
            found: Mapping[str, Any] = node
            return found
    raise Refusal("department_unknown", 404, field="department")


def matching(departments: Sequence[Node], q: str) -> Sequence[Node]:
    """Return the departments whose name, alias, pinyin or initials match; all without ``q``."""
    if not q:
        return departments
    ids = set(db.session.scalars(select(identity.Organisation.id).where(identity.matches(q))))
    return [node for node in departments if node["id"] in ids]


def published_run_ids() -> set[UUID]:
    """Return the computations whose scores are, or were, published."""
    found = db.session.scalars(
        select(Publication.score_run_id).where(Publication.score_run_id.is_not(None)).distinct()
    )
    return {run for run in found if run is not None}


def current_versions(campaign_ids: Iterable[int]) -> dict[int, int]:
    """Return the newest version's number of each campaign that has one."""
    rows = db.session.execute(
        select(Publication.campaign_id, func.max(Publication.version))
        .where(Publication.campaign_id.in_(list(campaign_ids)))
        .group_by(Publication.campaign_id)
    )
    return {row[0]: row[1] for row in rows}


def unpublished() -> Sequence[Campaign]:
    """Return the settled campaigns of which nothing was ever published, the oldest first."""
    return db.session.scalars(
        select(Campaign)
        .outerjoin(Publication, Publication.campaign_id == Campaign.id)
        .where(Campaign.settled_at.is_not(None), Publication.id.is_(None))
        .order_by(Campaign.id)
    ).all()


def settled_at(campaign_id: int) -> datetime | None:
    """Return when a campaign was settled."""
    return campaigns.campaign(campaign_id).settled_at


def closed_campaigns() -> list[ClosedCampaign]:
    """Return the campaigns that have closed, the latest to open first."""
    newest = (
        select(
            Publication.campaign_id,
            Publication.version,
            Publication.published_at,
            Publication.score_run_id,
        )
        .ext(distinct_on(Publication.campaign_id))
        .order_by(Publication.campaign_id, Publication.version.desc())
        .subquery()
    )
    rows = db.session.execute(
        select(Campaign, newest.c.version, newest.c.published_at, newest.c.score_run_id)
        .outerjoin(newest, newest.c.campaign_id == Campaign.id)
        .where(Campaign.state == CampaignState.CLOSED.value)
        .order_by(Campaign.opens_at.desc(), Campaign.id.desc())
    )
    return [
        ClosedCampaign(
            id=campaign.id,
            title=campaign.title,
            description=campaign.description,
            kind=CampaignKind(campaign.kind),
            closed_on=clock.local_date(campaign.closed_at or campaign.closes_at),
            settled=campaign.settled_at is not None,
            version=version,
            published_on=None if published_at is None else clock.local_date(published_at),
            scored=run is not None,
        )
        for campaign, version, published_at, run in rows
    ]


def _versions(campaign_id: int) -> Any:
    """Select versions without their documents, which are some hundred kilobytes each."""
    return (
        select(*COLUMNS)
        .where(Publication.campaign_id == campaign_id)
        .order_by(Publication.version.desc())
    )


def _read(query: Any) -> list[Published]:
    return [Published(*row) for row in db.session.execute(query)]
