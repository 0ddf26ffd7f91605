"""Ratings that arrive at the same time: one statement stores them, each gets its own answer."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from apiflask import APIFlask
from sqlalchemy import text
from sqlalchemy.exc import DataError
from werkzeug.test import TestResponse

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.gathering import Gathering
from server.core.transaction import stored_with_others
from server.evaluation import service
from tests.factories.city import City
from tests.factories.rating import JSON, Phone, new_receipt
from tests.factories.waiting import wait_until

People = Callable[[str], Phone]
Rating = tuple[Phone, JSON, str]


def waiting_in(app: APIFlask) -> int:
    gatherings: dict[str, Gathering[object, bool]]
    gatherings = app.extensions.get("gathered_statements", {})
    return sum(len(gathering._waiting) for gathering in gatherings.values())


def at_once(app: APIFlask, campaign: int, ratings: Sequence[Rating]) -> list[TestResponse]:
    """Send ratings while this test's transaction holds the partition, then commit it.

    The first waits for the partition by itself, the others for the first.
    """

    def send(rating: Rating) -> TestResponse:
        phone, body, receipt = rating
        return Phone(app.test_client(), phone.token).send(campaign, body, receipt)

    with ThreadPoolExecutor(len(ratings)) as pool:
        answers = [pool.submit(send, ratings[0])]
        wait_until(_one_waits_for_a_lock)
        answers += [pool.submit(send, rating) for rating in ratings[1:]]
        wait_until(lambda: waiting_in(app) == len(ratings) - 1)
        db.session.commit()
        return [answer.result(20) for answer in answers]


def _one_waits_for_a_lock() -> bool:
    return bool(db.session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def hold(campaign: int) -> None:
    db.session.execute(text(f"LOCK TABLE part.evaluation_{campaign} IN EXCLUSIVE MODE"))


def stored(campaign: int) -> list[tuple[int, str]]:
    """Return the level and the transaction of every rating."""
    rows = db.session.execute(
        text(f"SELECT overall, xmin::text FROM part.evaluation_{campaign} ORDER BY overall")
    )
    return [(row[0], row[1]) for row in rows]


def told(answer: TestResponse) -> tuple[int, str | None]:
    return answer.status_code, answer.json.get("code")


def test_ratings_that_arrive_together_are_stored_in_one_transaction(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign = city.campaign().id
    first, second = (department.id for department in city.departments[:2])
    ratings: list[Rating] = []
    for level, (name, department) in enumerate(
        [("anna", first), ("anna", second), ("bo", first), ("cai", second)], start=1
    ):
        rater = phone(name)
        body = rater.body(campaign, department, level, comment=f"第{level}条，\U0001f44d\n'\"\\")
        ratings.append((rater, body, new_receipt()))
    hold(campaign)
    answers = at_once(app, campaign, ratings)
    assert [told(answer) for answer in answers] == [(201, None)] * 4
    for answer, (_, body, _) in zip(answers, ratings, strict=True):
        assert answer.json["department"]["id"] == body["department"]
    rows = stored(campaign)
    assert [level for level, _ in rows] == [1, 2, 3, 4]
    assert len({transaction for _, transaction in rows}) == 2, "the first, and all the others"


def test_each_of_those_who_arrive_together_gets_its_own_answer(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, bo, cai, dan = (phone(name) for name in ("anna", "bo", "cai", "dan"))
    taken = anna.body(campaign, department, 1)
    receipt, twin = new_receipt(), new_receipt()
    assert anna.send(campaign, taken, receipt).status_code == 201
    same = bo.body(campaign, department, 2)
    ratings = [
        (dan, dan.body(campaign, department, 5), new_receipt()),
        (anna, taken, receipt),
        (anna, anna.body(campaign, department, 3), receipt),
        (anna, anna.body(campaign, department, 3), new_receipt()),
        (bo, same, twin),
        (bo, same, twin),
        (cai, cai.body(campaign, department, 4), new_receipt()),
    ]
    hold(campaign)
    answers = at_once(app, campaign, ratings)
    assert [told(answer) for answer in answers] == [
        (201, None),
        (201, None),
        (422, "idempotency_key_reused"),
        (409, "already_rated"),
        (201, None),
        (201, None),
        (201, None),
    ]
    assert answers[4].json == answers[5].json
    assert [level for level, _ in stored(campaign)] == [1, 2, 4, 5]


def test_of_two_ratings_of_one_rater_that_arrive_together_one_is_stored(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, bo = phone("anna"), phone("bo")
    ratings = [(bo, bo.body(campaign, department, 5), new_receipt())]
    ratings += [(anna, anna.body(campaign, department, 1), new_receipt()) for _ in range(5)]
    hold(campaign)
    answers = at_once(app, campaign, ratings)
    assert sorted(told(answer) for answer in answers[1:]) == [
        (201, None),
        *[(409, "already_rated")] * 4,
    ]
    assert [level for level, _ in stored(campaign)] == [1, 5]


def test_a_close_refuses_all_that_waited_for_it(app: APIFlask, phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    raters = [phone(name) for name in ("anna", "bo", "cai")]
    ratings = [(rater, rater.body(campaign, department), new_receipt()) for rater in raters]
    service.close_campaign(campaign, actor=SYSTEM, now=clock.now())
    answers = at_once(app, campaign, ratings)
    assert [told(answer) for answer in answers] == [(409, "campaign_closed")] * 3
    assert stored(campaign) == []


def test_a_row_that_can_not_be_stored_spoils_no_other(app: APIFlask) -> None:
    db.session.execute(text("CREATE TABLE part.kept (id uuid, word varchar(3))"))
    db.session.commit()
    statement = """
        INSERT INTO part.kept SELECT id, word
        FROM json_to_recordset(%(rows)s) AS asked (id uuid, word text) RETURNING id
    """
    db.session.execute(text("LOCK TABLE part.kept IN EXCLUSIVE MODE"))

    def keep(word: str) -> bool:
        with app.app_context():
            return stored_with_others(statement, {"word": word})

    with ThreadPoolExecutor(4) as pool:
        kept = {"one": pool.submit(keep, "one")}
        wait_until(_one_waits_for_a_lock)
        kept |= {word: pool.submit(keep, word) for word in ("two", "longer", "ten")}
        wait_until(lambda: waiting_in(app) == 3)
        db.session.commit()
        assert all(kept[word].result(10) for word in ("one", "two", "ten"))
        with pytest.raises(DataError):
            kept["longer"].result(10)
    assert db.session.scalars(text("SELECT word FROM part.kept ORDER BY word")).all() == [
        "one",
        "ten",
        "two",
    ]
