"""Figures of the review: work to do is counted always, ratings only where nothing is sealed."""

from sqlalchemy import event

from server.campaigns.rules import CampaignKind
from server.core.database import db
from server.evaluation import figures, queries
from server.evaluation.rules import CommentState
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings


def test_an_open_survey_tells_what_waits_but_not_how_many_rated(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [5] * 4)
    for state in (CommentState.HELD, CommentState.WAITING, CommentState.PASSED):
        store_ratings(campaign.id, department, [1], comment="话", comment_state=state)
    found = figures.review_figures(campaign.id)
    assert (found.sealed, found.evaluations, found.excluded) == (True, None, None)
    assert found.comments == {"waiting": 1, "held": 1}
    close_and_settle(campaign.id)
    found = figures.review_figures(campaign.id)
    assert (found.sealed, found.evaluations) == (False, 7)
    # What still waited for the platform at the close was handed to a person.
    assert (found.comments["held"], found.comments["passed"]) == (2, 1)


def test_a_service_campaign_tells_all_of_it(city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    store_ratings(campaign.id, city.departments[0].id, [5] * 4)
    assert figures.review_figures(campaign.id).evaluations == 4


def test_waiting_work_is_counted_within_reach(city: City) -> None:
    campaign = city.campaign()
    store_ratings(
        campaign.id,
        city.departments[0].id,
        [5] * 3,
        comment="话",
        comment_state=CommentState.HELD,
    )
    found = figures.waiting_figures(actor=city.actors["office1"])
    assert (found.comments, found.photos, found.exclusions) == (3, 0, 0)


def test_a_page_of_the_queue_costs_the_same_number_of_queries_however_long(city: City) -> None:
    campaign, office = city.campaign(), city.actors["office1"]
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def cost() -> int:
        statements.clear()
        queries.held(campaign.id, actor=office, limit=50)
        return len(statements)

    words = {"comment": "话", "comment_state": CommentState.HELD}
    store_ratings(campaign.id, city.departments[0].id, [5], **words)
    few = cost()
    store_ratings(campaign.id, city.departments[1].id, [5] * 30, **words)
    assert cost() == few
