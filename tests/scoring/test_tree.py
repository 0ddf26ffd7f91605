"""The score tree: by hand, and by what must hold for every scheme."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.campaigns.rules import Channel
from server.scoring.checks import check_scheme
from server.scoring.rules import LEVELS
from server.scoring.scheme import Scheme, build
from server.scoring.snapshot import Cell, Department, Group, Levels
from server.scoring.tree import DepartmentNode, score_department
from tests.scoring.documents import everybody, scheme_document, small_scheme

ONE = Decimal(1)
CENTRE_AND_X = [
    {"channel": "service_centre", "weight": "60"},
    {"channel": "enterprise_online", "weight": "40"},
]


def scored(scheme: Scheme, *groups: Group) -> DepartmentNode:
    return score_department(scheme, Department(1, "市民政局", groups))


def group(channel: Channel, raters: int, leaves: dict[str, Levels], panel: str = "") -> Group:
    return Group(channel, panel, raters, (Cell("", ONE, leaves),))


def test_a_score_by_hand() -> None:
    scheme = small_scheme(channels=CENTRE_AND_X)
    node = scored(
        scheme,
        group(
            Channel.SERVICE_CENTRE,
            20,
            {"A1": {5: 10, 4: 10}, "A2": {4: 8, 2: 4, 0: 8}, "overall": {3: 20}},
        ),
        group(Channel.ENTERPRISE_ONLINE, 12, {"A1": {1: 12}, "A2": {0: 12}, "overall": {5: 12}}),
    )
    centre, own = node.channels
    scores = [one.figure.score for one in centre.panels[0].indicators]
    # A2 goes by its own method's map: (8 x 75 + 4 x 20) / 12
    assert scores == [Decimal("90.000000"), Decimal("56.666667"), Decimal("60.000000")]
    # (30 x 90 + 40 x 56.666667 + 30 x 60) / 100
    assert centre.figure.score == Decimal("67.666667")
    # A2 has no answer but 不了解 and leaves the mean: (30 x 0 + 30 x 100) / 60
    assert own.figure.score == Decimal("50.000000")
    # (60 x 67.666667 + 40 x 50) / 100
    assert node.figure.score == Decimal("60.600000")
    assert node.score == Decimal("60.60")


def test_standard_errors_by_hand() -> None:
    scheme = small_scheme(channels=CENTRE_AND_X)
    node = scored(
        scheme,
        group(Channel.SERVICE_CENTRE, 10, {"overall": {5: 5, 1: 5}}),
        group(Channel.ENTERPRISE_ONLINE, 10, {"overall": {5: 5, 1: 5}}),
    )
    # s² = 10/9 x 10 x 50² / 10² from the answers, (50² + 50²) / 90 from one more at each end.
    assert node.channels[0].figure.standard_error == Decimal("18.257419")
    # √((60² + 40²) x s²) / 100
    assert node.figure.standard_error == Decimal("13.165612")
    assert (node.score, node.low, node.high) == (
        Decimal("50.00"),
        Decimal("24.20"),
        Decimal("75.80"),
    )


def test_answers_to_several_questions_are_not_taken_for_several_raters() -> None:
    scheme = small_scheme(channels=CENTRE_AND_X)
    levels = {5: 5, 1: 5}
    leaves = dict.fromkeys(("A1", "A2", "overall"), levels)
    panel = scored(scheme, group(Channel.SERVICE_CENTRE, 10, leaves)).channels[0].panels[0]
    assert panel.figure.standard_error == Decimal("18.257419")


def test_answers_that_agree_are_not_certainty() -> None:
    def error(raters: int) -> Decimal:
        groups = group(Channel.SERVICE_CENTRE, raters, {"overall": {5: raters}})
        found = scored(small_scheme(channels=CENTRE_AND_X), groups).figure.standard_error
        assert found is not None
        return found

    # √(100² / (n (n − 1)))
    assert error(20) == Decimal("5.129892")
    assert error(20) > error(200) > error(20_000) > 0


def test_one_answer_has_the_largest_error_there_is() -> None:
    node = scored(
        small_scheme(channels=CENTRE_AND_X),
        group(Channel.SERVICE_CENTRE, 10, {"overall": {5: 1, 0: 9}}),
    )
    assert node.figure.standard_error == Decimal("50.000000")


def test_cells_weigh_as_the_snapshot_says() -> None:
    cells = (
        Cell("区县=东区", Decimal("1.500000"), {"overall": {5: 10}}),
        Cell("区县=西区", Decimal("0.500000"), {"overall": {1: 10}}),
    )
    node = scored(small_scheme(), Group(Channel.SAMPLE, "residents", 20, cells))
    indicator = node.channels[0].panels[1].indicators[2]
    assert indicator.figure.score == Decimal("75.000000")
    assert indicator.levels == {5: 10, 4: 0, 3: 0, 2: 0, 1: 10, 0: 0}


def test_a_group_below_the_smallest_one_does_not_enter_the_score() -> None:
    scheme = small_scheme(channels=CENTRE_AND_X)
    enough = group(Channel.SERVICE_CENTRE, 10, {"overall": {4: 10}})
    few = group(Channel.ENTERPRISE_ONLINE, 9, {"overall": {1: 9}})
    node = scored(scheme, enough, few)
    assert node.score == Decimal("80.00")
    assert node.channels[1].reason == "too_few"
    assert scored(scheme, few).reason == "too_few"
    assert scored(scheme).reason == "no_ratings"


def test_the_smallest_group_does_not_hold_for_signed_ratings() -> None:
    channels = [
        {"channel": "community", "weight": "50"},
        {"channel": "village", "weight": "50"},
    ]
    node = scored(small_scheme(channels=channels), group(Channel.COMMUNITY, 1, {"overall": {3: 1}}))
    assert node.score == Decimal("60.00")


def signed(raters: int, levels: Levels, paired: int | None) -> Group:
    cells = (Cell("", ONE, {"overall": levels}),)
    return Group(Channel.COMMUNITY, "", raters, cells, paired)


@pytest.mark.parametrize(
    ("paired", "error"),
    [
        # 50 x √(1 − 1/N)
        (1, "0.000000"),
        (2, "35.355339"),
        (3, "40.824829"),
        # Nothing is known of the whole.
        (None, "50.000000"),
        (0, "50.000000"),
    ],
)
def test_one_signed_rating_is_certain_where_nobody_else_is_paired(
    paired: int | None, error: str
) -> None:
    channels = [
        {"channel": "community", "weight": "50"},
        {"channel": "service_centre", "weight": "50"},
    ]
    node = scored(
        small_scheme(channels=channels),
        signed(1, {3: 1}, paired),
        group(Channel.SERVICE_CENTRE, 20, {"overall": {5: 20}}),
    )
    own, sampled = (channel.figure.standard_error for channel in node.channels)
    assert own == Decimal(error)
    assert sampled == Decimal("5.129892")


def test_the_more_of_the_paired_rated_the_more_certain_they_are_together() -> None:
    scheme = small_scheme(channels=[{"channel": "community", "weight": "100"}])

    def error(paired: int | None) -> Decimal:
        found = scored(scheme, signed(4, {5: 2, 3: 2}, paired)).figure.standard_error
        assert found is not None
        return found

    assert error(4) == 0
    # √(1 − 4/16) of what four raters of an endless number would have.
    assert error(16) == (error(None) * Decimal("0.75").sqrt()).quantize(Decimal("0.000001"))
    assert 0 < error(5) < error(16) < error(1000) < error(None)
    # Fewer paired than rated: no share of anything.
    assert error(3) == error(None)


def test_self_chosen_ratings_are_at_most_half_of_what_a_department_has() -> None:
    channels = [
        {"channel": "enterprise_online", "weight": "49"},
        {"channel": "service_centre", "weight": "50"},
        {"channel": "community", "weight": "1"},
    ]
    scheme = small_scheme(channels=channels)
    own = group(Channel.ENTERPRISE_ONLINE, 12, {"overall": {5: 12}})
    node = scored(scheme, own, signed(1, {1: 1}, 1))
    assert (node.score, node.reason) == (None, "only_self_chosen")
    centre = group(Channel.SERVICE_CENTRE, 12, {"overall": {5: 12}})
    assert scored(scheme, own, centre).score == Decimal("100.00")
    half = small_scheme(channels=[{**channels[0], "weight": "50"}, channels[1]])
    assert scored(half, own, centre).score == Decimal("100.00")


def test_self_chosen_ratings_alone_give_no_score() -> None:
    node = scored(
        small_scheme(channels=CENTRE_AND_X, least_weight="1"),
        group(Channel.ENTERPRISE_ONLINE, 500, {"overall": {5: 500}}),
    )
    assert node.score is None
    assert node.reason == "only_self_chosen"


def test_channels_of_too_little_weight_give_no_score() -> None:
    ratings = group(Channel.COMMUNITY, 5, {"overall": {5: 5}})
    assert scored(small_scheme(), ratings).reason == "too_little_weight"
    assert scored(small_scheme(least_weight="10"), ratings).score == Decimal("100.00")


def test_each_method_has_its_own_figure() -> None:
    node = score_department(small_scheme(), everybody({4: 10}, 10, scheme=small_scheme()))
    assert node.parts["overall"].score == Decimal("80.000000")
    assert node.parts["business"].score == Decimal("75.000000")
    assert node.score == Decimal("78.00")


weight_lists = st.lists(st.integers(1, 50), min_size=1, max_size=5)
maps = st.lists(st.integers(0, 100), min_size=3, max_size=3).map(
    lambda middle: [100, *sorted(middle, reverse=True), 0]
)


def hundred(parts: list[int]) -> list[str]:
    """Return weights in the proportion of ``parts`` that add up to exactly 100."""
    total = sum(parts)
    shares = [Decimal(100 * part) / total for part in parts[:-1]]
    shares = [share.quantize(Decimal("0.0001")) for share in shares]
    return [str(share) for share in [*shares, 100 - sum(shares, Decimal(0))]]


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    leaf_weights = hundred(draw(weight_lists))
    part_of = [draw(st.sampled_from(["p", "q"])) for _ in leaf_weights]
    used = sorted(set(part_of))
    parts: list[dict[str, Any]] = [
        {
            "code": code,
            "name": code,
            "owner": "某局",
            "weight": str(
                sum(
                    Decimal(weight)
                    for weight, part in zip(leaf_weights, part_of, strict=True)
                    if part == code
                )
            ),
            "levels": dict(zip("54321", draw(maps), strict=True)),
        }
        for code in used
    ]
    channels = ["service_centre", *draw(st.sets(st.sampled_from(["open", "enterprise_online"])))]
    parts_of = draw(st.lists(st.integers(1, 9), min_size=3, max_size=3))[: len(channels)]
    # The service centre's is the largest, so that X has no more than half.
    weights = hundred(sorted(parts_of, reverse=True))
    document = scheme_document(
        parts=parts,
        channels=[
            {"channel": code, "weight": weight}
            for code, weight in zip(channels, weights, strict=True)
        ],
        headings=[
            {
                "code": f"H{index}",
                "name": "一级",
                "weight": weight,
                "leaves": [{"code": f"L{index}", "name": "子项", "weight": weight, "part": part}],
            }
            for index, (weight, part) in enumerate(zip(leaf_weights, part_of, strict=True))
        ],
        least_weight="0.0001",
    )
    assert check_scheme(document) == []
    return build(document)


@st.composite
def ratings(draw: st.DrawFn, scheme: Scheme) -> list[Group]:
    counts = st.dictionaries(
        st.sampled_from([*LEVELS, 0]), st.integers(0, 30), min_size=1, max_size=6
    )
    return [
        group(part.channel, 50, {leaf.code: draw(counts) for leaf in scheme.leaves})
        for part in scheme.channels
    ]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_better_rating_never_lowers_a_score(data: st.DataObject) -> None:
    scheme = data.draw(schemes())
    groups = data.draw(ratings(scheme))
    channel = data.draw(st.integers(0, len(groups) - 1))
    code = data.draw(st.sampled_from([leaf.code for leaf in scheme.leaves]))
    worse, better = sorted(data.draw(st.sets(st.sampled_from(LEVELS), min_size=2, max_size=2)))

    def with_one_more(level: int) -> DepartmentNode:
        changed = groups[channel]
        leaves = {key: dict(levels) for key, levels in changed.cells[0].leaves.items()}
        leaves[code][level] = leaves[code].get(level, 0) + 1
        others = [one for place, one in enumerate(groups) if place != channel]
        return scored(scheme, *others, group(changed.channel, 50, leaves))

    low, high = with_one_more(worse), with_one_more(better)
    assert (low.score is None) == (high.score is None)
    if low.score is not None and high.score is not None:
        assert low.score <= high.score
    for before, after in zip(low.parts.values(), high.parts.values(), strict=True):
        if before.score is not None and after.score is not None:
            assert before.score <= after.score


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_do_not_know_changes_no_score(data: st.DataObject) -> None:
    scheme = data.draw(schemes())
    groups = data.draw(ratings(scheme))
    more = [
        group(
            one.channel,
            one.raters,
            {code: {**levels, 0: 99} for code, levels in one.cells[0].leaves.items()},
        )
        for one in groups
    ]
    assert scored(scheme, *groups).figure == scored(scheme, *more).figure


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(10, 10**6))
def test_the_ends_of_the_scale_are_reached_exactly(data: st.DataObject, raters: int) -> None:
    scheme = data.draw(schemes())
    best = score_department(scheme, everybody({5: raters}, raters, scheme=scheme))
    worst = score_department(scheme, everybody({1: raters}, raters, scheme=scheme))
    assert best.figure.score == 100
    assert worst.figure.score == 0


@pytest.mark.parametrize("raters", [10, 10**9])
def test_large_counts_are_worked_out_exactly(raters: int) -> None:
    scheme = small_scheme()
    node = score_department(
        scheme, everybody({5: raters, 4: raters, 2: raters}, raters, scheme=scheme)
    )
    assert node.parts["overall"].score == Decimal("70.000000")
