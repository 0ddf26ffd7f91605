"""Kinds of figures, colours and fixed numbers. Pure."""

import enum


class FigureKind(enum.StrEnum):
    """What there is to look at; the values stand in addresses."""

    DISTRIBUTION = "distribution"
    TREND = "trend"
    HEAT = "heat"
    SCORES = "scores"
    RESPONSES = "responses"
    WORDS = "words"


KIND_LABELS = {
    FigureKind.DISTRIBUTION: "等级分布",
    FigureKind.TREND: "季度趋势",
    FigureKind.HEAT: "指标热力图",
    FigureKind.SCORES: "得分与区间",
    FigureKind.RESPONSES: "应答率",
    FigureKind.WORDS: "留言词语",
}
# A sealed survey shows none of these; how many answered is known while it runs.
SEALED_KINDS = frozenset(FigureKind) - {FigureKind.RESPONSES}
# Which filters change a figure.
FILTERS = {
    FigureKind.DISTRIBUTION: frozenset({"departments", "channels", "indicators", "compare"}),
    FigureKind.TREND: frozenset({"departments", "part", "scheme", "axis", "compare"}),
    FigureKind.HEAT: frozenset({"departments", "channels", "indicators", "compare"}),
    FigureKind.SCORES: frozenset({"departments", "part", "scheme", "axis"}),
    FigureKind.RESPONSES: frozenset(),
    FigureKind.WORDS: frozenset({"departments"}),
}

INTERNAL = "内部"
LEAST_COMPARED, MOST_COMPARED = 2, 6
# Fewer answers than this say little: the office sees them, marked.
FEW_ANSWERS = 10
# The national five levels in one order everywhere, from the best to the worst.
LEVELS = (5, 4, 3, 2, 1)
# ColorBrewer's RdBu, which colour-blind readers can tell apart, with a grey that white paper shows.
LEVEL_COLOURS = {5: "#2166ac", 4: "#92c5de", 3: "#d5d9de", 2: "#f4a582", 1: "#b2182b"}
DARK_LEVELS = frozenset({5, 1})
# Okabe and Ito's palette, also made for colour-blind readers; each line has its own sign as well.
SERIES_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9")
SERIES_SIGNS = ("circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect")
MAIN_COLOUR = SERIES_COLOURS[0]
SOFT_COLOUR = "#9fb6cc"

# A word is shown from this many comments on, of a group that is not below the smallest one shown.
LEAST_USES = 3
MOST_WORDS = 20
