"""Trees as YAML: read safely, with the line of every fault; and the sample that ships."""

from collections import Counter
from pathlib import Path

import pytest

from server.indicators import document
from server.indicators.rules import DUTIES, OVERALL

SAMPLE = Path(__file__).parents[2] / "config" / "indicators.yaml"

TEXT = """\
name: 试行指标
note: 试行一季度
headings:
  - code: A
    name: 落实中心工作
    weight: 100
    leaves:
      - {code: A1, name: 进展, question: 推进得怎么样？, weight: 60, method: overall, duties: []}
      - code: A2
        name: 态度
        question: 服务态度怎么样？
        weight: 40
        method: 政务服务
        duties: [window]
"""


def faults_of(text: str) -> list[tuple[str, str]]:
    with pytest.raises(document.DocumentError) as caught:
        document.read(text)
    return [(fault.place, fault.message) for fault in caught.value.faults]


def test_a_document_is_read() -> None:
    found = document.read(TEXT)
    assert (found.name, found.note, found.is_sample) == ("试行指标", "试行一季度", False)
    assert [leaf["code"] for leaf in found.tree[0]["leaves"]] == ["A1", "A2"]


def test_a_fault_in_the_tree_is_told_with_its_line() -> None:
    assert faults_of(TEXT.replace("weight: 40", "weight: 4o")) == [
        (
            "headings.0.leaves.1.weight",
            "第 12 行：第 1 个一级指标的第 2 个子项：权重须大于 0、不超过 100，最多 4 位小数。",
        )
    ]


def test_a_missing_field_is_told_with_the_line_of_what_lacks_it() -> None:
    place, message = faults_of(TEXT.replace("        question: 服务态度怎么样？\n", ""))[0]
    assert place == "headings.0.leaves.1.question"
    assert message.startswith("第 9 行：")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: x\n  bad: [", 2),
        ('name: "never closed\nheadings: []\n', 3),
        ("name: x\nheadings:\n- code: A\n  name: y\n bad: 1\n", 5),
        ("name: !!python/object/apply:os.system [ls]\n", 1),
        ("name: 2026-99-99\n", 1),
        ("name: \x01\n", 1),
    ],
)
def test_a_syntax_error_is_told_with_its_line(text: str, line: int) -> None:
    assert faults_of(text) == [
        (f"line {line}", f"第 {line} 行：不是有效的 YAML，请检查缩进和引号。")
    ]


def test_a_field_that_stands_twice_is_told() -> None:
    faults = faults_of(
        TEXT.replace("        name: 态度\n", "        name: 态度\n        name: 又一\n")
    )
    assert faults == [("headings.0.leaves.1.name", "第 11 行：字段“name”重复。")]


@pytest.mark.parametrize("text", ["", "- a\n", "just text", "3"])
def test_a_text_that_is_no_mapping_is_told(text: str) -> None:
    assert faults_of(text)[0][0] == "line 1"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("name: 试行指标\n", ""), "name"),
        (("note: 试行一季度", "note: [1]"), "note"),
        (("note:", "sample: maybe\nnote:"), "sample"),
        (("note:", "author: 某\nnote:"), "author"),
    ],
)
def test_the_head_is_checked(change: tuple[str, str], place: str) -> None:
    assert [found for found, _ in faults_of(TEXT.replace(*change))] == [place]


def test_an_empty_note_is_none() -> None:
    assert document.read(TEXT.replace("试行一季度", "")).note == ""


def test_what_grows_when_read_is_refused() -> None:
    aliases = "a: &a [x, x]\nb: &b [*a, *a]\n"
    assert faults_of(aliases)[0][0] == "line 2"
    assert "嵌套过深" in faults_of("[" * 200_000)[0][1]
    assert "过大" in faults_of("# " + "x" * 600_000)[0][1]


def test_the_sample_is_sound_and_says_that_it_is_a_sample() -> None:
    found = document.read(SAMPLE.read_text())
    assert found.is_sample
    assert "示例" in found.name
    assert [heading["name"] for heading in found.tree] == [
        "落实中心工作",
        "优化办事服务",
        "正确履行职责",
        "严守纪律法律",
    ]


def test_the_sample_has_the_1_plus_6_shape_with_56_leaves() -> None:
    leaves = [
        leaf for heading in document.read(SAMPLE.read_text()).tree for leaf in heading["leaves"]
    ]
    assert len(leaves) == 56
    methods = Counter(leaf["method"] for leaf in leaves)
    assert len(methods) == 7
    assert methods[OVERALL] > 0
    assert {duty for leaf in leaves for duty in leaf["duties"]} == set(DUTIES)


def test_the_samples_questions_are_short_plain_and_each_its_own() -> None:
    questions = [
        leaf["question"]
        for heading in document.read(SAMPLE.read_text()).tree
        for leaf in heading["leaves"]
    ]
    assert all(question.endswith("怎么样？") and len(question) <= 30 for question in questions)
    assert len(set(questions)) == len(questions)
