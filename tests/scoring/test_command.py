"""The command that works scores out, shows its progress and prints the file."""

import json
from uuid import UUID

import pytest
from apiflask import APIFlask

from server.core import clock
from server.core.transaction import transaction
from server.scoring import canonical, queries, running, service
from server.scoring.recompute import recompute
from server.scoring.rules import RunState
from tests.factories.city import City
from tests.scoring.cities import (
    settled_campaign,
    stored_scheme,
    suspected_campaign,
)
from tests.scoring.test_runs import is_frozen


def command(app: APIFlask, *arguments: object) -> tuple[int, bytes, str]:
    ran = app.test_cli_runner().invoke(args=["scores", *map(str, arguments)])
    return ran.exit_code, ran.stdout_bytes, ran.stderr


def test_the_command_shows_its_progress_and_prints_a_file_that_gives_the_same_again(
    app: APIFlask, city: City
) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    code, out, progress = command(app, campaign.id, scheme)
    assert code == 0, progress
    whole = json.loads(out)
    assert recompute(out) == canonical.encode(whole["result"])
    assert "计算得分 10%" in progress
    first = next(
        one for one in whole["result"]["departments"] if one["id"] == city.departments[0].id
    )
    assert first["score"] == "90.00"
    assert first["channels"][1]["reason"] == "too_few"
    assert is_frozen(scheme)
    (run,) = queries.runs(campaign.id)
    assert run.state == RunState.DONE


def test_the_command_refuses_a_sealed_campaign_and_leaves_the_scheme_open(
    app: APIFlask, city: City
) -> None:
    campaign, scheme = city.campaign(), stored_scheme(city)
    assert command(app, campaign.id, scheme)[0] == 1
    assert not is_frozen(scheme)


def test_the_command_says_what_makes_a_scheme_unsuitable(app: APIFlask, city: City) -> None:
    campaign = settled_campaign(city)
    scheme = stored_scheme(city, [{"channel": "hotline", "weight": "100"}])
    code, _, told = command(app, campaign.id, scheme)
    assert code == 1
    assert "方案的渠道这项活动一个也没有" in told


def test_the_command_ended_by_the_operator_leaves_nothing(
    app: APIFlask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)

    def interrupted(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "result", interrupted)
    assert command(app, campaign.id, scheme)[0] == 1
    (run,) = queries.runs(campaign.id)
    assert run.state == RunState.CANCELLED
    assert not is_frozen(scheme)


def test_the_command_can_leave_out_what_findings_set_apart(app: APIFlask, city: City) -> None:
    campaign, department = suspected_campaign(city), city.departments[0].id
    scheme = stored_scheme(city)
    scores = []
    for more in ([], ["--set-apart"]):
        code, out, told = command(app, campaign.id, scheme, *more)
        assert code == 0, told
        found = json.loads(out)["result"]["departments"]
        scores.append(next(one["score"] for one in found if one["id"] == department))
    # 60 x 100 + 40 x (12 x 100 + 8 x 0) / 20, and without the eight 100 throughout.
    assert scores == ["84.00", "100.00"]


def test_the_command_waits_for_a_worker_that_was_first(
    app: APIFlask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)
    work = running.work

    def done_by_another(run_id: UUID, **_more: object) -> bool:
        assert work(run_id)
        return False

    monkeypatch.setattr(running, "work", done_by_another)
    code, out, told = command(app, campaign.id, scheme)
    assert code == 0, told
    assert recompute(out)


def test_the_command_tells_why_another_s_work_gave_nothing(
    app: APIFlask, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, scheme = settled_campaign(city), stored_scheme(city)

    def failed_by_another(run_id: UUID, **_more: object) -> bool:
        with transaction():
            service.end_without(run_id, "没有收到评价。", now=clock.now())
        return False

    monkeypatch.setattr(running, "work", failed_by_another)
    code, out, told = command(app, campaign.id, scheme)
    assert (code, out) == (1, b"")
    assert "没有收到评价" in told
