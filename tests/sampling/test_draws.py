"""A draw is stratified, dealt evenly, made once, and repeatable by a stranger."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from click.testing import Result
from sqlalchemy import select, text

from server.campaigns import queries as campaigns
from server.campaigns.models import SampleLink
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.sampling import queries, repeating, service
from server.sampling.commands import repeat_draw
from server.sampling.frame_sheets import public_frame
from server.sampling.models import SampleDraw, SampleFrame
from server.sampling.rules import Panel, Standing
from tests.factories.city import City
from tests.factories.identity import at_once
from tests.factories.sampling import (
    USUAL,
    make_draw,
    make_frame,
    sample_campaign,
)


def drawn(sample: SampleDraw) -> list[tuple[int, int, int, str]]:
    rows = queries.drawn_persons(sample.id)
    return [(one.place, one.number, one.cell, one.standing) for one in rows]


def departments_of(sample: SampleDraw) -> list[list[int]]:
    """Return the departments of each place's link."""
    links = [campaigns.sample_link(code) for code in queries.codes_of(sample)]
    assert all(link is not None for link in links)
    return [list(link.departments) for link in links if link is not None]


def published(frame: SampleFrame) -> str:
    rows = [(number, categories) for number, categories in queries.frame_rows(frame.id)]
    return "".join(public_frame(frame.dimensions, rows))


def repeated(app: APIFlask, folder: Path, frame: SampleFrame, plan: dict[str, Any]) -> Result:
    """Run the stranger's command on the two files that are given out."""
    (folder / "frame.csv").write_text(published(frame), encoding="utf-8", newline="")
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    said = [str(folder / "frame.csv"), "--plan", str(folder / "plan.json")]
    return app.test_cli_runner().invoke(repeat_draw, said)


def test_a_stranger_repeats_the_draw_from_frame_and_plan(
    app: APIFlask, city: City, tmp_path: Path
) -> None:
    frame = make_frame(city, {**USUAL, ("西区", "0至17岁"): 3})
    sample = make_draw(
        city, sample_campaign(city), frame, margin="0.1", reserve_share="0.3", departments_each=3
    )
    answer = repeated(app, tmp_path, frame, sample.plan)
    assert answer.exit_code == 0, answer.output
    rows = list(csv.DictReader(io.StringIO(answer.output)))
    assert [
        (int(row["place"]), int(row["number"]), int(row["cell"]), row["standing"]) for row in rows
    ] == drawn(sample)
    assert [list(map(int, row["departments"].split())) for row in rows] == departments_of(sample)


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.update(margin="0.06"),
        lambda plan: plan["cells"][0].update(drawn=plan["cells"][0]["drawn"] + 1),
        lambda plan: plan["frame"].update(digest="00" * 32),
        lambda plan: plan.update(skipped=list(range(1, 20))),
        lambda plan: plan.update(seed="另一个"),
        lambda plan: plan.pop("departments"),
    ],
)
def test_a_plan_that_was_changed_is_found_out(
    app: APIFlask, city: City, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    frame = make_frame(city)
    sample = make_draw(city, sample_campaign(city), frame, margin="0.1")
    plan = json.loads(json.dumps(sample.plan))
    change(plan)
    answer = repeated(app, tmp_path, frame, plan)
    assert answer.exit_code == 1
    assert "Error" in answer.output


def test_another_seed_draws_other_persons(city: City) -> None:
    frame = make_frame(city, {("东区", "成年"): 200})
    first = make_draw(city, sample_campaign(city), frame, margin="0.1", seed="一")
    second = make_draw(city, sample_campaign(city), frame, margin="0.1", seed="二")
    numbers = [{number for _, number, _, _ in drawn(sample)} for sample in (first, second)]
    assert numbers[0] != numbers[1]


def test_the_system_draws_a_seed_of_its_own(city: City) -> None:
    frame = make_frame(city)
    seeds = {make_draw(city, sample_campaign(city), frame, seed=None).seed for _ in range(2)}
    assert len(seeds) == 2
    assert all(len(seed) == 32 for seed in seeds)


def test_cells_have_what_the_plan_says(city: City) -> None:
    frame = make_frame(city, {("东区", "成年"): 300, ("西区", "成年"): 100})
    campaign = sample_campaign(city)
    sample = make_draw(city, campaign, frame, margin="0.1", reserve_share="0.5")
    cells = queries.cells(campaign.id)
    assert [cell.name for cell in cells.values()] == ["区县=东区;年龄=成年", "区县=西区;年龄=成年"]
    # 96.04 / (1 + 95.04 / 400) = 77.6
    assert [cell.drawn for cell in cells.values()] == [59, 19]
    assert [cell.population for cell in cells.values()] == [300, 100]
    assert [cell.asked for cell in cells.values()] == [59, 19]
    standings = queries.standings(sample.id)
    assert [standings[number][Standing.RESERVE] for number in cells] == [30, 10]


def test_asked_follows_replacements(city: City) -> None:
    campaign = sample_campaign(city)
    sample = make_draw(city, campaign, make_frame(city), margin="0.15", reserve_share="0.5")
    number = min(queries.cells(campaign.id))
    rows = [one for one in queries.drawn_persons(sample.id) if one.cell == number]
    main = [one for one in rows if one.standing == Standing.MAIN]
    reserve = [one for one in rows if one.standing == Standing.RESERVE]
    with transaction():
        main[0].standing = main[1].standing = Standing.REPLACED.value
        reserve[0].standing = Standing.CALLED_UP.value
    assert queries.cells(campaign.id)[number].asked == len(main) - 1


def test_every_cell_has_ten_persons_for_each_department(city: City) -> None:
    frame = make_frame(city, {(f"{n}区", "成年"): 20 for n in range(10)})
    campaign = sample_campaign(city)
    sample = make_draw(city, campaign, frame, margin="0.07", departments_each=1)
    offered = departments_of(sample)
    for number in queries.cells(campaign.id):
        rows = [one for one in queries.drawn_persons(sample.id) if one.cell == number]
        for department in city.departments:
            dealt = [one for one in rows if department.id in offered[one.place]]
            assert len([one for one in dealt if one.standing == Standing.MAIN]) >= 10


def test_departments_are_dealt_evenly(city: City) -> None:
    frame = make_frame(city, {("东区", "成年"): 170, ("西区", "成年"): 130})
    campaign = sample_campaign(city)
    sample = make_draw(
        city, campaign, frame, margin="0.08", reserve_share="0.4", departments_each=2
    )
    offered = departments_of(sample)
    assert all(len(set(one)) == 2 for one in offered)
    rows = queries.drawn_persons(sample.id)
    for cells in ([number] for number in queries.cells(campaign.id)):
        counts = [
            sum(
                1
                for one in rows
                if one.cell in cells
                and one.standing == Standing.MAIN
                and department.id in offered[one.place]
            )
            for department in city.departments
        ]
        assert max(counts) - min(counts) <= 1


def test_places_do_not_follow_the_frame(city: City) -> None:
    sample = make_draw(city, sample_campaign(city), make_frame(city), margin="0.05")
    numbers = [number for _, number, _, _ in drawn(sample)]
    assert numbers != sorted(numbers)


def test_links_are_stored_for_all_and_name_nobody(city: City) -> None:
    campaign = sample_campaign(city)
    sample = make_draw(city, campaign, make_frame(city), margin="0.1", reserve_share="1")
    links = db.session.scalars(select(SampleLink).order_by(text("ctid"))).all()
    assert len(links) == len(drawn(sample))
    assert [link.code_hash for link in links] == sorted(link.code_hash for link in links)
    by_place = {one.place: one.cell for one in queries.drawn_persons(sample.id)}
    for place, code in enumerate(queries.codes_of(sample)):
        link = campaigns.sample_link(code)
        assert link is not None
        assert link.cell == by_place[place]


def test_cells_are_numbered_over_all_panels(city: City) -> None:
    campaign = sample_campaign(city)
    make_draw(city, campaign, make_frame(city))
    officials = make_frame(city, {("厅",): 12}, panel=Panel.OFFICIALS, dimensions=["级别"])
    make_draw(city, campaign, officials)
    cells = queries.cells(campaign.id)
    assert list(cells) == list(range(1, len(cells) + 1))
    assert {cell.panel for cell in cells.values()} == {Panel.RESIDENTS, Panel.OFFICIALS}


def test_a_panel_is_drawn_once(app: APIFlask, city: City) -> None:
    campaign, frame = sample_campaign(city), make_frame(city)
    office, now = city.actors["office1"], clock.now()
    campaign_id, frame_id = campaign.id, frame.id

    def draw() -> None:
        service.draw_sample(
            campaign_id, frame_id, margin="0.01", departments_each=3, actor=office, now=now
        )

    assert sorted(at_once(app, [draw, draw])) == ["done", "uq_sample_draw_panel"]
    assert len(queries.draws(campaign_id)) == 1


def test_two_panels_drawn_at_once_number_their_cells_apart(app: APIFlask, city: City) -> None:
    campaign_id = sample_campaign(city).id
    frames = [
        make_frame(city, panel=Panel.RESIDENTS).id,
        make_frame(city, panel=Panel.ENTERPRISES).id,
    ]
    office, now = city.actors["office1"], clock.now()
    steps = [
        partial(
            service.draw_sample,
            campaign_id,
            frame_id,
            margin="0.1",
            departments_each=3,
            actor=office,
            now=now,
        )
        for frame_id in frames
    ]
    assert at_once(app, steps) == ["done", "done"]
    cells = queries.cells(campaign_id)
    assert list(cells) == list(range(1, len(cells) + 1))


def test_repeating_needs_neither_database_nor_framework() -> None:
    imports = "import sys, server.sampling.repeating; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", imports],
        capture_output=True,
        check=True,
        cwd=Path(repeating.__file__).parents[2],
        text=True,
    )
    assert not {"flask", "sqlalchemy", "psycopg", "cryptography"} & set(done.stdout.split())
