"""Members who are told something and agree to messages, and a WeChat that notes what it is sent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.notifications import service
from server.notifications.models import MessageConsent, Notice
from server.notifications.rules import NoticeKind
from server.settings import service as settings
from server.settings.rules import QUIET_HOURS
from tests.factories.rating import Phone

# A moment at noon in Shanghai, outside any quiet hours.
NOON = (clock.now().astimezone(clock.SHANGHAI) + timedelta(days=1)).replace(
    hour=12, minute=0, second=0, microsecond=0
)


class Recorder:
    """A platform that notes messages, or fails as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[tuple[str, str, Mapping[str, str]]] = []

    def send_message(
        self, openid: str, template_id: str, page: str, data: Mapping[str, str]
    ) -> None:
        del openid
        if self.error:
            raise self.error
        self.sent.append((template_id, page, data))


def member_of(phone: Phone) -> UUID:
    return UUID(phone.client.get("/api/v1/me", headers=phone.headers).json["id"])


def tell(
    *members: UUID,
    occasion: str = "",
    title: str = "活动提醒",
    kind: NoticeKind = NoticeKind.ACTIVITY_REMINDER,
    now: datetime | None = None,
) -> int:
    """Tell members of an activity."""
    with transaction():
        return service.notify(
            members,
            kind,
            ("activity", "7"),
            title=title,
            body="明天上午九点",
            page="/packages/activities/detail/index?id=7",
            occasion=occasion,
            now=now or clock.now(),
        )


def inbox(phone: Phone, cursor: str | None = None) -> dict[str, object]:
    address = "/api/v1/me/notices" + (f"?cursor={cursor}" if cursor else "")
    found: dict[str, object] = phone.client.get(address, headers=phone.headers).json
    return found


def agree(phone: Phone, *kinds: str) -> int:
    answer = phone.client.post(
        "/api/v1/me/message-consents", json={"kinds": list(kinds)}, headers=phone.headers
    )
    return answer.status_code


def states() -> list[str]:
    db.session.rollback()
    return [one.delivery for one in db.session.scalars(select(Notice))]


def consents() -> list[int]:
    """Return how many messages of each kind are agreed to."""
    db.session.rollback()
    return list(db.session.scalars(select(MessageConsent.remaining).order_by(MessageConsent.kind)))


def set_quiet_hours(hours: str) -> None:
    """Set when nobody is sent anything; an empty text for never."""
    with transaction():
        settings.change(QUIET_HOURS, hours, reason="测试", actor=SYSTEM, now=clock.now())
