"""A quarter with something in it: published campaigns, and cases by where they came from."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from server.activities.rules import Quarter
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.quarterly import groups, queries, service, tasks
from server.quarterly.queries import Edition
from server.quarterly.rules import quarter_code
from server.rectification import service as rectification
from server.rectification.rules import CaseKind, OriginKind
from server.rectification.service import Origin
from tests.factories.city import City
from tests.factories.closing import DAY, close_and_settle, store_ratings


def this_quarter() -> str:
    """Return the quarter in which the tests run."""
    return quarter_code(Quarter.of(clock.today()))


def campaign_with(
    city: City,
    ratings: dict[tuple[int, Channel], list[int]],
    *,
    kind: CampaignKind = CampaignKind.SERVICE,
    visits: dict[tuple[int, Channel], int] | None = None,
    settled: bool = True,
    rated_on: date = DAY,
) -> tuple[Campaign, dict[tuple[int, Channel], list[UUID]]]:
    """Store ratings by department (its place in the city) and channel, and close the campaign.

    ``visits``: how many of a group's ratings, the first ones, registered a case of their own; what
    settling registers of the other poor ones is one case an indicator.
    """
    campaign = city.campaign(kind=kind)
    stored = {
        (place, channel): store_ratings(
            campaign.id, city.departments[place].id, levels, channel=channel, rated_on=rated_on
        )
        for (place, channel), levels in ratings.items()
    }
    for (place, channel), count in (visits or {}).items():
        register_ratings(city, place, campaign, stored[place, channel][:count])
    if settled:
        close_and_settle(campaign.id)
    return campaign, stored


def register_ratings(city: City, place: int, campaign: Campaign, ids: Iterable[UUID]) -> None:
    """Register a case for each of some ratings, as the job does."""
    for identifier in ids:
        _register(
            city, place, CaseKind.POOR_RATING, OriginKind.EVALUATION, f"{campaign.id}:{identifier}"
        )


def register_entries(city: City, place: int, count: int) -> None:
    """Register cases that no rating stands behind."""
    for _ in range(count):
        _register(city, place, CaseKind.FRONTLINE, OriginKind.FRONTLINE_ENTRY, str(uuid4()))


def register_everywhere(city: City) -> None:
    """Register enough cases in each department that all numbers are shown."""
    for place in range(len(city.departments)):
        register_entries(city, place, 12 + place)


def group(city: City, name: str, places: Iterable[int]) -> None:
    """Put departments into a new group of comparison."""
    office, now = city.actors["office1"], clock.now()
    with transaction():
        made = groups.add_group(name, actor=office, now=now)
        for place in places:
            groups.place_department(city.departments[place].id, made.id, actor=office, now=now)


def freeze(city: City, *, note: str = "", now: datetime | None = None) -> Edition:
    """Freeze the quarter by one person of the office."""
    with transaction():
        made = service.freeze(
            this_quarter(), note=note, actor=city.actors["office1"], now=now or clock.now()
        )
    return queries.edition(made.id)


def publish(city: City, *, note: str = "") -> Edition:
    """Freeze the quarter, approve it by another person, and run the job that publishes it."""
    frozen = freeze(city, note=note)
    now = clock.now()
    with transaction():
        service.approve(frozen.id, publish_at=now, actor=city.actors["office2"], now=now)
    tasks.publish_quarters(0)
    return queries.edition(frozen.id)


def _register(
    city: City,
    place: int,
    kind: CaseKind,
    origin_kind: OriginKind,
    origin_id: str,
) -> None:
    now = clock.now() - timedelta(minutes=1)
    with transaction():
        rectification.register(
            kind,
            city.departments[place].id,
            f"visit:{origin_id}",
            origin=Origin(origin_kind, origin_id),
            title="等候时间长",
            counts_from=now,
            quarter=this_quarter(),
            actor=SYSTEM,
            now=now,
        )
