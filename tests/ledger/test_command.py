"""The stand-alone command: it needs the public files alone, and finds what was changed."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server.ledger.__main__ import main
from server.ledger.notes import Checkpoint
from server.ledger.signing import origin, signer
from tests.factories.city import City
from tests.factories.doomed import PROJECT
from tests.factories.log_files import save_log
from tests.factories.logged import append, note_accepted, note_excluded, tally


@pytest.fixture
def folder(client: FlaskClient, city: City, tmp_path: Path) -> Path:
    """A log of three campaigns, one with two editions of its tally, saved in a folder."""
    campaign = city.campaign().id
    commitments = note_accepted(campaign, 300)
    note_accepted(campaign + 1, 20)
    append()
    note_excluded(campaign, commitments[0])
    tally(campaign, commitments[1:], excluded={"test": 1})
    note_excluded(campaign, commitments[5], "duplicate")
    kept = [one for one in commitments if one not in {commitments[0], commitments[5]}]
    tally(campaign, kept, excluded={"test": 1, "duplicate": 1})
    return save_log(client, tmp_path / "log", (campaign, 1), (campaign, 2))


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run the command as a stranger does: a process of its own, with no settings."""
    found = subprocess.run(
        [sys.executable, "-m", "server.ledger", *map(str, arguments)],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert not found.stderr, found.stderr
    return found.returncode, found.stdout


def test_a_saved_log_is_verified_without_application_or_database(folder: Path) -> None:
    code, text = run("verify", folder)
    assert code == 0, text
    assert "核对通过" in text
    assert "共 324 条" in text
    assert (
        "第 2 版合计，计入 298 份，撤回 0 份，不予采纳 duplicate 1 份，不予采纳 test 1 份" in text
    )
    assert "还没有合计" in text


def test_the_command_loads_neither_flask_nor_a_database_driver() -> None:
    code = (
        "import sys, server.ledger.__main__;"
        "print({'flask', 'sqlalchemy', 'psycopg', 'redis'} & set(sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "set()"


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """The folder, served over HTTP."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_published_log_is_fetched_verified_and_kept_for_later(
    folder: Path, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    assert main(["verify", address, "--keep", str(kept)]) == 0
    assert main(["verify", str(kept)]) == 0
    (kept / "key").unlink()
    assert main(["verify", str(kept), "--key", str(folder / "key")]) == 0
    assert main(["verify", str(kept), "--key", (folder / "key").read_text()]) == 0
    capsys.readouterr()
    assert main(["verify", f"{address}/nowhere"]) == 2
    assert "没有取到" in capsys.readouterr().out
    assert main(["verify", "http://127.0.0.1:9/log"]) == 2
    assert "没有连接到" in capsys.readouterr().out


def flip(path: Path, place: int) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("file", "place", "words"),
    [
        ("tile/entries/000", 60, "第 0 条"),
        ("tile/entries/001.p/68", 60, "第 256 条"),
        ("tile/0/000", 40, "与签名的日志头不符"),
        ("tile/0/001.p/68", 40, "与签名的日志头不符"),
        ("tile/1/000.p/1", 4, "第 1 层第 0 块"),
        ("checkpoint", 20, "签名"),
        ("checkpoint", 17, "签名"),
    ],
)
def test_one_bit_changed_anywhere_is_found(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    place: int,
    words: str,
) -> None:
    key = (folder / "key").read_text()
    flip(folder / file, place)
    assert main(["verify", str(folder), "--key", key]) == 1
    text = capsys.readouterr().out
    assert words in text
    assert "核对不通过" in text


def test_a_total_that_is_shown_otherwise_than_in_the_log_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = next(folder.glob("tally/*/2.json"))
    shown.write_text(shown.read_text().replace("298", "297"))
    assert main(["verify", str(folder)]) == 1
    assert "网页上的数字与日志不同" in capsys.readouterr().out


@pytest.mark.parametrize("missing", ["checkpoint", "tile/0/000", "tile/entries/000"])
def test_a_missing_file_says_nothing_either_way(
    folder: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    (folder / missing).unlink()
    assert main(["verify", str(folder)]) == 2
    assert "无法核对" in capsys.readouterr().out


def test_heads_kept_from_before_show_a_fork_and_a_log_that_shrank(
    client: FlaskClient, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = int((folder / "checkpoint").read_text().splitlines()[1])
    honest = tmp_path / "honest"
    honest.write_text(client.get("/log/checkpoint/320").text)
    assert main(["verify", str(folder), "--checkpoint", str(honest)]) == 0
    for kept, words in ((size, "分叉"), (size + 1, "变短"), (320, "改写")):
        forged = tmp_path / "forged"
        forged.write_text(signer().note(Checkpoint(origin(), kept, b"x" * 32).text()))
        arguments = ["verify", str(folder), "--checkpoint", str(forged)]
        assert main(arguments) == 1
        assert words in capsys.readouterr().out
    unsigned = tmp_path / "unsigned"
    unsigned.write_text("ronghe.test/log\n1\n")
    assert main(["verify", str(folder), "--checkpoint", str(unsigned)]) == 1


def test_a_tally_that_leaves_a_rating_out_or_puts_one_in_is_found(
    client: FlaskClient, city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign, other, third = (city.campaign().id for _ in range(3))
    commitments = note_accepted(campaign, 12)
    tally(campaign, commitments[1:])
    more = note_accepted(other, 12)
    tally(other, [*more, b"\xff" * 32])
    set_apart = note_accepted(third, 12)
    note_excluded(third, set_apart[0])
    tally(third, set_apart[1:], excluded={"test": 2}, withdrawn=1)
    saved = save_log(client, tmp_path / "log", (campaign, 1), (other, 1), (third, 1))
    assert main(["verify", str(saved)]) == 1
    text = capsys.readouterr().out
    assert f"活动 {campaign} 第 1 版合计写明计入 11 份，与日志中有效的 12 份不一致" in text
    assert f"活动 {other} 第 1 版合计写明计入 13 份，与日志中有效的 12 份不一致" in text
    assert f"活动 {third} 第 1 版合计写明撤回 1 份，日志中是 0 份" in text
    assert f"活动 {third} 第 1 版合计写明的不予采纳份数与日志不一致" in text


def test_ratings_that_came_after_a_tally_are_found_though_a_later_one_counts_them(
    client: FlaskClient, city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = city.campaign().id
    commitments = note_accepted(campaign, 12)
    tally(campaign, commitments)
    forged = note_accepted(campaign, 2)
    note_excluded(campaign, commitments[0])
    tally(campaign, [*commitments[1:], *forged], excluded={"test": 1})
    saved = save_log(client, tmp_path / "log", (campaign, 1), (campaign, 2))
    assert main(["verify", str(saved)]) == 1
    told = capsys.readouterr().out
    assert f"活动 {campaign} 合计之后又记入了 2 条评价、更正或撤回：不是评价人所为。" in told
    assert "写明计入" not in told


def test_a_key_that_is_none_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(folder), "--key", "a+b+c"]) == 2
    assert "公钥不是规定的格式" in capsys.readouterr().out
