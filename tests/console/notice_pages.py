"""The pages of notices, dead letters, delegations and the own phone, filled."""

from sqlalchemy import select

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.identity import service as identity
from server.notifications import service
from server.notifications.models import Notice
from server.notifications.rules import Delivery, DeskKind, NoticeKind
from tests.console.conftest import Desk
from tests.factories.city import City
from tests.factories.standing_in import stand_in


def tell(
    city: City, *names: str, occasion: str = "", kind: DeskKind = DeskKind.CASE_WARNING
) -> int:
    """Tell accounts of a case."""
    with transaction():
        return service.tell_desk(
            [city.accounts[name].id for name in names],
            kind,
            ("case", "b7d1"),
            title="差评件将到期",
            body="2026-00012 窗口排队",
            page="/console/notices/preferences",
            now=clock.now(),
            occasion=occasion,
        )


def dead_letter() -> Notice:
    """Make a message that could not be sent."""
    with transaction():
        member = identity.member_of_openid("openid-of-somebody", clock.now())
        service.notify(
            [member.id],
            NoticeKind.ADDED,
            ("activity", "7"),
            title="标题里有人名",
            body="",
            page="",
            now=clock.now(),
        )
        notice = db.session.scalars(select(Notice).where(Notice.member_id == member.id)).one()
        notice.delivery, notice.last_error = Delivery.FAILED.value, "refused 47003"
    return notice


def notice_pages(city: City, office: Desk) -> list[str]:
    """Tell the office something, lose a message, name a delegate; return all addresses."""
    tell(city, "office1")
    dead_letter()
    stand_in(city, "office1", "party")
    assert office.post("/phone/code").status_code == 200
    return [
        "/notices",
        "/notices?unread=yes&kind=case_warning",
        "/notices/preferences",
        "/dead-letters",
        "/delegations",
        "/phone",
    ]
