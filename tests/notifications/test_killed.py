"""Delivering notices, killed in the middle: nobody gets one message twice, nobody is forgotten."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from server.core import clock
from server.core.config import Configuration
from server.notifications import delivery
from server.notifications.rules import Delivery
from tests.factories.doomed import killed_when, killed_while_waiting_for
from tests.factories.notices import (
    NOON,
    Recorder,
    agree,
    consents,
    inbox,
    member_of,
    set_quiet_hours,
    states,
    tell,
)
from tests.factories.rating import Phone
from tests.wechat.stand_in import WeChatStandIn, playing_wechat

People = Callable[[str], Phone]
REMINDER = "activity_reminder"
SENDING = "/cgi-bin/message/subscribe/send"
# Longer than it takes to see that a message was taken on, and to kill who waits for the answer.
HELD_BACK = 4.0
TEMPLATE = {"id": "T1", "title": "thing1", "body": "thing2", "time": "time3"}


@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatStandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with playing_wechat() as stand_in:
        stand_in.delays[SENDING] = HELD_BACK
        yield stand_in


@pytest.fixture
def two(phone: People) -> tuple[Phone, Phone]:
    """Two who are to be reminded, each with two consents; the first has waited longer."""
    set_quiet_hours("")
    found = phone("anna"), phone("bert")
    for place, one in enumerate(found):
        agree(one, REMINDER)
        agree(one, REMINDER)
        tell(member_of(one), now=clock.now() - timedelta(minutes=2 - place))
    return found


def go_on() -> Recorder:
    """Let the next run, and one a day later, deliver what is left."""
    platform = Recorder()
    for now in (NOON, NOON + timedelta(days=1)):
        delivery.sweep(platform, now=now)  # type: ignore[arg-type]
    return platform


def test_a_message_that_wechat_took_from_a_killed_worker_is_not_sent_again(
    two: tuple[Phone, Phone], wechat: WeChatStandIn, configuration: Configuration, tmp_path: Path
) -> None:
    settings = {
        "WECHAT_APPID": "wx1",
        "WECHAT_SECRET": "the-secret",
        "WECHAT_API_BASE": wechat.base,
        "WECHAT_TEMPLATES": json.dumps({REMINDER: TEMPLATE}),
    }
    with killed_when(
        lambda: bool(wechat.bodies(SENDING)),
        "deliver",
        0,
        configuration,
        tmp_path / "keys",
        **settings,
    ):
        assert sorted(states()) == [Delivery.SENT, Delivery.WAITING]
        assert sorted(consents()) == [1, 2]
    platform = go_on()
    assert len(wechat.bodies(SENDING)) == len(platform.sent) == 1
    assert states() == [Delivery.SENT, Delivery.SENT]
    assert consents() == [1, 1]
    assert [inbox(one)["unread"] for one in two] == [1, 1]


def test_a_worker_that_is_killed_before_it_asks_wechat_leaves_notice_and_consent(
    two: tuple[Phone, Phone], configuration: Configuration, tmp_path: Path
) -> None:
    lock = "SELECT FROM message_consent FOR UPDATE"
    with killed_while_waiting_for(lock, "deliver", 0, configuration, tmp_path / "keys"):
        assert states() == [Delivery.WAITING, Delivery.WAITING]
        assert consents() == [2, 2]
    assert len(go_on().sent) == len(two)
    assert states() == [Delivery.SENT, Delivery.SENT]
    assert consents() == [1, 1]
