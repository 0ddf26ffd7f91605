"""A department's score opened down to the counts: each step with its arithmetic written out. Pure.

The steps are the tree's own figures, worked out anew from snapshot and scheme; a formula such as
``(100×12 + 80×7 + 60×3 + 30×2 + 0×1) ÷ 25 = 88.4`` can be checked with a pocket calculator.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from server.campaigns.rules import Channel
from server.evaluation.rules import UNKNOWN
from server.indicators.rules import plain
from server.scoring.arithmetic import mean, product, total_of, weighted
from server.scoring.rules import LEVELS, UNWEIGHTED
from server.scoring.scheme import Part, Points, Scheme
from server.scoring.snapshot import Cell, Department, Group, Levels, Snapshot, Stratum
from server.scoring.tree import (
    ChannelNode,
    DepartmentNode,
    Figure,
    IndicatorNode,
    PanelNode,
    interval,
    score_department,
)


@dataclass(frozen=True)
class CellLine:
    """What a stratum cell adds to an indicator: weight x points, and weight x answers."""

    name: str
    weight: Decimal
    levels: Levels
    points: Decimal
    answers: Decimal


@dataclass(frozen=True)
class IndicatorStep:
    """An indicator in a panel; ``cells`` are empty where no weights tell raters apart."""

    node: IndicatorNode
    heading: str
    part: str
    points: Points
    formula: str
    cells: tuple[CellLine, ...]

    @property
    def answers(self) -> int:
        """How many answers the figure rests on."""
        return sum(number for level, number in self.node.levels.items() if level != UNKNOWN)


@dataclass(frozen=True)
class PanelStep:
    """A panel; ``strata`` tell where its weights come from.

    ``paired``: how many organisations could have rated, None where none sign.
    """

    node: PanelNode
    formula: str
    indicators: tuple[IndicatorStep, ...]
    strata: tuple[Stratum, ...]
    paired: int | None


@dataclass(frozen=True)
class ChannelStep:
    """A channel of the scheme."""

    node: ChannelNode
    formula: str
    panels: tuple[PanelStep, ...]


@dataclass(frozen=True)
class Cut:
    """What the indicators of a heading or a method alone would give, with its interval."""

    code: str
    name: str
    weight: Decimal
    figure: Figure
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True)
class Explanation:
    """A department's tree with its arithmetic, and the other ways to cut it."""

    node: DepartmentNode
    formula: str
    channels: tuple[ChannelStep, ...]
    headings: tuple[Cut, ...]
    parts: tuple[Cut, ...]


def explain(scheme: Scheme, snapshot: Snapshot, department: Department) -> Explanation:
    """Return a department's score step by step."""
    node = score_department(scheme, department, most_x=snapshot.most_x)
    groups = {(group.channel, group.panel): group for group in department.groups}
    channels = tuple(_channel(scheme, snapshot, channel, groups) for channel in node.channels)
    return Explanation(
        node,
        _formula_of_score(node),
        channels,
        tuple(
            _cut(scheme, one.code, one.name, one.weight, node.headings[one.code])
            for one in scheme.headings
        ),
        tuple(
            _cut(scheme, one.code, one.name, one.weight, node.parts[one.code])
            for one in scheme.parts
        ),
    )


def _formula_of_score(node: DepartmentNode) -> str:
    """Return the mean of the channels; the score is its last rounding, to two places."""
    if node.score is None or node.figure.score is None:
        return ""
    formula = _mean((one.weight, one.figure) for one in node.channels)
    return formula if node.figure.score == node.score else f"{formula} ≈ {node.score}"


def _channel(
    scheme: Scheme,
    snapshot: Snapshot,
    node: ChannelNode,
    groups: Mapping[tuple[Channel, str], Group],
) -> ChannelStep:
    panels = tuple(
        _panel(scheme, snapshot, panel, groups.get((node.channel, panel.panel.code)))
        for panel in node.panels
    )
    # A channel without panels is its own only one: nothing is worked out between the two.
    alone = len(panels) == 1 and not panels[0].node.panel.code
    formula = "" if alone else _mean((one.panel.weight, one.figure) for one in node.panels)
    return ChannelStep(node, formula, panels)


def _panel(scheme: Scheme, snapshot: Snapshot, node: PanelNode, group: Group | None) -> PanelStep:
    cells = () if group is None else group.cells
    headings = {leaf.code: heading.name for heading in scheme.headings for leaf in heading.leaves}
    parts = {part.code: part for part in scheme.parts}
    indicators = tuple(
        _indicator(one, headings[one.leaf.code], parts[one.leaf.part], cells)
        for one in node.indicators
        if any(one.levels.values())
    )
    formula = ""
    if node.figure.score is not None:
        formula = _mean((one.leaf.weight, one.figure) for one in node.indicators)
    strata = tuple(one for one in snapshot.strata if one.panel == node.panel.code)
    return PanelStep(node, formula, indicators, strata, None if group is None else group.paired)


def _indicator(
    node: IndicatorNode, heading: str, part: Part, cells: Sequence[Cell]
) -> IndicatorStep:
    points = part.points
    lines = tuple(_line(cell, cell.leaves.get(node.leaf.code, {}), points) for cell in cells)
    is_weighted = any(line.weight != UNWEIGHTED for line in lines)
    formula = ""
    if node.figure.score is not None:
        formula = (
            _weighted_formula(lines) if is_weighted else _plain_formula(node.levels, points)
        ) + f" = {plain(node.figure.score)}"
    return IndicatorStep(node, heading, part.name, points, formula, lines if is_weighted else ())


def _line(cell: Cell, levels: Levels, points: Points) -> CellLine:
    known = [(points[level], Decimal(levels.get(level, 0))) for level in LEVELS]
    return CellLine(
        cell.name,
        cell.weight,
        levels,
        product(cell.weight, weighted(known)),
        product(cell.weight, total_of(number for _, number in known)),
    )


def _plain_formula(levels: Levels, points: Points) -> str:
    terms = " + ".join(f"{plain(points[level])}×{levels[level]}" for level in LEVELS)
    return f"({terms}) ÷ {sum(levels[level] for level in LEVELS)}"


def _weighted_formula(lines: Iterable[CellLine]) -> str:
    answered = [line for line in lines if line.answers]
    points = " + ".join(plain(line.points) for line in answered)
    answers = " + ".join(plain(line.answers) for line in answered)
    return f"({points}) ÷ ({answers})"


def _mean(parts: Iterable[tuple[Decimal, Figure]]) -> str:
    """Return the mean of what has a figure, written out; nothing where nothing has one."""
    present = [(weight, figure.score) for weight, figure in parts if figure.score is not None]
    if not present:
        return ""
    terms = " + ".join(f"{plain(weight)}×{plain(score)}" for weight, score in present)
    whole = total_of(weight for weight, _ in present)
    value = mean(present)
    return f"({terms}) ÷ {plain(whole)} = {plain(value)}"


def _cut(scheme: Scheme, code: str, name: str, weight: Decimal, figure: Figure) -> Cut:
    low = high = None
    if figure.score is not None and figure.standard_error is not None:
        low, high = interval(scheme.interval_level, figure.score, figure.standard_error)
    return Cut(code, name, weight, figure, low, high)
