"""The first page after sign-in: what is going on, and what waits for somebody."""

from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, url_for
from werkzeug.wrappers import Response

from server.activities.queries import Activity
from server.activities.rules import ActivityState
from server.attendance import queries as attendance
from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState, Channel
from server.console.blueprint import console
from server.console.rendering import page
from server.console.scope import scopes
from server.console.views.activities import held_between
from server.console.views.results import NARROW, WIDE, reached
from server.core import clock, health
from server.core.access import Actor, Role, anyone, current_actor, requires
from server.evaluation import figures, results
from server.evaluation.results import CampaignResults, ChannelResult, ClosedCampaign
from server.frontline import queries as frontline

RECENT = 5
BARS = 10
COMING = timedelta(days=7)


@console.get("")
@anyone
def home() -> Response:
    """Lead the short address to the console's first page."""
    return redirect(url_for("console.dashboard"))


@console.get("/")
@requires()
def dashboard() -> str:
    """Show open campaigns, what waits, what has closed, and the system's state."""
    actor = current_actor()
    office = actor.has(Role.OFFICE)
    opened = campaigns.campaigns(states=[CampaignState.OPEN])
    closed = results.closed_campaigns()[:RECENT]
    return page(
        "dashboard",
        opened=opened,
        counts=campaigns.department_count([one.id for one in opened]),
        drafts=campaigns.campaigns(states=[CampaignState.DRAFT]) if office else [],
        closed=closed,
        waiting=figures.waiting_figures(actor=actor) if office else None,
        party=_party_work(actor) if actor.has(Role.PARTY_STAFF) else None,
        chart=_chart(actor, closed) if actor.has(*WIDE, *NARROW) else None,
        states=health.states() if actor.has(Role.OFFICE, Role.ADMINISTRATOR) else {},
        now=clock.now(),
    )


@dataclass(frozen=True)
class PartyWork:
    """What runs and what waits in the activities that somebody reaches."""

    running: list[Activity]
    coming: int
    questions: int
    reviews: int


def _party_work(actor: Actor) -> PartyWork:
    now = clock.now()
    held = [
        one
        for one in held_between(now, now + COMING, scopes(actor, Role.PARTY_STAFF))
        if one.state == ActivityState.ANNOUNCED
    ]
    running = [one for one in held if one.starts_at <= now]
    questions = len(attendance.questions(actor, now=now))
    return PartyWork(
        running=running,
        coming=len(held) - len(running),
        questions=questions,
        reviews=frontline.waiting_count(actor, now=now) - questions,
    )


def _chart(actor: Actor, closed: list[ClosedCampaign]) -> dict[str, object] | None:
    """Return the latest settled campaign's distributions in its fullest channel, best first."""
    latest = next((one for one in closed if one.settled), None)
    if latest is None:
        return None
    found = results.overview(latest.id)
    channel = _fullest(found)
    rows = [
        (department, group)
        for department in reached(actor, found.departments)
        for group in department.channels
        if group.channel == channel and not group.withheld
    ]
    rows.sort(key=lambda row: row[1].score or 0, reverse=True)
    return {"campaign": latest, "channel": channel, "rows": rows[:BARS], "more": len(rows) > BARS}


def _fullest(found: CampaignResults) -> Channel | None:
    numbers: dict[Channel, int] = {}
    groups: list[ChannelResult] = [
        group for department in found.departments for group in department.channels
    ]
    for group in groups:
        numbers[group.channel] = numbers.get(group.channel, 0) + (group.count or 0)
    return max(numbers, key=lambda channel: numbers[channel], default=None)
