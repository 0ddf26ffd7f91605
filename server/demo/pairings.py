"""Pairings of the demo city: every community and village with some departments."""

from datetime import datetime, time

from server.core import clock
from server.core.access import SYSTEM
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from server.pairings import service

DEPARTMENTS_EACH = 4
MONTHS_AGO = 20


def make_demo_pairings(now: datetime) -> None:
    """Pair each community and village with four departments, in turn, for long enough."""
    departments = identity.rated_departments()
    starts_on = clock.months_later(clock.local_date(now), -MONTHS_AGO)
    # Made then, too: the demo's past surveys count what was there before they opened.
    made_at = datetime.combine(starts_on, time(9), clock.SHANGHAI)
    places = [
        organisation
        for kind in (OrganisationKind.COMMUNITY, OrganisationKind.VILLAGE)
        for organisation in identity.organisations(kind=kind).items
    ]
    for turn, organisation in enumerate(places):
        for step in range(DEPARTMENTS_EACH):
            department = departments[(turn * DEPARTMENTS_EACH + step) % len(departments)]
            service.create_pairing(
                organisation.id, department.id, starts_on=starts_on, actor=SYSTEM, now=made_at
            )
