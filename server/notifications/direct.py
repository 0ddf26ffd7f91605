"""Messages that stand in no inbox: what they carry is the receiver's alone, and is kept nowhere.

A link of the sample survey is such a thing: stored beside a member it would say whose it is.
"""

from datetime import datetime
from uuid import UUID

from flask import current_app

from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import queries as identity
from server.notifications import consents, preferences
from server.notifications.delivery import CONSENT_GONE
from server.notifications.rules import NoticeKind
from server.notifications.templates import templates
from server.wechat.platform import Platform, PlatformAway, PlatformRefused, PlatformUnsure


def send(
    member_id: UUID,
    kind: NoticeKind,
    *,
    title: str,
    body: str,
    page: str,
    platform: Platform,
    now: datetime,
) -> bool:
    """Send a message to a member who agreed to one; False where it can't be sent this way.

    Commits: no transaction is open while WeChat is asked. Raises PlatformAway with the consent
    given back, but for PlatformUnsure, which may have used it up.
    """
    template = templates(current_app.config["CONFIGURATION"]).get(kind)
    if template is None:
        return False
    with transaction():
        wanted = not preferences.without_message(member_id, kind)
        openid = _openid(member_id) if wanted and consents.take(member_id, kind) else None
    if openid is None:
        return False
    try:
        platform.send_message(openid, template.id, page, template.data(title, body, now))
    except PlatformUnsure:
        # It may have arrived: the consent, used up, lets it go once.
        raise
    except PlatformAway:
        with transaction():
            consents.give_back(member_id, kind)
        raise
    except PlatformRefused as refusal:
        with transaction():
            if refusal.errcode == CONSENT_GONE:
                consents.clear(member_id, kind)
            else:
                consents.give_back(member_id, kind)
        return False
    return True


def _openid(member_id: UUID) -> str | None:
    try:
        return identity.openid(member_id)
    except Refusal:
        return None
