"""Signed addresses of the pictures behind a case, for a phone's image, which can't send a token.

Whoever is given one may see the picture for five minutes; what it belongs to is asked before.
"""

from typing import Any
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from server.core.errors import Refusal

SECONDS = 300
SALT = "picture behind a case"


def address(campaign_id: int, photo_id: UUID) -> str:
    """Return where a picture is seen, relative to the site."""
    return f"/case-photos/{_signer().dumps([campaign_id, photo_id.hex])}"


def photo_of(token: str) -> tuple[int, UUID]:
    """Return campaign and photo of a signed address; refuse with 404 one that is wrong or over."""
    try:
        named: Any = _signer().loads(token, max_age=SECONDS)
        campaign_id, identifier = named
        return int(campaign_id), UUID(hex=identifier)
    except (BadData, ValueError, TypeError, AttributeError) as error:
        raise Refusal("not_found", 404) from error


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=SALT)
