"""What is withheld and what is not, case by case."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import comb
from typing import Any

import pytest

from server.campaigns.rules import Channel
from server.publication.bounds import Mean, narrow
from server.publication.differences import changes
from server.publication.disclosure import withhold
from server.publication.document import document
from server.publication.figures import Answers, Department, Figures, Group, Question
from server.publication.rules import Reason
from server.publication.simplex import Solutions
from server.publication.withheld import Cell
from tests.publication.cases import LIMIT, POINTS, basis


def mean(key: str, weight: int, value: int, *parts: Mean, shown: bool = True) -> Mean:
    return Mean((key,), Fraction(weight), Fraction(value), shown=shown, parts=list(parts))


def group(channel: Channel, persons: int, **known: int) -> Group:
    """Return a group in which everybody says 满意, of each question as many as are named."""
    answers = {
        code: Answers({4: number - 1, 3: 1, 0: persons - number}) for code, number in known.items()
    }
    return Group(channel, persons, {"overall": Answers({4: persons}), **answers}, {})


def department(*groups: Group) -> Department:
    codes = sorted({code for one in groups for code in one.answers} - {"overall"})
    return Department(1, "市民政局", tuple(Question(one, one, "") for one in codes), groups)


def choice(*groups: Group) -> Mapping[Cell, Reason]:
    return withhold(department(*groups), LIMIT, POINTS).cells


def test_nothing_is_withheld_where_everybody_answered() -> None:
    assert choice(group(Channel.OPEN, 30, A=30, B=30, C=10)) == {}


def test_a_group_of_few_persons_is_withheld_whole() -> None:
    found = withhold(department(group(Channel.OPEN, 9, A=9, B=9)), LIMIT, POINTS)
    assert found.groups == {"open": Reason.FEW_RATERS}
    assert set(found.cells.values()) == {Reason.FEW_RATERS}
    assert found.reasons == [Reason.FEW_RATERS]


def test_many_ratings_of_few_persons_are_withheld() -> None:
    visits = replace(group(Channel.SERVICE_CENTRE, 40, A=40), persons=9)
    assert withhold(department(visits), LIMIT, POINTS).groups


def test_signed_ratings_are_shown_however_few() -> None:
    assert choice(group(Channel.COMMUNITY, 1, A=1)) == {}
    assert choice(group(Channel.VILLAGE, 3, A=2)) == {}


def test_a_question_that_few_answered_is_withheld_with_the_least_answered_other_one() -> None:
    found = choice(group(Channel.OPEN, 30, A=30, B=9, C=12, D=30))
    assert found[Cell("open", "", "B")] is Reason.FEW_ANSWERS
    assert found[Cell("open", "", "C")] is Reason.COMPLEMENT
    assert Cell("open", "", "A") not in found
    assert Cell("open", "", "overall") not in found


def test_two_questions_of_few_protect_each_other() -> None:
    found = choice(group(Channel.OPEN, 30, A=30, B=4, C=6, D=30))
    assert set(found) == {Cell("open", "", "B"), Cell("open", "", "C")}


def test_a_question_that_nobody_in_a_large_group_answered_is_no_secret() -> None:
    assert choice(group(Channel.OPEN, 30, A=30, B=0)) == {}


def test_one_group_s_secret_costs_no_other_group_anything() -> None:
    found = choice(group(Channel.OPEN, 30, A=3, B=30), group(Channel.HOTLINE, 30, A=30, B=30))
    assert {cell.channel for cell in found} == {"open"}


def test_an_interval_is_what_a_mean_leaves_open() -> None:
    few, other = mean("few", 1, 80, shown=False), mean("other", 1, 60, shown=False)
    root = mean("root", 1, 70, few, other)
    narrow(root)
    assert (few.low, few.high) == (40, 100)
    root.value = Fraction(98)
    narrow(root)
    assert (few.low, few.high) == (96, 100)
    assert few.width < 10
    other.shown = True
    other.value = Fraction(96)
    narrow(root)
    assert few.width == 0


def test_an_interval_is_narrowed_through_several_means() -> None:
    few, other = mean("few", 3, 50, shown=False), mean("other", 1, 90, shown=False)
    inner = mean("inner", 1, 60, few, other, shown=False)
    beside = mean("beside", 1, 100)
    root = mean("root", 1, 80, inner, beside)
    narrow(root)
    assert (inner.low, inner.high) == (60, 60)
    assert (few.low, few.high) == (Fraction(140, 3), 80)


def test_what_two_equations_tell_together_is_told_but_for_rounding() -> None:
    half = Fraction(1, 2)
    first = {"a": half, "b": half}
    second = {"a": Fraction(1, 4), "b": Fraction(3, 4)}
    bounds = {key: (Fraction(0), Fraction(40), Fraction(100)) for key in ("a", "b")}
    one: dict[str, Fraction] = {"a": Fraction(1)}
    assert Solutions([first], bounds).range(one) == pytest.approx((0, 80.01))
    assert Solutions([first, first], bounds).range(one) == pytest.approx((0, 80.01))
    assert Solutions([first, second], bounds).range(one) == pytest.approx((39.975, 40.025))
    assert Solutions([first], bounds).range(first) == pytest.approx((39.995, 40.005))
    assert Solutions([first], {"b": bounds["b"]}).range({"b": half}) == pytest.approx(
        (19.995, 20.005)
    )


@pytest.mark.parametrize(
    ("cells", "blurred"),
    [
        # Two persons in a cell can have answered in 15 ways, less than a mean of 2 places tells.
        ([("0.8", 2), ("1.2", 10)], True),
        ([("1.0", 2), ("1.0", 10)], False),
        ([("0.8", 12), ("1.2", 30)], False),
        ([("0.8", 9), ("1.2", 30), ("1.1", 40)], False),
    ],
)
def test_weighted_means_of_small_cells_are_left_out(
    cells: list[tuple[str, int]], *, blurred: bool
) -> None:
    assert comb(6, 2) == 15
    known = tuple((Fraction(weight), number) for weight, number in cells)
    one = replace(
        department(group(Channel.SAMPLE, 42, A=42)), cells={("sample", "residents", "A"): known}
    )
    found = withhold(one, LIMIT, POINTS)
    assert (("sample", "residents") in found.blurred) is blurred


def test_the_smallest_group_of_a_larger_setting_holds() -> None:
    one = department(group(Channel.OPEN, 19, A=19))
    assert not withhold(one, 19, POINTS).groups
    assert withhold(one, 20, POINTS).groups


def published(*groups: Group) -> dict[str, Any]:
    one = department(*groups)
    found = withhold(one, LIMIT, POINTS)
    return document(Figures(basis(), (one,)), {one.id: found})


def test_what_is_withheld_leaves_no_trace_in_the_document() -> None:
    node = published(group(Channel.OPEN, 9, A=9), group(Channel.HOTLINE, 0))["departments"][0]
    assert node["channels"] == [
        {"channel": "open", "withheld": True},
        {"channel": "hotline", "withheld": True},
    ]
    assert node["leaves"][0]["channels"] == node["channels"]


def test_differences_name_each_figure_that_changed() -> None:
    old = published(group(Channel.OPEN, 12, A=12))
    assert changes(old, old) == []
    new = published(group(Channel.OPEN, 9, A=9))
    found = {change.place: (change.before, change.after) for change in changes(old, new)}
    assert found["channels", "open", "count"] == (12, None)
    assert found["channels", "open", "withheld"] == (None, True)
    assert found["leaves", "A", "channels", "open", "count"] == (12, None)


def sampled(answers: Mapping[int, int], lone: int, *codes: str) -> Department:
    """Return a panel of two stratum cells: many answers, and one person who weighs more."""
    light, heavy = Fraction(9, 10), Fraction(4)
    number = sum(answers.values())
    given = sum(int(POINTS[level]) * count for level, count in answers.items())
    value = (light * given + heavy * int(POINTS[lone])) / (light * number + heavy)
    together = Counter(answers) + Counter([lone])
    levels = {str(level): together.get(level, 0) for level in range(6)}
    figure = {"score": f"{float(value):.6f}", "reason": None, "weight": "100"}
    end = {**figure, "part": "own", "weight": "1", "levels": levels}
    indicators = [{**end, "code": code} for code in codes]
    panel = {**figure, "panel": "residents", "indicators": indicators}
    channel = {**figure, "channel": "sample", "panels": [panel]}
    tree = {"exact": figure, "channels": [channel]}
    answered = {code: Answers(dict(together)) for code in codes}
    group = Group(Channel.SAMPLE, number + 1, answered, {})
    cells = {("sample", "residents", code): ((light, number), (heavy, 1)) for code in codes}
    questions = tuple(Question(code, code, "") for code in codes if code != "overall")
    return Department(1, "市民政局", questions, (group,), tree=tree, cells=cells)


MANY = {5: 12, 4: 10, 3: 5, 2: 2, 1: 1}
ALL_SCORES = {("sample", "residents"), ("sample",), ()}


def test_no_score_above_a_blurred_panel_tells_a_single_person_s_answer() -> None:
    found = withhold(sampled(MANY, 1, "overall"), LIMIT, POINTS)
    assert ("sample", "residents") in found.blurred
    assert set(found.scores) == ALL_SCORES


def test_the_score_over_many_blurred_questions_is_shown_where_it_fits_many_answers() -> None:
    codes = ("overall", *(f"A{place}" for place in range(1, 11)))
    assert withhold(sampled(MANY, 3, *codes), LIMIT, POINTS).scores == {}
    # Few questions have few fits; and the highest score of all fits one way of answering alone.
    few = withhold(sampled(MANY, 3, "overall", "A1"), LIMIT, POINTS)
    assert few.scores or few.cells
    best = withhold(sampled(MANY, 5, *codes), LIMIT, POINTS)
    assert best.scores or best.cells
