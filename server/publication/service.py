"""Publishing: a new version, from what stands in the ledger now. No version is ever changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns import service as campaign_service
from server.core.access import SYSTEM, Actor
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import lock
from server.evaluation import tallying
from server.ledger import queries as ledger
from server.publication import queries
from server.publication.differences import Change, changes
from server.publication.disclosure import DisclosureError, withhold
from server.publication.document import Document, document
from server.publication.figures import Figures
from server.publication.gathering import gather
from server.publication.history import history
from server.publication.models import Publication
from server.publication.rules import LONGEST_NOTE, publishes_at_close
from server.publication.withheld import Withheld
from server.scoring import canonical
from server.scoring import queries as scoring
from server.settings import queries as settings
from server.settings.rules import PUBLISH_AT_CLOSE, SETTINGS


@dataclass(frozen=True)
class Preview:
    """What a publication would be: the document, what is left out and why, what is new in it."""

    figures: Figures
    document: Document
    withheld: Mapping[int, Withheld]
    changes: list[Change]
    version: int

    @property
    def is_new(self) -> bool:
        """Whether anything differs from the last version."""
        return self.version == 1 or bool(self.changes)


def preview(campaign_id: int, *, score_run_id: UUID | None = None) -> Preview:
    """Return exactly what ``publish`` would store now; refuses as it does."""
    run = None if score_run_id is None else scoring.run(score_run_id)
    figures = gather(campaign_id, run=run)
    earlier = queries.versions(campaign_id)
    documents = [version.document for version in earlier]
    basis = figures.basis
    try:
        withheld = {
            one.id: withhold(
                one,
                basis.smallest_group,
                basis.level_scores,
                history(documents, one),
                basis.scheme,
            )
            for one in figures.departments
        }
    except DisclosureError as error:
        raise Refusal("publication_discloses", 409) from error
    made = document(figures, withheld)
    newest = earlier[0] if earlier else None
    return Preview(
        figures=figures,
        document=made,
        withheld=withheld,
        changes=[] if newest is None else changes(newest.document, made),
        version=1 if newest is None else newest.version + 1,
    )


def publish(
    campaign_id: int,
    *,
    score_run_id: UUID | None = None,
    note: str = "",
    digest: str | None = None,
    actor: Actor,
    now: datetime,
) -> Publication:
    """Publish a settled campaign's figures as its next version.

    Args:
        campaign_id: the campaign.
        score_run_id: the computation whose scores are published with them, if any.
        note: why there is a new version; needed from the second on.
        digest: the canonical digest of the document that was looked at; another one is refused with
            ``publication_changed``.
        actor: who publishes.
        now: when.

    Raises:
        InvalidInput: no note where one is needed, or one that is too long.
        Refusal: as ``gathering.gather``; an actor whose office doesn't reach all departments;
            ``publication_unchanged`` where nothing differs;
            ``publication_discloses`` where an earlier version tells what must be withheld.
    """
    campaign_service.require_office(campaigns.department_paths(campaign_id), actor)
    lock(f"publication-{campaign_id}")
    # What is published can be held against the log: the tally says what counts by now.
    tallying.bring_up_to_date(campaign_id, now=now)
    found = preview(campaign_id, score_run_id=score_run_id)
    if len(note) > LONGEST_NOTE or (found.version > 1 and not note):
        message = f"请填写更正或补充的说明，1 至 {LONGEST_NOTE} 个字。"
        raise InvalidInput([{"field": "note", "message": message}])
    if digest is not None and digest != canonical.digest(found.document):
        raise Refusal("publication_changed", 409)
    if not found.is_new:
        raise Refusal("publication_unchanged", 409)
    stored = Publication(
        campaign_id=campaign_id,
        version=found.version,
        score_run_id=score_run_id,
        document=found.document,
        digest=bytes.fromhex(canonical.digest(found.document)),
        note=note,
        checkpoint=ledger.head().note,
        published_by=actor.id,
        published_at=now,
    )
    db.session.add(stored)
    db.session.flush()
    audit.record(
        actor,
        "publication.published",
        ("campaign", campaign_id),
        at=now,
        version=stored.version,
        digest=stored.digest.hex(),
        scored=score_run_id is not None,
    )
    return stored


def publish_at_close(campaign_id: int, now: datetime) -> None:
    """Publish a settled campaign's results by channel for the first time, where the setting says.

    What counts is the setting at the moment of settling: who switches it on later does not publish
    what was held back before. Safe to repeat.
    """
    lock(f"publication-{campaign_id}")
    if queries.current(campaign_id) is not None:
        return
    settled_at = queries.settled_at(campaign_id)
    if settled_at is not None and _wanted(settled_at):
        publish(campaign_id, actor=SYSTEM, now=now)


def _wanted(moment: datetime) -> bool:
    for version in settings.history(PUBLISH_AT_CLOSE):
        if version.changed_at <= moment:
            return publishes_at_close(version.value)
    return publishes_at_close(SETTINGS[PUBLISH_AT_CLOSE].default)
