"""Scores of the demo city's closed surveys: settled, worked out by a sample scheme, published."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.campaigns import queries as campaigns
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.evaluation import tasks
from server.indicators import queries as indicators
from server.publication import service as publication
from server.scoring import running, service
from server.scoring.document import starting_document

SCHEME = "演示评分方案"
# The first surveys had few channels; the scheme's second version weighs all.
FEW = {Channel.SERVICE_CENTRE: "60", Channel.ENTERPRISE_ONLINE: "40"}
ALL = {
    Channel.SAMPLE: "50",
    Channel.SERVICE_CENTRE: "15",
    Channel.COMMUNITY: "10",
    Channel.VILLAGE: "10",
    Channel.ENTERPRISE_ONLINE: "15",
}
NOTE = "首次公布得分（演示数据）。"


def make_demo_scores(campaign_ids: Iterable[int]) -> None:
    """Settle the surveys, work out their scores and publish them, one after the other."""
    schemes: dict[bool, int] = {}
    for campaign_id in campaign_ids:
        tasks.settle(campaign_id)
        whole = int(Channel.SAMPLE) in campaigns.campaign(campaign_id).channels
        with transaction():
            if whole not in schemes:
                document = _document(ALL if whole else FEW)
                schemes[whole] = service.create_scheme(document, actor=SYSTEM, now=clock.now()).id
            run = service.request_run(campaign_id, schemes[whole], actor=SYSTEM, now=clock.now()).id
        running.work(run)
        with transaction():
            publication.publish(
                campaign_id, score_run_id=run, note=NOTE, actor=SYSTEM, now=clock.now()
            )


def _document(weights: Mapping[Channel, str]) -> dict[str, Any]:
    document = starting_document(SCHEME, indicators.tree(indicators.versions()[0].id))
    usual = {channel["channel"]: channel for channel in document["channels"]}
    return document | {
        "channels": [
            usual.get(channel.code, {"channel": channel.code}) | {"weight": weight}
            for channel, weight in weights.items()
        ]
    }
