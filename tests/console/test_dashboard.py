"""The first page after sign-in: what it says of the latest results."""

import re
from collections.abc import Callable

import pytest

from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.publication import service as publication
from server.scoring import service as scoring
from server.scoring import tasks as scoring_tasks
from tests.console.conftest import Rate, SignIn
from tests.console.test_results import Close
from tests.factories.city import City
from tests.factories.rating import Phone
from tests.factories.standing_in import link
from tests.scoring.cities import stored_scheme


def chart(page: str) -> str:
    """Return the words of the card about the latest results; nothing without it."""
    found = page.partition("最近的结果")[2].partition("最近结束")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def directory(city: City) -> list[Organisation]:
    return sorted(city.departments, key=lambda one: one.sort_key)


def places(city: City, text: str) -> list[int]:
    return [text.index(one.name) for one in directory(city)]


def test_results_stand_in_the_directory_s_order_and_not_by_their_points(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    for level, department in zip((1, 3, 5), directory(city), strict=True):
        rate(campaign, department, [level] * 12)
    close(campaign)
    text = chart(desk("office1").read("/"))
    assert places(city, text) == sorted(places(city, text))
    assert "不是名次" in text
    assert "前 " not in text


def test_scores_stand_with_their_intervals(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    for level, department in zip((1, 5), directory(city)[:2], strict=True):
        rate(campaign, department, [level, 3] * 15, channel=int(Channel.SERVICE_CENTRE))
    close(campaign)
    with transaction():
        run = scoring.request_run(
            campaign.id, stored_scheme(city), actor=SYSTEM, now=clock.now()
        ).id
    scoring_tasks.work(str(run))
    with transaction():
        publication.publish(
            campaign.id,
            score_run_id=run,
            note="分数",
            actor=city.actors["office1"],
            now=clock.now(),
        )
    text = chart(desk("office1").read("/"))
    assert places(city, text) == sorted(places(city, text))
    assert len(re.findall(r"\d+\.\d\d （[\d.]+–[\d.]+）", text)) == 2
    assert "样本不足" in text


def test_single_signed_ratings_make_no_chart(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign(channels=(Channel.OPEN, Channel.COMMUNITY))
    for department in city.departments:
        rate(campaign, department, [5], channel=int(Channel.COMMUNITY))
    close(campaign)
    assert "最近的结果" not in desk("office1").read("/")


@pytest.mark.parametrize("name", ["liaison", "head", "office1"])
def test_whose_work_can_be_done_on_a_phone_is_led_to_linking_one(desk: SignIn, name: str) -> None:
    assert "在手机上办理" in desk(name).read("/")


def test_a_linked_phone_needs_no_card(
    desk: SignIn, city: City, phone: Callable[[str], Phone]
) -> None:
    link(city, "liaison", phone("anna"))
    assert "在手机上办理" not in desk("liaison").read("/")


@pytest.mark.parametrize("name", ["admin", "inspector", "auditor"])
def test_whose_work_stays_at_the_desk_is_offered_no_phone(desk: SignIn, name: str) -> None:
    assert "在手机上办理" not in desk(name).read("/")
