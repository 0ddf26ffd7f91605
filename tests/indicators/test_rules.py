"""The rules of a tree: every fault is found, and told with its place."""

import copy
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from server.indicators.rules import (
    DUTIES,
    Fault,
    check_tree,
    method_label,
    plain,
    suggest_leaves,
    weight_of,
)

Tree = list[dict[str, Any]]


def leaf(code: str, weight: object = "50", **more: object) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"子项{code}",
        "question": "办事人员的服务态度怎么样？",
        "weight": weight,
        "method": "overall",
        "duties": [],
        **more,
    }


def small_tree() -> Tree:
    return [
        {
            "code": "A",
            "name": "落实中心工作",
            "weight": 60,
            "leaves": [leaf("A1", 20), leaf("A2", 40)],
        },
        {"code": "B", "name": "优化办事服务", "weight": 40, "leaves": [leaf("B1", 40)]},
    ]


def faults_after(place: str, value: object) -> list[Fault]:
    """Return the faults of the small tree with one place changed; ``...`` removes it."""
    tree: Any = small_tree()
    *path, last = [int(part) if part.isdigit() else part for part in place.split(".")[1:]]
    target = tree
    for part in path:
        target = target[part]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return check_tree(tree)


def test_a_sound_tree_has_no_fault() -> None:
    assert check_tree(small_tree()) == []


@pytest.mark.parametrize(
    ("place", "value", "word"),
    [
        ("headings.0.code", "", "编号"),
        ("headings.0.code", 1, "编号"),
        ("headings.0.code", "A 1", "编号"),
        ("headings.0.name", ..., "名称"),
        ("headings.0.name", "  ", "名称"),
        ("headings.0.name", "长" * 61, "最多 60 个字"),
        ("headings.0.name", "坏\x00", "无法保存"),
        ("headings.0.name", "坏\ud800", "无法保存"),
        ("headings.0.weight", ..., "权重"),
        ("headings.0.weight", 0, "权重"),
        ("headings.0.weight", -1, "权重"),
        ("headings.0.weight", "六十", "权重"),
        ("headings.0.weight", True, "权重"),
        ("headings.0.weight", float("nan"), "权重"),
        ("headings.0.weight", 100.5, "权重"),
        ("headings.0.weight", "59.99999", "权重"),
        ("headings.0.weight", [60], "权重"),
        ("headings.0.leaves", [], "没有子项"),
        ("headings.0.leaves", ..., "没有子项"),
        ("headings.0.leaves", "A1", "没有子项"),
        ("headings.0.leaves.1", "A2", "一组字段"),
        ("headings.0.leaves.1.name", None, "名称"),
        ("headings.0.leaves.1.question", ..., "问题"),
        ("headings.0.leaves.1.question", "问" * 101, "最多 100 个字"),
        ("headings.0.leaves.1.method", "", "评价办法"),
        ("headings.0.leaves.1.weight", "0.00001", "权重"),
        ("headings.0.leaves.1.duties", "window", "列表"),
        ("headings.0.leaves.1.duties", None, "列表"),
        ("headings.0.leaves.1.leaves", [], "不能再分层"),
        ("headings.0.leaves.1.wieght", 40, "不认识的字段"),
        ("headings.1", "B", "一组字段"),
    ],
)
def test_a_fault_is_told_at_its_place_and_no_other(place: str, value: object, word: str) -> None:
    faults = faults_after(place, value)
    assert [fault.place for fault in faults] == [place]
    assert word in faults[0].message


@pytest.mark.parametrize("duty", ["kitchen", "", 3, None, ["window"]])
def test_an_unknown_duty_is_told_at_its_place(duty: object) -> None:
    faults = faults_after("headings.0.leaves.1.duties", ["window", duty])
    assert [fault.place for fault in faults] == ["headings.0.leaves.1.duties.1"]


def test_a_duplicate_code_is_told_with_the_place_of_the_first() -> None:
    faults = faults_after("headings.1.leaves.0.code", "A2")
    assert faults == [
        Fault(
            "headings.1.leaves.0.code",
            "第 2 个一级指标的第 1 个子项：编号 A2 与第 1 个一级指标的第 2 个子项重复。",
        )
    ]


def test_a_leaf_must_not_have_the_code_of_a_heading() -> None:
    assert faults_after("headings.1.leaves.0.code", "B")[0].place == "headings.1.leaves.0.code"


def test_leaves_that_do_not_add_up_are_told_with_both_sums() -> None:
    faults = faults_after("headings.0.leaves.1.weight", "39.5")
    assert faults == [
        Fault(
            "headings.0.weight",
            "第 1 个一级指标：子项权重合计为 59.5，应等于该指标的权重 60。",
        )
    ]


def test_headings_that_do_not_add_up_to_100_are_told() -> None:
    tree = small_tree()
    tree[1]["weight"] = tree[1]["leaves"][0]["weight"] = 39
    assert check_tree(tree) == [Fault("headings", "一级指标权重合计为 99，应为 100。")]


@pytest.mark.parametrize("tree", [[], None, {}, "A", 3])
def test_no_tree_is_a_fault(tree: object) -> None:
    assert [fault.place for fault in check_tree(tree)] == ["headings"]


def test_a_tree_needs_a_leaf_for_every_department() -> None:
    tree = small_tree()
    for heading in tree:
        for one in heading["leaves"]:
            one["duties"] = ["window"]
    assert [fault.place for fault in check_tree(tree)] == ["headings"]


def test_a_tree_has_its_limits() -> None:
    assert check_tree(small_tree() * 11)[0].place == "headings"
    tree = small_tree()
    tree[0]["leaves"] = [leaf(f"L{number}", "0.1") for number in range(600)]
    assert "最多 300 个" in check_tree(tree)[0].message


def test_all_faults_are_told_at_once() -> None:
    tree = small_tree()
    tree[0]["name"] = ""
    tree[0]["leaves"][0]["question"] = ""
    tree[0]["leaves"][1]["code"] = "A1"
    tree[1]["weight"] = "none"
    places = [fault.place for fault in check_tree(tree)]
    assert places == [
        "headings.0.name",
        "headings.0.leaves.0.question",
        "headings.0.leaves.1.code",
        "headings.1.weight",
    ]


def test_what_is_shown_of_an_unknown_field_can_be_sent() -> None:
    faults = faults_after("headings.0.leaves.1.坏\ud800" + "长" * 50, 1)
    assert len(faults) == 1
    assert len(faults[0].message.encode()) < 200


def test_tenths_are_tenths() -> None:
    tree = small_tree()
    tree[0]["leaves"] = [leaf(f"A{number}", 0.1) for number in range(1, 11)]
    tree[0]["weight"] = 1
    tree[1]["leaves"][0]["weight"] = tree[1]["weight"] = 99.0
    assert check_tree(tree) == []


@given(some.decimals("0.0001", "100", places=4))
def test_a_weight_reads_the_same_from_text_decimal_and_float(weight: Decimal) -> None:
    assert weight_of(weight) == weight_of(str(weight)) == weight_of(float(weight)) == weight
    assert weight_of(plain(weight)) == weight


@some.composite
def sound_trees(draw: some.DrawFn) -> Tree:
    """Trees whose weights are cut from 100 in ten-thousandths."""
    cuts = draw(some.lists(some.integers(1, 999_999), min_size=0, max_size=40, unique=True))
    edges = [0, *sorted(cuts), 1_000_000]
    shares = [Decimal(b - a).scaleb(-4) for a, b in pairwise(edges)]
    tree: Tree = []
    while shares:
        size = draw(some.integers(max(1, len(shares) // 10), len(shares)))
        number, taken, shares = len(tree), shares[:size], shares[size:]
        leaves = [leaf(f"L{number}.{place}", str(one)) for place, one in enumerate(taken)]
        heading = {
            "code": f"H{number}",
            "name": "落实",
            "weight": str(sum(taken)),
            "leaves": leaves,
        }
        tree.append(heading)
    return tree


@given(sound_trees())
def test_weights_that_add_up_have_no_fault(tree: Tree) -> None:
    assert check_tree(tree) == []


@given(sound_trees(), some.data())
def test_any_one_weight_changed_is_noticed(tree: Tree, data: some.DataObject) -> None:
    heading = data.draw(some.sampled_from(tree))
    node = data.draw(some.sampled_from([heading, *heading["leaves"]]))
    node["weight"] = str(Decimal(node["weight"]) + Decimal("0.0001"))
    assert check_tree(tree)


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=12,
)


@given(sound_trees(), json_values, some.data())
def test_whatever_stands_in_a_place_is_a_fault_or_fine_but_never_a_crash(
    tree: Tree, value: object, data: some.DataObject
) -> None:
    broken = copy.deepcopy(tree)
    heading = data.draw(some.sampled_from(broken))
    node = data.draw(some.sampled_from([heading, *heading["leaves"]]))
    node[data.draw(some.sampled_from([*node, "other"]))] = value
    for fault in check_tree(broken):
        assert fault.place.startswith("headings")
        fault.message.encode()


def test_the_offices_method_has_a_name_and_the_others_are_their_own() -> None:
    assert method_label("overall") == "评价办总办法"
    assert method_label("营商环境") == "营商环境"


# Suggesting leaves.


@dataclass
class Node:
    id: int
    weight: Decimal
    parent_id: int | None = None
    position: int = 0
    duties: list[str] = field(default_factory=list)


def nodes(*headings: tuple[int, list[tuple[int, int, list[str]]]]) -> tuple[list[Node], list[Node]]:
    """Build headings and leaves from ``(id, [(id, weight, duties)])``."""
    tops: list[Node] = []
    below: list[Node] = []
    for number, inner in headings:
        tops.append(Node(number, Decimal(sum(weight for _, weight, _ in inner))))
        for one, weight, duties in inner:
            below.append(Node(one, Decimal(weight), number, len(below), duties))
    return tops, below


def test_every_heading_gets_a_leaf_before_the_heaviest_get_more() -> None:
    tops, below = nodes(
        (1, [(number, 9, []) for number in range(10, 25)]),
        (2, [(30, 1, [])]),
        (3, [(40, 2, []), (41, 3, [])]),
    )
    chosen = suggest_leaves(tops, below, [])
    assert len(chosen) == 10
    assert {30, 41} <= set(chosen)
    assert 40 not in chosen


def test_leaves_of_other_departments_are_left_out() -> None:
    tops, below = nodes((1, [(10, 1, ["window"]), (11, 9, ["project"]), (12, 1, [])]))
    assert suggest_leaves(tops, below, ["window"]) == [10, 12]
    assert suggest_leaves(tops, below, []) == [12]


def test_a_heading_without_a_fitting_leaf_is_passed_over() -> None:
    tops, below = nodes((1, [(10, 9, ["project"])]), (2, [(20, 1, [])]))
    assert suggest_leaves(tops, below, []) == [20]


def test_with_more_headings_than_room_the_heaviest_headings_are_asked() -> None:
    tops, below = nodes(*[(number, [(number * 10, number, [])]) for number in range(1, 13)])
    assert suggest_leaves(tops, below, [], most=3) == [100, 110, 120]


def test_leaves_come_in_the_trees_order_and_equal_weights_by_position() -> None:
    tops, below = nodes((1, [(13, 1, []), (12, 1, []), (11, 5, []), (10, 1, [])]))
    assert suggest_leaves(tops, below, [], most=3) == [13, 12, 11]
    assert suggest_leaves(tops, below[::-1], [], most=3) == [13, 12, 11]


@given(
    some.lists(
        some.lists(
            some.tuples(
                some.integers(1, 5), some.lists(some.sampled_from(sorted(DUTIES)), max_size=2)
            ),
            min_size=1,
            max_size=8,
        ),
        min_size=1,
        max_size=5,
    ),
    some.lists(some.sampled_from(sorted(DUTIES)), max_size=3),
)
def test_a_suggestion_is_short_fitting_and_without_repeats(
    tree: list[list[tuple[int, list[str]]]], duties: list[str]
) -> None:
    tops, below = nodes(
        *[
            (number, [(number * 100 + place, *one) for place, one in enumerate(inner)])
            for number, inner in enumerate(tree, start=1)
        ]
    )
    chosen = suggest_leaves(tops, below, duties)
    fitting = {one.id for one in below if not one.duties or set(one.duties) & set(duties)}
    assert len(chosen) == len(set(chosen)) == min(10, len(fitting))
    assert set(chosen) <= fitting
    assert {number // 100 for number in chosen} == {number // 100 for number in fitting}
