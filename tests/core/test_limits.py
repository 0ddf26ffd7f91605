"""Rate limits: counted, told in headers, shared through Redis, and kept up without it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from apiflask import APIFlask
from flask.testing import FlaskClient

from server.core.limits import Limits

UNKNOWN_CODE = "0000-0000-0000"


@pytest.fixture
def limits(app: APIFlask) -> Limits:
    found: Limits = app.extensions["limits"]
    return found


def test_an_answer_tells_what_is_left(client: FlaskClient) -> None:
    answer = client.get("/api/v1/campaigns")
    assert answer.headers["RateLimit-Policy"] == '"read-address";q=3000;w=60'
    assert answer.headers["RateLimit"].startswith('"read-address";r=2999;t=')


def test_the_call_over_the_limit_is_refused_with_the_time_to_wait(
    client: FlaskClient, limits: Limits
) -> None:
    guesses = limits.table["guess"]["address"].amount
    for _ in range(guesses):
        answer = client.post("/api/v1/entries", json={"scene": UNKNOWN_CODE})
        assert answer.status_code == 404
    answer = client.post("/api/v1/entries", json={"scene": UNKNOWN_CODE})
    assert answer.status_code == 429
    assert answer.mimetype == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit"].startswith('"guess-address";r=0;')


def test_two_addresses_are_counted_apart(client: FlaskClient, limits: Limits) -> None:
    for address in ("10.0.0.1", "10.0.0.2"):
        answer = client.get("/api/v1/campaigns", headers={"X-Forwarded-For": address})
        assert ";r=2999;" in answer.headers["RateLimit"]


def test_an_ipv6_user_is_counted_by_the_network(client: FlaskClient) -> None:
    left = []
    for address in ("2001:db8::1", "2001:db8::2"):
        answer = client.get("/api/v1/campaigns", headers={"X-Forwarded-For": address})
        left.append(answer.headers["RateLimit"])
    assert ";r=2998;" in left[1]


def test_calls_that_come_at_the_same_time_are_all_counted(app: APIFlask, limits: Limits) -> None:
    callers = {"member": "one", "address": "10.0.0.1"}
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda _: limits.hit_all("read", callers), range(80)))
    for place, amount in enumerate((240, 3000)):
        left = sorted(windows[place].remaining for windows in counted)
        assert left == list(range(amount - 80, amount))


def test_no_address_and_no_member_stands_in_redis(client: FlaskClient, app: APIFlask) -> None:
    client.get("/api/v1/campaigns", headers={"X-Forwarded-For": "10.9.8.7"})
    keys = [key.decode() for key in app.extensions["redis_switch"].client.keys("*")]
    assert keys
    assert not any("10.9.8.7" in key for key in keys)


def test_without_redis_the_service_goes_on_with_limits_of_its_own(
    client: FlaskClient, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> int:
        raise redis.ConnectionError

    monkeypatch.setattr(limits, "_shared", away)
    first = client.get("/api/v1/campaigns")
    second = client.get("/api/v1/campaigns")
    assert (first.status_code, second.status_code) == (200, 200)
    assert int(second.headers["RateLimit"].split("r=")[1].split(";")[0]) < 2999
    assert not limits.shared
    limits._switch.worked()
    limits._switch._rests_until = 0
