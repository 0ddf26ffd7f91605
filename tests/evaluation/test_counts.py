"""Counts of ratings: at every moment what a scan of the ratings would give."""

import logging
import threading

import pytest
from apiflask import APIFlask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import counts, tasks
from server.evaluation.models import RATING_CHANGE, CountedCampaign, RatingCount
from tests.evaluation.ledger_of_one import Ledger
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle, store_ratings

NAMES = ("rate", "correct", "withdraw", "exclude", "hand_over", "take_back", "close")
HAPPENING = st.tuples(st.sampled_from(NAMES), st.integers(0, 30), st.integers(1, 5))
# What the job may have got done when the counts are read.
JOB = st.sampled_from(("nothing", "some", "all", "anew"))
EXCLUDED_THEN_TAKEN_BACK = [
    (("hand_over", 0, 5), "all"),
    (("exclude", 0, 1), "nothing"),
    (("exclude", 0, 2), "some"),
    (("take_back", 0, 1), "nothing"),
    (("take_back", 1, 1), "nothing"),
    (("hand_over", 0, 2), "all"),
    (("close", 0, 1), "nothing"),
]


def work(how: str, campaign_id: int) -> None:
    if how == "some":
        with transaction():
            counts.fold(most=1)
    elif how == "all":
        tasks.fold_changes(0)
    elif how == "anew":
        with transaction():
            assert counts.recount(campaign_id) == 0, "the counts that stood were right"


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(happenings=st.lists(st.tuples(HAPPENING, JOB), max_size=14))
@example(happenings=EXCLUDED_THEN_TAKEN_BACK)
def test_counts_equal_a_scan_whatever_happens(
    city: City, happenings: list[tuple[tuple[str, int, int], str]]
) -> None:
    ledger = Ledger.begin(city)
    tasks.fold_changes(0)
    campaign_id = ledger.campaign.id
    for (name, number, level), how in happenings:
        getattr(ledger, name)(number, level)
        work(how, campaign_id)
        assert counts.counts_of(campaign_id) == ledger.scanned(), name
        assert counts.excluded_of(campaign_id) == ledger.set_apart(), name
    tasks.fold_changes(0)
    assert counts.counts_of(campaign_id) == ledger.scanned()
    assert pending() == 0


def pending() -> int:
    return db.session.scalar(select(func.count()).select_from(RATING_CHANGE)) or 0


def test_counts_are_narrowed_to_a_department_and_a_place(city: City) -> None:
    campaign, (one, other, _) = city.campaign(), city.departments
    store_ratings(campaign.id, one.id, [5, 5, 2])
    store_ratings(campaign.id, other.id, [4])
    everything = counts.counts_of(campaign.id)
    assert set(everything) == {(one.id, 1, 0), (other.id, 1, 0)}
    assert counts.counts_of(campaign.id, other.id) == {(other.id, 1, 0): everything[other.id, 1, 0]}
    assert counts.counts_of(campaign.id, place=0) == {
        (one.id, 1, 0): {0: {5: 2, 2: 1}},
        (other.id, 1, 0): {0: {4: 1}},
    }
    tasks.fold_changes(0)
    assert counts.counts_of(campaign.id) == everything
    assert counts.counts_of(campaign.id, one.id, place=0) == {(one.id, 1, 0): {0: {5: 2, 2: 1}}}


def test_equal_ratings_of_one_statement_are_one_change(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [4] * 50)
    assert pending() == 1


def test_a_change_that_is_none_of_levels_changes_no_count(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [4] * 3)
    tasks.fold_changes(0)
    with transaction():
        db.session.execute(text("UPDATE evaluation SET comment = '好', comment_state = 3"))
        db.session.execute(text(f"UPDATE part.evaluation_{campaign.id} SET comment_state = 4"))
    assert pending() == 0


def test_ratings_from_before_the_counts_are_counted_by_the_job(city: City) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    with transaction():
        db.session.execute(text(f"ALTER TABLE part.evaluation_{campaign.id} DISABLE TRIGGER USER"))
        db.session.execute(text("ALTER TABLE evaluation DISABLE TRIGGER USER"))
    try:
        store_ratings(campaign.id, department, [4] * 3)
    finally:
        with transaction():
            db.session.execute(text("ALTER TABLE evaluation ENABLE TRIGGER USER"))
            db.session.execute(
                text(f"ALTER TABLE part.evaluation_{campaign.id} ENABLE TRIGGER USER")
            )
    assert pending() == 0
    store_ratings(campaign.id, department, [4, 5])
    expected = {(department, 1, 0): {0: {4: 4, 5: 1}}}
    assert counts.counts_of(campaign.id, place=0) == expected, "scanned until the job comes"
    tasks.fold_changes(0)
    assert db.session.get(CountedCampaign, campaign.id) is not None
    assert counts.counts_of(campaign.id, place=0) == expected


def test_wrong_counts_are_told_and_put_right_when_a_campaign_is_settled(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [4] * 12)
    tasks.fold_changes(0)
    with transaction():
        db.session.execute(text("UPDATE rating_count SET number = 99 WHERE place = 0"))
        db.session.execute(text("UPDATE rating_count SET level = 5 WHERE place = 1"))
    with caplog.at_level(logging.ERROR):
        close_and_settle(campaign.id)
    assert [record.message for record in caplog.records] == [
        f"campaign {campaign.id}: 3 counts were wrong"
    ]
    assert counts.counts_of(campaign.id, place=0) == {(department, 1, 0): {0: {4: 12}}}
    assert counts.counts_of(campaign.id, place=1) == {(department, 1, 0): {1: {4: 12}}}


def test_settling_writes_no_changes_and_tells_nothing(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    store_ratings(campaign.id, department, [4] * 12)
    tasks.fold_changes(0)
    close(campaign.id)
    with caplog.at_level(logging.ERROR):
        tasks.settle(campaign.id)
    assert pending() == 0
    assert caplog.records == []
    # The triggers work again.
    store_ratings(campaign.id, department, [4])
    assert pending() == 1


def test_counts_stay_exact_while_ratings_folds_and_recounts_run_at_once(
    app: APIFlask, city: City
) -> None:
    campaign_id, department = city.campaign().id, city.departments[0].id
    ended = threading.Event()
    wrong: list[int] = []

    def keep_on(step: object) -> None:
        with app.app_context():
            while not ended.is_set():
                with transaction():
                    wrong.append(int(step() or 0))  # type: ignore[operator]
                db.session.remove()

    def fold() -> int:
        counts.fold(most=3)
        return 0

    workers = [
        threading.Thread(target=keep_on, args=(step,))
        for step in (fold, lambda: counts.recount(campaign_id))
    ]
    for worker in workers:
        worker.start()
    seen = []
    for number in range(40):
        store_ratings(campaign_id, department, [number % 5 + 1])
        seen.append(sum(counts.counts_of(campaign_id, place=0)[department, 1, 0][0].values()))
        db.session.commit()
    ended.set()
    for worker in workers:
        worker.join(20)
    assert seen == list(range(1, 41)), "each rating is counted from its commit on, once"
    assert sum(wrong) == 0
    tasks.fold_changes(0)
    total = select(func.sum(RatingCount.number)).where(RatingCount.place == 0)
    assert db.session.scalar(total) == 40
