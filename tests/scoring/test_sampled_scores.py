"""What must hold of a score of the sample survey, whatever its cells, weights and answers."""

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.campaigns.rules import Channel
from server.scoring.rules import LEVELS
from server.scoring.scheme import Scheme, build
from server.scoring.snapshot import Cell, Department, Group, Levels
from server.scoring.tree import DepartmentNode, ratings_in, score_department
from server.scoring.weighting import SampledCell, weights_of_cells
from tests.scoring.documents import scheme_document

PEOPLE = st.integers(10, 10**6)
ANSWERS = st.dictionaries(st.integers(0, 5), st.integers(0, 30), min_size=1)
CAPS = st.sampled_from([None, "1.5", "3"])
CELLS = st.lists(st.tuples(PEOPLE, ANSWERS), min_size=1, max_size=8).filter(
    lambda cells: sum(sum(levels.values()) for _, levels in cells) >= 10
)


def survey(cap: str | None) -> Scheme:
    panel = {"code": "residents", "name": "普通群众", "weight": "100", "cap": cap}
    channels = [{"channel": "sample", "weight": "100", "panels": [panel]}]
    return build(scheme_document(channels=channels))


def weigh(scheme: Scheme, cells: Mapping[str, tuple[int, Levels]]) -> dict[str, Decimal]:
    return weights_of_cells(
        scheme.channels[0].panels[0],
        [
            SampledCell(name, people, sum(levels.values()))
            for name, (people, levels) in cells.items()
        ],
    )


def scored(scheme: Scheme, cells: Mapping[str, tuple[int, Levels]]) -> DepartmentNode:
    """Score a department whose raters answer every question of a scheme alike."""
    weights = weigh(scheme, cells)
    leaves = [leaf.code for leaf in scheme.leaves]
    found = tuple(
        Cell(name, weights[name], dict.fromkeys(leaves, levels))
        for name, (_, levels) in cells.items()
    )
    group = Group(Channel.SAMPLE, "residents", sum(map(ratings_in, found)), found)
    return score_department(scheme, Department(1, "市民政局", (group,)))


def named(cells: list[tuple[int, dict[int, int]]]) -> dict[str, tuple[int, dict[int, int]]]:
    return {f"层={number}": cell for number, cell in enumerate(cells)}


@settings(max_examples=60, deadline=None)
@given(CELLS, CAPS, st.data())
def test_a_better_rating_never_lowers_a_score(
    cells: list[tuple[int, dict[int, int]]], cap: str | None, data: st.DataObject
) -> None:
    scheme = survey(cap)
    place = data.draw(st.integers(0, len(cells) - 1))
    people, levels = cells[place]
    worse, better = sorted(data.draw(st.sets(st.sampled_from(LEVELS), min_size=2, max_size=2)))

    def with_one_more(level: int) -> Decimal | None:
        changed = {**levels, level: levels.get(level, 0) + 1}
        return scored(
            scheme, named([*cells[:place], (people, changed), *cells[place + 1 :]])
        ).figure.score

    low, high = with_one_more(worse), with_one_more(better)
    assert low is not None
    assert high is not None
    assert low <= high


@settings(max_examples=40, deadline=None)
@given(CELLS, CAPS)
def test_the_ends_of_the_scale_are_reached_whatever_cells_weigh(
    cells: list[tuple[int, dict[int, int]]], cap: str | None
) -> None:
    for level, score in ((5, 100), (1, 0)):
        alike = [(people, {level: sum(levels.values())}) for people, levels in cells]
        assert scored(survey(cap), named(alike)).score == score


@settings(max_examples=40, deadline=None)
@given(CELLS, CAPS)
def test_do_not_know_leaves_the_denominator_in_every_cell(
    cells: list[tuple[int, dict[int, int]]], cap: str | None
) -> None:
    assume(any(number for _, levels in cells for level, number in levels.items() if level))
    scheme, whole_survey = survey(cap), named(cells)
    (panel,) = scored(scheme, whole_survey).channels[0].panels
    overall = next(one for one in panel.indicators if one.leaf.code == "overall")
    weights = weigh(scheme, whole_survey)
    answers = [
        (weights[name], level, number)
        for name, (_, levels) in whole_survey.items()
        for level, number in levels.items()
        if level
    ]
    whole = sum(weight * number for weight, _, number in answers)
    mean = sum(weight * scheme.points[level] * number for weight, level, number in answers) / whole
    assert overall.figure.score is not None
    assert abs(overall.figure.score - mean) <= Decimal("0.0000005")


@settings(max_examples=40, deadline=None)
@given(CELLS)
def test_equal_shares_give_the_unweighted_score(
    cells: list[tuple[int, dict[int, int]]],
) -> None:
    alike = [(10 * sum(levels.values()) or 10, levels) for _, levels in cells]
    whole: dict[int, int] = {}
    for _, levels in cells:
        for level, number in levels.items():
            whole[level] = whole.get(level, 0) + number
    weighted, plain = scored(survey(None), named(alike)), scored(survey(None), named([(10, whole)]))
    assert weighted.figure == plain.figure
    assert weighted.channels[0].panels[0].design_effect == 1
