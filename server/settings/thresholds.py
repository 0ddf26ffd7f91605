"""From where on the search for manipulation finds something: whole numbers, with their bounds."""

from dataclasses import dataclass

FINDING_CHANCE = "finding_chance"
# The smallest and largest chance that can be set.
LEAST_CHANCE, MOST_CHANCE = "0.000001", "0.05"


@dataclass(frozen=True)
class Threshold:
    """A whole number of the search: label, default, bounds, and what it does."""

    key: str
    label: str
    default: int
    least: int
    most: int
    help: str


THRESHOLDS = (
    Threshold(
        "burst_ratio",
        "短期集中：倍数",
        3,
        2,
        100,
        "某部门某渠道一天的评价达到平时同类日子的多少倍，才作为线索。",
    ),
    Threshold(
        "burst_least",
        "短期集中：多出份数",
        20,
        5,
        100_000,
        "一天的评价至少比平时多出多少份，才作为线索。",
    ),
    Threshold(
        "text_least",
        "留言雷同：份数",
        10,
        5,
        100_000,
        "至少多少份留言几乎相同，才作为线索；很短的留言要两倍且占本部门留言的一成。",
    ),
    Threshold(
        "text_similarity",
        "留言雷同：相似度",
        80,
        50,
        100,
        "两份留言相同的三字片段占多大比例（%）算几乎相同。",
    ),
    Threshold(
        "block_least",
        "来源集中：份数",
        20,
        5,
        100_000,
        "同一来源（网段）至少多少份评价，才作为线索。",
    ),
    Threshold(
        "block_share",
        "来源集中：占比",
        5,
        1,
        100,
        "同一来源的评价至少占本部门本渠道的百分之多少，才作为线索。",
    ),
    Threshold(
        "straight_least",
        "各项同分：多出份数",
        20,
        5,
        100_000,
        "各项都选同一极端等级的评价，至少比其他部门的比例推算的多出多少份，才作为线索。",
    ),
    Threshold(
        "straight_points",
        "各项同分：百分点",
        15,
        5,
        100,
        "各项都选同一极端等级的比例，至少比其他部门高多少个百分点，才作为线索。",
    ),
)
