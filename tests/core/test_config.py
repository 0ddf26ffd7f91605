"""Settings: refused in one line where a start would not be safe."""

import pytest

from server.core.config import ConfigurationError, from_environment

WHOLE = {
    "RONGHE_ENV": "production",
    "DATABASE_URL": "postgresql://db/ronghe",
    "REDIS_URL": "redis://redis/0",
    "SECRET_KEY": "x" * 40,
    "KEY_RING_DIR": "/keys",
    "MEDIA_DIR": "/media",
    "PUBLIC_URL": "https://pingjia.example",
    "WECHAT_APPID": "wx1",
    "WECHAT_SECRET": "s",
    "WECHAT_TOKEN": "t",
    "SMS_GATEWAY_URL": "https://sms.example/send",
    "SMS_KEY_ID": "k",
    "SMS_SECRET": "s",
    "SMS_SIGN": "评价办",
    "SMS_TEMPLATES": "{}",
}


def test_a_whole_production_environment_is_accepted() -> None:
    configuration = from_environment(WHOLE)
    assert not configuration.sandbox
    assert configuration.trusted_proxies == ()


@pytest.mark.parametrize(
    "name",
    ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "KEY_RING_DIR", "MEDIA_DIR", "PUBLIC_URL"],
)
def test_no_secret_and_no_place_has_a_default_in_production(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        from_environment({key: value for key, value in WHOLE.items() if key != name})


def test_the_sandbox_is_refused_in_production() -> None:
    with pytest.raises(ConfigurationError, match="sandbox is refused"):
        from_environment(WHOLE | {"WECHAT_APPID": ""})


def test_the_stand_in_for_text_messages_is_refused_in_production() -> None:
    with pytest.raises(ConfigurationError, match="stand-in is refused"):
        from_environment(WHOLE | {"SMS_GATEWAY_URL": ""})


def test_a_place_without_text_messages_says_so() -> None:
    environment = {name: value for name, value in WHOLE.items() if not name.startswith("SMS_")}
    assert not from_environment(environment | {"SMS_GATEWAY_URL": "off"}).sms_sandbox


@pytest.mark.parametrize("name", ["SMS_KEY_ID", "SMS_SECRET", "SMS_SIGN", "SMS_TEMPLATES"])
def test_a_gateway_needs_its_key_and_templates(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        from_environment(WHOLE | {name: ""})


@pytest.mark.parametrize("url", ["http://sms.example/send", "http://127.0.0.1:9/send"])
def test_links_go_to_a_gateway_over_tls_alone(url: str) -> None:
    with pytest.raises(ConfigurationError, match="https"):
        from_environment(WHOLE | {"SMS_GATEWAY_URL": url})


def test_a_short_secret_is_refused_in_production() -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        from_environment(WHOLE | {"SECRET_KEY": "short"})


def test_limits_can_not_be_switched_off_in_production() -> None:
    assert from_environment(WHOLE | {"RATE_LIMITS": "off"}).limits_enabled


def test_a_bad_proxy_network_is_named() -> None:
    with pytest.raises(ConfigurationError, match="TRUSTED_PROXIES"):
        from_environment(WHOLE | {"TRUSTED_PROXIES": "10.0.0.0/99"})


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="RONGHE_ENV"):
        from_environment({"RONGHE_ENV": "staging"})
