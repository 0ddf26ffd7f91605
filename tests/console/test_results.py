"""Results in the console: sealed, withheld, and as far as a grant reaches."""

import re
from collections.abc import Callable

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.transaction import transaction
from server.settings import service as settings
from server.settings.rules import PUBLISH_AT_CLOSE
from tests.console.conftest import Rate, SignIn
from tests.factories.city import City
from tests.factories.excluding import exclude

Close = Callable[[Campaign], None]

# What the page says of the time may hold any number.
MOMENTS = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?|\d+ (天|小时|分钟)")


def test_an_open_campaign_is_sealed(desk: SignIn, city: City, rate: Rate) -> None:
    campaign = city.campaign()
    rate(campaign, city.departments[0], [1] * 12)
    for path in (
        f"/campaigns/{campaign.id}/results",
        f"/campaigns/{campaign.id}/results/{city.departments[0].id}",
    ):
        text = desk("office1").read(path)
        assert "结果封存" in text
        main = text.split("<main")[1].split("</main>")[0]
        assert "12" not in MOMENTS.sub("", main), "the number of ratings"


def test_an_open_quarter_of_visits_does_not_claim_to_be_sealed(desk: SignIn, city: City) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    text = desk("office1").read(f"/campaigns/{campaign.id}/results")
    assert "尚未汇总" in text
    assert "包括系统管理员" not in text


def test_small_groups_are_withheld_and_others_have_count_score_and_distribution(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    rate(campaign, city.departments[0], [5] * 9 + [1])
    rate(campaign, city.departments[1], [1] * 9)
    close(campaign)
    text = desk("office1").read(f"/campaigns/{campaign.id}/results?shown=published")
    assert "<strong>90.00</strong>" in text
    assert 'aria-label="非常满意 9，满意 0，基本满意 0，不满意 0，非常不满意 1"' in text
    assert "<strong>0.00</strong>" not in text
    assert "样本少于 10，或能推算出这样的样本，不公布" in text
    assert "第 1 版" in text
    detail = desk("office1").read(f"/campaigns/{campaign.id}/results/{city.departments[0].id}")
    assert "90.00" in detail
    assert "落实中心工作1" in detail


def test_the_office_alone_sees_groups_of_any_size_and_is_told_that_they_are_internal(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    department = city.departments[0]
    rate(campaign, department, [4] * 6 + [1] * 3)
    close(campaign)
    for path in ("", f"/{department.id}"):
        address = f"/campaigns/{campaign.id}/results{path}"
        inside = desk("office1").read(address)
        assert "内部" in inside
        assert "53.33" in inside
        for name in ("liaison", "head", "inspector"):
            outside = desk(name).read(address + "?shown=live")
            assert "53.33" not in outside
            assert "样本少于 10，或能推算出这样的样本，不公布" in outside


def test_an_exclusion_changes_the_office_s_figures_and_nobody_else_s_before_it_is_published(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    department = city.departments[0]
    rows = rate(campaign, department, [5] * 11 + [1])
    close(campaign)
    exclude(city, campaign.id, rows[-1].id)
    address = f"/campaigns/{campaign.id}/results/{department.id}"
    assert '<div class="score">100.00</div>' in desk("office1").read(address)
    for name in ("head", "inspector"):
        assert '<div class="score">91.67</div>' in desk(name).read(address)


def test_what_is_not_published_is_shown_to_nobody_but_the_office(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    now = clock.now()
    admin = city.actors["admin"]
    with transaction():
        settings.change(PUBLISH_AT_CLOSE, "否", reason="先核对", actor=admin, now=now)
    campaign = city.campaign()
    rate(campaign, city.departments[0], [5] * 12)
    close(campaign)
    address = f"/campaigns/{campaign.id}/results"
    assert "100.00" in desk("office1").read(address)
    for name in ("liaison", "head", "inspector"):
        text = desk(name).read(address)
        assert "还没有公布" in text
        assert "100.00" not in text
        assert "最近的结果" not in desk(name).read("/")


def test_liaison_and_head_see_their_own_department_only(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    own, foreign = city.departments[:2]
    for department in (own, foreign):
        rate(campaign, department, [5] * 10)
    close(campaign)
    for name in ("liaison", "head", "inspector"):
        person = desk(name)
        for path in ("/", f"/campaigns/{campaign.id}/results"):
            text = person.read(path)
            assert own.name in text
            assert foreign.name not in text
        person.read(f"/campaigns/{campaign.id}/results/{own.id}")
        person.read(f"/campaigns/{campaign.id}/results/{foreign.id}", 403)


def test_administrators_see_neither_ratings_nor_results(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    row = rate(campaign, city.departments[0], [5] * 10)[0]
    close(campaign)
    administrator = desk("admin")
    assert "最近的结果" not in administrator.read("/")
    for path in ("results", "evaluations", f"evaluations/{row.id}"):
        administrator.read(f"/campaigns/{campaign.id}/{path}", 403)
