"""Devices that have signed in before (OWASP's device cookie).

A stranger who keeps guessing at a name uses up the attempts of strangers. A device that has once
signed in under that name has attempts of its own, so the real user gets in all the same.
"""

import secrets

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from server.identity.models import Account

LIFE_SECONDS = 180 * 24 * 3600
SALT = "console device"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=SALT)


def issue_device_cookie(account: Account) -> str:
    """Return what a browser keeps after a successful sign-in."""
    return _serializer().dumps([account.name.lower(), secrets.token_hex(16)])


def device_of(cookie: str | None, name: str) -> str | None:
    """Return the device's number if the cookie was issued for this name, or None."""
    if not cookie:
        return None
    try:
        owner, number = _serializer().loads(cookie, max_age=LIFE_SECONDS)
    except (BadData, ValueError, TypeError):
        return None
    return str(number) if owner == name.lower() else None


def device_is_known(cookie: str | None, name: str) -> bool:
    """Tell whether this device has signed in under this name before."""
    return device_of(cookie, name) is not None
