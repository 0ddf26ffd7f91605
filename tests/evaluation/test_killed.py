"""Folding, counting anew and settling, each killed in the middle: nothing is half done."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from server.campaigns.models import Campaign
from server.core.config import Configuration
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import counts, tasks
from server.evaluation.models import RATING_CHANGE, Evaluation, GroupSize
from tests.factories.city import City
from tests.factories.closing import close, store_ratings
from tests.factories.doomed import killed_while_waiting_for

ONE_COUNT = "SELECT FROM rating_count WHERE place = 0 AND level = 5 FOR UPDATE"


@pytest.fixture
def campaign(city: City) -> Campaign:
    """A campaign with counts that stand, and more ratings whose changes are pending."""
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 10 + [4] * 3)
    tasks.fold_changes(0)
    store_ratings(campaign.id, department, [5, 2])
    return campaign


def overall(campaign: Campaign, city: City) -> dict[int, int]:
    return counts.counts_of(campaign.id, place=0)[city.departments[0].id, 1, 0][0]


def pending() -> int:
    return db.session.scalar(select(func.count()).select_from(RATING_CHANGE)) or 0


@pytest.mark.parametrize("job", ["fold", "recount"])
def test_counts_survive_a_kill_in_the_middle_of_their_job(
    city: City, campaign: Campaign, configuration: Configuration, tmp_path: Path, job: str
) -> None:
    with killed_while_waiting_for(ONE_COUNT, job, campaign.id, configuration, tmp_path / "keys"):
        assert pending() == 2
        assert overall(campaign, city) == {5: 11, 4: 3, 2: 1}
    tasks.fold_changes(0)
    assert pending() == 0
    assert overall(campaign, city) == {5: 11, 4: 3, 2: 1}
    with transaction():
        assert counts.recount(campaign.id) == 0


def test_a_settling_that_is_killed_leaves_the_ratings_and_begins_again(
    city: City, campaign: Campaign, configuration: Configuration, tmp_path: Path
) -> None:
    close(campaign.id)
    before = set(db.session.scalars(select(Evaluation.id)))
    with killed_while_waiting_for(
        ONE_COUNT, "settle", campaign.id, configuration, tmp_path / "keys"
    ):
        assert set(db.session.scalars(select(Evaluation.id))) == before
        assert db.session.scalars(select(GroupSize)).all() == []
        assert overall(campaign, city) == {5: 11, 4: 3, 2: 1}
    tasks.settle(campaign.id)
    db.session.expire_all()
    assert db.session.get_one(Campaign, campaign.id).settled_at is not None
    assert set(db.session.scalars(select(Evaluation.id))) == before
    assert overall(campaign, city) == {5: 11, 4: 3, 2: 1}
    # The triggers rest during the rewrite, not after it.
    store_ratings(campaign.id, city.departments[0].id, [1])
    assert overall(campaign, city) == {5: 11, 4: 3, 2: 1, 1: 1}
