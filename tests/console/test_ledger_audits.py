"""Audits at the desk: two auditors, sealed openings, a recount at home, signatures published."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.ledger import queries
from server.ledger.__main__ import main
from server.ledger.models import AuditStatement, CampaignAudit
from tests.console.conftest import Desk, SignIn
from tests.evaluation.ledger_of_one import Ledger
from tests.factories.audited import add_auditor
from tests.factories.city import City
from tests.factories.log_files import save_log
from tests.factories.logged import note_accepted, tally


@dataclass
class Home:
    """An auditor's desk, and the computer at home with key, openings and the log's files."""

    desk: Desk
    folder: Path
    audit: str = ""

    def make_key(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder.mkdir()
        assert main(["keygen", str(self.folder / "private")]) == 0
        public = capsys.readouterr().out.splitlines()[-1]
        answer = self.desk.post("/ledger-audits/key", public_key=public)
        assert answer.status_code == 302, answer.text

    def fetch(self) -> None:
        answer = self.desk.post(f"{self.audit}/openings")
        assert answer.status_code == 200, answer.text
        (self.folder / "openings").write_bytes(answer.data)

    def recount(self, log: Path, document: Path) -> int:
        return main(
            [
                "recount",
                str(self.folder / "openings"),
                str(log),
                "--document",
                str(document),
                "--result",
                str(self.folder / "result.txt"),
            ]
        )

    def sign(self, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
        capsys.readouterr()
        assert main(["sign", str(self.folder / "private"), str(self.folder / "result.txt")]) == 0
        signature = capsys.readouterr().out.splitlines()[-1]
        return (self.folder / "result.txt").read_text(), signature

    def hand_in(self, result: str, signature: str) -> tuple[int, str]:
        # As a browser does with what was pasted.
        pasted = result.replace("\n", "\r\n").rstrip()
        answer = self.desk.post(f"{self.audit}/statements", result=pasted, signature=signature)
        return answer.status_code, answer.text


@pytest.fixture
def campaign(city: City) -> Ledger:
    """A campaign with corrections, withdrawals and an exclusion, closed and published."""
    found = Ledger.begin(city)
    for number in range(0, 51, 3):
        found.rate(number, 1 + number % 5)
    found.correct(0, 2)
    found.withdraw(1, 0)
    found.exclude(3, 1)
    found.close(0, 0)
    return found


@pytest.fixture
def homes(
    desk: SignIn, city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Home, Home]:
    """Two auditors with keys of their own."""
    add_auditor(city)
    found = tuple(Home(desk(name), tmp_path / name) for name in ("auditor", "auditor2"))
    for home in found:
        home.make_key(capsys)
    first, second = found
    return first, second


def begin(first: Home, second: Home, campaign_id: int) -> None:
    """Ask, agree, and let both fetch."""
    asked = first.desk.post("/ledger-audits", campaign=str(campaign_id))
    assert asked.status_code == 302, asked.text
    first.audit = second.audit = asked.headers["Location"].removeprefix("/console")
    assert second.desk.post(f"{second.audit}/agreement").status_code == 302
    for home in (first, second):
        home.fetch()


@pytest.fixture
def public(client: FlaskClient, campaign: Ledger, tmp_path: Path) -> tuple[Path, Path]:
    """The log's files and the published document."""
    log = save_log(client, tmp_path / "log", (campaign.campaign.id, 1))
    document = tmp_path / "document.json"
    document.write_bytes(client.get(f"/board/{campaign.campaign.id}/document.json").data)
    return log, document


def test_two_auditors_recount_sign_and_are_published(
    client: FlaskClient,
    campaign: Ledger,
    homes: tuple[Home, Home],
    public: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin(*homes, campaign.campaign.id)
    contents = [(home.folder / "openings").read_bytes() for home in homes]
    assert contents[0] == contents[1]
    for home in homes:
        assert home.recount(*public) == 0, capsys.readouterr().out
        shown = capsys.readouterr().out
        counted = campaign.scanned()
        for key, places in counted.items():
            for place, levels in places.items():
                for level, count in levels.items():
                    row = f"{key.department_id},{key.channel},{place},{level},{count}"
                    assert row in shown.splitlines()
        assert "同志 的结论" not in home.desk.read(home.audit), "the other's finding is shown"
        status, page = home.hand_in(*home.sign(capsys))
        assert status == 302, page
    audit = db.session.scalars(select(CampaignAudit)).one()
    assert audit.state == "signed"
    shown = client.get(f"/log/audits/{audit.id}").text
    assert "两人各自得出的计数完全相同" in shown
    assert shown.count("公布的每个计数都正确") == 2
    told = client.get(f"/log/audits/{audit.id}.json").get_json()
    assert [one["agrees"] for one in told["statements"]] == [True, True]
    # No count of a group is in what is published.
    assert "department" not in told["statements"][0]["result"]
    assert f"/log/audits/{audit.id}" in client.get("/log/").text


def test_an_altered_opening_or_published_figure_is_found(
    campaign: Ledger,
    homes: tuple[Home, Home],
    public: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin(*homes, campaign.campaign.id)
    home, (log, document) = homes[0], public
    honest = document.read_text()
    counts = next(iter(campaign.scanned().values()))[0]
    level, count = next(iter(counts.items()))
    document.write_text(honest.replace(f'"{level}":{count}', f'"{level}":{count + 1}', 1))
    assert document.read_text() != honest
    assert home.recount(log, document) == 1
    assert "公布的数字与重新计数的不同" in capsys.readouterr().out
    assert "published-counts no" in (home.folder / "result.txt").read_text()
    document.write_text(honest)
    openings = home.folder / "openings"
    lines = openings.read_text().splitlines(keepends=True)
    openings.write_text("".join([*lines[:3], *lines[4:]]))
    assert home.recount(log, document) == 1
    assert "不是日志合计的" in capsys.readouterr().out
    lines[2] = lines[2].replace("\\n1\\n", "\\n5\\n", 1).replace("\\n2\\n", "\\n5\\n", 1)
    openings.write_text("".join(lines))
    assert home.recount(log, document) == 1
    assert "打不开它的承诺" in capsys.readouterr().out
    assert "matched no" in (home.folder / "result.txt").read_text()


def test_what_is_handed_in_must_be_signed_with_the_own_key_and_of_this_audit(
    client: FlaskClient,
    campaign: Ledger,
    homes: tuple[Home, Home],
    public: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin(*homes, campaign.campaign.id)
    for home in homes:
        home.recount(*public)
    (result, mine), (_, other) = (home.sign(capsys) for home in homes)
    first = homes[0]
    for text_in, signature, words in (
        (result, other, "签名与您登记的公钥和结论不符"),
        (result, "not base64!", "签名与您登记的公钥和结论不符"),
        (result.replace("matched yes", "matched no"), mine, "签名与您登记的公钥和结论不符"),
        (result.replace("edition 1", "edition 2"), mine, "这份结论不是这次审计的"),
        (result.replace("openings-digest ", "openings-digest ff"), mine, "这份结论不是这次审计的"),
        ("anything", mine, "这不是 recount 写出的结论"),
    ):
        status, page = first.hand_in(text_in, signature)
        assert status == 422
        assert words in page
    assert db.session.scalars(select(AuditStatement)).all() == []
    assert first.hand_in(result, mine)[0] == 302
    assert client.get(f"/log/audits/{first.audit.rpartition('/')[2]}").status_code == 404
    status, page = first.hand_in(result, mine)
    assert status == 422
    assert "不能更改" in page


def test_one_person_alone_opens_nothing(
    desk: SignIn, city: City, campaign: Ledger, homes: tuple[Home, Home]
) -> None:
    first, second = homes
    asked = first.desk.post("/ledger-audits", campaign=str(campaign.campaign.id))
    path = asked.headers["Location"].removeprefix("/console")
    assert first.desk.post(f"{path}/openings").status_code == 409
    first.desk.post(f"{path}/agreement")
    assert "不能是同一个人" in first.desk.told()
    assert second.desk.post(f"{path}/agreement").status_code == 302
    assert first.desk.post(f"{path}/openings").status_code == 200
    add_auditor(city, "auditor3")
    assert desk("auditor3").post(f"{path}/openings").status_code == 409
    assert desk("office1").post(f"{path}/openings").status_code == 403
    second.desk.post(f"{path}/end")
    assert first.desk.post(f"{path}/openings").status_code == 409


def test_a_second_audit_waits_for_the_first_and_one_without_a_tally_is_refused(
    city: City, campaign: Ledger, homes: tuple[Home, Home]
) -> None:
    first, second = homes
    number = str(campaign.campaign.id)
    assert first.desk.post("/ledger-audits", campaign=number).status_code == 302
    again = second.desk.post("/ledger-audits", campaign=number)
    assert again.status_code == 422
    assert "已有一次审计在进行" in again.text
    without = first.desk.post("/ledger-audits", campaign=str(city.campaign().id))
    assert "还没有合计" in without.text


def test_openings_of_a_tally_that_is_outdated_are_refused(
    campaign: Ledger, homes: tuple[Home, Home]
) -> None:
    begin(*homes, campaign.campaign.id)
    with transaction():
        one = db.session.scalars(select(Evaluation.id).where(Evaluation.state == 1)).first()
        db.session.execute(
            update(Evaluation).where(Evaluation.id == one).values(overall=5, levels=[0] * 8)
        )
    answer = homes[0].desk.post(f"{homes[0].audit}/openings")
    assert answer.status_code == 409
    assert "提出" in answer.text


def test_the_openings_hold_neither_raters_nor_words(
    campaign: Ledger, homes: tuple[Home, Home]
) -> None:
    begin(*homes, campaign.campaign.id)
    text_of = (homes[0].folder / "openings").read_text()
    for row in db.session.execute(
        text("SELECT id, pseudonym, receipt_key, salt FROM evaluation WHERE state = 1")
    ):
        assert str(row.id) not in text_of
        assert row.pseudonym.hex() not in text_of
        assert row.receipt_key.hex() not in text_of
        assert row.salt[16:].hex() not in text_of or len(row.salt) == 16
    tally_made = queries.newest_tally(campaign.campaign.id)
    assert tally_made is not None
    assert len(text_of.splitlines()) == tally_made.counted + 1


def test_every_download_is_in_the_audit_log(
    desk: SignIn, campaign: Ledger, homes: tuple[Home, Home]
) -> None:
    begin(*homes, campaign.campaign.id)
    page = desk("auditor").read("/audit?domain=ledger_audit")
    assert page.count("取开封文件") >= 2
    assert "登记审计公钥" in page


def test_a_key_is_sixty_four_digits_and_nobody_elses(homes: tuple[Home, Home]) -> None:
    first, second = homes
    for key, words in (("zz", "64 个十六进制字符"), ("ab" * 31, "64 个十六进制字符")):
        answer = first.desk.post("/ledger-audits/key", public_key=key)
        assert answer.status_code == 422
        assert words in answer.text
    assert second.desk.post("/ledger-audits/key", public_key="ab" * 32).status_code == 302
    taken = first.desk.post("/ledger-audits/key", public_key="ab" * 32)
    assert "已由另一名审计员登记" in taken.text


def test_the_list_pages_by_key(desk: SignIn, city: City) -> None:
    auditor = desk("auditor")
    for _ in range(22):
        campaign_id = city.campaign().id
        tally(campaign_id, note_accepted(campaign_id, 1))
        auditor.post("/ledger-audits", campaign=str(campaign_id))
    first = auditor.read("/ledger-audits")
    assert first.count("/console/ledger-audits/") >= 20
    assert "下一页" in first
    assert "没有审计" in auditor.read(f"/ledger-audits?campaign={city.campaign().id}")


def test_keygen_never_writes_over_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "private"
    assert main(["keygen", str(path)]) == 0
    kept = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert main(["keygen", str(path)]) == 2
    assert path.read_text() == kept
    assert main(["sign", str(path), str(path)]) == 2
    assert "不是 recount 写出的结论" in capsys.readouterr().out
