"""A rating set apart by two persons of the office."""

from uuid import UUID

from server.core import clock
from server.core.transaction import transaction
from server.evaluation import review
from server.evaluation.rules import ExclusionReason
from tests.factories.city import City


def exclude(
    city: City,
    campaign_id: int,
    evaluation_id: UUID,
    reason: ExclusionReason = ExclusionReason.TEST,
) -> None:
    """Propose a rating's exclusion and confirm it."""
    first, second, now = city.actors["office1"], city.actors["office2"], clock.now()
    with transaction():
        proposal = review.propose_exclusion(
            campaign_id, evaluation_id, reason=reason, note="", actor=first, now=now
        )
        review.decide_exclusion(proposal.id, confirm=True, actor=second, now=now)
