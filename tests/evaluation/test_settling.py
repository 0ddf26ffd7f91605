"""What the domains above do around a settling: in order, each for itself."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server.campaigns import queries as campaigns
from server.core.database import db
from server.evaluation import adopting, service, tallying, tasks
from server.evaluation.models import Evaluation
from server.evaluation.settling import Moment, Step, register_step
from server.integrity import service as integrity
from server.publication import service as publication
from server.sampling import responses
from tests.factories.city import City
from tests.factories.closing import close, store_ratings


@pytest.fixture
def steps(app: APIFlask) -> Iterator[list[object]]:
    """A test's own steps in place of the application's; those before the rewrite."""
    kept = {moment: app.extensions[moment] for moment in Moment}
    app.extensions.update({moment: [] for moment in Moment})
    yield app.extensions[Moment.BEFORE]
    app.extensions.update(kept)


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

    def note(name: str) -> Step:
        return lambda one, _: seen.append((name, one, service.is_rewritten(one)))

    register_step(app, Moment.AFTER, note("after"))
    for name in "abc":
        register_step(app, Moment.BEFORE, note(name))
    tasks.settle(campaign)
    before = [(name, campaign, False) for name in "abc"]
    after = [("after", campaign, True)]
    assert seen == before + after
    assert campaigns.campaign(campaign).settled_at is not None
    tasks.settle(campaign)
    assert seen == before + after + after, "what is rewritten is not prepared again"


def test_the_application_counts_the_sample_then_searches_and_publishes_after_the_tally(
    app: APIFlask,
) -> None:
    before = app.extensions[Moment.BEFORE]
    assert before[:3] == [responses.finish, integrity.search_closed, adopting.adopt]
    after = app.extensions[Moment.AFTER]
    assert after.index(tallying.tally) < after.index(publication.publish_at_close)


def test_a_step_that_fails_puts_the_settling_off_and_keeps_what_came_before_it(
    app: APIFlask, city: City, steps: list[object]
) -> None:
    campaign = closed_campaign(city)

    def mark(one: int, _: datetime) -> None:
        db.session.execute(
            text("UPDATE campaign SET description = description || '!' WHERE id = :id"), {"id": one}
        )

    def fail(one: int, now: datetime) -> None:
        mark(one, now)
        raise RuntimeError

    register_step(app, Moment.BEFORE, mark)
    register_step(app, Moment.BEFORE, fail)
    with pytest.raises(RuntimeError):
        tasks.settle(campaign)
    db.session.expire_all()
    assert campaigns.campaign(campaign).description == "!", "each step has its own transaction"
    assert not service.is_rewritten(campaign)
    assert len(db.session.scalars(select(Evaluation)).all()) == 3
    steps.pop()
    tasks.settle(campaign)
    assert service.is_rewritten(campaign)
