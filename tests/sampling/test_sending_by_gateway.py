"""The whole way of a link: from the row that waits, through the real driver, to a gateway."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask

from server.core import clock
from server.core.config import from_environment
from server.core.crypto import SealBrokenError
from server.sampling import outreach, outreach_tasks, sending
from server.sampling.outreach_rules import Fault
from server.sms import gateway as driver
from server.sms.contract import Message, Sms
from server.sms.platform import sms_for
from tests.factories.city import City
from tests.factories.notices import set_quiet_hours
from tests.factories.outreach import make_sample
from tests.sms.gateway_stand_in import GatewayStandIn, playing_gateway

ASKED = 13


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayStandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with playing_gateway() as playing:
        yield playing


@pytest.fixture
def gateway(stand_in: GatewayStandIn) -> Sms:
    return sms_for(
        from_environment(
            {
                "RONGHE_ENV": "testing",
                "SMS_GATEWAY_URL": stand_in.url,
                "SMS_KEY_ID": "ronghe",
                "SMS_SECRET": "secret",
                "SMS_SIGN": "评价办",
                "SMS_TEMPLATES": '{"sample_invitation": "SMS_1", "sample_reminder": "SMS_2"}',
            }
        )
    )


def test_invitations_arrive_with_every_persons_own_link(
    city: City, stand_in: GatewayStandIn, gateway: Sms
) -> None:
    sample = make_sample(city)
    sample.invite()
    sample.send(gateway)
    links = {message["parameters"]["link"] for message in stand_in.taken.values()}
    assert len(links) == len(stand_in.seen) == ASKED
    assert {message["template"] for message in stand_in.taken.values()} == {"SMS_1"}
    assert {one.state for one in sample.dispatches()} == {"sent"}


def test_a_lost_answer_leads_to_no_second_message(
    city: City, stand_in: GatewayStandIn, gateway: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "ANSWER_SECONDS", 0.05)
    stand_in.delay = 0.2
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)
    assert sample.send(gateway, now=now) == 0
    monkeypatch.setattr(driver, "ANSWER_SECONDS", 5)
    stand_in.delay = 0
    sample.send(gateway, now=now + timedelta(minutes=2))
    assert len(stand_in.taken) == ASKED
    assert len(stand_in.seen) == ASKED + 3
    assert {one.state for one in sample.dispatches()} == {"sent"}


def test_refusals_and_silence_are_told_apart(
    city: City, stand_in: GatewayStandIn, gateway: Sms
) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)
    for answer in ({"code": "number_blocked"}, {"code": "busy"}, {"code": "number_invalid"}):
        stand_in.answers.append((200, json.dumps(answer).encode()))
    stand_in.answers.append((502, b"<html>"))
    sample.send(gateway, now=now)
    found = {one.fault: one.count for one in outreach.failures(sample.draw.id)}
    assert found == {Fault.BLOCKED: 1, Fault.NUMBER: 1}
    waiting = sample.dispatches(state="waiting")
    assert [(one.attempts, one.reason) for one in waiting] == [(1, ""), (1, "")]


def test_the_job_sends_by_the_applications_gateway(
    app: APIFlask,
    city: City,
    stand_in: GatewayStandIn,
    gateway: Sms,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "sms", gateway)
    sample = make_sample(city)
    sample.invite()
    set_quiet_hours("")
    outreach_tasks.send_links(0)
    assert len(stand_in.taken) == ASKED


def test_what_goes_wrong_with_one_message_stops_no_other(
    city: City, stand_in: GatewayStandIn, gateway: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)
    broken = {one.id for one in sample.dispatches()[:2]}
    whole = gateway.send

    def send(message: Message) -> None:
        if message.reference in broken:
            raise ZeroDivisionError(message.number)
        whole(message)

    monkeypatch.setattr(gateway, "send", send)
    sample.send(gateway, now=now)
    assert len(stand_in.taken) == ASKED - 2
    waiting = sample.dispatches(state="waiting")
    assert {one.id for one in waiting} == broken
    assert {one.attempts for one in waiting} == {1}
    for hours in range(1, 12):
        sample.send(gateway, now=now + timedelta(hours=hours))
    assert {one.reason for one in sample.dispatches(state="failed")} == {Fault.AWAY.value}
    assert len(sample.dispatches(state="failed")) == 2


def test_a_person_who_cannot_be_read_is_tried_and_given_up_like_any_other(
    city: City, stand_in: GatewayStandIn, gateway: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)

    def broken(_: object) -> None:
        raise SealBrokenError("person")

    monkeypatch.setattr(sending, "open_contact", broken)
    for hours in range(60):
        sample.send(gateway, now=now + timedelta(hours=hours))
    assert {one.state for one in sample.dispatches()} == {"failed"}
    assert stand_in.seen == []
