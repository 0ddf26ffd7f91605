"""The pages of quarters, with content, for the test that opens every page."""

from server.campaigns.rules import Channel
from tests.factories.city import City
from tests.factories.quarters import (
    campaign_with,
    freeze,
    group,
    publish,
    register_everywhere,
    this_quarter,
)


def quarter_pages(city: City) -> list[str]:
    """Publish a quarter, freeze a correction, and return the addresses of what can be opened."""
    campaign_with(city, {(place, Channel.OPEN): [5] * 12 for place in range(3)})
    group(city, "窗口部门", [0, 1])
    published = publish(city)
    register_everywhere(city)
    preview = f"/quarters/{this_quarter()}/preview"
    frozen = freeze(city, note="补录差评件")
    return [
        "/quarters",
        f"/quarters/{this_quarter()}",
        preview,
        f"{preview}?q=公安",
        f"/quarters/editions/{published.id}",
        f"/quarters/editions/{frozen.id}",
        "/quarters/groups",
        "/quarters/groups?of=none",
    ]
