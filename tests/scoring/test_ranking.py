"""Departments beside each other, some of them certain."""

from decimal import Decimal

from server.campaigns.rules import Channel
from server.scoring.ranking import places
from server.scoring.rules import UNWEIGHTED
from server.scoring.snapshot import Cell, Department, Group, Levels
from server.scoring.tree import DepartmentNode, score_department
from tests.scoring.documents import small_scheme

SCHEME = small_scheme(
    channels=[{"channel": "hotline", "weight": "50"}, {"channel": "community", "weight": "50"}]
)


def scored(number: int, channel: Channel, levels: Levels, paired: int | None) -> DepartmentNode:
    cells = (Cell("", UNWEIGHTED, {"overall": levels}),)
    group = Group(channel, "", sum(levels.values()), cells, paired)
    return score_department(SCHEME, Department(number, "某局", (group,)))


def shrunk(*nodes: DepartmentNode) -> list[Decimal | None]:
    return [place.shrunk for place in places(nodes, level="0.95", seed=1)]


def hotlines(number: int) -> list[DepartmentNode]:
    return [
        scored(2 + one, Channel.HOTLINE, {5: 4, 4: 4 + one, 3: 3, 2: 1}, None)
        for one in range(number)
    ]


def test_one_of_many_paired_is_not_placed_as_if_all_had_rated() -> None:
    (first, *_) = places(
        [scored(1, Channel.COMMUNITY, {5: 1}, 20), *hotlines(6)], level="0.95", seed=1
    )
    assert (first.alone.best, first.alone.worst) == (1, 7)


def test_a_certain_score_is_not_shrunk_and_draws_no_other_to_itself() -> None:
    certain = scored(1, Channel.COMMUNITY, {3: 1}, 1)
    found = shrunk(certain, *hotlines(6))
    assert found[0] == Decimal("60.00")
    assert found[1:] == shrunk(*hotlines(6))


def test_where_too_few_are_uncertain_the_certain_keep_their_scores() -> None:
    certain = [scored(10 + one, Channel.COMMUNITY, {3: 1}, 1) for one in range(3)]
    assert shrunk(*certain, *hotlines(2)) == [Decimal("60.00")] * 3 + [None, None]
