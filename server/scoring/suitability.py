"""Whether a scheme suits a campaign: told before anything is worked out by it.

A *fault* would make scores wrong or leave every department without one, so that nothing may be
worked out; a *note* is what the office should know. Both are Chinese sentences.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from server.campaigns import queries as campaigns
from server.campaigns.rules import CHANNEL_LABELS, Channel
from server.indicators import queries as indicators
from server.indicators.rules import WHOLE, plain
from server.sampling import queries as sampling
from server.sampling.rules import PANEL_LABELS
from server.scoring.arithmetic import product, total_of
from server.scoring.rules import MOST_SELF_CHOSEN, OVERALL_LEAF, SELF_CHOSEN, WITH_PANELS
from server.scoring.scheme import Panel, Scheme
from server.scoring.weighting import SampledCell, WeightingError, check_cells
from server.settings import queries as settings
from server.settings.rules import SMALLEST_GROUP

MOST_NAMED = 5


@dataclass(frozen=True)
class Suitability:
    """What is wrong with a scheme for a campaign, and what is to be known."""

    faults: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CampaignFacts:
    """What of a campaign a scheme must suit: panels with the names of their drawn cells."""

    channels: frozenset[Channel]
    leaves: dict[str, str]
    panels: dict[str, list[SampledCell]]
    smallest_group: int


def suitability(campaign_id: int, scheme: Scheme) -> Suitability:
    """Compare a scheme with a campaign."""
    return compare(scheme, _facts(campaign_id))


def _facts(campaign_id: int) -> CampaignFacts:
    campaign = campaigns.public_campaign(campaign_id)
    asked = {leaf for row, _ in campaigns.every_department(campaign_id) for leaf in row.leaves}
    panels: dict[str, list[SampledCell]] = {}
    for cell in sampling.cells(campaign_id).values():
        panels.setdefault(str(cell.panel), []).append(SampledCell(cell.name, cell.population, 1))
    return CampaignFacts(
        frozenset(map(Channel, campaign.channels)),
        {
            leaf.code: leaf.name
            for leaf in indicators.leaves(campaign.indicator_version_id)
            if leaf.id in asked
        },
        panels,
        int(settings.value(SMALLEST_GROUP)),
    )


def compare(scheme: Scheme, facts: CampaignFacts) -> Suitability:
    """Compare a scheme with what is known of a campaign. Pure."""
    faults = [
        *_faults_of_channels(scheme, facts),
        *_faults_of_leaves(scheme, facts),
        *_faults_of_panels(scheme, facts),
    ]
    if scheme.smallest_group < facts.smallest_group:
        faults.append(
            f"方案的最小样本数 {scheme.smallest_group} 低于系统设置的最小公布人数 "
            f"{facts.smallest_group}，请另存为新版本并提高。"
        )
    return Suitability(tuple(faults), tuple(_notes(scheme, facts)))


def _faults_of_channels(scheme: Scheme, facts: CampaignFacts) -> Iterator[str]:
    common = [part for part in scheme.channels if part.channel in facts.channels]
    whole = total_of(part.weight for part in common)
    own = total_of(part.weight for part in scheme.channels if part.channel is SELF_CHOSEN)
    chosen = own if SELF_CHOSEN in facts.channels else Decimal(0)
    if not common:
        yield "方案的渠道这项活动一个也没有，请换一个方案。"
    elif all(part.channel is SELF_CHOSEN for part in common):
        yield f"这项活动只有{CHANNEL_LABELS[SELF_CHOSEN]}与方案相符，它不能作为评分的唯一依据。"
    elif own > MOST_SELF_CHOSEN or product(chosen, WHOLE) > product(MOST_SELF_CHOSEN, whole):
        yield (
            f"{CHANNEL_LABELS[SELF_CHOSEN]}在方案与这项活动共有的渠道中权重超过 "
            f"{plain(MOST_SELF_CHOSEN)}%，请换一个方案。"
        )
    elif whole < scheme.least_weight:
        yield (
            "方案与这项活动共有的渠道，权重合计低于方案的最低有效权重，"
            "所有部门都会显示样本不足，请换一个方案。"
        )


def _faults_of_leaves(scheme: Scheme, facts: CampaignFacts) -> Iterator[str]:
    known = {leaf.code for leaf in scheme.leaves}
    if missing := [f"{code} {name}" for code, name in facts.leaves.items() if code not in known]:
        yield f"这项活动评价的子项不在方案中：{_list(missing)}。请用同一指标版本的方案。"


def _faults_of_panels(scheme: Scheme, facts: CampaignFacts) -> Iterator[str]:
    panels = _panels(scheme)
    if not panels:
        return
    for code, cells in facts.panels.items():
        panel = panels.get(code)
        if panel is None:
            name = PANEL_LABELS.get(code, code)  # type: ignore[call-overload]
            yield f"抽样调查抽取了群体“{name}”，方案里没有它（编号 {code}）。"
            continue
        try:
            check_cells(panel, cells)
        except WeightingError as error:
            yield str(error)


def _notes(scheme: Scheme, facts: CampaignFacts) -> Iterator[str]:
    in_scheme = {part.channel for part in scheme.channels}
    if left := [CHANNEL_LABELS[one] for one in sorted(facts.channels - in_scheme)]:
        yield f"这项活动的渠道不在方案中，不计入分数：{'、'.join(left)}。"
    if absent := [CHANNEL_LABELS[one] for one in sorted(in_scheme - facts.channels)]:
        yield f"方案的渠道这项活动没有，其权重由其他渠道分担：{'、'.join(absent)}。"
    if WITH_PANELS in facts.channels & in_scheme:
        missing = [one.name for code, one in _panels(scheme).items() if code not in facts.panels]
        if missing:
            yield f"没有抽样的群体，其权重由其他群体分担：{'、'.join(missing)}。"
    unasked = [
        leaf.name
        for leaf in scheme.leaves
        if leaf.code not in facts.leaves and leaf.code != OVERALL_LEAF
    ]
    if unasked:
        yield f"方案的子项这项活动没有评价，其权重由其他子项分担：{_list(unasked)}。"


def _panels(scheme: Scheme) -> dict[str, Panel]:
    return {panel.code: panel for part in scheme.channels for panel in part.panels}


def _list(names: Sequence[str]) -> str:
    more = f"等 {len(names)} 项" if len(names) > MOST_NAMED else ""
    return "、".join(names[:MOST_NAMED]) + more
