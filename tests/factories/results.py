"""Results to be fed back, handed on and assessed: a published quarter with scores and cases."""

from datetime import timedelta
from uuid import uuid4

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.evaluation.rules import CommentState
from server.indicators import queries as indicators
from server.publication import service as publication
from server.rectification import service as rectification
from server.rectification.models import Case
from server.rectification.rules import CaseKind, OriginKind
from server.rectification.service import Origin
from server.scoring import service as scoring
from server.scoring.document import starting_document
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.figures import work_out
from tests.factories.quarters import this_quarter

LEVELS = ([5] * 12, [3] * 12, [2] * 6 + [4] * 6)
# Too few for a group to be shown.
FEW = [1, 1, 1]


def rated_campaign(city: City, *, comments: tuple[str, ...] = ()) -> Campaign:
    """Rate three departments in one channel, and the first in another by too few; publish.

    The comments are about the first department, each by a rater of its own; one more stands in
    the group that is too small.
    """
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    first = city.departments[0].id
    for department, levels in zip(city.departments, LEVELS, strict=True):
        store_ratings(campaign.id, department.id, levels)
    for comment in comments:
        store_ratings(campaign.id, first, [5], comment=comment, comment_state=CommentState.PASSED)
    store_ratings(
        campaign.id,
        first,
        FEW,
        channel=Channel.ENTERPRISE_ONLINE,
        comment="小组里的留言",
        comment_state=CommentState.PASSED,
    )
    store_ratings(
        campaign.id, first, [4], comment="没有审核的留言", comment_state=CommentState.HELD
    )
    close_and_settle(campaign.id)
    return campaign


def scored(city: City, campaign: Campaign) -> None:
    """Publish a campaign again, with scores by a scheme of one channel."""
    document = starting_document("公开渠道", indicators.tree(city.version.id))
    document["channels"] = [{"channel": Channel.OPEN.code, "weight": "100"}]
    with transaction():
        scheme = scoring.create_scheme(document, actor=SYSTEM, now=clock.now()).id
    run = work_out(campaign.id, scheme, city)
    with transaction():
        publication.publish(
            campaign.id,
            score_run_id=run.id,
            note="补充总分",
            actor=city.actors["office1"],
            now=clock.now(),
        )


def open_case(city: City, place: int = 0, *, days_ago: int = 0) -> Case:
    """Register a case that no rating stands behind."""
    now = clock.now() - timedelta(days=days_ago, minutes=1)
    identifier = str(uuid4())
    with transaction():
        return rectification.register(
            CaseKind.FRONTLINE,
            city.departments[place].id,
            f"visit:{identifier}",
            origin=Origin(OriginKind.FRONTLINE_ENTRY, identifier),
            title="等候时间长",
            counts_from=now,
            quarter=this_quarter(),
            actor=SYSTEM,
            now=now,
        )
