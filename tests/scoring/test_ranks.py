import random

import pytest

from server.scoring.ranks import RankInterval, marginal, simultaneous


def ends(intervals: list[RankInterval]) -> list[tuple[int, int]]:
    return [(one.best, one.worst) for one in intervals]


def test_units_far_apart_have_their_rank_for_sure() -> None:
    assert ends(simultaneous([90, 70, 80], [0.5, 0.5, 0.5], seed=1)) == [(1, 1), (3, 3), (2, 2)]


def test_units_that_cannot_be_told_apart_may_have_any_rank() -> None:
    assert ends(simultaneous([80, 80.1, 80.2], [3, 3, 3], seed=1)) == [(1, 3)] * 3


def test_a_clear_winner_does_not_order_the_rest() -> None:
    assert ends(simultaneous([95, 80, 80.1], [1, 1, 1], seed=1)) == [(1, 1), (2, 3), (2, 3)]


def test_units_without_error_are_ranked_exactly_and_equal_ones_share_ranks() -> None:
    assert ends(simultaneous([3, 2, 2, 1], [0, 0, 0, 0], seed=1)) == [
        (1, 1),
        (2, 3),
        (2, 3),
        (4, 4),
    ]
    assert ends(marginal([5], [1], seed=1)) == [(1, 1)]


def test_the_same_seed_gives_the_same_intervals() -> None:
    bits = random.Random(3)  # noqa: S311 the same draws at every run
    means = [bits.gauss(75, 3) for _ in range(30)]
    errors = [bits.uniform(0.5, 3) for _ in means]
    assert simultaneous(means, errors, seed=11) == simultaneous(means, errors, seed=11)
    assert marginal(means, errors, seed=11) == marginal(means, errors, seed=11)


def test_an_interval_holds_the_estimated_rank_and_the_table_is_no_surer_than_one_unit() -> None:
    bits = random.Random(5)  # noqa: S311 the same draws at every run
    means = [bits.gauss(75, 4) for _ in range(25)]
    errors = [bits.uniform(0.5, 2) for _ in means]
    alone = marginal(means, errors, seed=2)
    table = simultaneous(means, errors, seed=2)
    for unit, mean in enumerate(means):
        rank = 1 + sum(other > mean for other in means)
        assert table[unit].best <= alone[unit].best <= rank
        assert rank <= alone[unit].worst <= table[unit].worst


def test_less_error_never_makes_the_best_unit_less_sure() -> None:
    wide = simultaneous([80, 78, 75], [1.5, 1.5, 1.5], seed=4)[0]
    narrow = simultaneous([80, 78, 75], [0.3, 0.3, 0.3], seed=4)[0]
    assert narrow.worst <= wide.worst


@pytest.mark.parametrize(
    "truth",
    [[70.0, 72, 74, 76, 78, 80], [75.0] * 6, [70.0, 70, 75, 75, 80, 80]],
    ids=["apart", "equal", "pairs"],
)
def test_the_true_ranks_are_covered_as_often_as_promised(truth: list[float]) -> None:
    bits = random.Random(20261123)  # noqa: S311 the same draws at every run
    errors = [0.8, 1.2, 1.6, 0.8, 1.2, 1.6]
    runs, all_at_once, first = 300, 0, 0
    for seed in range(runs):
        means = [bits.gauss(value, error) for value, error in zip(truth, errors, strict=True)]
        table = simultaneous(means, errors, seed=seed, draws=300)
        alone = marginal(means, errors, seed=seed, draws=300)
        # Where truths are equal, each of the ranks they share must be covered.
        true = [
            (1 + sum(other > value for other in truth), sum(other >= value for other in truth))
            for value in truth
        ]
        all_at_once += all(
            one.best <= best and worst <= one.worst
            for one, (best, worst) in zip(table, true, strict=True)
        )
        first += alone[0].best <= true[0][0] and true[0][1] <= alone[0].worst
    # 0.95 less three standard errors of 300 runs, and what 300 draws leave open.
    assert all_at_once / runs >= 0.90
    assert first / runs >= 0.90


def test_covering_is_not_had_by_saying_nothing() -> None:
    table = simultaneous([70, 72, 74, 76, 78, 80], [0.8] * 6, seed=1)
    # Six times all ranks would be 30.
    assert sum(one.worst - one.best for one in table) <= 10


@pytest.mark.parametrize(
    ("means", "errors", "level"),
    [([], [], 0.95), ([1], [1, 2], 0.95), ([1, 2], [1, -1], 0.95), ([1, 2], [1, 1], 1.0)],
)
def test_impossible_input_is_refused(means: list[float], errors: list[float], level: float) -> None:
    with pytest.raises(ValueError, match=r"standard error|confidence level"):
        simultaneous(means, errors, level=level, seed=1)
