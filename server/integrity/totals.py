"""A group's result with and without what is set apart: both are shown, none is chosen here."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from server.campaigns import queries as campaigns
from server.evaluation.counts import GroupKey, Places, counts_of
from server.evaluation.results import score
from server.evaluation.rules import LEVEL_LABELS
from server.integrity import queries
from server.integrity.queries import FindingReading
from server.settings import queries as settings
from server.settings.rules import LEVEL_SCORES

OVERALL = 0


@dataclass(frozen=True)
class Total:
    """Counted ratings by overall level, with their mean by the level map."""

    distribution: dict[int, int]
    count: int
    score: Decimal | None


@dataclass(frozen=True)
class Totals:
    """What counts now; that without one finding; that without any finding that waits."""

    whole: Total
    without: Total
    without_any: Total


def totals(finding: FindingReading) -> Totals:
    """Return the totals of a finding's department and channel."""
    counted = counts_of(finding.campaign_id, finding.department_id)
    whole = _overall(finding, counted)
    return Totals(
        *(
            _total(finding.campaign_id, whole - apart)
            for apart in (
                Counter[int](),
                _overall(finding, queries.set_apart(finding.campaign_id, finding.id)),
                _overall(finding, queries.set_apart(finding.campaign_id)),
            )
        )
    )


def _overall(finding: FindingReading, counts: Mapping[GroupKey, Places]) -> Counter[int]:
    """Add up the overall levels of the group over its stratum cells."""
    found: Counter[int] = Counter()
    for group, places in counts.items():
        if (group.department_id, group.channel) == (finding.department_id, finding.channel):
            found.update(places.get(OVERALL, {}))
    return found


def _total(campaign_id: int, counted: Counter[int]) -> Total:
    frozen = campaigns.campaign(campaign_id).level_scores or settings.value(LEVEL_SCORES)
    points = {level: Decimal(str(frozen[str(level)])) for level in LEVEL_LABELS}
    distribution = {level: counted[level] for level in LEVEL_LABELS}
    return Total(distribution, sum(distribution.values()), score(distribution, points))
