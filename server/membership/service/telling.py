"""Telling a phone what happened to its binding."""

from datetime import datetime
from uuid import UUID

from server.identity import queries as identity
from server.membership.models import Person
from server.notifications import service as notifications
from server.notifications.rules import NoticeKind

PERSON_PAGE = "packages/me/person/index"


def tell_unbound(member_id: UUID, person: Person, now: datetime) -> None:
    """Tell a phone that it is no longer bound; the notice names the branch, not the person."""
    branch = identity.organisation(person.branch_id).name
    notifications.notify(
        [member_id],
        NoticeKind.BINDING_ENDED,
        ("organisation", str(person.branch_id)),
        title="党员身份已解绑",
        body=f"本机与{branch}党员身份的绑定已解除。如非本人意愿，请联系支部书记。",
        page=PERSON_PAGE,
        occasion=now.isoformat(),
        now=now,
    )
