"""The year of all evaluations: one calendar, what overlaps, who is asked how often."""

from dataclasses import dataclass
from datetime import date

from flask import request

from server.console.blueprint import console
from server.console.month import FIRST_YEAR, LAST_YEAR
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, requires
from server.identity import queries as identity
from server.register import queries
from server.register.rules import (
    AUDIENCE_LABELS,
    QUARTERS,
    Audience,
    Occurrence,
    days_of,
    loads,
    overlaps,
)

MONTHS = range(1, 13)
WHOLE = 100
MOST_OVERLAPS = 100


@dataclass(frozen=True)
class Bar:
    """An occurrence as a bar across the year; both figures are per cent of its width."""

    occurrence: Occurrence
    left: float
    width: float
    busy: bool


@dataclass(frozen=True)
class Line:
    """An evaluation and its bars."""

    title: str
    campaign_id: int | None
    entry_id: int | None
    audiences: list[str]
    bars: list[Bar]


@console.get("/register/year")
@requires(Role.OFFICE)
def show_register_year() -> str:
    """Show the year's evaluations on one calendar, with what overlaps."""
    asked = request.args.get("year", "")
    today = clock.today()
    year = int(asked) if asked.isdecimal() and FIRST_YEAR <= int(asked) <= LAST_YEAR else today.year
    audience = request.args.get("audience", "")
    held = [
        item
        for item in queries.year_of(year)
        if audience not in AUDIENCE_LABELS or audience in item.planned.audiences
    ]
    found = overlaps(held)
    busy = {id(item) for one in found for item in (one.first, one.second)}
    departments = {department for one in found for department in one.departments}
    return page(
        "register_year",
        year=year,
        today=_share(today, year),
        months=MONTHS,
        lines=_lines(held, busy, year),
        overlaps=found[:MOST_OVERLAPS],
        overlap_count=len(found),
        loads=loads(held, year),
        quarters=QUARTERS,
        organisations=identity.organisation_names(departments),
        audiences=[(one.value, words) for one, words in AUDIENCE_LABELS.items()],
        audience=audience,
    )


def _share(today: date, year: int) -> float | None:
    if today.year != year:
        return None
    return WHOLE * (today - date(year, 1, 1)).days / _length(year)


def _length(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _lines(held: list[Occurrence], busy: set[int], year: int) -> list[Line]:
    lines: dict[str, Line] = {}
    for item in held:
        planned = item.planned
        kind, _, number = planned.key.partition(":")
        line = lines.setdefault(
            planned.key,
            Line(
                planned.title,
                planned.campaign_id,
                int(number) if kind == "entry" else None,
                [AUDIENCE_LABELS[one] for one in Audience if one in planned.audiences],
                [],
            ),
        )
        before, length = days_of(item, year)
        whole = _length(year)
        line.bars.append(
            Bar(item, WHOLE * before / whole, WHOLE * length / whole, id(item) in busy)
        )
    return list(lines.values())
