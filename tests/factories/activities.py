"""Activities and agreements, made through the services."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from server.activities import service
from server.activities.models import Activity, Agreement
from server.activities.rules import ActivityKind, Aspect, Audience, Way
from server.activities.service import ActivityContent, AgreementContent
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction

ActivityFactory = Callable[..., Activity]

CIRCLE = {"name": "广场", "shape": "circle", "centre": [120.1598, 30.2718], "radius": 200}


def content(organiser_id: int, *, starts_at: datetime, **more: Any) -> ActivityContent:
    """Return what an organiser says of an ordinary activity for everybody, two hours long."""
    lasts = more.pop("lasts", timedelta(hours=2))
    return ActivityContent(
        organiser_id=organiser_id,
        starts_at=starts_at,
        ends_at=starts_at + lasts,
        **{
            "kind": ActivityKind.FRONTLINE,
            "title": "清扫河岸",
            "place": "江滨公园东门",
            "audience": Audience.EVERYONE,
            **more,
        },
    )


def make_activity(
    organiser_id: int,
    *,
    starts_in: timedelta = timedelta(days=3),
    announced: bool = True,
    at: datetime | None = None,
    **more: Any,
) -> Activity:
    """Make an activity that organisation holds, announced unless told otherwise.

    It is drafted and announced at the moment ``at`` (now) and starts ``starts_in`` later; ``more``
    goes into its ActivityContent, with ``lasts`` for how long it takes.
    """
    now = at or clock.now()
    with transaction():
        said = content(organiser_id, starts_at=now + starts_in, **more)
        activity = service.draft_activity(said, actor=SYSTEM, now=now)
        if announced:
            service.announce(activity.id, actor=SYSTEM, now=now)
    return activity


def make_agreement(
    host_id: int, partner_ids: tuple[int, ...], *, active: bool = True, **more: Any
) -> Agreement:
    """Make an agreement, in force unless told otherwise."""
    now = clock.now()
    year = clock.today().year
    with transaction():
        said = AgreementContent(
            **{
                "title": "结对共建协议",
                "host_id": host_id,
                "partner_ids": partner_ids,
                "ways": (Way.STUDY, Way.BUILDING),
                "aspects": (Aspect.PLATFORM, Aspect.RESOURCES),
                "aims": "支部结对，共办实事。",
                "starts_on": date(year, 1, 1),
                "ends_on": date(year + 1, 12, 31),
                **more,
            }
        )
        agreement = service.draft_agreement(said, actor=SYSTEM, now=now)
        if active:
            service.activate_agreement(agreement.id, actor=SYSTEM, now=now)
    return agreement
