"""Coverage: which branches, groups and communities had no activity in a quarter."""

from collections import Counter
from datetime import timedelta

from flask import request

from server.activities import queries
from server.activities.queries import CoverageLine
from server.activities.rules import KIND_LABELS, ActivityState, Quarter
from server.attendance import queries as attendance
from server.attendance.rules import SMALLEST_GROUP
from server.console.blueprint import console
from server.console.query import number
from server.console.rendering import page
from server.console.scope import READERS, chosen_scopes, reached, scopes
from server.console.views.activities import held_between, organisation_choices, organiser_names
from server.core import clock
from server.core.access import Actor, current_actor, requires
from server.identity import queries as identity
from server.identity.rules import places_of

QUARTERS_BACK = 8


def chosen_quarter() -> Quarter:
    """Return the quarter that the page's query asks for; the present one otherwise."""
    try:
        return Quarter.read(request.values.get("quarter", ""))
    except ValueError:
        return Quarter.of(clock.today())


def quarter_choices() -> list[tuple[str, str]]:
    """Return the quarters to choose from, the present one first."""
    found = [Quarter.of(clock.today())]
    for _ in range(QUARTERS_BACK - 1):
        day_before = clock.local_date(found[-1].starts_at - timedelta(days=1))
        found.append(Quarter.of(day_before))
    return [(one.code, one.label) for one in found]


def place_choices(actor: Actor) -> list[tuple[int, str]]:
    """Return the units to look below, those that the grants themselves name among them."""
    choices = dict(organisation_choices(actor))
    named = identity.organisations_by_id(places_of(path)[-1] for path in scopes(actor))
    return list(({one.id: one.name for one in named} | choices).items())


@console.get("/coverage")
@requires(*READERS)
def show_coverage() -> str:
    """Show a quarter: what was held by kind, and who has had nothing."""
    actor = current_actor()
    path, chosen = _place(actor)
    quarter, now = chosen_quarter(), clock.now()
    found = queries.coverage(quarter, path, now=now)
    held = held_between(quarter.starts_at, quarter.ends_at, [path])
    kinds = Counter(
        one.kind
        for one in held
        if one.state == ActivityState.ANNOUNCED
        and quarter.starts_at <= one.starts_at
        and one.ends_at <= now
    )
    return page(
        "coverage",
        coverage=found,
        quarter=quarter,
        quarters=quarter_choices(),
        running=now < quarter.ends_at,
        kinds=[(words, kinds[kind], f"kind-{kind.value}") for kind, words in KIND_LABELS.items()],
        sections=[
            ("党支部", "branches", found.branches, _missing(found.branches)),
            ("群体", "groups", found.groups, _missing(found.groups)),
            ("社区、村", "communities", found.communities, _missing(found.communities)),
        ],
        hours=attendance.hours_by_branch(quarter, path, now=now),
        smallest=SMALLEST_GROUP,
        organisations=place_choices(actor),
        organisation_id=chosen,
    )


def _place(actor: Actor) -> tuple[str, int | None]:
    """Return the one place to look below, and the organisation that stands as chosen.

    Counts of different activities don't add up over places. So who has several sees the first, by
    its name, and chooses the others.
    """
    paths, chosen = chosen_scopes(actor, number("organisation"))
    if len(paths) > 1:
        chosen = places_of(paths[0])[-1]
    return paths[0], chosen


def _missing(lines: list[CoverageLine]) -> int:
    return sum(not line.covered for line in lines)


@console.get("/coverage/units/<int:organisation_id>")
@requires(*READERS)
def show_unit_coverage(organisation_id: int) -> str:
    """List what an organisation held in a quarter, alone or as a partner, or had at its place."""
    unit = reached(organisation_id)
    quarter = chosen_quarter()
    near = held_between(quarter.starts_at, quarter.ends_at, scopes(current_actor()))
    own = {one.id for one in held_between(quarter.starts_at, quarter.ends_at, [unit.path])}
    activities = [
        one
        for one in near
        if one.state == ActivityState.ANNOUNCED
        and one.starts_at >= quarter.starts_at
        and (one.id in own or one.community_id == unit.id)
    ]
    return page(
        "coverage_unit",
        unit=unit,
        quarter=quarter,
        quarters=quarter_choices(),
        activities=activities,
        organisers=organiser_names(activities),
        now=clock.now(),
    )
