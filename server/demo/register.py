"""The demo city's register of evaluations, from config/demo-register.yaml."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.identity import queries as identity
from server.identity.queries import Organisation
from server.register import service
from server.register.rules import Audience, Period, quarter_of
from server.register.service import EntryContent

SOURCE = Path(__file__).parents[2] / "config" / "demo-register.yaml"
EVERYBODY = "all"
MONTHS_A_QUARTER = 3

Node = dict[str, Any]


def make_demo_register(now: datetime) -> None:
    """Enter the evaluations of the demo city; one of them was given up."""
    plan: Node = yaml.safe_load(SOURCE.read_text())
    places = {one.name: one.id for one in db.session.query(Organisation)}
    for node in plan["entries"]:
        service.add_entry(_content(node, places, now), actor=SYSTEM, now=now)
    for node in plan["ceased"]:
        entry = service.add_entry(_content(node, places, now), actor=SYSTEM, now=now)
        service.cease_entry(entry.id, node["note"], actor=SYSTEM, now=now)


def _content(node: Node, places: Mapping[str, int], now: datetime) -> EntryContent:
    starts_on = _first_of_quarter(clock.local_date(now)) + timedelta(days=node["first_day"])
    duties = set(node["rates"])
    return EntryContent(
        title=node["title"],
        owner_id=places[node["owner"]],
        lead_department_id=None,
        method=node["method"],
        period=Period(node["period"]),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=node["days"] - 1),
        audiences=tuple(Audience(one) for one in node["audiences"]),
        people_asked=node["people_asked"],
        target=node.get("target", ""),
        basis=node.get("basis", ""),
        departments=tuple(
            one.id
            for one in identity.rated_departments()
            if EVERYBODY in duties or duties.intersection(one.duties)
        ),
    )


def _first_of_quarter(day: date) -> date:
    return date(day.year, (quarter_of(day) - 1) * MONTHS_A_QUARTER + 1, 1)
