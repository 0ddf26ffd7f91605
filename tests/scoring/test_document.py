import time
from pathlib import Path

import pytest
import yaml

from server.indicators import document as indicators
from server.scoring import document
from server.scoring.checks import check_scheme
from server.scoring.scheme import build, canonical_document
from tests.scoring.documents import scheme_document

SAMPLE = Path(__file__).parents[2] / "config" / "indicators.yaml"


def test_a_scheme_comes_back_from_its_text() -> None:
    canonical = canonical_document(build(scheme_document()))
    found, faults = document.read(document.write(canonical))
    assert faults == []
    assert found == canonical


def test_levels_and_weights_may_be_written_as_numbers() -> None:
    text = document.write({**scheme_document(), "levels": {5: 100, 4: 80, 3: 60, 2: 30, 1: 0}})
    found, faults = document.read(text.replace("weight: '20'", "weight: 20.0"))
    assert faults == []
    assert found is not None
    assert canonical_document(build(found)) == canonical_document(build(scheme_document()))


def test_a_fault_is_told_with_its_line() -> None:
    text = document.write(scheme_document())
    lines = text.splitlines()
    line = 1 + next(place for place, one in enumerate(lines) if "service_centre" in one)
    _, faults = document.read(text.replace("service_centre", "telephone"))
    assert [fault.place for fault in faults] == ["channels.1.channel"]
    assert faults[0].message.startswith(f"第 {line} 行：")


@pytest.mark.parametrize(
    "text", ["", "- 1", "name: [", "a: &x 1\nb: *x", "[" * 40, "name: 甲\nname: 乙"]
)
def test_what_is_no_scheme_is_refused(text: str) -> None:
    found, faults = document.read(text)
    assert found is None
    assert faults


def test_the_shipped_indicators_make_a_scheme_of_1_and_6_methods() -> None:
    tree = indicators.read(SAMPLE.read_text()).tree
    for heading in tree:
        heading["weight"] = str(heading["weight"])
        for leaf in heading["leaves"]:
            leaf["weight"] = str(leaf["weight"])
    started = document.starting_document("试行", tree)
    assert check_scheme(started) == []
    scheme = build(started)
    assert len(scheme.parts) == 7
    assert len(scheme.leaves) == 56
    assert scheme.parts[0].code == "overall"
    assert yaml.safe_load(document.write(started)) == started


@pytest.mark.parametrize("weight", ["010", "1_0", "0x0a", "0:10", "１０"])
def test_numbers_that_yaml_reads_otherwise_than_people_are_told_with_their_line(
    weight: str,
) -> None:
    lines = document.write(scheme_document()).splitlines()
    line = next(place for place, one in enumerate(lines) if "community" in one) + 1
    assert lines[line] == "  weight: '10'"
    lines[line] = f"  weight: {weight}"
    found, faults = document.read("\n".join(lines))
    assert found is None
    assert faults[0].place == "channels.2.weight"
    assert faults[0].message.startswith(f"第 {line + 1} 行：")


@pytest.mark.parametrize(
    "text",
    ["a:\n" + "- 1\n" * 120_000, "{" + ",".join(f"a{one}: 1" for one in range(40_000)) + "}"],
    ids=["list", "fields"],
)
def test_a_text_of_very_many_parts_is_refused_before_it_is_read_to_its_end(text: str) -> None:
    began = time.process_time()
    (fault,) = document.read(text)[1]
    assert "内容过多" in fault.message
    assert time.process_time() - began < 4
