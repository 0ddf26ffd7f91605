"""The way in: the platform of this application, and the names that callers need."""

from flask import current_app

from server.core.config import Configuration
from server.core.redis import RedisSwitch
from server.wechat.client import MiniProgramClient
from server.wechat.contract import (
    CallbackEvent,
    MediaVerdict,
    Platform,
    PlatformAway,
    PlatformRefused,
    Session,
    TextVerdict,
)
from server.wechat.mini_program import MiniProgram
from server.wechat.sandbox import Sandbox

__all__ = [
    "CallbackEvent",
    "MediaVerdict",
    "Platform",
    "PlatformAway",
    "PlatformRefused",
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
        return Sandbox(configuration)
    return MiniProgram(configuration, MiniProgramClient(configuration, redis_switch))


def current_platform() -> Platform:
    """Return this application's platform."""
    platform: Platform = current_app.extensions["wechat"]
    return platform
