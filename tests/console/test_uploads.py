"""A file that is a workbook by its name alone is refused wherever tables come in."""

import io
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from server.activities.models import Activity
from server.core import clock
from server.identity.models import Organisation
from tests.console.conftest import Desk, SignIn
from tests.factories.activities import ActivityFactory
from tests.factories.city import City

TEXT = "单位,部门\n滨江社区,市税务局\n".encode()


@pytest.fixture
def address(desk: SignIn, branch: Organisation, activity: ActivityFactory) -> dict[str, str]:
    """Where each kind of table is sent to."""
    # A paper list is read in once its activity has begun.
    made: Activity = activity(
        branch.id, at=clock.now() - timedelta(hours=1), starts_in=timedelta(minutes=30)
    )
    source = desk("office1").post("/sources", name="热线", kind="hotline")
    return {
        "source": source.headers["Location"].removeprefix("/console") + "/runs",
        "topics": "/sources/topics",
        "frame": "/frames",
        "pairings": "/pairings/import",
        "people": "/imports",
        "paper": f"/activities/{made.id}/paper",
    }


# What each form asks for besides its file.
BESIDES = {
    "frame": {"panel": "residents", "name": "名单"},
    "people": {"kind": "people"},
    "paper": {"step": "check"},
}


def send(desk: Desk, address: dict[str, str], kind: str, name: str) -> TestResponse:
    return desk.post(address[kind], file=(io.BytesIO(TEXT), name), **BESIDES.get(kind, {}))


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("source", "office1"),
        ("topics", "office1"),
        ("frame", "office1"),
        ("pairings", "office1"),
        ("people", "party"),
        ("paper", "party"),
    ],
)
def test_a_text_file_with_a_workbook_s_name_is_named_for_what_it_is(
    desk: SignIn, city: City, address: dict[str, str], kind: str, who: str
) -> None:
    for name in ("名单.xlsx", "名单.XLSX"):
        answer = send(desk(who), address, kind, name)
        assert answer.status_code == 422
        assert "不是 XLSX 文件" in answer.text
    assert "不是 XLSX 文件" not in send(desk(who), address, kind, "名单.csv").text
