"""The board's quarter page against a static route that the same application serves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Account
from server.public.assets import fingerprint
from server.quarterly.document import make
from server.quarterly.gathering import FORMAT
from server.quarterly.models import QuarterEdition
from server.quarterly.rules import PARTS, EditionState, Measure
from server.scoring import canonical
from tests.load.client import send
from tests.load.instance import Instance
from tests.load.processes import WEB
from tests.load.report import MILLISECONDS, Figure

QUARTER = "2026Q3"
GROUPS, DEPARTMENTS_A_GROUP = 6, 10
CAMPAIGN = 1
ROUNDS = 7
REQUESTS = 3_000
WARM_UP = 300
LEAST_OF_STATIC = 0.8
# Readers come from many addresses: one would be limited.
ADDRESSES = 250
LEAST_MILLISECONDS = 10.0


@dataclass(frozen=True)
class BoardRound:
    """Requests answered a second of the web servers' processor time, and how many in fact.

    The processors are shared with whatever else runs: their time says what an answer costs.
    """

    page: float
    static: float
    page_rate: float
    static_rate: float


class Board:
    """One instance with a published quarter of sixty departments."""

    def __init__(self, instance: Instance, say: Callable[[str], None]) -> None:
        """``say`` tells a person who waits what goes on."""
        self._instance = instance
        self._say = say
        with transaction():
            _publish()

    def run(self) -> list[BoardRound]:
        """Measure both in turns, there and back."""
        page = _requests(f"/board/quarters/{QUARTER}")
        static = _requests(f"/assets/{fingerprint()}/public.css")
        for requests in (page, static):
            send(self._instance.port, requests[:WARM_UP])
        rounds = []
        for number in range(1, ROUNDS + 1):
            if number % 2:
                shown, floor = self._measured(page), self._measured(static)
            else:
                floor, shown = self._measured(static), self._measured(page)
            rounds.append(BoardRound(shown[0], floor[0], shown[1], floor[1]))
            self._say(f"round {number} of {ROUNDS}: {rounds[-1]}")
        return rounds

    def _measured(self, requests: list[bytes]) -> tuple[float, float]:
        before = self._instance.servers.cpu()[WEB]
        load = send(self._instance.port, requests)
        used = self._instance.servers.cpu()[WEB] - before
        return load.sent * MILLISECONDS / max(used, LEAST_MILLISECONDS), load.rate


def board_figures(rounds: list[BoardRound]) -> list[Figure]:
    """Return what a second of processor answers: pages, and the static route as the floor."""
    ratio = median(one.page / one.static for one in rounds)
    return [
        Figure(
            "board_quarter_page",
            median(one.page for one in rounds),
            "1/cpu s",
            median(one.static for one in rounds),
            ratio,
            f"at least {LEAST_OF_STATIC} of a static route",
            ratio >= LEAST_OF_STATIC,
        ),
        Figure(
            "board_quarter_page_rate",
            median(one.page_rate for one in rounds),
            "1/s",
            median(one.static_rate for one in rounds),
            median(one.page_rate / one.static_rate for one in rounds),
        ),
    ]


def _requests(path: str) -> list[bytes]:
    return [
        (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-Forwarded-For: 10.{number % ADDRESSES}.{number // ADDRESSES}.7\r\n\r\n"
        ).encode()
        for number in range(REQUESTS)
    ]


def _publish() -> None:
    now = clock.now()
    accounts = [_account(name) for name in ("board-first", "board-second")]
    db.session.add_all(accounts)
    db.session.flush()
    inputs = _inputs()
    document = make(inputs, {CAMPAIGN: _publication()}, []).document
    db.session.add(
        QuarterEdition(
            quarter=QUARTER,
            edition=1,
            state=EditionState.PUBLISHED.value,
            document=document,
            inputs=inputs,
            digest=bytes.fromhex(canonical.digest(document)),
            note="",
            frozen_by=accounts[0].id,
            frozen_at=now - timedelta(hours=2),
            approved_by=accounts[1].id,
            approved_at=now - timedelta(hours=1),
            publish_at=now,
            published_at=now,
            checkpoint="bench/log\n0\nroot\n",
        )
    )


def _account(name: str) -> Account:
    now = clock.now()
    return Account(
        name=name,
        display_name=name,
        password_hash="",
        must_change_password=True,
        active=False,
        session_epoch=0,
        created_at=now,
    )


def _departments() -> list[int]:
    return list(range(1, GROUPS * DEPARTMENTS_A_GROUP + 1))


def _inputs() -> dict[str, Any]:
    every = _departments()
    return {
        "inputs": FORMAT,
        "quarter": QUARTER,
        "as_of": clock.now().isoformat(),
        "smallest_group": 10,
        "publications": [
            {
                "campaign": CAMPAIGN,
                "version": 1,
                "digest": "ab" * 32,
                "level": "0.95",
                "errors": {
                    str(one): {"score": str(70 + one / 3), "standard_error": "1.5"} for one in every
                },
            }
        ],
        "departments": [{"id": one, "name": f"第 {one} 局"} for one in every],
        "groups": [
            {
                "name": f"第 {place + 1} 组",
                "departments": every[
                    place * DEPARTMENTS_A_GROUP : (place + 1) * DEPARTMENTS_A_GROUP
                ],
            }
            for place in range(GROUPS)
        ],
        "cases": {str(one): _cases(10 + one) for one in every},
        "no_cases": _cases(0),
    }


def _cases(count: int) -> dict[str, dict[str, int]]:
    return {
        measure.value: {"of": count, **dict.fromkeys(PARTS[measure], count // 2)}
        for measure in Measure
    }


def _publication() -> dict[str, Any]:
    return {
        "campaign": {
            "id": CAMPAIGN,
            "title": "三季度评价",
            "kind": "survey",
            "closed_on": "2026-09-30",
        },
        "scheme": {"interval_level": "0.95"},
        "departments": [
            {
                "id": one,
                "score": {"score": f"{70 + one / 3:.2f}", "interval": ["68.0", "93.0"]},
                "channels": [
                    {"channel": channel, "count": 20 + one, "score": "80.00"}
                    for channel in ("open", "service_centre", "hotline")
                ],
            }
            for one in _departments()
        ],
    }
