"""The way in: the platform of this application, and the names that callers need."""

from typing import TYPE_CHECKING

from flask import current_app

from server.core.config import Configuration
from server.core.lazily import Later
from server.core.redis import RedisSwitch
from server.wechat.contract import (
    CallbackEvent,
    MediaVerdict,
    Platform,
    PlatformAway,
    PlatformRefused,
    PlatformUnsure,
    Session,
    TextVerdict,
)

if TYPE_CHECKING:
    from server.wechat import mini_program, sandbox
else:
    mini_program = Later("server.wechat.mini_program")
    sandbox = Later("server.wechat.sandbox")

__all__ = [
    "CallbackEvent",
    "MediaVerdict",
    "Platform",
    "PlatformAway",
    "PlatformRefused",
    "PlatformUnsure",
    "Session",
    "TextVerdict",
    "current_platform",
    "platform_for",
]


def platform_for(configuration: Configuration, redis_switch: RedisSwitch) -> Platform:
    """Return WeChat where an AppID is configured, else the sandbox.

    ``core.config`` refuses to start without an AppID in production.
    """
    if configuration.sandbox:
        return sandbox.Sandbox(configuration)
    return mini_program.MiniProgram(configuration, redis_switch)


def current_platform() -> Platform:
    """Return this application's platform."""
    platform: Platform = current_app.extensions["wechat"]
    return platform
