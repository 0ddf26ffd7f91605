"""The way in: the sender of this application, and the names that callers need."""

from typing import TYPE_CHECKING

from flask import current_app

from server.core.config import SMS_OFF, Configuration
from server.core.lazily import Later
from server.sms.contract import Message, Sms, SmsAway, SmsFault, SmsRefused, SmsTemplate
from server.sms.sandbox import SmsOff, SmsSandbox

if TYPE_CHECKING:
    from server.sms import gateway
else:
    gateway = Later("server.sms.gateway")

__all__ = [
    "Message",
    "Sms",
    "SmsAway",
    "SmsFault",
    "SmsRefused",
    "SmsTemplate",
    "current_sms",
    "sms_for",
]


def sms_for(configuration: Configuration) -> Sms:
    """Return the gateway where one is configured, else the stand-in.

    ``core.config`` refuses to start without a gateway, or the word "off", in production.
    """
    if configuration.sms_gateway_url == SMS_OFF:
        return SmsOff()
    if configuration.sms_sandbox:
        return SmsSandbox(configuration)
    return gateway.Gateway(configuration)


def current_sms() -> Sms:
    """Return this application's sender."""
    sms: Sms = current_app.extensions["sms"]
    return sms
