"""Signed addresses of pictures: whoever is given one may see the picture, for an hour or two.

A phone's image can't send a token, so the address itself says that its reader was let in. It stays
the same within an hour, so that a phone keeps what it has loaded, and it is worth nothing once the
picture is let go.
"""

from typing import Any
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from server.core import clock
from server.core.errors import Refusal
from server.pictures.models import Picture
from server.pictures.rules import PictureState

HOUR = 3600
SALT = "picture for a reader"


def address(shown: Picture) -> str | None:
    """Return where a picture is seen, relative to the site; None until its check has passed.

    For readers alone of what the picture belongs to: it is all that is asked of who opens it.
    """
    if shown.state != PictureState.PASSED:
        return None
    until = (_seconds() // HOUR + 2) * HOUR
    return f"/pictures/{_signer().dumps([shown.id.hex, until])}"


def picture_of(token: str) -> UUID:
    """Return the picture of a signed address; refuse with 404 one that is wrong or over."""
    try:
        signed: Any = _signer().loads(token)
        identifier, until = signed
        found = UUID(hex=identifier)
    except (BadSignature, ValueError, TypeError, AttributeError) as error:
        raise Refusal("not_found", 404) from error
    if _seconds() >= until:
        raise Refusal("not_found", 404)
    return found


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=SALT)


def _seconds() -> int:
    return int(clock.now().timestamp())
