"""Two taps on one appeal at the same moment, with real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from server.appeals.models import Appeal
from server.core.database import db
from server.core.errors import Refusal, constraint_name
from server.evaluation.models import Exclusion
from server.rectification import queries as cases
from tests.factories.city import City
from tests.factories.contesting import Rated, poor_rating
from tests.factories.waiting import wait_until

DONE = "done"


def together(app: APIFlask, *acts: Callable[[], object]) -> list[str]:
    """Let acts wait for the lock that this test holds, then for each other; name what came out."""

    def run(act: Callable[[], object]) -> str:
        with app.app_context():
            try:
                act()
            except Refusal as refusal:
                return refusal.code
            except IntegrityError as error:
                return str(constraint_name(error))
            return DONE

    with ThreadPoolExecutor(len(acts)) as pool:
        started = [pool.submit(run, act) for act in acts]
        try:
            wait_until(lambda: _waiting() == len(acts))
        finally:
            # Leaving the pool waits for its threads, and they wait for this lock.
            db.session.commit()
        return [one.result(20) for one in started]


def _waiting() -> int:
    # A transaction sees the activity as it first asked for it, until it lets go of that picture.
    db.session.execute(text("SELECT pg_stat_clear_snapshot()"))
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return int(db.session.scalar(text(query)) or 0)


def contested(city: City, client: FlaskClient) -> tuple[Rated, Appeal]:
    rated = poor_rating(city, client)
    return rated, db.session.get_one(Appeal, rated.appeal())


def test_of_two_verdicts_one_is_given(app: APIFlask, city: City, client: FlaskClient) -> None:
    rated, appeal = contested(city, client)
    appeal_id = appeal.id
    db.session.get_one(Appeal, appeal_id, with_for_update=True, populate_existing=True)
    outcomes = together(
        app,
        lambda: rated.decide(appeal_id, uphold=True),
        lambda: rated.decide(appeal_id, uphold=False),
    )
    assert sorted(outcomes) == ["appeal_not_open", DONE]
    db.session.expire_all()
    upheld = db.session.get_one(Appeal, appeal_id).state == "upheld"
    assert len(db.session.scalars(select(Exclusion)).all()) == int(upheld)


def test_filing_beside_a_verdict_waits_for_it_and_neither_breaks(
    app: APIFlask, city: City, client: FlaskClient
) -> None:
    rated, appeal = contested(city, client)
    appeal_id = appeal.id
    cases.case_for_update(rated.case_id)
    outcomes = together(
        app,
        lambda: rated.decide(appeal_id, uphold=False),
        lambda: _after_the_other(appeal_id, rated.appeal),
    )
    assert outcomes == [DONE, "uq_appeal_once"]


def _after_the_other(appeal_id: object, act: Callable[[], object]) -> object:
    wait_until(lambda: _is_held(appeal_id))
    return act()


def _is_held(appeal_id: object) -> bool:
    """Tell whether another transaction holds the appeal's row."""
    free = db.session.scalar(
        select(Appeal.id).where(Appeal.id == appeal_id).with_for_update(skip_locked=True)
    )
    db.session.rollback()
    return free is None


def test_of_two_filings_one_stands(app: APIFlask, city: City, client: FlaskClient) -> None:
    rated = poor_rating(city, client)
    cases.case_for_update(rated.case_id)
    assert sorted(together(app, rated.appeal, rated.appeal)) == [DONE, "uq_appeal_once"]
    db.session.expire_all()
    assert len(db.session.scalars(select(Appeal)).all()) == 1
