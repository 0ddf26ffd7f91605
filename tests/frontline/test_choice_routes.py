"""What the phone's forms choose from: units, communities, likely duplicates."""

from typing import Any

from server.frontline.rules import Solution
from tests.factories.city import City
from tests.factories.frontline import make_entry
from tests.factories.members import Comrade
from tests.frontline.conftest import Team


def items(comrade: Comrade, path: str) -> list[Any]:
    assert comrade.phone is not None
    answer = comrade.phone.client.get(f"/api/v1/frontline/{path}", headers=comrade.headers)
    assert answer.status_code == 200
    found: list[Any] = answer.json["items"]
    return found


def test_units_are_found_by_a_part_of_the_name_and_never_the_city(city: City, team: Team) -> None:
    names = [unit["name"] for unit in items(team.author, "units")]
    assert names
    assert items(team.author, f"units?q={names[0]}")[0]["name"] == names[0]
    assert items(team.author, "units?q=没有这个单位") == []


def test_communities_alone_are_offered_as_communities(city: City, team: Team) -> None:
    units = {unit["id"] for unit in items(team.author, "units?q=支部")}
    assert not units & {place["id"] for place in items(team.author, "communities")}


def test_lists_of_units_need_a_member(team: Team) -> None:
    assert team.author.phone is not None
    for path in ("units", "communities"):
        assert team.author.phone.client.get(f"/api/v1/frontline/{path}").status_code == 401


def test_a_reviewer_is_told_of_likely_duplicates_and_the_author_is_not(team: Team) -> None:
    words = {"problem": "单元门禁坏了三个月没有人修", "solution": Solution.OPEN}
    first = make_entry(team.author, **words)
    second = make_entry(team.colleague, **words)
    path = f"entries/{second.id}/duplicates"
    assert [one["id"] for one in items(team.secretary, path)] == [str(first.id)]
    assert items(team.colleague, path) == []


def test_duplicates_of_what_one_may_not_see_are_not_found(team: Team) -> None:
    entry = make_entry(team.author)
    assert team.stranger.phone is not None
    answer = team.stranger.phone.client.get(
        f"/api/v1/frontline/entries/{entry.id}/duplicates", headers=team.stranger.headers
    )
    assert answer.status_code == 404
