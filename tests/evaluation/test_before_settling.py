"""What the domains above have done before a campaign is settled: in order, each for itself."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server.campaigns import queries as campaigns
from server.core.database import db
from server.evaluation import service, tasks
from server.evaluation.models import Evaluation
from tests.factories.city import City
from tests.factories.closing import close, store_ratings


@pytest.fixture
def steps(app: APIFlask) -> Iterator[list[object]]:
    """The application's steps, to be replaced by a test's own."""
    kept = app.extensions["before_settling"]
    app.extensions["before_settling"] = []
    yield app.extensions["before_settling"]
    app.extensions["before_settling"] = kept


def closed_campaign(city: City) -> int:
    campaign = city.campaign().id
    store_ratings(campaign, city.departments[0].id, [5, 4, 3])
    close(campaign)
    return campaign


def test_steps_run_in_the_order_of_their_registration_and_before_the_rewrite(
    app: APIFlask, city: City, steps: list[object]
) -> None:
    campaign = closed_campaign(city)
    seen: list[tuple[str, int, bool]] = []
    for name in "abc":
        service.register_before_settling(
            app,
            lambda one, name=name: seen.append((name, one, service.is_rewritten(one))),
        )
    tasks.settle(campaign)
    assert seen == [(name, campaign, False) for name in "abc"]
    assert campaigns.campaign(campaign).settled_at is not None
    tasks.settle(campaign)
    assert len(seen) == 3, "what is rewritten is not prepared again"


def test_a_step_that_fails_puts_the_settling_off_and_keeps_what_came_before_it(
    app: APIFlask, city: City, steps: list[object]
) -> None:
    campaign = closed_campaign(city)

    def mark(one: int) -> None:
        db.session.execute(
            text("UPDATE campaign SET description = description || '!' WHERE id = :id"), {"id": one}
        )

    def fail(one: int) -> None:
        mark(one)
        raise RuntimeError

    service.register_before_settling(app, mark)
    service.register_before_settling(app, fail)
    with pytest.raises(RuntimeError):
        tasks.settle(campaign)
    db.session.expire_all()
    assert campaigns.campaign(campaign).description == "!", "each step has its own transaction"
    assert not service.is_rewritten(campaign)
    assert len(db.session.scalars(select(Evaluation)).all()) == 3
    steps.pop()
    tasks.settle(campaign)
    assert service.is_rewritten(campaign)
