"""The map of activities, and the addresses of its tiles."""

import json
import re
from html import unescape

import pytest

from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.settings import service as settings
from tests.console.conftest import SignIn
from tests.factories.activities import CIRCLE, ActivityFactory


def drawn(text: str) -> dict[str, object]:
    found = re.search(r"data-map='([^']+)'", text)
    assert found
    result: dict[str, object] = json.loads(found[1])
    return result


def test_the_map_serves_without_tiles_and_says_where_to_set_them(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    activity(branch.id, fences=(CIRCLE,))
    activity(branch.id, title="还是草稿", announced=False, fences=(CIRCLE,))
    answer = desk("party").get("/activities/map")
    assert "没有配置底图" in answer.text
    assert "还是草稿" not in answer.text
    data = drawn(answer.text)
    assert data["tiles"] == {"layers": [], "datum": "gcj02", "attribution": ""}
    assert data["items"][0]["fences"] == [CIRCLE]  # type: ignore[index]
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob:;" in policy


def test_configured_tiles_are_let_in_on_map_pages_alone(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    held = activity(branch.id, fences=(CIRCLE,))
    with transaction():
        settings.change(
            "map_tiles_url",
            "https://t{0,1}.example.cn/vec/{z}/{x}/{y}.png?tk=a&b=c",
            reason="地图",
            actor=SYSTEM,
            now=clock.now(),
        )
    party = desk("party")
    hosts = "img-src 'self' data: blob: https://t0.example.cn https://t1.example.cn;"
    for path in ("/activities/map", f"/activities/{held.id}", "/activities/new"):
        answer = party.get(path)
        assert hosts in answer.headers["Content-Security-Policy"], path
        assert "没有配置底图" not in answer.text
    assert "example.cn" not in party.get("/activities").headers["Content-Security-Policy"]
    layer = drawn(party.read("/activities/map"))["tiles"]["layers"][0]  # type: ignore[index,call-overload]
    assert layer == {
        "url": "https://t{s}.example.cn/vec/{z}/{x}/{y}.png?tk=a&b=c",
        "subdomains": ["0", "1"],
    }


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://t.example.cn/{z}/{x}/{y}", "https://"),
        ("https://t.example.cn/{z}/{x}", "{z}、{x}、{y}"),
        ("https://exa;mple.cn/{z}/{x}/{y}", "主机名不正确"),
        ("https://user@t.example.cn/{z}/{x}/{y}", "主机名不正确"),
        ("https://*/{z}/{x}/{y}", "主机名不正确"),
        ("https://t{0,1}.a{2,3}.cn/{z}/{x}/{y}", "主机名不正确"),
        ("https://t.example.cn/{z}/{x}/{y}/{key}", "三个占位符"),
        ("https://t.example.cn/{z}/{x}/{y} " * 4, "最多 3 个图层"),
    ],
)
def test_an_address_of_tiles_that_could_not_serve_is_refused(
    desk: SignIn, value: str, words: str
) -> None:
    answer = desk("admin").post("/settings/map_tiles_url", value=value, reason="试")
    assert answer.status_code == 422
    assert words in unescape(answer.text)


def test_tiles_are_set_and_taken_away_again(desk: SignIn) -> None:
    administrator, path = desk("admin"), "/settings/map_tiles_url"
    address = "https://tiles.example.cn/{z}/{x}/{y}.png"
    assert administrator.post(path, value=address, reason="接入").status_code == 302
    assert address in unescape(administrator.read("/settings"))
    assert administrator.post(path, value="", reason="停用").status_code == 302
    assert "未设置" in administrator.read("/settings")
