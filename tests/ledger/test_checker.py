"""Whoever changes the log's tables past the program is found, whatever is changed."""

from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from server.core.database import db
from server.core.keyring import key_ring
from server.core.transaction import transaction
from server.ledger import checker, queries, service, signing
from server.ledger.faults import Kind
from server.ledger.kept import NAME
from server.ledger.notes import Checkpoint
from server.ledger.rules import Event
from tests.factories.city import City
from tests.factories.logged import (
    append,
    entries,
    leaves,
    note_accepted,
    note_excluded,
    tally,
)


def harm(*statements: str) -> None:
    with transaction():
        for one in statements:
            db.session.execute(text(one))
    db.session.expire_all()


def kinds() -> set[Kind]:
    return {fault.kind for fault in checker.check()}


@pytest.fixture
def log(city: City) -> int:
    """Some hundred leaves in three batches, and a tally in two editions."""
    campaign = city.campaign().id
    commitments = note_accepted(campaign, 300)
    append()
    note_accepted(campaign + 1, 30)
    append()
    note_excluded(campaign, commitments[0])
    tally(campaign, commitments[1:], excluded={"test": 1})
    note_excluded(campaign, commitments[1])
    tally(campaign, commitments[2:], excluded={"test": 2})
    assert len(list(entries())) == 334
    return campaign


def test_a_log_that_nobody_touched_has_no_fault(log: int) -> None:
    assert checker.check() == []


def test_so_has_an_empty_one(app: APIFlask) -> None:
    assert checker.check() == []


@pytest.mark.parametrize(
    "change",
    [
        "SET commitment = sha256(commitment)",
        "SET campaign_id = campaign_id + 7",
        "SET event = 2",
        "SET reason = 'test'",
        "SET previous = commitment",
        "SET body = 'x'",
        "SET commitment = set_byte(commitment, 31, get_byte(commitment, 31) # 1)",
    ],
)
@pytest.mark.parametrize("index", [0, 255, 256, 299])
def test_a_row_with_anything_altered_is_named(log: int, change: str, index: int) -> None:
    harm(f"UPDATE ledger_leaf {change} WHERE index = {index}")
    assert [str(fault) for fault in checker.check()] == [f"第 {index} 条被改动：内容与签名时不同。"]


@pytest.mark.parametrize("index", [0, 100, 256, 320])
def test_a_deleted_row_is_named(log: int, index: int) -> None:
    harm(f"DELETE FROM ledger_leaf WHERE index = {index}")
    assert [str(fault) for fault in checker.check()] == [f"第 {index} 条被删除。"]


def test_a_deleted_row_whose_gap_was_closed_is_named(log: int) -> None:
    harm(
        "DELETE FROM ledger_leaf WHERE index = 100",
        "UPDATE ledger_leaf SET index = -index WHERE index > 100",
        "UPDATE ledger_leaf SET index = -index - 1 WHERE index < 0",
    )
    assert [str(fault) for fault in checker.check()] == [
        "第 100 条被删除。",
        "次序被改动：第 100 至 332 条原是第 101 至 333 条。",
    ]


@pytest.mark.parametrize("index", [334, 5000, -1])
def test_an_added_row_is_named(log: int, index: int) -> None:
    harm(
        "INSERT INTO ledger_leaf (index, campaign_id, event, commitment)"
        f" VALUES ({index}, {log}, 1, sha256('x'))"
    )
    assert kinds() == {Kind.ADDED}


def test_a_row_added_in_the_middle_is_named(log: int) -> None:
    harm(
        "UPDATE ledger_leaf SET index = -index WHERE index >= 100",
        "UPDATE ledger_leaf SET index = -index + 1 WHERE index < 0",
        "INSERT INTO ledger_leaf (index, campaign_id, event, commitment)"
        f" VALUES (100, {log}, 1, sha256('x'))",
    )
    found = [str(fault) for fault in checker.check()]
    assert "第 100 条是后来加入的：签名时没有它。" in found
    assert "次序被改动：第 101 至 333 条原是第 100 至 332 条。" in found


@pytest.mark.parametrize(("one", "other"), [(3, 4), (0, 299), (255, 256)])
def test_two_rows_that_changed_places_are_named(log: int, one: int, other: int) -> None:
    harm(
        f"UPDATE ledger_leaf SET index = -1 WHERE index = {one}",
        f"UPDATE ledger_leaf SET index = {one} WHERE index = {other}",
        f"UPDATE ledger_leaf SET index = {other} WHERE index = -1",
    )
    faults = checker.check()
    assert {fault.kind for fault in faults} == {Kind.REORDERED}
    assert f"第 {one} 条原是第 {other} 条" in str(faults[0])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_tile SET hashes = set_byte(hashes, 4, get_byte(hashes, 4) # 1)",
        "UPDATE ledger_tile SET hashes = hashes || sha256('x') WHERE level = 0 AND number = 1",
        "DELETE FROM ledger_tile WHERE level = 0 AND number = 1",
        "DELETE FROM ledger_tile WHERE level = 1",
    ],
)
def test_a_changed_tile_is_named(log: int, change: str) -> None:
    harm(change)
    assert Kind.TILE in kinds()


def test_row_and_tile_changed_together_are_found_by_the_signed_head(log: int) -> None:
    # As somebody would who knows the program: the new row's hash in its tile.
    harm(
        "UPDATE ledger_leaf SET reason = 'x' WHERE index = 320",
        """UPDATE ledger_tile SET hashes = overlay(hashes PLACING (
               SELECT sha256('\\x00' || convert_to(format('v1 %s accepted x %s -', campaign_id,
                   encode(commitment, 'hex')), 'UTF8')) FROM ledger_leaf WHERE index = 320
           ) FROM (320 - 256) * 32 + 1) WHERE level = 0 AND number = 1""",
    )
    assert kinds() == {Kind.HEAD}


def test_a_head_that_was_written_over_is_found_by_its_signature(log: int) -> None:
    harm("UPDATE ledger_head SET root = sha256('x') WHERE size = 330")
    assert Kind.HEAD in kinds()
    harm("UPDATE ledger_head SET note = replace(note, '330', '331') WHERE size = 330")
    assert Kind.SIGNATURE in kinds()


def test_a_second_head_of_one_size_is_found_even_if_its_signature_is_good(log: int) -> None:
    size = queries.head().size
    forged = Checkpoint(signing.origin(), size, b"x" * 32)
    note = signing.signer().note(forged.text())
    found = checker.check(others=[note])
    assert [fault.kind for fault in found] == [Kind.FORK]
    assert str(size) in str(found[0])


def test_the_operators_command_takes_heads_kept_elsewhere(
    app: APIFlask, log: int, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_text(queries.head().note)
    runner = app.test_cli_runner()
    well = runner.invoke(args=["check-ledger", "--checkpoint", str(kept)])
    assert "fork" not in well.output
    size = queries.head().size
    kept.write_text(signing.signer().note(Checkpoint(signing.origin(), size, b"x" * 32).text()))
    ill = runner.invoke(args=["check-ledger", "--checkpoint", str(kept)])
    assert ill.exit_code == 1
    assert "日志分叉了" in ill.output


def test_a_published_head_that_the_log_never_had_is_found(log: int) -> None:
    between = signing.signer().note(Checkpoint(signing.origin(), 310, b"x" * 32).text())
    longer = signing.signer().note(Checkpoint(signing.origin(), 400, b"x" * 32).text())
    strange = "nothing that anybody signed"
    assert {fault.kind for fault in checker.check(others=[between])} == {Kind.HEAD}
    assert {fault.kind for fault in checker.check(others=[longer])} == {Kind.SHRUNK}
    assert {fault.kind for fault in checker.check(others=[strange])} == {Kind.SIGNATURE}
    assert checker.check(others=[queries.head().note]) == []


def test_a_log_put_back_to_an_earlier_state_is_found_by_a_head_kept_elsewhere(log: int) -> None:
    kept = queries.head().note
    harm(
        "DELETE FROM ledger_tally_tile",
        "DELETE FROM ledger_tally",
        "DELETE FROM ledger_leaf WHERE index >= 300",
        "DELETE FROM ledger_head WHERE size > 300",
        "DELETE FROM ledger_tile WHERE level = 0 AND number = 1",
        "INSERT INTO ledger_tile VALUES (0, 1, (SELECT string_agg(sha256('\\x00' || convert_to("
        " format('v1 %s accepted - %s -', campaign_id, encode(commitment, 'hex')), 'UTF8')), ''"
        " ORDER BY index) FROM ledger_leaf WHERE index >= 256))",
    )
    assert kinds() == {Kind.SHRUNK}
    # Even where the head beside the key ring was taken back as well.
    key_ring().keep_notice(NAME, queries.head().note)
    assert checker.check() == []
    assert {fault.kind for fault in checker.check(others=[kept])} == {Kind.SHRUNK}


def test_a_head_that_a_publication_printed_is_asked_without_being_named(
    app: APIFlask, log: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = signing.signer().note(Checkpoint(signing.origin(), 330, b"x" * 32).text())
    printed: list[str] = [queries.head().note]
    registered = app.extensions[checker.PRINTED]
    monkeypatch.setitem(app.extensions, checker.PRINTED, [*registered, lambda: printed])
    assert checker.check() == []
    printed.append(forged)
    assert kinds() & {Kind.FORK, Kind.HEAD}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_tally SET counted = counted - 1 WHERE edition = 2",
        "UPDATE ledger_tally SET withdrawn = 5 WHERE edition = 1",
        "UPDATE ledger_tally SET excluded = '{\"test\": 1}' WHERE edition = 2",
        "UPDATE ledger_tally SET root = sha256('x') WHERE edition = 2",
        "UPDATE ledger_tally_tile SET hashes = hashes || hashes WHERE level = 0 AND number = 1",
        "UPDATE ledger_tally_tile SET hashes = overlay(hashes PLACING sha256('x') FROM 33)",
    ],
)
def test_a_changed_tally_is_named(log: int, change: str) -> None:
    harm(change)
    assert kinds() == {Kind.TALLY}


@pytest.mark.parametrize("event", [Event.ACCEPTED, Event.CORRECTED, Event.WITHDRAWN])
def test_what_was_entered_for_a_campaign_after_its_tally_is_found_however_it_fits(
    log: int, event: Event
) -> None:
    live = [leaf.commitment for leaf in leaves() if leaf.campaign_id == log and leaf.commitment]
    forged = None if event is Event.WITHDRAWN else bytes(32)
    replaced = None if event is Event.ACCEPTED else live[-1]
    with transaction():
        service.note(log, event, commitment=forged, previous=replaced)
    said = f"活动 {log} 合计之后又记入了"
    assert [str(fault) for fault in checker.check()] == [
        f"{said} 0 条评价、更正或撤回，另有 1 条在排队：不是评价人所为。"
    ]
    # Signed by the program, and counted in an edition that a true exclusion gave the occasion for.
    note_excluded(log, live[2])
    counted = [one for one in (*live[3:], forged) if one and one != replaced]
    withdrawn = int(event is Event.WITHDRAWN)
    tally(log, counted, excluded={"test": 3}, withdrawn=withdrawn)
    assert [str(fault) for fault in checker.check()] == [
        f"{said} 1 条评价、更正或撤回：不是评价人所为。"
    ]
