"""The pages of pairings, with content, for the test that opens every page."""

import html
import io
import re

from tests.console.conftest import Desk
from tests.factories.city import City
from tests.factories.pairings import make_community, make_village, pair


def pairing_pages(city: City, office: Desk) -> list[str]:
    """Pair some, look at a file, and return the addresses of what can be opened."""
    pairing = pair(city, make_community(city), city.departments[0])
    village = make_village(city)
    sheet = io.BytesIO("村,部门,开始日期\n上塘村,公安局,2026-01-01\n无名村,公安局,x\n".encode())
    checked = office.post("/pairings/import", file=(sheet, "pairings.csv"))
    found = re.search(r'name="rows" value="([^"]*)"', checked.text)
    assert found
    rows = html.unescape(found[1])
    assert office.post("/pairings/import/application", rows=rows).status_code == 200
    return [
        "/pairings",
        "/pairings/new",
        f"/pairings/{pairing.id}",
        "/pairings/import",
        f"/organisations/{village.id}",
    ]
