"""The first page after sign-in: what is going on, and what waits for somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, url_for
from werkzeug.wrappers import Response

from server.activities.queries import Activity
from server.activities.rules import ActivityState
from server.appeals import queries as appeals
from server.attendance import queries as attendance
from server.campaigns import queries as campaigns
from server.campaigns.rules import SIGNED, CampaignState
from server.console.blueprint import console
from server.console.own import own_account
from server.console.rendering import page
from server.console.scope import scopes
from server.console.views.activities import held_between
from server.console.views.cases import READERS as CASE_READERS
from server.console.views.cases import case_totals, reached_departments
from server.console.views.results import NARROW, WIDE, reached
from server.core import clock, health
from server.core.access import Actor, Role, anyone, current_actor, requires
from server.evaluation import figures
from server.frontline import queries as frontline
from server.identity import queries as identity
from server.identity.rules import DELEGABLE
from server.publication import queries as publications
from server.publication.queries import ClosedCampaign, Node
from server.rectification import queries as cases

RECENT = 5
BARS = 10
# What one community signs is no distribution: ten of them would fill the page with single ratings.
SINGLE = frozenset(channel.code for channel in SIGNED)
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
    closed = publications.closed_campaigns()[:RECENT]
    return page(
        "dashboard",
        opened=opened,
        counts=campaigns.department_count([one.id for one in opened]),
        drafts=campaigns.campaigns(states=[CampaignState.DRAFT]) if office else [],
        closed=closed,
        waiting=figures.waiting_figures(actor=actor) if office else None,
        casework=_casework(actor) if actor.has(*CASE_READERS, Role.ADJUDICATOR) else [],
        party=_party_work(actor) if actor.has(Role.PARTY_STAFF) else None,
        chart=_chart(actor, closed) if actor.has(*WIDE, *NARROW) else None,
        may_link_phone=_may_link_phone(actor),
        states=health.states() if actor.has(Role.OFFICE, Role.ADMINISTRATOR) else {},
        now=clock.now(),
    )


def _may_link_phone(actor: Actor) -> bool:
    """Tell whether somebody whose work can be done on a phone has not linked one yet."""
    return actor.has(*DELEGABLE) and identity.linked_at(own_account()) is None


@dataclass(frozen=True)
class Waiting:
    """A number of things that wait for somebody, and where they are listed."""

    number: int
    words: str
    address: str
    icon: str
    bad: bool = False


def _casework(actor: Actor) -> list[Waiting]:
    """Return what waits in the cases and appeals that somebody reaches."""
    found = []
    if actor.has(*CASE_READERS):
        standing = cases.standing([one.id for one in reached_departments()], now=clock.now())
        total = case_totals(standing.values())
        found = [
            Waiting(total[part], words, url_for("console.list_cases", state=part), icon, bad)
            for part, words, icon, bad in (
                ("open", "件差评件未销号", "folder-open", False),
                ("yellow", "件明天前到时限", "clock", False),
                ("late", "件超期未答复", "clock-exclamation", True),
            )
        ]
    if actor.has(Role.ADJUDICATOR):
        waiting = appeals.to_decide(actor=actor, now=clock.now())
        address = url_for("console.list_appeals", state="filed")
        late = f"（{waiting.late} 项超期）" if waiting.late else ""
        words = f"项申诉待裁定{late}"
        found.append(Waiting(waiting.waiting, words, address, "scale", bool(waiting.late)))
    return found


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
    """Return the latest published results in the directory's order: a bare rank tells nothing.

    Scores, each with its interval, where they are published; else the fullest channel.
    """
    latest = next((one for one in closed if one.published), None)
    published = publications.current(latest.id) if latest else None
    if published is None:
        return None
    departments = published.document["departments"]
    scheme = published.document["scheme"]
    channel = None if scheme else _fullest(departments)
    seen = reached(actor, departments)
    rows = (
        [(department, department["score"]) for department in seen]
        if scheme
        else [
            (department, group)
            for department in seen
            for group in department["channels"]
            if group["channel"] == channel and group.get("count")
        ]
    )
    return {
        "campaign": latest,
        "scheme": scheme,
        "channel": channel,
        "rows": rows[:BARS],
        "number": len(rows),
    }


def _fullest(departments: Sequence[Node]) -> str | None:
    numbers: dict[str, int] = {}
    for department in departments:
        for group in department["channels"]:
            name = group["channel"]
            if name not in SINGLE and group.get("count"):
                numbers[name] = numbers.get(name, 0) + group["count"]
    return max(numbers, key=lambda channel: numbers[channel], default=None)
