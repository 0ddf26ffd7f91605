"""The pages of feedback, results in use and assessment, filled, for the test of every page."""

import re

from server.core import clock
from server.quarterly import queries as quarters
from tests.console.conftest import SignIn
from tests.factories.city import City
from tests.factories.quarters import publish, this_quarter
from tests.factories.results import open_case, rated_campaign, scored


def read_results_pages(city: City, desk: SignIn) -> None:
    """Feed a quarter back, hand it on and assess it, and read the pages as those who may."""
    if not quarters.published_editions(this_quarter()):
        scored(city, rated_campaign(city, comments=("窗口办得快",)))
        publish(city)
    case = open_case(city)
    read_feedback_pages(city, desk)
    read_uptake_pages(city, desk, case.number)
    read_inspection_pages(city, desk)
    read_assessment_pages(desk)


def read_feedback_pages(city: City, desk: SignIn) -> None:
    """Preview and send a sheet, and read it as its department."""
    office, liaison = desk("office1"), desk("liaison")
    first = city.departments[0].id
    office.read("/feedback")
    text = office.read(f"/feedback/preview?quarter={this_quarter()}&department={first}")
    digest = re.findall(r'name="digest" value="([0-9a-f]{64})"', text)[0]
    sent = office.post("/feedback", quarter=this_quarter(), department=first, digest=digest)
    address = sent.headers["Location"].removeprefix("/console")
    office.read(f"/feedback?quarter={this_quarter()}&state=sent&q=市监")
    for one in (office, liaison):
        one.read(address)


def read_uptake_pages(city: City, desk: SignIn, number: str) -> None:
    """Register a recipient, hand something on to it, and read what becomes of it."""
    office = desk("office1")
    office.read("/uptake")
    office.read("/uptake/recipients")
    added = office.post("/uptake/recipients", name="市纪委监委", kind="discipline", webhook="")
    recipient = re.findall(r"/uptake/recipients/(\d+)", added.text)[0]
    office.read(f"/uptake/recipients/{recipient}")
    office.read("/uptake/parcels/new")
    made = office.post(
        "/uptake/parcels",
        recipient=recipient,
        quarter=this_quarter(),
        note="",
        departments=[city.departments[0].id],
        department_text="供参考",
        cases=number,
        case_text="请研究",
    )
    assert made.status_code == 302, made.text
    office.read(made.headers["Location"].removeprefix("/console"))
    office.read(f"/uptake?quarter={this_quarter()}&state=unacknowledged")


def read_inspection_pages(city: City, desk: SignIn) -> None:
    """Put something on the inspector's list, and read it."""
    inspector = desk("inspector")
    place = f"/inspection/{city.departments[0].id}"
    assert inspector.post(place, text="盯住这一件", due_on="2026-01-01").status_code == 302
    for path in ("/inspection", "/inspection?state=overdue&q=盯住", place):
        assert "盯住这一件" in inspector.read(path)


def read_assessment_pages(desk: SignIn) -> None:
    """Save a scheme, work a year's results out, and read them."""
    office, year = desk("office1"), clock.today().year
    office.read("/assessment")
    office.read(f"/assessment/{year}/scheme")
    quarter = {this_quarter(): "100"}
    saved = office.post(f"/assessment/{year}/scheme", **quarter, without_cases="spread")
    assert saved.status_code == 302, saved.text
    done = office.post(f"/assessment/{year}/computation", note="")
    assert done.status_code == 302, done.text
    text = office.read(f"/assessment?year={year}")
    result = re.findall(r"/console(/assessment/results/[0-9a-f-]{36})", text)[0]
    office.read(result)
    desk("liaison").read(f"/assessment?year={year}")
