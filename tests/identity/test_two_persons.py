"""Rules of two persons hold against a delegate: standing in for somebody is being that one."""

import pytest

from server.core import clock
from server.core.access import Actor
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import review
from server.evaluation.models import Exclusion
from server.evaluation.rules import ExclusionReason
from server.identity import service as identity
from tests.console.conftest import rate
from tests.factories.city import City
from tests.factories.identity import actor_of
from tests.factories.standing_in import stand_in

__all__ = ["rate"]


@pytest.fixture
def proposal(city: City, rate: object) -> Exclusion:
    """A rating that office1 proposed not to count."""
    campaign = city.campaign()
    (rating,) = rate(campaign, city.departments[0], [1])  # type: ignore[operator]
    with transaction():
        return review.propose_exclusion(
            campaign.id,
            rating.id,
            reason=ExclusionReason.TEST,
            note="测试",
            actor=city.actors["office1"],
            now=clock.now(),
        )


def decide(proposal: Exclusion, actor: Actor) -> None:
    with transaction():
        review.decide_exclusion(proposal.id, confirm=True, actor=actor, now=clock.now())


def test_a_delegate_does_not_confirm_what_the_lender_proposed(
    city: City, proposal: Exclusion
) -> None:
    stand_in(city, "office1", "party")
    with pytest.raises(Refusal, match="exclusion_same_person"):
        decide(proposal, actor_of(city.accounts["party"]))


def test_a_delegate_of_somebody_else_confirms_it(city: City, proposal: Exclusion) -> None:
    stand_in(city, "office2", "party")
    decide(proposal, actor_of(city.accounts["party"]))


def test_a_delegate_of_both_is_one_person(city: City, proposal: Exclusion) -> None:
    stand_in(city, "office1", "party")
    stand_in(city, "office2", "party")
    with pytest.raises(Refusal, match="exclusion_same_person"):
        decide(proposal, actor_of(city.accounts["party"]))


def test_once_the_delegation_is_over_the_role_is_gone_with_it(
    city: City, proposal: Exclusion
) -> None:
    made = stand_in(city, "office1", "party")
    with transaction():
        identity.end_delegation(made.id, actor=city.actors["office1"], now=clock.now())
    with pytest.raises(Refusal, match="not_allowed"):
        decide(proposal, actor_of(city.accounts["party"]))
