"""The pages of cases and appeals, filled, for the test that opens every page."""

from flask.testing import FlaskClient

from server.core import clock
from server.core.transaction import transaction
from server.rectification import calls
from tests.console.conftest import SignIn
from tests.factories.city import City
from tests.factories.contesting import poor_rating

PEOPLE_STEPS = {
    "liaison": ("accept", "call_back", "answer", "measure", "extend", "appeal", "note"),
    "office1": ("transfer", "note"),
}


def read_case_pages(city: City, desk: SignIn, client: FlaskClient) -> None:
    """Let a case be registered, contested and called, and read its pages as those who may."""
    case = poor_rating(city, client)
    other = poor_rating(city, client, campaign=case.campaign, person="berta")
    decided = other.appeal()
    other.decide(decided, uphold=False)
    waiting = case.appeal()
    with transaction():
        call = calls.call_now(actor=city.actors["office1"], now=clock.now())
    assert call is not None
    liaison, office = desk("liaison"), desk("office1")
    for name, steps in PEOPLE_STEPS.items():
        for step in steps:
            desk(name).read(f"/cases/{other.case_id}?step={step}")
    assert (
        liaison.post(f"/cases/{case.case_id}/origins/{case.origin_id}/contact").status_code == 200
    )
    for path in (
        "/",
        "/cases",
        "/cases?state=open&kind=poor_rating&stage=registered&q=办事",
        "/cases/new",
        f"/cases/{case.case_id}",
        "/calls",
        f"/calls/{call.id}",
        "/case-limits",
        "/case-limits/poor_rating",
        "/working-days",
        "/working-days?month=2030-02&day=2030-02-03",
        "/appeals",
        "/appeals?state=filed&late=yes",
        f"/appeals/{waiting}",
    ):
        office.read(path)
    adjudicator = desk("adjudicator")
    for path in ("/", "/appeals", f"/appeals/{waiting}", f"/appeals/{decided}"):
        adjudicator.read(path)
    case.answer()
    for step in ("close", "refuse_closing"):
        office.read(f"/cases/{case.case_id}?step={step}")
    liaison.read(f"/cases/{case.case_id}?step=ask_closing")
