"""The pages from the register to a publication, filled, for the test that opens every page."""

from server.campaigns.models import Campaign
from server.core import clock
from server.core.transaction import transaction
from server.figures import service as figures
from server.figures.rules import FigureKind
from server.integrity import queries as integrity
from server.publication import service as publication
from server.scoring import service as scoring
from server.settings import service as settings
from server.settings.rules import PUBLISH_AT_CLOSE
from tests.console.conftest import Desk
from tests.console.test_register import enter
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.figures import (
    comment_on,
    make_campaign,
    make_quarters,
    store_responses,
    work_out,
)
from tests.factories.manipulation import Given, begun_before, store
from tests.factories.outreach import Outbox, make_sample

SLOGAN = "这个部门的服务是全市最好的没有之一请大家都来投最高的等级支持到底"


def evaluation_pages(city: City, office: Desk) -> list[str]:
    """Take evaluations from the register to a publication; return all that the office may open."""
    return [
        *_registered(city, office),
        *_sampled(city, office),
        *_searched(city),
        *_scored_and_published(city),
    ]


def unpublished_pages(city: City) -> list[str]:
    """Settle a campaign that is not published; return what others than the office find there."""
    with transaction():
        settings.change(
            PUBLISH_AT_CLOSE, "否", reason="试验", actor=city.actors["admin"], now=clock.now()
        )
    campaign = city.campaign()
    close_and_settle(campaign.id)
    return [
        f"/campaigns/{campaign.id}/results",
        f"/campaigns/{campaign.id}/results/{city.departments[0].id}",
    ]


def _registered(city: City, office: Desk) -> list[str]:
    standing, merged = enter(office, city), enter(office, city, title="机关作风评议")
    draft = city.campaign(is_open=False)
    answer = office.post("/register/merging", entries=[merged], campaign_id=draft.id)
    assert answer.status_code == 302, answer.text
    return [
        "/register",
        "/register?q=营商&audience=enterprises&state=standing",
        "/register/new",
        f"/register/{standing}",
        f"/register/{standing}/edit",
        f"/register/{merged}",
        f"/register/merging?entries={standing}",
        "/register/year",
        "/register/year?year=2026&audience=enterprises",
        f"/campaigns/{draft.id}/copy",
    ]


def _sampled(city: City, office: Desk) -> list[str]:
    sample = make_sample(city)
    assert office.post(f"/draws/{sample.draw.id}/invitations").status_code == 302
    sample.send(Outbox())
    assert office.post(f"/draws/{sample.draw.id}/letters").status_code == 302
    return [
        "/outreach",
        f"/campaigns/{sample.campaign.id}/outreach",
        f"/draws/{sample.draw.id}/outreach",
    ]


def _searched(city: City) -> list[str]:
    """Settle a survey in which many wrote the same."""
    campaign, department = city.campaign(), city.departments[0].id
    days = begun_before(campaign, 27)
    store(
        campaign.id, department, [Given(day=day, levels=[5, 4] * 4, comment=SLOGAN) for day in days]
    )
    close_and_settle(campaign.id)
    (found,) = integrity.findings(
        integrity.FindingFilters(campaign_id=campaign.id), actor=city.actors["office1"]
    ).items
    return ["/findings", f"/findings?campaign={campaign.id}", f"/findings/{found.id}"]


def _scored_and_published(city: City) -> list[str]:
    """Publish a quarter's scores after its channels; leave another computation waiting."""
    quarters = make_quarters(city, number=2, size=30)
    campaign, office = quarters.campaigns[-1], city.actors["office1"]
    run = work_out(campaign.id, quarters.scheme_id, city).id
    now = clock.now()
    with transaction():
        publication.publish(campaign.id, score_run_id=run, note="补充总分", actor=office, now=now)
        waiting = scoring.request_run(
            campaign.id, quarters.scheme_id, set_apart=True, actor=office, now=now
        ).id
    first, second = (one.id for one in city.departments[:2])
    return [
        "/scores",
        f"/scores?campaign={campaign.id}",
        f"/campaigns/{campaign.id}/scores/new?scheme={quarters.scheme_id}",
        f"/scores/{waiting}",
        f"/scores/{run}",
        f"/scores/{run}?sort=score",
        f"/scores/{run}/comparison?department={first}&department={second}",
        f"/scores/{run}/departments/{first}",
        f"/campaigns/{campaign.id}/publications",
        f"/campaigns/{campaign.id}/publications/preview",
        f"/campaigns/{campaign.id}/publications/preview?run={run}&department={first}",
        f"/campaigns/{campaign.id}/publications/1",
        f"/campaigns/{campaign.id}/publications/2?q=公安",
        f"/campaigns/{campaign.id}/results",
        *_drawn(campaign, city),
    ]


def _drawn(scored: Campaign, city: City) -> list[str]:
    """Let there be comments and answers to draw besides the scores."""
    spoken = make_campaign(city, "留言")
    comment_on(spoken.id, city.departments[0].id, ["停车场太小，停车不方便。"] * 12)
    close_and_settle(spoken.id)
    with transaction():
        figures.count_words(spoken.id, now=clock.now())
    store_responses(scored.id)
    return [
        "/figures",
        f"/figures/words?campaign={spoken.id}",
        *(f"/figures/{kind.value}?campaign={scored.id}" for kind in FigureKind),
    ]
