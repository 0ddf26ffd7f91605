"""Computations of scores: asked for, worked out, cancelled, killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM, Actor, ActorKind, Grant, Role
from server.core.config import Configuration
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.evaluation import counts
from server.scoring import canonical, queries, running, service, tasks
from server.scoring.models import ScoreRun
from server.scoring.recompute import recompute
from server.scoring.rules import RunState
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.excluding import exclude
from tests.scoring.cities import (
    content_of,
    draw_cells,
    sampled,
    settled_campaign,
    stored_scheme,
    surveyed_campaign,
)

KILL_SECONDS = 30


def ask(campaign_id: int, scheme_id: int, actor: Actor = SYSTEM, **more: bool) -> UUID:
    with transaction():
        return service.request_run(campaign_id, scheme_id, actor=actor, now=clock.now(), **more).id


def seen(run_id: UUID) -> ScoreRun:
    db.session.rollback()
    return queries.run(run_id)


def is_frozen(scheme_id: int) -> bool:
    db.session.rollback()
    return queries.stored_scheme(scheme_id).frozen_at is not None


def actions() -> list[str]:
    query = select(AuditEntry.action).order_by(AuditEntry.id)
    return [one for one in db.session.scalars(query) if one.startswith(("score", "scheme"))]


def test_a_request_is_worked_out_and_fixes_its_scheme(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme, city.actors["office1"])
    assert (seen(run_id).state, is_frozen(scheme)) == (RunState.WAITING, False)
    tasks.work(str(run_id))
    run = seen(run_id)
    assert (run.state, run.progress) == (RunState.DONE, 100)
    assert run.finished_at is not None
    assert is_frozen(scheme)
    first = next(one for one in run.result["departments"] if one["id"] == city.departments[0].id)
    assert first["score"] == "90.00"
    assert first["headings"]["A"]["score"] == "90.000000"
    assert actions() == [
        "scheme.created",
        "score_run.requested",
        "scheme.frozen",
        "scheme.applied",
    ]


def test_what_is_stored_gives_its_bytes_again(city: City) -> None:
    campaign, scheme = surveyed_campaign(city), stored_scheme(city, sampled())
    run_id = ask(campaign.id, scheme)
    tasks.work(str(run_id))
    run = seen(run_id)
    assert recompute(canonical.encode(queries.file_of(run))) == canonical.encode(run.result)


def test_two_computations_of_the_same_ledger_give_the_same_bytes(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    files = []
    for _ in range(2):
        run_id = ask(campaign.id, scheme)
        tasks.work(str(run_id))
        files.append(canonical.encode(queries.file_of(seen(run_id))))
    assert files[0] == files[1]


def test_the_same_asked_for_twice_is_one_computation(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    first = ask(campaign.id, scheme)
    assert ask(campaign.id, scheme) == first
    other = ask(campaign.id, scheme, set_apart=True)
    assert other != first
    tasks.work(str(first))
    assert ask(campaign.id, scheme) != first
    assert ask(campaign.id, scheme, set_apart=True) == other


def test_a_campaign_that_is_open_is_refused(city: City) -> None:
    campaign, scheme = city.campaign(), stored_scheme(city)
    with pytest.raises(Refusal, match="campaign_sealed"):
        ask(campaign.id, scheme)


def test_an_unsuitable_scheme_is_refused_with_its_faults(city: City) -> None:
    campaign = settled_campaign(city)
    scheme = stored_scheme(city, [{"channel": "hotline", "weight": "100"}])
    with pytest.raises(InvalidInput) as caught:
        ask(campaign.id, scheme)
    assert [error["field"] for error in caught.value.errors] == ["scheme"]
    assert queries.runs(campaign.id) == []


def test_an_office_that_reaches_one_department_works_nothing_out(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    place = city.departments[0]
    office = city.actors["office1"]
    confined = Actor(ActorKind.ACCOUNT, office.id, (Grant(Role.OFFICE, place.id, place.path),))
    with pytest.raises(Refusal, match="not_allowed"):
        ask(campaign.id, scheme, confined)
    run_id = ask(campaign.id, scheme)
    with pytest.raises(Refusal, match="not_allowed"):
        service.cancel_run(run_id, actor=confined, now=clock.now())


def test_margins_that_cannot_be_met_are_told_and_leave_the_scheme_open(city: City) -> None:
    campaign = city.campaign(channels=(Channel.SAMPLE,))
    draw_cells(campaign.id, {"区=东": 600, "区=西": 400})
    store_ratings(campaign.id, city.departments[0].id, [5] * 12, channel=Channel.SAMPLE, cell=1)
    close_and_settle(campaign.id)
    scheme = stored_scheme(city, sampled(margins={"区": {"东": 600, "西": 400}}))
    run_id = ask(campaign.id, scheme)
    tasks.work(str(run_id))
    run = seen(run_id)
    assert run.state == RunState.FAILED
    assert "普通群众中“区：西”没有收到评价" in run.reason
    assert "另存为新版本" in run.reason
    assert (run.result, run.snapshot) == (None, None)
    assert not is_frozen(scheme)


def test_a_scheme_that_somebody_waits_for_does_not_change(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)
    with pytest.raises(Refusal, match="scoring_scheme_in_use"):
        service.change_scheme(scheme, content_of(city, note="改"), actor=SYSTEM, now=clock.now())
    db.session.rollback()
    with transaction():
        service.cancel_run(run_id, actor=SYSTEM, now=clock.now())
        service.change_scheme(scheme, content_of(city, note="改"), actor=SYSTEM, now=clock.now())
    with pytest.raises(Refusal, match="scoring_scheme_in_use"):
        service.delete_scheme(scheme, actor=SYSTEM, now=clock.now())


def test_a_computation_cancelled_before_it_begins_never_does(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)
    with transaction():
        service.cancel_run(run_id, actor=SYSTEM, now=clock.now())
    tasks.work(str(run_id))
    assert seen(run_id).state == RunState.CANCELLED
    assert not is_frozen(scheme)


def test_a_computation_cancelled_while_it_works_keeps_nothing(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)

    def cancel(_share: int) -> None:
        with transaction():
            service.cancel_run(run_id, actor=SYSTEM, now=clock.now())

    with pytest.raises(service.Cancelled):
        running.work(run_id, watch=cancel)
    run = seen(run_id)
    assert (run.state, run.result) == (RunState.CANCELLED, None)
    assert not is_frozen(scheme)


def test_a_computation_cancelled_at_its_last_moment_keeps_nothing(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)
    finish = service.finish

    def late(*arguments: object, **more: object) -> None:
        service.cancel_run(run_id, actor=SYSTEM, now=clock.now())
        finish(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "finish", late)
    tasks.work(str(run_id))
    run = seen(run_id)
    assert (run.state, run.result) != (RunState.DONE, None)
    assert run.result is None
    assert not is_frozen(scheme)


def test_a_finished_computation_is_not_cancelled(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)
    tasks.work(str(run_id))
    with pytest.raises(Refusal, match="score_run_over"):
        service.cancel_run(run_id, actor=SYSTEM, now=clock.now())
    assert seen(run_id).state == RunState.DONE


def test_a_computation_is_cancelled_once(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)
    for _ in range(2):
        with transaction():
            service.cancel_run(run_id, actor=SYSTEM, now=clock.now())
    assert actions().count("score_run.cancelled") == 1


def test_two_workers_do_not_work_at_the_same(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)
    beside: list[bool] = []

    def try_too(_share: int) -> None:
        if not beside:
            beside.append(running.work(run_id))

    assert running.work(run_id, watch=try_too)
    assert beside == [False]
    assert seen(run_id).state == RunState.DONE


def test_what_breaks_is_told_and_leaves_nothing(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)

    def broken(*_arguments: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running, "result", broken)
    tasks.work(str(run_id))
    run = seen(run_id)
    assert (run.state, run.reason) == (RunState.FAILED, tasks.BROKEN)
    assert not is_frozen(scheme)


def test_what_is_left_for_a_day_is_given_up(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)
    with transaction():
        seen(run_id).requested_at = clock.now() - timedelta(days=1)
    tasks.take_up_left(0)
    assert (seen(run_id).state, seen(run_id).reason) == (RunState.FAILED, tasks.LEFT)


def test_all_counts_are_of_one_moment(
    app: APIFlask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    ratings = store_ratings(campaign.id, department, [5] * 12, channel=Channel.SERVICE_CENTRE)
    close_and_settle(campaign.id)
    run_id = ask(campaign.id, stored_scheme(city))
    excluded_of = counts.excluded_of

    def set_one_apart() -> None:
        with app.app_context():
            exclude(city, campaign.id, ratings[0])

    def meanwhile(campaign_id: int) -> object:
        thread = threading.Thread(target=set_one_apart)
        thread.start()
        thread.join()
        return excluded_of(campaign_id)

    monkeypatch.setattr(counts, "excluded_of", meanwhile)
    tasks.work(str(run_id))
    snapshot = seen(run_id).snapshot
    assert snapshot is not None
    (group,) = next(one for one in snapshot["departments"] if one["id"] == department)["groups"]
    assert group["raters"] == 12
    assert group["cells"][0]["leaves"]["A1"] == {"5": 12}
    assert excluded_of(campaign.id)


HANGING = """
import sys, time
from server.application import create_app
from server.scoring import running, tasks

def hang(*arguments, **more):
    more["watch"](50)
    print("working", flush=True)
    time.sleep(600)

running.result = hang
with create_app().app_context():
    tasks.work(sys.argv[1])
"""


@pytest.fixture
def environment(configuration: Configuration, servers: tuple[str, str]) -> dict[str, str]:
    return {
        **os.environ,
        "RONGHE_ENV": "testing",
        "DATABASE_URL": servers[0],
        "REDIS_URL": servers[1],
        "SECRET_KEY": "tests only, and long enough to look like one",
        "VAR_DIR": str(configuration.var_dir),
        "PUBLIC_URL": "http://ronghe.test",
        "WECHAT_TOKEN": "callback-token",
    }


def test_a_killed_worker_leaves_nothing_half_done_and_the_job_begins_anew(
    city: City, environment: dict[str, str]
) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    run_id = ask(campaign.id, scheme)
    db.session.rollback()
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HANGING, str(run_id)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "working\n"
        assert not running.work(run_id)
        worker.send_signal(signal.SIGKILL)
    finally:
        worker.kill()
        worker.wait()
    run = seen(run_id)
    assert (run.state, run.result, run.snapshot) == (RunState.RUNNING, None, None)
    assert 10 <= run.progress < 100
    assert not is_frozen(scheme)
    assert "scheme.applied" not in actions()
    deadline = time.monotonic() + KILL_SECONDS
    # PostgreSQL lets go of the dead worker's lock as soon as it notices.
    while seen(run_id).state != RunState.DONE and time.monotonic() < deadline:
        tasks.take_up_left(0)
    assert seen(run_id).state == RunState.DONE
    assert actions().count("scheme.applied") == 1


def test_finished_computations_are_found_newest_first(city: City) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    first, second = ask_done(campaign.id, scheme), ask_done(campaign.id, scheme)
    apart = ask_done(campaign.id, scheme, set_apart=True)
    waiting = ask(campaign.id, scheme)
    assert [run.id for run in queries.runs(campaign.id)] == [waiting, apart, second, first]
    newest = queries.newest_done(campaign.id)
    without = queries.newest_done(campaign.id, set_apart=True)
    assert newest is not None
    assert without is not None
    assert (newest.id, without.id) == (second, apart)
    assert queries.newest_done(campaign.id, scheme_id=scheme + 1) is None


def ask_done(campaign_id: int, scheme_id: int, **more: bool) -> UUID:
    run_id = ask(campaign_id, scheme_id, **more)
    tasks.work(str(run_id))
    return run_id
