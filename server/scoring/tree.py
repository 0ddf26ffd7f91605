"""The score tree: department, channel, panel, indicator, counts; in decimal arithmetic. Pure.

    indicator   Σ weight of cell x points of level x answers / Σ weight of cell x answers
    panel       mean of its indicators by their weights; channel of its panels; department of its
                channels: what has no score leaves the mean, and the rest share its weight

不了解 is no answer. Each figure is rounded half up to 6 places and worked on as it is shown, so
that any step can be checked by hand; the department's score is the last, rounded to 2.

Standard errors s: of an indicator by linearisation (as ``variance.weighted_mean``) with one answer
of mean weight added at each end of the scale, as Agresti and Coull do for shares (The American
Statistician 52, 1998), because ten equal answers are not certainty; of a panel
Σ weight x s / Σ weight, the most that it can be, since counts don't tell how a rater's answers to
different questions hang together; of channel and department √Σ(weight x s)² / Σ weight, because
panels and channels have raters of their own. Communities and villages that sign are taken without
replacement from those that are paired with the department: √(1 − n/N) of the error is left where n
of N rated (Cochran, Sampling Techniques, 3rd ed. 1977, section 2.6), nothing where all of them did.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal

from server.campaigns.rules import SIGNED, Channel
from server.evaluation.rules import UNKNOWN
from server.scoring.arithmetic import (
    ONE,
    difference,
    mean,
    product,
    quotient,
    root_of_quotient,
    rounded,
    total_of,
    weighted,
)
from server.scoring.rules import (
    CRITICAL_VALUES,
    HIGHEST,
    LEVELS,
    LOWEST,
    MOST_SELF_CHOSEN,
    NO_RATINGS,
    ONLY_SELF_CHOSEN,
    SELF_CHOSEN,
    SHOWN,
    TOO_FEW,
    TOO_LITTLE_WEIGHT,
)
from server.scoring.scheme import ChannelPart, Leaf, Panel, Points, Scheme
from server.scoring.snapshot import Cell, Department, Group, Levels

# One answer has no spread: nothing lies further from the middle of 0 and 100 than half of it.
LARGEST_ERROR = (HIGHEST - LOWEST) / 2
HUNDRED = Decimal(100)
ONE_PANEL = Panel("", "", HIGHEST, {}, None)


@dataclass(frozen=True)
class Figure:
    """A score and its standard error, both None where there is none."""

    score: Decimal | None = None
    standard_error: Decimal | None = None


@dataclass(frozen=True)
class IndicatorNode:
    """An indicator in one panel. ``levels`` are answers by level, unweighted, 0 for 不了解."""

    leaf: Leaf
    figure: Figure
    levels: Levels


@dataclass(frozen=True)
class PanelNode:
    """A panel of a channel; ``reason`` says why it has no score.

    ``design_effect`` is Kish's of its raters' weights, None without raters: n Σw² / (Σw)².
    """

    panel: Panel
    figure: Figure
    raters: int
    reason: str | None
    indicators: tuple[IndicatorNode, ...]
    design_effect: Decimal | None = None


@dataclass(frozen=True)
class ChannelNode:
    """A channel of the scheme; ``reason`` says why it has no score."""

    channel: Channel
    weight: Decimal
    figure: Figure
    reason: str | None
    panels: tuple[PanelNode, ...]


@dataclass(frozen=True)
class DepartmentNode:
    """A department: its score of 2 places with an interval, or why there is none.

    ``figure`` has the score before the last rounding; ``parts`` and ``headings`` what the
    indicators of each of the 1+6 methods, and of each heading, alone would give.
    """

    department: Department
    score: Decimal | None
    low: Decimal | None
    high: Decimal | None
    figure: Figure
    reason: str | None
    channels: tuple[ChannelNode, ...]
    parts: Mapping[str, Figure]
    headings: Mapping[str, Figure]


def score_department(
    scheme: Scheme, department: Department, *, most_x: Decimal = MOST_SELF_CHOSEN
) -> DepartmentNode:
    """Return a department's tree; X may weigh ``most_x`` per cent of what has a figure."""
    groups = {(group.channel, group.panel): group for group in department.groups}
    channels = tuple(_channel(scheme, part, groups) for part in scheme.channels)
    figure, reason = _whole(scheme, channels, most_x)
    parts = {
        part.code: _cut(scheme, channels, _codes_of_part(scheme, part.code), most_x)
        for part in scheme.parts
    }
    headings = {
        heading.code: _cut(scheme, channels, {leaf.code for leaf in heading.leaves}, most_x)
        for heading in scheme.headings
    }
    if figure.score is None or figure.standard_error is None:
        return DepartmentNode(
            department, None, None, None, figure, reason, channels, parts, headings
        )
    low, high = interval(scheme.interval_level, figure.score, figure.standard_error)
    score = rounded(figure.score, SHOWN)
    return DepartmentNode(department, score, low, high, figure, None, channels, parts, headings)


def interval(level: str, score: Decimal, standard_error: Decimal) -> tuple[Decimal, Decimal]:
    """Return score ± z x standard error within the scale, rounded to 2 places."""
    half = product(CRITICAL_VALUES[level], standard_error)
    return (
        rounded(max(LOWEST, difference(score, half)), SHOWN),
        rounded(min(HIGHEST, total_of((score, half))), SHOWN),
    )


def _codes_of_part(scheme: Scheme, code: str) -> set[str]:
    return {leaf.code for leaf in scheme.leaves if leaf.part == code}


def _cut(
    scheme: Scheme, channels: Iterable[ChannelNode], leaves: AbstractSet[str], most_x: Decimal
) -> Figure:
    """Return what some indicators alone would give."""
    own = [
        replace(
            node,
            figure=_independent(
                (panel.panel.weight, _own_figure(panel, leaves)) for panel in node.panels
            ),
        )
        for node in channels
    ]
    return _whole(scheme, own, most_x)[0]


def _own_figure(node: PanelNode, leaves: AbstractSet[str]) -> Figure:
    if node.reason == TOO_FEW:
        return Figure()
    return _together(
        (one.leaf.weight, one.figure) for one in node.indicators if one.leaf.code in leaves
    )


def _whole(
    scheme: Scheme, channels: Sequence[ChannelNode], most_x: Decimal
) -> tuple[Figure, str | None]:
    """Return the figure over all channels, or why there is none."""
    present = [node for node in channels if node.figure.score is not None]
    if not present:
        reasons = {node.reason for node in channels}
        return Figure(), TOO_FEW if TOO_FEW in reasons else NO_RATINGS
    whole = total_of(node.weight for node in present)
    chosen = total_of(node.weight for node in present if node.channel is SELF_CHOSEN)
    # In the first format nothing but X alone was refused, which the limit of 100 still is.
    if chosen == whole or product(chosen, HUNDRED) > product(most_x, whole):
        return Figure(), ONLY_SELF_CHOSEN
    if whole < scheme.least_weight:
        return Figure(), TOO_LITTLE_WEIGHT
    return _independent((node.weight, node.figure) for node in present), None


def _channel(
    scheme: Scheme,
    part: ChannelPart,
    groups: Mapping[tuple[Channel, str], Group],
) -> ChannelNode:
    panels = tuple(
        _panel(scheme, panel, groups.get((part.channel, panel.code)))
        for panel in part.panels or (ONE_PANEL,)
    )
    figure = _independent((node.panel.weight, node.figure) for node in panels)
    reason = None
    if figure.score is None:
        reason = TOO_FEW if any(node.reason == TOO_FEW for node in panels) else NO_RATINGS
    return ChannelNode(part.channel, part.weight, figure, reason, panels)


def _panel(scheme: Scheme, panel: Panel, group: Group | None) -> PanelNode:
    if group is None or not group.raters:
        return PanelNode(panel, Figure(), 0, NO_RATINGS, ())
    points = scheme.points_of_parts
    indicators = tuple(_indicator(group, leaf, points[leaf.part]) for leaf in scheme.leaves)
    effect = design_effect(group.cells)
    if group.raters < (1 if group.channel in SIGNED else scheme.smallest_group):
        return PanelNode(panel, Figure(), group.raters, TOO_FEW, indicators, effect)
    figure = _together((node.leaf.weight, node.figure) for node in indicators)
    reason = NO_RATINGS if figure.score is None else None
    return PanelNode(panel, figure, group.raters, reason, indicators, effect)


def ratings_in(cell: Cell) -> int:
    """Return how many ratings a cell has: each answers every question that was asked."""
    return max((sum(levels.values()) for levels in cell.leaves.values()), default=0)


def design_effect(cells: Iterable[Cell]) -> Decimal | None:
    """Return Kish's design effect of the cells' weights, None without ratings."""
    sizes = [(cell.weight, Decimal(ratings_in(cell))) for cell in cells]
    total = weighted(sizes)
    if not total:
        return None
    squares = weighted((product(weight, weight), size) for weight, size in sizes)
    return quotient(product(total_of(size for _, size in sizes), squares), _square(total))


def _indicator(group: Group, leaf: Leaf, points: Points) -> IndicatorNode:
    levels = dict.fromkeys((*LEVELS, UNKNOWN), 0)
    answers = []
    for cell in group.cells:
        for level, number in cell.leaves.get(leaf.code, {}).items():
            levels[level] += number
            if number and level != UNKNOWN:
                answers.append((cell.weight, points[level], Decimal(number)))
    return IndicatorNode(leaf, _of_finitely_many(_mean_of_answers(answers), group), levels)


def _of_finitely_many(figure: Figure, group: Group) -> Figure:
    """Take from a figure's error what the group's share of all that could have rated tells.

    Who could have rated is known of signed channels alone. Fewer than rated are no whole to take a
    share of.
    """
    if figure.standard_error is None or not group.paired or group.paired < group.raters:
        return figure
    whole, others = Decimal(group.paired), Decimal(group.paired - group.raters)
    error = figure.standard_error
    return Figure(figure.score, root_of_quotient(product(_square(error), others, whole), whole))


def _mean_of_answers(answers: Sequence[tuple[Decimal, Decimal, Decimal]]) -> Figure:
    """Return the figure of (weight of a rater, points, answers)."""
    if not answers:
        return Figure()
    total = weighted((weight, number) for weight, _, number in answers)
    score = quotient(
        weighted((product(weight, number), points) for weight, points, number in answers), total
    )
    raters = total_of(number for _, _, number in answers)
    if raters == 1:
        return Figure(score, LARGEST_ERROR)
    squares = weighted(
        (product(weight, weight, number), _square(difference(points, score)))
        for weight, points, number in answers
    )
    ends = total_of((_square(difference(HIGHEST, score)), _square(difference(score, LOWEST))))
    # n/(n − 1) x squares / total² + ends / (n (n − 1)), on one denominator.
    dividend = weighted(((squares, _square(raters)), (_square(total), ends)))
    variance = quotient(dividend, product(raters, difference(raters, ONE)))
    return Figure(score, min(LARGEST_ERROR, root_of_quotient(variance, total)))


def _square(value: Decimal) -> Decimal:
    return product(value, value)


def _together(parts: Iterable[tuple[Decimal, Figure]]) -> Figure:
    """Return the mean of figures that the same raters gave: errors add up at worst."""
    given = list(_present(parts))
    if not given:
        return Figure()
    return Figure(
        mean((weight, score) for weight, score, _ in given),
        mean((weight, error) for weight, _, error in given),
    )


def _independent(parts: Iterable[tuple[Decimal, Figure]]) -> Figure:
    """Return the mean of figures that different raters gave: variances add up."""
    given = list(_present(parts))
    if not given:
        return Figure()
    squares = weighted((_square(weight), _square(error)) for weight, _, error in given)
    total = total_of(weight for weight, _, _ in given)
    return Figure(
        mean((weight, score) for weight, score, _ in given), root_of_quotient(squares, total)
    )


def _present(
    parts: Iterable[tuple[Decimal, Figure]],
) -> Iterable[tuple[Decimal, Decimal, Decimal]]:
    for weight, figure in parts:
        if figure.score is not None and figure.standard_error is not None:
            yield weight, figure.score, figure.standard_error
