"""A Party life for the pages about activities, and the addresses of all of them."""

import io
from datetime import timedelta

from server.activities import service as activities
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.frontline.rules import Solution
from tests.console.conftest import Desk
from tests.factories.activities import CIRCLE, make_activity, make_agreement
from tests.factories.city import City
from tests.factories.frontline import approve, make_entry, make_experience
from tests.factories.members import make_branch, make_person


def activity_pages(city: City, party: Desk) -> list[str]:
    """Fill the city, and return the addresses of all that Party staff may open."""
    now = clock.now()
    branch = make_branch(city.departments[0].id, "第一党支部")
    other = make_branch(city.departments[1].id, "第二党支部")
    author = make_person(party.client, branch.id, "张三", key="zhang")
    running = make_activity(
        branch.id,
        at=now - timedelta(hours=1),
        starts_in=timedelta(minutes=30),
        fences=(CIRCLE,),
        partner_ids=(other.id,),
        check_out=True,
    )
    draft = make_activity(branch.id, announced=False)
    cancelled = make_activity(branch.id)
    agreement = make_agreement(branch.id, (other.id,))
    with transaction():
        activities.cancel(cancelled.id, "暴雨", actor=SYSTEM, now=now)
        activities.add_participant(running.id, author.id, actor=SYSTEM, now=now)
        activities.plan_activity(
            agreement.id, title="联合党课", year=clock.today().year, actor=SYSTEM, now=now
        )
    waiting = make_entry(author)
    make_entry(author)
    approved = make_entry(author, solution=Solution.OPEN, hand_on=True, measures="")
    reviewers = city.actors["party"], city.actors["office1"]
    approve(approved.id, *reviewers)
    sent_in = make_experience(author, city.actors["party"])
    shared = make_experience(author, *reviewers)
    one = f"/activities/{running.id}"
    party.post(f"{one}/attendance/{author.id}", present="yes")
    checked = party.post(f"{one}/paper", step="check", file=(_list(party, one), "list.csv"))
    assert checked.status_code == 200
    return [
        "/",
        "/activities",
        "/activities/list",
        "/activities/map",
        "/activities/new",
        one,
        *(f"{one}/{page}" for page in ("edit", "roster?q=张", "code", "attendance", "paper")),
        f"{one}/paper/print",
        f"/activities/{draft.id}",
        f"/activities/{cancelled.id}",
        "/agreements",
        "/agreements/new",
        f"/agreements/{agreement.id}",
        f"/agreements/{agreement.id}/edit",
        "/frontline/review",
        "/frontline/entries",
        "/frontline/problems",
        f"/frontline/entries/{waiting.id}",
        f"/frontline/entries/{approved.id}",
        "/experiences",
        f"/experiences/{sent_in.id}",
        f"/experiences/{shared.id}",
        "/coverage",
        f"/coverage/units/{branch.id}",
        "/exports",
    ]


def _list(party: Desk, activity: str) -> io.BytesIO:
    return io.BytesIO(party.get(f"{activity}/paper.csv").data)
