"""The page of seals with one of each state, for the test that opens every page."""

from server.core import clock
from server.core.transaction import transaction
from server.evaluation import seals
from tests.factories.city import City


def seal_pages(city: City) -> list[str]:
    """Ask, refuse, and break a seal; return the addresses."""
    first, second, now = city.actors["office1"], city.actors["office2"], clock.now()
    surveys = [city.campaign() for _ in range(3)]
    with transaction():
        asked = [seals.ask(one.id, "核对数据", actor=first, now=now).id for one in surveys]
        seals.refuse(asked[0], actor=second, now=now)
        seals.confirm(asked[1], actor=second, now=now)
    broken = surveys[1].id
    return [
        "/seals",
        f"/seals?campaign={surveys[2].id}&q=核对",
        "/results",
        f"/campaigns/{broken}/results",
        f"/campaigns/{broken}/results/{city.departments[0].id}",
    ]
