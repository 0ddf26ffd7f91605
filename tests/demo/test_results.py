"""What the demo city shows of its hotline, and of what becomes of a published quarter."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.assessment import queries as assessment
from server.assessment import service as assessing
from server.campaigns import queries as campaigns
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.demo import city as demo
from server.demo.assessment import make_demo_assessment
from server.demo.campaigns import make_demo_campaigns
from server.demo.desks import desk
from server.demo.feedback import make_demo_feedback
from server.demo.hotline import make_demo_hotline
from server.demo.quarters import make_demo_groups, make_demo_quarter
from server.demo.scores import make_demo_scores
from server.demo.uptake import make_demo_uptake
from server.evaluation import registering
from server.feedback import queries as feedback
from server.quarterly import service as quarterly
from server.quarterly.leaving_out import left_out
from server.rectification.models import Case, CaseOrigin
from server.rectification.rules import quarter_of
from server.sources import queries as sources
from server.sources.casework import RATING_MARK
from server.sources.models import SourceMatter, SourceMatterVersion
from server.uptake import queries as uptake
from server.uptake.rules import ItemState


@pytest.fixture
def closed(app: APIFlask) -> Iterator[list[int]]:
    """The demo city with its campaigns; its files are removed afterwards."""
    now = clock.now()
    with transaction():
        demo.make_demo_city(now)
        surveys = make_demo_campaigns(now)
        make_demo_groups(now)
    yield surveys
    folder: Path = app.config["CONFIGURATION"].var_dir
    for name in (demo.ACCOUNTS_FILE, demo.PEOPLE_FILE):
        (folder / name).unlink(missing_ok=True)


@pytest.mark.usefixtures("closed")
def test_the_hotline_s_two_exports_are_imported_sorted_out_and_followed_up() -> None:
    now, office = clock.now(), desk("office1")
    make_demo_hotline(now)
    (source,) = sources.sources(office)
    second, first = sources.runs(source.id)
    assert (first.state, second.state) == ("done", "done")
    assert first.report["counts"]["refused"] == 0
    assert second.report["counts"]["refused"] == 1
    assert second.report["counts"]["changed"] > 0

    matters = db.session.scalars(select(SourceMatter)).all()
    assert len(matters) == 120
    assert min(one.happened_at for one in matters) > now - timedelta(days=63)
    assert max(one.happened_at for one in matters) < now
    assert all(one.contact_sealed is None for one in matters), "nobody's number is made up"
    assert len({(one.subject, one.body) for one in matters}) == len(matters)
    _counts_are_worth_looking_at(matters)
    assert db.session.scalars(select(SourceMatterVersion)).first() is not None
    _poor_ratings_stay_out_of_an_edition_until_their_group_is_published()
    times = sources.service_times(source.id)
    assert times.replied > 90
    assert times.reversed == 0
    assert times.within_5 < times.within_15


def _counts_are_worth_looking_at(matters: list[SourceMatter]) -> None:
    waiting = [one for one in matters if one.department_id is None]
    assert 2 <= len(waiting) <= 10
    assert {one.rating_reason for one in matters} >= {None, "no_campaign"}
    assert Counter(one.rating for one in matters)["counted"] > 20
    assert any(one.category_id for one in matters)
    assert any(one.suggested_category_id and not one.category_id for one in matters)
    cases = db.session.scalars(
        select(Case).join(CaseOrigin, CaseOrigin.case_id == Case.id).distinct()
    ).all()
    assert len(cases) >= 3
    assert len({one.stage for one in cases}) >= 2, "some are further than others"


def _poor_ratings_stay_out_of_an_edition_until_their_group_is_published() -> None:
    rows = db.session.execute(
        select(CaseOrigin.id, Case.quarter, CaseOrigin.origin_id).join(
            Case, Case.id == CaseOrigin.case_id
        )
    ).all()
    ratings = {row.id for row in rows if row.origin_id.endswith(RATING_MARK)}
    assert ratings
    assert ratings == set.union(*(left_out(quarter, ()) for quarter in {row[1] for row in rows}))


def test_a_published_quarter_is_fed_back_handed_on_and_assessed(closed: list[int]) -> None:
    now = clock.now()
    make_demo_scores(closed)
    closed_at = campaigns.campaign(closed[-1]).closed_at
    assert closed_at is not None
    registering.register_closed(closed[-1], now=closed_at + timedelta(days=1))
    quarter = make_demo_quarter(closed[-1], now)
    make_demo_feedback(quarter, now)
    make_demo_uptake(quarter, now)
    make_demo_assessment(quarter, now)

    office, liaison, inspector = desk("office1"), desk("liaison"), desk("inspector")
    standing = feedback.standing(quarter, office)
    assert (standing.total, standing.confirmed) == (28, 1)
    assert feedback.standing(quarter, liaison).confirmed == 1

    (parcel,) = uptake.parcel_page(uptake.ParcelFilter(), cursor=None).items
    assert parcel.acknowledged_at is not None
    assert parcel.delivery is None, "nothing is sent over the network"
    states = Counter(one.state for one in uptake.items(parcel.id))
    assert states == {ItemState.TAKEN_OVER: 1, ItemState.SENT: 2}
    listed = uptake.entry_page(uptake.EntryFilter(), actor=inspector, cursor=None).items
    assert [one.item_id for one in listed] == [uptake.items(parcel.id)[0].id]

    results = assessment.results(int(quarter[:4]), office)
    assert len(results) == 28
    assert all(assessing.is_sound(one) for one in results)
    assert sum(one.result is not None for one in results) > 20
    assert _another_can_be_frozen(closed, quarter)


def _another_can_be_frozen(closed: list[int], published: str) -> bool:
    """Tell whether there is a quarter that the demo's visitor can freeze: surveyed, unpublished."""
    ends = [campaigns.campaign(one).closed_at or clock.now() for one in closed[:-1]]
    quarters = {quarter_of(clock.local_date(one)) for one in ends} - {published}
    found = [quarterly.preview(one, now=clock.now()) for one in quarters]
    return any(one.over and one.is_new and one.made.document["groups"] for one in found)
