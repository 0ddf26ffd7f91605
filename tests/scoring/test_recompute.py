"""The same file gives the same bytes; what differs is told."""

import copy
import json
from decimal import ROUND_DOWN, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from server.campaigns.rules import Channel
from server.scoring import canonical, snapshot
from server.scoring.recompute import DifferentResultError, RecomputeError, recompute
from server.scoring.result import result
from server.scoring.scheme import canonical_document
from server.scoring.snapshot import Cell, Department, Group
from tests.scoring.documents import everybody, scheme_document, small_scheme, snapshot_of

PUBLISHED = Path(__file__).parent / "data" / "published.json"


def departments() -> list[Department]:
    """Return three departments: two of all channels, one that only enterprises rated."""
    scheme = small_scheme()
    first = everybody({5: 20, 4: 10, 2: 3, 0: 4}, 33, scheme=scheme)
    cells = (
        Cell("区县=东区", Decimal("0.800000"), {"A1": {5: 9, 3: 4}, "overall": {4: 13, 0: 2}}),
        Cell("区县=西区", Decimal("1.600000"), {"A1": {2: 5}, "A2": {3: 2}, "overall": {1: 1}}),
    )
    leaves = {"A1": {4: 11, 1: 2}, "A2": {5: 7, 0: 6}, "overall": {4: 13}}
    second = (
        Group(Channel.SAMPLE, "residents", 20, cells),
        Group(Channel.SERVICE_CENTRE, "", 13, (Cell("", Decimal(1), leaves),)),
    )
    third = (Group(Channel.ENTERPRISE_ONLINE, "", 40, (Cell("", Decimal(1), leaves),)),)
    return [
        Department(first.id, first.name, first.groups),
        Department(2, "市交通局", second),
        Department(3, "市商务局", third),
    ]


def content() -> dict[str, Any]:
    taken = snapshot_of(small_scheme(), *departments())
    return {"scheme": scheme_document(), "snapshot": snapshot.document(taken)}


def file_of(whole: dict[str, Any]) -> bytes:
    return json.dumps(whole, ensure_ascii=False).encode()


def test_a_published_file_gives_its_bytes_again() -> None:
    whole = json.loads(PUBLISHED.read_bytes())
    assert recompute(PUBLISHED.read_bytes()) == canonical.encode(whole["result"])


def test_order_and_spelling_of_a_file_change_no_byte() -> None:
    whole = content()
    turned = copy.deepcopy(whole)
    turned["snapshot"]["departments"].reverse()
    turned["scheme"]["channels"][1]["weight"] = 20.0
    indented = json.dumps(dict(reversed(turned.items())), indent=2).encode()
    assert recompute(indented) == recompute(file_of(whole))


def test_a_caller_s_own_decimal_context_changes_no_byte() -> None:
    data = file_of(content())
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_DOWN
        narrow = recompute(data)
    assert narrow == recompute(data)


def test_the_tree_opens_down_to_the_counts() -> None:
    found = json.loads(recompute(file_of(content())))
    first, second, third = found["departments"]
    assert first["score"] == "86.61"
    assert second["reason"] is None
    assert third["score"] is None
    assert third["reason"] == "only_self_chosen"
    indicator = first["channels"][0]["panels"][1]["indicators"][0]
    assert indicator["levels"] == {"5": 20, "4": 10, "3": 0, "2": 3, "1": 0, "0": 4}
    assert [place["department"] for place in found["places"]] == [1, 2]
    assert [place["in_table"] for place in found["places"]] == [[1, 2], [1, 2]]
    assert found["scheme_digest"] == content()["snapshot"]["scheme_digest"]


def test_a_result_that_differs_in_one_digit_is_found() -> None:
    whole = content()
    whole["result"] = result(small_scheme(), snapshot.read(whole["snapshot"]))
    assert recompute(file_of(whole))
    whole["result"]["departments"][0]["score"] = "86.62"
    with pytest.raises(DifferentResultError):
        recompute(file_of(whole))


def test_another_scheme_than_the_snapshot_names_is_refused() -> None:
    whole = content()
    whole["scheme"]["smallest_group"] = 11
    with pytest.raises(RecomputeError, match="is for scheme"):
        recompute(file_of(whole))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"scheme": {}}',
        b"\xff",
        b'{"scheme": {}, "snapshot": {}, "x": 1}',
        b'{"scheme": NaN, "snapshot": {}}',
        b'{"scheme": "\\ud800", "snapshot": {}}',
        b'{"scheme": {}, "snapshot": NaN, "result": NaN}',
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(RecomputeError):
        recompute(data)


def test_a_faulty_scheme_is_refused_with_its_faults() -> None:
    whole = content()
    whole["scheme"]["channels"] = []
    with pytest.raises(RecomputeError, match="channels: "):
        recompute(file_of(whole))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("snapshot", 3),
        ("snapshot", 1),
        ("snapshot", True),
        ("snapshot", [2]),
        ("set_apart", 1),
        ("strata", {}),
        ("strata.0.weight", "1.500000"),
        ("strata.0.population", -1),
        ("strata.1.cell", "区县=北区"),
        ("taken_at", "2026-11-23T08:00:00Z"),
        ("more", 1),
        ("seed", "1"),
        ("seed", -1),
        ("scheme_digest", "abc"),
        ("departments", {}),
        ("departments.0.id", True),
        ("departments.1.id", 1),
        ("departments.0.groups.0.channel", "telephone"),
        ("departments.0.groups.0.panel", "deputies"),
        ("departments.0.groups.2.panel", ""),
        ("departments.0.groups.0.raters", 1.5),
        ("departments.0.groups.0.cells.0.weight", "1"),
        ("departments.0.groups.0.cells.0.weight", "0.000000"),
        ("departments.0.groups.0.cells.0.weight", 1),
        ("departments.0.groups.0.cells.0.leaves", []),
        ("departments.0.groups.0.cells.0.leaves.A1", {"6": 1}),
        ("departments.0.groups.0.cells.0.leaves.A1", {"5": -1}),
    ],
)
def test_a_snapshot_is_read_strictly(path: str, value: Any) -> None:
    whole = content()
    *steps, last = path.split(".")
    node: Any = whole["snapshot"]
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[last] = value
    with pytest.raises(RecomputeError):
        recompute(file_of(whole))


def signed_group(whole: dict[str, Any]) -> dict[str, Any]:
    groups = whole["snapshot"]["departments"][0]["groups"]
    return next(group for group in groups if group["channel"] == "community")


def test_groups_of_signed_channels_and_no_others_tell_how_many_are_paired() -> None:
    whole = content()
    signed_group(whole)["paired"] = 40
    error = json.loads(recompute(file_of(whole)))["departments"][0]["exact"]["standard_error"]
    signed_group(whole)["paired"] = 33
    less = json.loads(recompute(file_of(whole)))["departments"][0]["exact"]["standard_error"]
    assert Decimal(less) < Decimal(error)
    for wrong in (-1, "40", None, 1.5, True):
        signed_group(whole)["paired"] = wrong
        with pytest.raises(RecomputeError):
            recompute(file_of(whole))
    del signed_group(whole)["paired"]
    with pytest.raises(RecomputeError):
        recompute(file_of(whole))
    whole = content()
    whole["snapshot"]["departments"][0]["groups"][0]["paired"] = 40
    with pytest.raises(RecomputeError):
        recompute(file_of(whole))


def test_the_first_format_knows_no_limit_of_self_chosen_ratings() -> None:
    scheme = small_scheme(
        channels=[
            {"channel": "enterprise_online", "weight": "80"},
            {"channel": "service_centre", "weight": "20"},
        ]
    )
    taken = snapshot_of(scheme, everybody({4: 10}, 10, scheme=scheme))
    whole = {"scheme": canonical_document(scheme), "snapshot": snapshot.document(taken)}
    with pytest.raises(RecomputeError, match="最多 50"):
        recompute(file_of(whole))
    first = {**whole["snapshot"], "snapshot": 1, "taken_at": "2026-10-01T08:00:00Z"}
    del first["set_apart"], first["strata"]
    found = json.loads(recompute(file_of({**whole, "snapshot": first})))
    assert found["departments"][0]["score"] == "78.00"


def test_a_snapshot_comes_back_as_it_was_written() -> None:
    taken = snapshot_of(small_scheme(), *departments())
    assert snapshot.document(snapshot.read(snapshot.document(taken))) == snapshot.document(taken)


def test_floats_have_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        canonical.encode({"score": [0.1]})
    with pytest.raises(TypeError):
        canonical.encode({5: "100"})


def test_the_command_prints_the_canonical_bytes(migrated_app: APIFlask, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    path.write_bytes(file_of(content()))
    ran = migrated_app.test_cli_runner().invoke(args=["recompute", str(path)])
    assert ran.exit_code == 0
    assert ran.stdout_bytes == recompute(path.read_bytes())


def test_the_command_fails_where_the_result_differs(migrated_app: APIFlask, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    path.write_bytes(file_of({**content(), "result": {}}))
    ran = migrated_app.test_cli_runner().invoke(args=["recompute", str(path)])
    assert ran.exit_code == 1
    assert "not what its snapshot and scheme give" in ran.output


def test_a_stored_scheme_gives_the_same_as_the_one_that_was_typed() -> None:
    whole = content()
    stored = {**whole, "scheme": canonical_document(small_scheme())}
    assert recompute(file_of(stored)) == recompute(file_of(whole))
