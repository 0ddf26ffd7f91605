"""The short way of large files: what becomes of each row is what becomes of it by the long one."""

import pytest
from sqlalchemy import select

from server.campaigns.models import Campaign
from server.core.database import db
from server.evaluation import counts, new_ratings
from server.evaluation.models import Evaluation
from server.sources import direct, intake
from server.sources.models import SourceMatter
from tests.factories.city import City
from tests.sources.conftest import Send
from tests.sources.files import rated
from tests.sources.test_runs import campaign, just_now

__all__ = ["campaign"]


@pytest.fixture(params=["long", "short", "crowded"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of ten rows is a large one here; ``crowded`` takes most tickets for told before."""
    way: str = request.param
    if way != "long":
        monkeypatch.setattr(intake, "ROWS_A_STEP", 2)
        monkeypatch.setattr(direct, "ROWS_A_TURN", 3)
        monkeypatch.setattr(new_ratings, "RATINGS_A_TURN", 2)
        monkeypatch.setattr(new_ratings, "RATINGS_A_SWEEP", 4)
        monkeypatch.setattr(direct, "BLOCK_BYTES", 300)
        monkeypatch.setattr(direct, "MASK", 3 if way == "crowded" else direct.MASK)
    return way


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("before", [False, True])
def test_each_row_becomes_what_it_becomes_by_the_long_way(
    send: Send, campaign: Campaign, city: City, before: bool
) -> None:
    moment = just_now()
    rows = [
        f"T0,{moment},公安局,满意,零,",
        f"T1,{moment},公安局,满意,一,13800000000",
        f"T2,{moment},没有的局,满意,二,",
        f"T3,{moment},公安局,,三,13800000001",
        f"T4,{moment},公安局,还行,四,",
        f"T5,{moment},市监局,非常满意,五,13800000001",
        f"T1,{moment},公安局,满意,一,13800000000",
        f"T5,{moment},市监局,不满意,又五,",
        "T6,2020-01-05 08:00,公安局,满意,旧的,",
        f"T7,{moment},公安局,不满意,七,",
        f"T8,{moment},没有的局,,八,",
    ]
    if before:
        send(rated(f"T7,{moment},公安局,不满意,七,", f"T3,{moment},公安局,满意,原来,"))
    run = send(rated(*rows))
    assert {name: number for name, number in run.report["counts"].items() if number} == {
        "read": 11,
        "new": 6 if before else 8,
        "repeated": 1,
        "refused": 2,
        "unrated": 2,
        "without_department": 2,
    } | ({"changed": 1, "unchanged": 1} if before else {})
    assert [one["line"] for one in run.report["faults"]] == [6, 9]
    assert "与第 7 行" in run.report["faults"][1]["faults"][0][1]
    assert run.report["unknown_departments"] == [{"name": "没有的局", "count": 2}]
    found = db.session.scalars(select(SourceMatter).order_by(SourceMatter.ticket))
    assert [(one.ticket, one.body, one.level, one.rating, one.rating_reason) for one in found] == [
        ("T0", "零", 4, "counted", None),
        ("T1", "一", 4, "counted", None),
        ("T2", "二", 4, "waiting", "no_department"),
        ("T3", "三", None, "none", None),
        ("T5", "五", 5, "counted", None),
        ("T6", "旧的", 4, "waiting", "no_campaign"),
        ("T7", "七", 2, "counted", None),
        ("T8", "八", None, "none", None),
    ]
    ratings = db.session.scalars(select(Evaluation).where(Evaluation.overall.is_not(None)))
    assert sorted((one.overall, one.rater_tag is not None) for one in ratings) == [
        (2, False),
        (4, False),
        (4, True),
        (5, True),
    ]
    counted = counts.counts_of(campaign.id, place=0)
    assert sum(sum(places[0].values()) for places in counted.values()) == 4
    # The same file again by whichever way: nothing is new, and nothing is stored twice.
    again = send(rated(*rows)).report["counts"]
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 8)


def test_the_binary_row_says_what_the_long_way_stores(
    send: Send, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert campaign.id
    monkeypatch.setattr(intake, "ROWS_A_STEP", 1)
    moment = just_now()
    send(rated(f"T0,{moment},公安局,满意,同,1380", f"T1,{moment},公安局,满意,同,1380"))
    one, other = db.session.scalars(select(SourceMatter).order_by(SourceMatter.ticket))
    for name in {*SourceMatter.__table__.columns.keys()} - {"id", "ticket", "contact_sealed"}:
        assert getattr(one, name) == getattr(other, name), name
    first, second = db.session.scalars(select(Evaluation))
    assert (first.levels, first.rated_on, first.rater_tag, first.content_mac) == (
        (second.levels, second.rated_on, second.rater_tag, second.content_mac)
    )
