"""A hall of three hundred checks in at once, through the real server, from one address.

How long that takes is measured by ``make bench``.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.application import create_app
from server.core.config import from_environment
from server.supervisor.instance import running_app, throwaway_servers
from tests.load import check_ins
from tests.load.client import send

PEOPLE = 300


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The whole application on servers of its own, with its limits on."""
    with throwaway_servers(tmp_path) as (database_url, redis_url):
        environment = {
            "RONGHE_ENV": "development",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "tests only, and long enough to look like one",
            "KEY_RING_DIR": str(tmp_path / "keys"),
            "MEDIA_DIR": str(tmp_path / "media"),
            "PUBLIC_URL": "http://127.0.0.1",
            "TRUSTED_PROXIES": "127.0.0.1/32",
            "RATE_LIMITS": "on",
            "WECHAT_APPID": "",
        }
        with running_app(tmp_path, env=environment) as address:
            app = create_app(from_environment({**environment, "VAR_DIR": str(tmp_path)}))
            with app.app_context():
                found = urlsplit(address).port
                assert found is not None
                yield found


def test_three_hundred_check_ins_at_once_lose_none(port: int) -> None:
    branch = check_ins.make_branch()
    activity = check_ins.make_activity(branch)
    comers = check_ins.make_comers(branch, PEOPLE, activity)
    send(port, check_ins.check_in_requests(activity, comers))
    assert check_ins.present(activity) == PEOPLE
    # The whole hall taps again: the same answers, and nothing more.
    send(port, check_ins.check_in_requests(activity, comers))
    assert check_ins.present(activity) == PEOPLE
