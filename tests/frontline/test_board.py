"""为民办实事 on the board: by unit, approved alone, never a person."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from server.activities.rules import Quarter
from server.core import clock
from server.core.transaction import transaction
from server.frontline import queries, service
from server.frontline.rules import Solution
from tests.factories.frontline import (
    approve,
    make_entry,
    make_experience,
    store_effects,
)
from tests.frontline.conftest import Team


@pytest.fixture
def done(team: Team) -> Team:
    """Two approved entries of one branch, one of the other, and things that do not count."""
    solved = make_entry(team.author)
    handed = make_entry(
        team.colleague,
        solution=Solution.OPEN,
        measures="",
        hand_on=True,
        units={team.author.branch_id: 2, team.stranger.branch_id: 4},
    )
    quiet = make_entry(team.stranger, solution=Solution.NONE, problem="", measures="")
    for entry in (solved, handed):
        approve(entry.id, team.secretary.actor, team.office)
    approve(quiet.id, team.other_secretary.actor, team.office)
    make_entry(team.author, place="未审核的地方")
    half = make_entry(team.author, place="只有支部同意的地方")
    approve(half.id, team.secretary.actor)
    experience = make_experience(team.author, team.secretary.actor, team.office)
    with transaction():
        service.use_experience(
            experience.id, note="学着做了。", actor=team.other_secretary.actor, now=clock.now()
        )
    yesterday = clock.today() - timedelta(days=1)
    store_effects(solved.id, [5] * 8 + [2] * 4, yesterday)
    store_effects(quiet.id, [1] * 9, yesterday)
    return team


def test_figures_stand_by_unit_and_only_what_was_approved_counts(
    client: FlaskClient, done: Team
) -> None:
    answer = client.get("/board/frontline.json")
    first, second = sorted(answer.json["units"], key=lambda unit: -unit["visits"])
    figures = ("visits", "people", "problems", "solved", "open", "handed_on", "shared", "used")
    assert [first[name] for name in figures] == [2, 9, 2, 1, 1, 1, 1, 1]
    assert [second[name] for name in figures] == [1, 3, 0, 0, 0, 0, 0, 0]
    assert answer.json["total"]["visits"] == 3
    assert "effect" not in answer.json["total"]


def test_effects_are_shown_from_the_smallest_group_on(client: FlaskClient, done: Team) -> None:
    units = client.get("/board/frontline.json").json["units"]
    effects = {unit["name"]: unit["effect"] for unit in units}
    assert effects["第一党支部"] == {
        "withheld": False,
        "count": 12,
        "distribution": {"5": 8, "4": 0, "3": 0, "2": 4, "1": 0},
    }
    assert effects["第二党支部"] == {"withheld": True, "count": None, "distribution": None}
    page = client.get("/board/frontline")
    assert page.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    assert "12 份评价 非常满意 8 66.7% 满意 0 0.0% 基本满意 0 0.0% 不满意 4 33.3%" in text
    bar = 'aria-label="非常满意 8 份，满意 0 份，基本满意 0 份，不满意 4 份，非常不满意 0 份"'
    assert page.text.count(bar) == 1
    assert re.findall(r'class="level-(\d)" style="flex-grow:(\d+)"', page.text) == [
        ("5", "8"),
        ("2", "4"),
    ]
    assert page.text.count("评价人数不足 10 人，不予公布") == 1
    assert "9 份" not in page.text


def test_no_page_and_no_file_names_a_person_or_a_text(client: FlaskClient, done: Team) -> None:
    for path in ("/board", "/board/frontline", "/board/frontline.json", "/board/frontline.csv"):
        answer = client.get(path)
        assert answer.status_code == 200
        for word in ("张三", "李四", "外人", "书记", "楼道照明", "未审核", "只有支部同意"):
            assert word not in answer.text


def test_the_board_sums_up_the_quarter_and_leads_on(client: FlaskClient, done: Team) -> None:
    page = client.get("/board")
    assert 'href="/board/frontline"' in page.text
    assert "走访 <b>3</b> 次、<b>12</b> 人次" in page.text
    assert 'aria-label="发现问题 2 个：现场解决 1 个，转办 1 个，待解决 0 个"' in page.text


def test_the_table_has_a_row_for_each_unit(client: FlaskClient, done: Team) -> None:
    answer = client.get("/board/frontline.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:4] == ["单位编号", "单位", "走访次数", "派出人次"]
    assert len({len(row) for row in rows}) == 1
    assert [row[1] for row in rows[1:]] == ["第二党支部", "第一党支部"]


def test_a_quarter_is_chosen_and_a_wrong_one_is_none(client: FlaskClient, done: Team) -> None:
    page = client.get("/board/frontline?quarter=2025-1")
    assert page.status_code == 200
    assert "这个季度还没有审核通过的走访" in page.text
    for wrong in ("2025-5", "x", "1-1", "2025-", "2025-1-1"):
        assert client.get("/board/frontline", query_string={"quarter": wrong}).status_code == 404


def test_quarters_go_back_to_the_first_visit(done: Team) -> None:
    today = clock.today()
    assert queries.quarters(today) == [Quarter.of(today)]
    later = date(today.year + 1, today.month, 1)
    assert len(queries.quarters(later)) == 5


def test_an_empty_board_says_so(client: FlaskClient, team: Team) -> None:
    assert "还没有审核通过的走访" in client.get("/board").text
    assert "还没有审核通过的走访" in client.get("/board/frontline").text
