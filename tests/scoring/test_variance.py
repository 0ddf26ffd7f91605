import math
import random
import statistics

import pytest

from server.scoring.variance import Answers, weighted_mean


def test_equal_weights_give_the_textbook_standard_error() -> None:
    values = [100, 80, 80, 60, 0, 100, 30]
    found = weighted_mean([Answers(value, 1, 2.5) for value in values])
    assert found.mean == pytest.approx(statistics.mean(values))
    assert found.standard_error == pytest.approx(statistics.stdev(values) / math.sqrt(7))
    assert found.raters == 7


def test_unequal_weights_by_hand() -> None:
    # Weights 1, 1, 2 on 0, 100, 100: mean 75; u = -18.75, 6.25, 12.5; v = 3/2 x 546.875
    found = weighted_mean([Answers(0, 1), Answers(100, 1), Answers(100, 1, 2)])
    assert found.mean == pytest.approx(75)
    assert found.standard_error == pytest.approx(math.sqrt(1.5 * 546.875))


def test_grouped_raters_are_the_same_as_single_ones() -> None:
    grouped = weighted_mean([Answers(80, 3, 1.5, "a"), Answers(30, 2, 0.5, "b")])
    single = weighted_mean([Answers(80, 1, 1.5, "a")] * 3 + [Answers(30, 1, 0.5, "b")] * 2)
    assert grouped == single


def test_strata_take_what_lies_between_them_out_of_the_variance() -> None:
    apart = [Answers(0, 1, 1, "a"), Answers(10, 1, 1, "a"), Answers(90, 1, 1, "b")]
    apart.append(Answers(100, 1, 1, "b"))
    together = [Answers(one.value, 1) for one in apart]
    assert weighted_mean(apart).standard_error < weighted_mean(together).standard_error
    # Each stratum: share 1/2, s² = 50, n = 2; v = 2 x (1/4 x 50/2)
    assert weighted_mean(apart).standard_error == pytest.approx(math.sqrt(12.5))


def test_the_only_rater_of_a_stratum_still_counts() -> None:
    found = weighted_mean([Answers(0, 5, 1, "a"), Answers(60, 1, 1, "b")])
    assert found.standard_error == pytest.approx(60 * (1 - 1 / 6) / 6)


def test_intervals_of_weighted_samples_cover_the_true_mean() -> None:
    bits = random.Random(20261123)  # noqa: S311 the same draws at every run
    hits = 0
    for _ in range(400):
        sample = [
            Answers(bits.choice([100, 80, 60, 30, 0]), 1, bits.choice([0.5, 1, 2]))
            for _ in range(60)
        ]
        interval = weighted_mean(sample).interval(0.95)
        hits += interval.low <= 54 <= interval.high
    assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize("answers", [[], [Answers(5, 1)], [Answers(5, 3, 0)]])
def test_what_has_no_variance_is_refused(answers: list[Answers]) -> None:
    with pytest.raises(ValueError, match="two raters"):
        weighted_mean(answers)
