"""The stand-in for a gateway: messages to be looked at, and numbers that fail on purpose."""

from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from server.sms.contract import Message, SmsAway, SmsRefused, SmsTemplate
from server.sms.platform import current_sms, sms_for
from server.sms.sandbox import SmsSandbox
from tests.sms.conftest import Configure

PARAMETERS = {
    "campaign": "测评",
    "until": "明天",
    "link": "http://ronghe.test/rate/A",
    "phone": "12345",
}


def message(number: str = "13800001234") -> Message:
    return Message(uuid4(), number, SmsTemplate.SAMPLE_REMINDER, PARAMETERS)


def test_without_a_gateway_messages_are_kept_to_be_looked_at(client: FlaskClient) -> None:
    sms = current_sms()
    assert isinstance(sms, SmsSandbox)
    sent = message()
    sms.send(sent)
    sms.send(sent)
    page = client.get("/sandbox/sms")
    assert page.status_code == 200
    assert page.text.count("138****1234") == 1
    assert "13800001234" not in page.text
    assert 'href="http://ronghe.test/rate/A"' in page.text


def test_some_numbers_fail_on_purpose(configure: Configure, tmp_path: Path) -> None:
    sms = sms_for(configure())
    with pytest.raises(SmsRefused):
        sms.send(message("13800000000"))
    with pytest.raises(SmsAway):
        sms.send(message("13800009999"))
    assert not (tmp_path / "sandbox" / "sms.jsonl").exists()


def test_a_place_without_text_messages_sends_none(configure: Configure) -> None:
    sms = sms_for(configure(SMS_GATEWAY_URL="off"))
    assert not sms.sends
    with pytest.raises(SmsRefused):
        sms.send(message())
