"""The real driver against a gateway on this machine."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.core.config import Configuration, from_environment
from server.sms.contract import Sms, SmsTemplate
from server.sms.platform import sms_for
from tests.sms.gateway_stand_in import GatewayStandIn, playing_gateway

TEMPLATES = {template.value: f"SMS_{number}" for number, template in enumerate(SmsTemplate, 1)}
Configure = Callable[..., Configuration]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayStandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with playing_gateway() as playing:
        yield playing


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """Make a configuration; keywords are environment variables."""

    def make(**more: str) -> Configuration:
        return from_environment({"RONGHE_ENV": "testing", "VAR_DIR": str(tmp_path), **more})

    return make


@pytest.fixture
def gateway(stand_in: GatewayStandIn, configure: Configure) -> Sms:
    return sms_for(
        configure(
            SMS_GATEWAY_URL=stand_in.url,
            SMS_KEY_ID="ronghe",
            SMS_SECRET="between the two of us",
            SMS_SIGN="评价办",
            SMS_TEMPLATES=json.dumps(TEMPLATES),
        )
    )
