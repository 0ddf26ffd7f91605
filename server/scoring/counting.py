"""A settled campaign's counts as a snapshot; reads only, and never a single rating.

All figures must be of one moment: the caller's transaction is to be of isolation REPEATABLE READ.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import SIGNED, Channel
from server.core.database import db
from server.evaluation import counts as counting
from server.evaluation.counts import GroupKey
from server.evaluation.models import GroupSize
from server.indicators import queries as indicators
from server.integrity import queries as integrity
from server.pairings import queries as pairings
from server.sampling import queries as sampling
from server.scoring.rules import OVERALL_LEAF, UNWEIGHTED, WITH_PANELS
from server.scoring.scheme import Panel, Scheme, digest
from server.scoring.snapshot import Cell, Department, Group, Snapshot, Stratum
from server.scoring.tree import ratings_in
from server.scoring.weighting import SampledCell, WeightingError, weights_of_cells

Counts = Mapping[GroupKey, Mapping[int, Mapping[int, int]]]
# Leaf -> level -> answers.
Leaves = Mapping[str, Mapping[int, int]]


class DepartmentChannel(NamedTuple):
    """A group, as sizes and exclusions are kept."""

    department_id: int
    channel: int


@dataclass
class _Tally:
    """One department's counts: of each channel, and of the sample survey by cell number."""

    channels: dict[Channel, Leaves] = field(default_factory=dict)
    cells: dict[int, Leaves] = field(default_factory=dict)


def take_snapshot(campaign_id: int, scheme: Scheme, *, set_apart: bool = False) -> Snapshot:
    """Count a campaign for a scheme.

    Args:
        campaign_id: a closed campaign that is settled.
        scheme: whose digest the snapshot names, and whose margins weigh the sample survey's cells.
        set_apart: leave out what findings set apart.

    Raises:
        Refusal: ``campaign_sealed`` before the close, ``campaign_not_settled`` right after it.
        WeightingError: the scheme's margins can't be met.
    """
    campaign = campaigns.settled_campaign(campaign_id)
    apart: Counts = integrity.set_apart(campaign_id) if set_apart else {}
    tallies, names = _tallies(campaign, _less(counting.counts_of(campaign_id), apart))
    raters, paired = _raters(campaign_id, apart), pairings.numbers_paired(campaign_id)
    strata = _strata(campaign_id, scheme, tallies)
    return Snapshot(
        campaign_id=campaign_id,
        campaign_title=campaign.title,
        scheme_digest=digest(scheme),
        # Any number serves that nobody chose by looking at what it gives.
        seed=campaign_id,
        departments=tuple(
            Department(
                department,
                names[department],
                (*_groups(department, tally, raters, paired), *_panels(tally, strata)),
            )
            for department, tally in sorted(tallies.items())
        ),
        strata=tuple(strata.values()),
        set_apart=set_apart,
    )


def _less(counts: Counts, apart: Counts) -> Counts:
    """Return counts without what is set apart."""
    if not apart:
        return counts
    return {
        key: {
            place: {
                level: number - apart.get(key, {}).get(place, {}).get(level, 0)
                for level, number in levels.items()
            }
            for place, levels in places.items()
        }
        for key, places in counts.items()
    }


def _tallies(campaign: Campaign, counts: Counts) -> tuple[dict[int, _Tally], dict[int, str]]:
    """Return each department's counts, by the codes of what was asked; and the names."""
    codes = {leaf.id: leaf.code for leaf in indicators.leaves(campaign.indicator_version_id)}
    asked, names = {}, {}
    for row, department in campaigns.every_department(campaign.id):
        asked[row.department_id] = [OVERALL_LEAF, *(codes[leaf] for leaf in row.leaves)]
        names[row.department_id] = department.name
    tallies = {department: _Tally() for department in asked}
    for key, places in counts.items():
        leaves = {
            asked[key.department_id][place]: {
                level: number for level, number in sorted(levels.items()) if number
            }
            for place, levels in sorted(places.items())
        }
        # Where every rating of a group was set apart, nothing of it is left.
        if not any(leaves.values()):
            continue
        tally = tallies[key.department_id]
        if key.channel == WITH_PANELS:
            tally.cells[key.cell] = leaves
        else:
            tally.channels[Channel(key.channel)] = leaves
    return tallies, names


def _groups(
    department: int,
    tally: _Tally,
    raters: Mapping[DepartmentChannel, int],
    paired: Mapping[tuple[int, Channel], int],
) -> Iterable[Group]:
    for channel, leaves in sorted(tally.channels.items()):
        cell = Cell("", UNWEIGHTED, leaves)
        known = raters.get(DepartmentChannel(department, channel), 0)
        whole = paired.get((department, channel), 0) if channel in SIGNED else None
        yield Group(channel, "", max(0, min(known, ratings_in(cell))), (cell,), whole)


def _panels(tally: _Tally, strata: Mapping[int, Stratum]) -> Iterable[Group]:
    """Return a department's groups of the sample survey: each rating is a person of its own."""
    cells: dict[str, list[Cell]] = defaultdict(list)
    for number, leaves in sorted(tally.cells.items()):
        stratum = strata[number]
        cells[stratum.panel].append(Cell(stratum.cell, stratum.weight, leaves))
    for panel, found in sorted(cells.items()):
        yield Group(WITH_PANELS, panel, sum(map(ratings_in, found)), tuple(found))


def _strata(campaign_id: int, scheme: Scheme, tallies: Mapping[int, _Tally]) -> dict[int, Stratum]:
    """Return the sample survey's cells with their weights, by number."""
    ratings: dict[int, int] = defaultdict(int)
    for tally in tallies.values():
        for number, leaves in tally.cells.items():
            ratings[number] += ratings_in(Cell("", UNWEIGHTED, leaves))
    drawn = sampling.cells(campaign_id)
    if strange := sorted(set(ratings) - set(drawn)):
        message = f"有抽样调查的评价不属于任何抽样层（层号 {strange[0]}），请联系系统管理员核对。"
        raise WeightingError(message)
    by_panel: dict[str, list[sampling.Cell]] = defaultdict(list)
    for cell in drawn.values():
        by_panel[str(cell.panel)].append(cell)
    weights = {
        (panel, name): weight
        for panel, cells in by_panel.items()
        for name, weight in weights_of_cells(
            _panel(scheme, panel),
            [SampledCell(cell.name, cell.population, ratings[cell.number]) for cell in cells],
        ).items()
    }
    return {
        number: Stratum(
            panel=str(cell.panel),
            cell=cell.name,
            population=cell.population,
            asked=cell.asked,
            ratings=ratings[number],
            weight=weights[str(cell.panel), cell.name],
        )
        for number, cell in sorted(drawn.items())
    }


def _panel(scheme: Scheme, code: str) -> Panel:
    """Return a panel of the scheme; one that it doesn't have enters no score."""
    panels: Sequence[Panel] = [panel for part in scheme.channels for panel in part.panels]
    return next(
        (panel for panel in panels if panel.code == code), Panel(code, code, UNWEIGHTED, {}, None)
    )


def _raters(campaign_id: int, apart: Counts) -> Mapping[DepartmentChannel, int]:
    """Return how many persons stand behind each group at least.

    They were counted at the close; in the worst case each rating that was excluded since, or is set
    apart, was the only one of its rater.
    """
    gone: dict[DepartmentChannel, int] = defaultdict(int)
    for key, reasons in counting.excluded_of(campaign_id).items():
        gone[DepartmentChannel(*key)] += sum(reasons.values())
    for group, places in apart.items():
        levels = places.get(0, {})
        gone[DepartmentChannel(group.department_id, group.channel)] += sum(levels.values())
    sizes = db.session.scalars(select(GroupSize).where(GroupSize.campaign_id == campaign_id))
    return {
        group: size.raters - gone[group]
        for size in sizes
        for group in [DepartmentChannel(size.department_id, size.channel)]
    }
