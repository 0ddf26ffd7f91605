"""Settings from the environment. No secret has a default outside development and testing."""

import os
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

Network = IPv4Network | IPv6Network

DEVELOPMENT = "development"
TESTING = "testing"
PRODUCTION = "production"
SMS_OFF = "off"


class ConfigurationError(Exception):
    """The environment does not allow a safe start; the message is one line for the operator."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything that differs between machines.

    Sizes are bytes, ages seconds.
    """

    environment: str
    database_url: str
    redis_url: str
    secret_key: str
    key_ring_dir: Path
    media_dir: Path
    var_dir: Path
    public_url: str
    trusted_proxies: tuple[Network, ...] = ()
    wechat_appid: str = ""
    wechat_secret: str = ""
    wechat_token: str = ""
    wechat_aes_key: str = ""
    wechat_api_base: str = "https://api.weixin.qq.com/"
    wechat_templates: str = ""
    sms_gateway_url: str = ""
    sms_key_id: str = ""
    sms_secret: str = ""
    sms_sign: str = ""
    sms_templates: str = ""
    limits_enabled: bool = True
    limits_file: Path = field(
        default_factory=lambda: Path(__file__).parents[2] / "config" / "limits.yaml"
    )

    @property
    def sandbox(self) -> bool:
        """Whether the stand-in takes WeChat's place: only without an AppID, never in production."""
        return not self.wechat_appid

    @property
    def sms_sandbox(self) -> bool:
        """Whether a stand-in takes the place of a text message gateway: never in production."""
        return not self.sms_gateway_url


def _required(environ: dict[str, str], name: str, default: str | None) -> str:
    value = environ.get(name) or default
    if not value:
        message = f"{name} must be set in production"
        raise ConfigurationError(message)
    return value


def from_environment(environ: dict[str, str] | None = None) -> Configuration:
    """Read the configuration; raise ConfigurationError with one clear line where it can't serve."""
    environ = dict(os.environ if environ is None else environ)
    environment = environ.get("RONGHE_ENV", DEVELOPMENT)
    if environment not in {DEVELOPMENT, TESTING, PRODUCTION}:
        message = f"RONGHE_ENV is {environment!r}: development, testing or production"
        raise ConfigurationError(message)
    safe = environment != PRODUCTION
    var = Path(environ.get("VAR_DIR", Path(__file__).parents[2] / "var"))

    def need(name: str, default: str) -> str:
        return _required(environ, name, default if safe else None)

    try:
        proxies = tuple(
            ip_network(part.strip())
            for part in environ.get("TRUSTED_PROXIES", "127.0.0.1/32" if safe else "").split(",")
            if part.strip()
        )
    except ValueError as error:
        message = f"TRUSTED_PROXIES: {error}"
        raise ConfigurationError(message) from error
    configuration = Configuration(
        environment=environment,
        database_url=need("DATABASE_URL", "postgresql:///ronghe"),
        redis_url=need("REDIS_URL", "redis://127.0.0.1:6379/0"),
        secret_key=need("SECRET_KEY", "development only, never in production"),
        key_ring_dir=Path(need("KEY_RING_DIR", str(var / "keys"))),
        media_dir=Path(need("MEDIA_DIR", str(var / "media"))),
        var_dir=var,
        public_url=need("PUBLIC_URL", f"http://127.0.0.1:{environ.get('PORT', '8000')}").rstrip(
            "/"
        ),
        trusted_proxies=proxies,
        wechat_appid=environ.get("WECHAT_APPID", ""),
        wechat_secret=environ.get("WECHAT_SECRET", ""),
        wechat_token=environ.get("WECHAT_TOKEN", ""),
        wechat_aes_key=environ.get("WECHAT_AES_KEY", ""),
        wechat_api_base=environ.get("WECHAT_API_BASE", "https://api.weixin.qq.com/"),
        wechat_templates=environ.get("WECHAT_TEMPLATES", ""),
        sms_gateway_url=environ.get("SMS_GATEWAY_URL", ""),
        sms_key_id=environ.get("SMS_KEY_ID", ""),
        sms_secret=environ.get("SMS_SECRET", ""),
        sms_sign=environ.get("SMS_SIGN", ""),
        sms_templates=environ.get("SMS_TEMPLATES", ""),
        limits_enabled=environ.get("RATE_LIMITS", "on") != "off" or not safe,
    )
    _check(configuration)
    return configuration


def _check(configuration: Configuration) -> None:
    if configuration.environment == PRODUCTION:
        if configuration.sandbox:
            message = "WECHAT_APPID must be set: the sandbox is refused in production"
            raise ConfigurationError(message)
        if len(configuration.secret_key) < 32:  # noqa: PLR2004 256 bits as the least
            message = "SECRET_KEY must have at least 32 characters in production"
            raise ConfigurationError(message)
    if configuration.wechat_appid and not configuration.wechat_secret:
        message = "WECHAT_SECRET must be set when WECHAT_APPID is"
        raise ConfigurationError(message)
    if configuration.environment == PRODUCTION and not configuration.wechat_token:
        message = "WECHAT_TOKEN must be set: WeChat signs its callbacks with it"
        raise ConfigurationError(message)
    _check_sms(configuration)


def _check_sms(configuration: Configuration) -> None:
    url = configuration.sms_gateway_url
    safe = configuration.environment != PRODUCTION
    if not url and not safe:
        message = 'SMS_GATEWAY_URL must be set, or "off": the stand-in is refused in production'
        raise ConfigurationError(message)
    if url in {"", SMS_OFF}:
        return
    if not url.startswith("https://") and not (safe and url.startswith("http://127.0.0.1:")):
        message = "SMS_GATEWAY_URL must begin with https://"
        raise ConfigurationError(message)
    given = {
        "SMS_KEY_ID": configuration.sms_key_id,
        "SMS_SECRET": configuration.sms_secret,
        "SMS_SIGN": configuration.sms_sign,
        "SMS_TEMPLATES": configuration.sms_templates,
    }
    for name, value in given.items():
        if not value:
            message = f"{name} must be set when SMS_GATEWAY_URL is"
            raise ConfigurationError(message)
