"""Drawing and sending, killed in the middle: nothing is half done, and nobody is sent it twice."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from server.audit.models import AuditEntry
from server.campaigns.models import SampleLink
from server.core import clock
from server.core.config import Configuration, from_environment
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.notifications import service as notifications
from server.notifications.models import MessageConsent
from server.notifications.rules import NoticeKind
from server.sampling.models import DrawnPerson, SampleCell, SampleDraw
from server.sms.platform import sms_for
from server.wechat.platform import current_platform
from server.wechat.sandbox import Sandbox
from tests.factories.city import City
from tests.factories.doomed import killed_when, killed_while_waiting_for
from tests.factories.members import PersonFactory
from tests.factories.notices import consents, set_quiet_hours
from tests.factories.outreach import Outbox, make_sample
from tests.factories.sampling import make_draw, make_frame, sample_campaign
from tests.sampling.test_dispatching import ASKED, agreed, people
from tests.sms.gateway_stand_in import GatewayStandIn, playing_gateway
from tests.wechat.stand_in import WeChatStandIn, playing_wechat

SENDING = "/cgi-bin/message/subscribe/send"
# Longer than it takes to see that a message was taken on, and to kill who waits for the answer.
HELD_BACK = 4.0
SMS = {
    "SMS_KEY_ID": "ronghe",
    "SMS_SECRET": "secret",
    "SMS_SIGN": "评价办",
    "SMS_TEMPLATES": '{"sample_invitation": "SMS_1", "sample_reminder": "SMS_2"}',
}
TEMPLATE = {"id": "T1", "title": "thing1", "body": "thing2", "time": "time3"}
MINUTES = [timedelta(minutes=after) for after in (2, 10, 60)]
# In the order of the draw; each with what comes before it stored.
PLACES = {
    "persons": "LOCK TABLE drawn_person IN SHARE MODE",
    "links": "LOCK TABLE sample_link IN SHARE MODE",
    "the log": "LOCK TABLE audit_entry IN SHARE MODE",
}


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayStandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with playing_gateway() as stand_in:
        yield stand_in


@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatStandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with playing_wechat() as stand_in:
        stand_in.delays[SENDING] = HELD_BACK
        yield stand_in


def stored() -> list[int]:
    """Return how many draws, cells, persons, links and entries in the log there are."""
    drawn = select(func.count()).where(AuditEntry.action == "sample.drawn")
    tables = (SampleDraw, SampleCell, DrawnPerson, SampleLink)
    counted = [db.session.scalar(select(func.count()).select_from(one)) for one in tables]
    return [found or 0 for found in (*counted, db.session.scalar(drawn))]


def agree_again() -> None:
    with transaction():
        member = db.session.scalars(select(MessageConsent.member_id)).one()
        notifications.consent(member, [NoticeKind.SAMPLE_LINK])


def messages() -> list[object]:
    """Return what the stand-in for WeChat in this process sent."""
    platform = current_platform()
    assert isinstance(platform, Sandbox)
    return list(platform.messages())


@pytest.mark.parametrize("place", PLACES)
def test_a_draw_that_is_killed_leaves_nothing_and_can_be_made(
    city: City, configuration: Configuration, tmp_path: Path, place: str
) -> None:
    campaign, frame = sample_campaign(city), make_frame(city)
    lock, subject = PLACES[place], f"{campaign.id}-{frame.id}"
    with killed_while_waiting_for(lock, "draw", subject, configuration, tmp_path / "keys"):
        assert stored() == [0, 0, 0, 0, 0]
    make_draw(city, campaign, frame)
    draws, cells, persons, links, entries = stored()
    assert (draws, entries) == (1, 1)
    assert cells > 0
    assert persons == links > 0


def test_a_text_that_the_gateway_took_from_a_killed_worker_is_sent_once(
    city: City, gateway: GatewayStandIn, configuration: Configuration, tmp_path: Path
) -> None:
    sample, settings = make_sample(city), {"SMS_GATEWAY_URL": gateway.url, **SMS}
    sample.invite()
    set_quiet_hours("")
    gateway.delay = HELD_BACK
    with killed_when(
        lambda: bool(gateway.taken),
        "send_links",
        0,
        configuration,
        tmp_path / "keys",
        **settings,
    ):
        rows = sample.dispatches()
        assert {one.state for one in rows} == {"waiting"}
        assert sorted(one.attempts for one in rows) == [0] * (ASKED - 1) + [1]
    gateway.delay = 0
    sms = sms_for(from_environment({"RONGHE_ENV": "testing", **settings}))
    for later in MINUTES:
        sample.send(sms, now=clock.now() + later)
    assert {one.state for one in sample.dispatches()} == {"sent"}
    # The one of the killed worker was asked for twice, under one reference and in the same words.
    assert len(gateway.bodies()) == ASKED + 1
    assert len(gateway.taken) == ASKED
    assert all(gateway.taken[body["reference"]] == body for body in gateway.bodies())


def test_a_message_that_wechat_took_from_a_killed_worker_goes_on_as_a_text_alone(
    city: City,
    branch: Organisation,
    person: PersonFactory,
    wechat: WeChatStandIn,
    configuration: Configuration,
    tmp_path: Path,
) -> None:
    sample = make_sample(city, people())
    # Two consents, of which one is left to a second try.
    chosen, number = agreed(sample, branch, person)
    agree_again()
    sample.invite()
    set_quiet_hours("")
    settings = {
        "WECHAT_APPID": "wx1",
        "WECHAT_SECRET": "the-secret",
        "WECHAT_API_BASE": wechat.base,
        "WECHAT_TEMPLATES": json.dumps({NoticeKind.SAMPLE_LINK.value: TEMPLATE}),
    }
    with killed_when(
        lambda: bool(wechat.bodies(SENDING)),
        "send_links",
        0,
        configuration,
        tmp_path / "keys",
        **settings,
    ):
        (left,) = sample.dispatches(way="wechat")
        assert (left.state, left.attempts, left.place) == ("waiting", 1, chosen.place)
        assert consents() == [1]
    outbox, before = Outbox(), len(messages())
    for later in MINUTES:
        sample.send(outbox, now=clock.now() + later)
    assert len(messages()) == before
    assert consents() == [1]
    assert [one.number for one in outbox.sent].count(number) == 1
    assert len(outbox.sent) == ASKED
    assert {(one.state, one.way, one.reason) for one in sample.dispatches()} == {
        ("sent", "sms", "")
    }
