"""What a scheme is refused for, and where the fault is said to be."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.scoring.checks import check_scheme
from server.scoring.scheme import build, canonical_document, digest
from tests.scoring.documents import scheme_document


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the small scheme with another value at a path; ``...`` takes it away."""
    document = copy.deepcopy(scheme_document())
    *steps, last = path.split(".")
    node: Any = document
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    key: Any = int(last) if isinstance(node, list) else last
    if value is ...:
        del node[key]
    else:
        node[key] = value
    return document


def places(document: object) -> list[str]:
    return [fault.place for fault in check_scheme(document)]


def test_the_small_scheme_has_no_fault() -> None:
    assert check_scheme(scheme_document()) == []


def test_defaults_may_be_left_out() -> None:
    document = scheme_document()
    for key in ("scheme", "note", "smallest_group", "interval_level", "least_weight"):
        del document[key]
    assert check_scheme(document) == []
    assert canonical_document(build(document)) == canonical_document(build(scheme_document()))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("scheme", 2, "scheme"),
        ("name", " ", "name"),
        ("name", "一" * 61, "name"),
        ("name", "方\x00案", "name"),
        ("note", 5, "note"),
        ("more", 1, "more"),
        ("levels", {"5": 100, "4": 80}, "levels"),
        ("levels", [100, 80, 60, 30, 0], "levels"),
        ("levels.5", "99", "levels"),
        ("levels.1", "50", "levels"),
        ("levels.2", "70", "levels"),
        ("levels.3", "NaN", "levels"),
        ("levels.3", True, "levels"),
        ("levels.3", "1e-9", "levels"),
        ("parts.1.levels.1", "1", "parts.1.levels"),
        ("smallest_group", 9, "smallest_group"),
        ("smallest_group", "10", "smallest_group"),
        ("smallest_group", 101, "smallest_group"),
        ("interval_level", "0.5", "interval_level"),
        ("least_weight", "0", "least_weight"),
        ("parts", [], "parts"),
        ("parts.0", "评价办", "parts.0"),
        ("parts.0.owner", ..., "parts.0.owner"),
        ("parts.0.organisation", "7", "parts.0.organisation"),
        ("parts.0.weight", "-5", "parts.0.weight"),
        ("channels.0.channel", "telephone", "channels.0.channel"),
        ("channels.1.channel", ["open"], "channels.1.channel"),
        ("channels.2.channel", "service_centre", "channels.2.channel"),
        ("channels.1.panels", [{"code": "a"}], "channels.1.panels"),
        ("channels.0.panels", ..., "channels.0.panels"),
        ("channels.0.panels.1.code", "deputies", "channels.0.panels.1.code"),
        ("channels.0.panels.1.cap", "1", "channels.0.panels.1.cap"),
        ("channels.0.panels.1.margins", {"区;县": {"东": 5}}, "channels.0.panels.1.margins.区;县"),
        ("channels.0.panels.1.margins", {"区": {"东": 0}}, "channels.0.panels.1.margins.区"),
        ("channels.0.panels.1.margins", {"区": {"东": 1.5}}, "channels.0.panels.1.margins.区"),
        ("channels.0.panels.1.margins", {"区": {}}, "channels.0.panels.1.margins.区"),
        (
            "channels.0.panels.1.margins",
            {"区": {"东": 5}, "龄": {"老": 6}},
            "channels.0.panels.1.margins",
        ),
        ("headings.1.code", "A1", "headings.1.code"),
        ("headings.0.leaves", [], "headings.0.leaves"),
        ("headings.0.leaves.1.code", "A 2", "headings.0.leaves.1.code"),
    ],
)
def test_a_fault_is_told_with_its_place(path: str, value: Any, place: str) -> None:
    assert place in places(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value", "place", "said"),
    [
        ("channels.1.weight", "21", "channels", "权重合计为 101，应为 100"),
        ("channels.0.panels.0.weight", "25.0001", "channels.0.panels", "100.0001"),
        ("headings.1.weight", "31", "headings", "101"),
        ("headings.0.leaves.0.weight", "29", "headings.0.leaves", "69，应为 70"),
        ("parts.0.weight", "59", "parts", "99"),
    ],
)
def test_weights_must_add_up_exactly(path: str, value: str, place: str, said: str) -> None:
    faults = {fault.place: fault.message for fault in check_scheme(changed(path, value))}
    assert said in faults[place]


def test_a_method_weighs_what_its_indicators_weigh() -> None:
    document = scheme_document()
    document["parts"][0]["weight"], document["parts"][1]["weight"] = "50", "50"
    assert places(document) == ["parts.0.weight", "parts.1.weight"]


def test_an_indicator_of_an_unknown_method_is_refused() -> None:
    assert "headings.1.leaves.0.part" in places(changed("headings.1.leaves.0.part", "seventh"))


def test_self_chosen_ratings_are_never_the_only_basis() -> None:
    document = changed("channels", [{"channel": "enterprise_online", "weight": "100"}])
    (fault,) = check_scheme(document)
    assert fault.place == "channels"
    assert "唯一依据" in fault.message


def test_self_chosen_ratings_weigh_no_more_than_half() -> None:
    def faults(own: str, other: str) -> list[tuple[str, str]]:
        channels = [
            {"channel": "enterprise_online", "weight": own},
            {"channel": "community", "weight": other},
        ]
        return [(one.place, one.message) for one in check_scheme(changed("channels", channels))]

    assert faults("50", "50") == []
    ((place, message),) = faults("99.9999", "0.0001")
    assert place == "channels.0.weight"
    assert "最多 50" in message


@pytest.mark.parametrize("weight", ["２０", "2_0", " 20 ", "2e1", "+20", "0x14", "٢٠", True, None])
def test_a_weight_that_people_would_read_otherwise_is_refused(weight: object) -> None:
    document = scheme_document()
    document["channels"][1]["weight"] = weight
    assert [one.place for one in check_scheme(document)] == ["channels.1.weight"]


@pytest.mark.parametrize("points", ["８０", "8_0", " 80", "8e1"])
def test_points_are_read_as_strictly(points: str) -> None:
    document = scheme_document()
    document["levels"]["4"] = points
    assert [one.place for one in check_scheme(document)] == ["levels"]


@pytest.mark.parametrize("document", [None, [], "方案", 5, {}])
def test_what_is_no_scheme_at_all_is_refused(document: object) -> None:
    assert check_scheme(document)


def test_a_tenth_is_a_tenth_however_it_is_written() -> None:
    text = changed("channels.1.weight", "20")
    number = changed("channels.1.weight", 20)
    padded = changed("channels.1.weight", "20.0")
    assert digest(build(text)) == digest(build(number)) == digest(build(padded))


def test_another_content_has_another_digest() -> None:
    raised = changed("smallest_group", 11)
    assert digest(build(raised)) != digest(build(scheme_document()))


PATHS = [
    "levels",
    "levels.4",
    "note",
    "parts.1",
    "parts.1.code",
    "parts.1.levels",
    "parts.0.organisation",
    "channels.0",
    "channels.0.channel",
    "channels.0.panels",
    "channels.0.panels.1",
    "channels.0.panels.1.cap",
    "channels.0.panels.1.margins",
    "channels.0.panels.1.margins.区县",
    "headings",
    "headings.0.leaves.1",
    "headings.0.leaves.1.part",
    "headings.0.leaves.1.weight",
    "interval_level",
    "smallest_group",
    "least_weight",
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), anything)
def test_whatever_stands_in_a_document_is_refused_or_understood(path: str, value: Any) -> None:
    document = changed(path, value)
    if check_scheme(document) == []:
        canonical = canonical_document(build(document))
        assert build(canonical) == build(document)
        assert digest(build(canonical)) == digest(build(document))


def test_the_canonical_document_says_the_same_again() -> None:
    scheme = build(scheme_document())
    document = canonical_document(scheme)
    assert check_scheme(document) == []
    assert build(document) == scheme
