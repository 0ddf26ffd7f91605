"""Where a scanned or typed code leads: a department, a counter, a rating code, or a link."""

import re
from dataclasses import dataclass

from server.campaigns import codes
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, Counter, SampleLink
from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.core.errors import Refusal
from server.identity import queries as identity

DEPARTMENT_SCENE = re.compile(r"d(\d{1,9})")
COUNTER_SCENE = re.compile(r"k([0-9A-Za-z]{8})")
MINI_PROGRAM_PREFIX = re.compile(r"^.*[?&]scene=")


@dataclass(frozen=True)
class Entry:
    """What a code stands for.

    Whether a code was used is not told: who issued the codes could count the ratings of a sealed
    survey by them, or learn when the holder of one has rated. The submission tells, and spends.

    A drawn person's link (``sample``) has no department of its own but the ones in ``departments``.
    """

    kind: str
    campaign: Campaign | None
    department: "identity.Organisation | None"
    counter: Counter | None
    channel: Channel
    departments: tuple["identity.Organisation", ...] = ()


def resolve(scene: str) -> Entry:
    """Return where a scene or code leads; refuse an unknown one with 404."""
    plain = MINI_PROGRAM_PREFIX.sub("", scene)
    if found := DEPARTMENT_SCENE.fullmatch(plain):
        return _department(int(found[1]))
    if found := COUNTER_SCENE.fullmatch(plain):
        return _counter(found[1])
    if codes.is_code(plain):
        return _code(plain)
    raise Refusal("code_unknown", 404, field="scene")


def _department(department_id: int) -> Entry:
    department = identity.organisation(department_id)
    offering = [
        campaign
        for campaign in campaigns.service_campaigns_of(department_id)
        if Channel.OPEN in campaign.channels
    ]
    return Entry("department", next(iter(offering), None), department, None, Channel.OPEN)


def _counter(code: str) -> Entry:
    counter = campaigns.counter_by_code(code)
    department = identity.organisation(counter.department_id)
    offering = [
        campaign
        for campaign in campaigns.service_campaigns_of(department.id)
        if Channel.SERVICE_CENTRE in campaign.channels
    ]
    # A visit belongs to the quarter of visits, where one is open.
    offering.sort(key=lambda campaign: campaign.kind != CampaignKind.SERVICE)
    return Entry("counter", next(iter(offering), None), department, counter, Channel.SERVICE_CENTRE)


def _code(code: str) -> Entry:
    link = campaigns.sample_link(code)
    if link is not None:
        return _sample(link)
    batch = campaigns.batch_of_code(code)
    campaign = campaigns.campaign(batch.campaign_id)
    counter = campaigns.counter(batch.counter_id) if batch.counter_id else None
    return Entry(
        "code",
        campaign,
        identity.organisation(batch.department_id),
        counter,
        Channel(batch.channel),
    )


def _sample(link: SampleLink) -> Entry:
    campaign = campaigns.campaign(link.campaign_id)
    if campaign.state == CampaignState.DRAFT:
        # Nothing of a draft is public, and its links are not sent yet.
        raise Refusal("campaign_not_open", 409)
    offered = {one.id: one for one in identity.organisations_by_id(link.departments)}
    departments = tuple(offered[department] for department in link.departments)
    return Entry("sample", campaign, None, None, Channel.SAMPLE, departments)
