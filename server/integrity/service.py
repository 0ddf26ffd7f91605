"""Searching a campaign, and the verdicts on what was found.

Nothing here deletes a rating or changes a score. What a person thinks to be no honest rating is
proposed for exclusion, which a second person of the office decides (``evaluation.bulk_review``).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignState
from server.core import clock
from server.core.access import SYSTEM, Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import lock
from server.evaluation import bulk_review
from server.evaluation.bulk_review import Seen
from server.evaluation.queries import is_sealed
from server.evaluation.rules import ExclusionReason
from server.identity import queries as identity
from server.integrity import findings
from server.integrity.models import CampaignSearch, Finding, FindingRating
from server.integrity.rules import FindingState, Thresholds
from server.integrity.traces import SEARCHES
from server.settings import queries as settings
from server.settings.thresholds import FINDING_CHANCE, THRESHOLDS

__all__ = ["Seen"]


def search_open(campaign_id: int, *, now: datetime) -> bool:
    """Search an open service campaign; tell whether it was searched.

    A sealed survey is not: that something was found would tell how people rate.
    """
    campaign = _locked(campaign_id)
    if campaign.state != CampaignState.OPEN or is_sealed(campaign.kind, campaign.state):
        return False
    _search(campaign, final=False, now=now)
    return True


def search_closed(campaign_id: int, now: datetime) -> None:
    """Search a closed campaign for the last time, while blocks of addresses are still known.

    Done once, and safe to repeat until it is.
    """
    campaign = _locked(campaign_id)
    if campaign.state != CampaignState.CLOSED:
        return
    row = db.session.get(CampaignSearch, campaign_id)
    if row is None or not row.final:
        _search(campaign, final=True, now=now)


def _locked(campaign_id: int) -> Campaign:
    # One search of a campaign at a time: the daily one may still be at work when it closes.
    lock(f"search of campaign {campaign_id}")
    campaign = campaigns.campaign(campaign_id)
    db.session.refresh(campaign)
    return campaign


def _search(campaign: Campaign, *, final: bool, now: datetime) -> None:
    today = clock.local_date(now)
    limits = thresholds()
    for kind, search in SEARCHES.items():
        try:
            with db.session.begin_nested():
                for trace in search(campaign, limits, today):
                    findings.keep(campaign.id, trace, limits, today)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 one search's fault must not keep a city's results
            # The error's text may hold a comment.
            name = type(error).__name__
            current_app.logger.error("campaign %s: search %s: %s", campaign.id, kind, name)  # noqa: TRY400 no traceback: its locals hold comments
            audit.record(
                SYSTEM, "finding.search_failed", ("campaign", campaign.id), at=now, kind=kind
            )
    statement = insert(CampaignSearch).values(campaign_id=campaign.id, searched_at=now, final=final)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[CampaignSearch.campaign_id],
            set_={"searched_at": now, "final": final},
        )
    )
    if final:
        audit.record(SYSTEM, "campaign.searched", ("campaign", campaign.id), at=now)


def thresholds() -> Thresholds:
    """Return the thresholds that the settings hold now."""
    numbers: dict[str, Any] = {one.key: int(settings.value(one.key)) for one in THRESHOLDS}
    return Thresholds(chance=float(settings.value(FINDING_CHANCE)), **numbers)


def dismiss(finding_id: UUID, *, note: str, actor: Actor, now: datetime) -> Finding:
    """Say that there is nothing to a finding: its ratings stand like all others."""
    found = _judged(finding_id, actor)
    if found.state != FindingState.OPEN:
        raise Refusal("finding_judged", 409)
    _judge(found, FindingState.DISMISSED, note, actor, now)
    audit.record(
        actor,
        "finding.dismissed",
        ("finding", finding_id),
        at=now,
        campaign=found.campaign_id,
        department=found.department_id,
        kind=found.kind,
        size=found.ratings,
    )
    return found


def propose_exclusion(
    finding_id: UUID,
    *,
    reason: ExclusionReason,
    note: str,
    chosen: Sequence[UUID] | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Propose not to count a finding's ratings, or the ``chosen`` ones; return how many.

    A dismissed finding may be judged anew in this way, and what was left out proposed later on.
    """
    found = _judged(finding_id, actor)
    number = bulk_review.propose_exclusions(
        found.campaign_id,
        found.department_id,
        _among(finding_id, chosen),
        reason=reason,
        note=note,
        subject=("finding", finding_id),
        actor=actor,
        now=now,
    )
    _judge(found, FindingState.PROPOSED, note, actor, now)
    return number


def to_decide(finding_id: UUID, *, actor: Actor) -> Seen:
    """Return what ``decide_exclusion`` would decide now: what a page shows, and sends back."""
    found = db.session.get(Finding, finding_id)
    if found is None:
        raise Refusal("finding_unknown", 404)
    return bulk_review.open_proposals(
        found.campaign_id, found.department_id, _among(finding_id), actor=actor
    )


def decide_exclusion(
    finding_id: UUID, *, seen: Seen, confirm: bool, actor: Actor, now: datetime
) -> int:
    """Confirm or reject what was proposed of a finding, as a second person; return how many.

    Refused where it is no longer what the person has ``seen``.
    """
    found = _judged(finding_id, actor)
    return bulk_review.decide_exclusions(
        found.campaign_id,
        found.department_id,
        _among(finding_id),
        seen=seen,
        confirm=confirm,
        subject=("finding", finding_id),
        actor=actor,
        now=now,
    )


def _judged(finding_id: UUID, actor: Actor) -> Finding:
    """Return a finding for a verdict, locked; refuse whom its department is not in reach of."""
    found = db.session.get(Finding, finding_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("finding_unknown", 404)
    actor.require(identity.organisation(found.department_id).path, Role.OFFICE)
    return found


def _judge(found: Finding, state: FindingState, note: str, actor: Actor, now: datetime) -> None:
    found.state = state.value
    found.note = note
    found.judged_by = actor.id
    found.judged_at = now
    db.session.flush()


def _among(finding_id: UUID, chosen: Sequence[UUID] | None = None) -> Select[UUID]:
    query = select(FindingRating.evaluation_id).where(FindingRating.finding_id == finding_id)
    return query if chosen is None else query.where(FindingRating.evaluation_id.in_(chosen))
