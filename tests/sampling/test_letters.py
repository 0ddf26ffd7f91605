"""Letters: a page a person, whole after a kill, sealed on disk, gone after a week."""

import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from apiflask import APIFlask
from docx import Document
from openpyxl import load_workbook
from PIL import Image
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.campaigns.codes import shown
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.sampling import (
    dispatching,
    letter_files,
    letter_store,
    letters,
    outreach,
    outreach_tasks,
)
from server.sampling.letter_files import Letter, Sheet, letter_document, list_workbook
from server.sampling.models import LetterRun
from server.sampling.outreach_rules import Fault
from server.sampling.persons import Contact
from server.sampling.rules import Standing, Way
from server.sms.contract import SmsFault, SmsRefused
from tests.factories.city import City
from tests.factories.outreach import DAY, Outbox, Sample, make_sample
from tests.sampling.test_dispatching import answered

ASKED = 13


@pytest.fixture
def sample(city: City) -> Sample:
    made = make_sample(city, [Contact(f"张{at}", "", f"江滨路 {at} 号") for at in range(1, 25)])
    made.invite()
    return made


def start(sample: Sample) -> LetterRun:
    with transaction():
        return letters.start(sample.draw.id, actor=sample.office, now=clock.now())


def printed(sample: Sample, run: LetterRun, part: int = 1) -> bytes:
    """Release and download a document, as two persons of the office."""
    with transaction():
        letters.release(run.id, actor=sample.city.actors["office2"], now=clock.now())
    with transaction():
        return letters.download(run.id, part, actor=sample.office, now=clock.now())


def folder(app: APIFlask) -> Path:
    found: Path = app.config["CONFIGURATION"].media_dir / "letters"
    return found


def test_each_page_has_one_person_its_departments_and_a_code_that_scans(
    city: City, sample: Sample
) -> None:
    run = start(sample)
    outreach_tasks.make_letters(str(run.id))
    data = printed(sample, run)
    document = Document(io.BytesIO(data))
    words = "\n".join(one.text for one in document.paragraphs)
    first = sample.persons(Standing.MAIN)[0]
    assert f"张{first.number}  收" in words
    assert words.count("评价邀请") == ASKED
    assert all(words.count(one.name) == ASKED for one in city.departments)
    breaks = document.element.xpath('.//w:br[@w:type="page"]')
    assert len(breaks) == ASKED - 1
    pictures = [part.blob for part in document.part.package.image_parts]
    scanned = {zxingcpp.read_barcodes(Image.open(io.BytesIO(one)))[0].text for one in pictures}
    codes = [sample.codes[one.place] for one in sample.persons(Standing.MAIN)]
    assert {link.replace("-", "") for link in scanned} == {
        f"http://ronghe.test/rate/{code}" for code in codes
    }
    assert document.core_properties.author == "市群众评价办公室"


def test_the_list_has_the_same_persons_and_makes_no_formula(sample: Sample) -> None:
    run = start(sample)
    outreach_tasks.make_letters(str(run.id))
    data = letters.download_list(run.id, actor=sample.office, now=clock.now())
    rows = list(load_workbook(io.BytesIO(data)).active.values)
    assert rows[0] == ("样本库序号", "姓名", "地址")
    persons = sample.persons(Standing.MAIN)
    assert [row[0] for row in rows[1:]] == [one.number for one in persons]
    assert [row[2] for row in rows[1:]] == [f"江滨路 {one.number} 号" for one in persons]
    evil = Letter(1, "=cmd|' /C calc'!A1", "", "ABCD", "http://x", ("公安局",))
    sheet = load_workbook(io.BytesIO(list_workbook([evil]))).active
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=cmd|' /C calc'!A1", "s")
    assert "没有地址" in sheet["C2"].value


def test_a_killed_worker_goes_on_where_it_was(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "LETTERS_A_PART", 5)
    run = start(sample)
    assert run.parts == 3

    class Killed(BaseException):
        pass

    keep, made = letter_store.keep, []

    def killed(run_id: object, name: str, data: bytes) -> None:
        if name == "2.docx" and name not in made:
            made.append(name)
            raise Killed
        made.append(name)
        keep(run_id, name, data)  # type: ignore[arg-type]

    monkeypatch.setattr(letter_store, "keep", killed)
    with pytest.raises(Killed):
        outreach_tasks.make_letters(str(run.id))
    db.session.expire_all()
    assert (run.state, run.done) == ("waiting", 1)
    outreach_tasks.make_letters(str(run.id))
    db.session.expire_all()
    assert (run.state, run.done) == ("ready", 3)
    assert made == ["1.docx", "2.docx", "2.docx", "3.docx", "list.xlsx"]
    outreach_tasks.make_letters(str(run.id))
    assert len(made) == 5


def test_letters_that_can_not_be_made_leave_nothing(
    app: APIFlask, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise ValueError

    run = start(sample)
    monkeypatch.setattr(letter_files, "list_workbook", broken)
    outreach_tasks.make_letters(str(run.id))
    db.session.expire_all()
    assert run.state == "failed"
    assert list(folder(app).glob(f"{run.id}*")) == []
    with pytest.raises(Refusal, match="letters_unready"):
        letters.download_list(run.id, actor=sample.office, now=clock.now())


def test_files_are_sealed_on_disk_and_gone_after_a_week(app: APIFlask, sample: Sample) -> None:
    run = start(sample)
    outreach_tasks.make_letters(str(run.id))
    files = sorted(folder(app).glob(f"{run.id}*"))
    assert [path.name.partition(".")[2] for path in files] == ["1.docx", "list.xlsx"]
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600
        assert not path.read_bytes().startswith(b"PK")
    outreach_tasks.forget_letters(0)
    assert letters.download_list(run.id, actor=sample.office, now=clock.now())
    old = time.time() - timedelta(days=8).total_seconds()
    for path in files:
        os.utime(path, (old, old))
    with transaction():
        letters.forget_old(clock.now() + 8 * DAY)
    db.session.expire_all()
    assert run.state == "gone"
    assert list(folder(app).glob(f"{run.id}*")) == []
    with pytest.raises(Refusal, match="letters_gone"):
        letters.download_list(run.id, actor=sample.office, now=clock.now())


def test_posted_letters_count_as_sent_from_that_day(sample: Sample) -> None:
    run = start(sample)
    with pytest.raises(Refusal, match="letters_unready"), transaction():
        letters.post(run.id, actor=sample.office, now=clock.now())
    outreach_tasks.make_letters(str(run.id))
    with transaction():
        assert letters.post(run.id, actor=sample.office, now=clock.now()) == ASKED
    assert {one.sent_on for one in sample.dispatches()} == {clock.today()}
    with pytest.raises(Refusal, match="letters_none"), transaction():
        letters.start(sample.draw.id, actor=sample.office, now=clock.now())
    assert sum(sample.remind(now=clock.now() + 3 * DAY).values()) == ASKED


def test_a_reminder_by_letter_says_that_it_is_one() -> None:
    letter = Letter(1, "张三", "江滨路", "ABCD-1234-EFGH", "http://ronghe.test/rate/A", ("公安局",))
    sheet = Sheet("第四季度评价", clock.now(), "评价办", "12345", reminds=True)
    words = "\n".join(
        one.text for one in Document(io.BytesIO(letter_document([letter], sheet))).paragraphs
    )
    assert "“第四季度评价”评价提醒" in words
    assert "如已作答请忽略" in words


def test_who_is_replaced_meanwhile_gets_no_letter(sample: Sample) -> None:
    from server.sampling import replacing  # noqa: PLC0415 one test's affair

    run = start(sample)
    gone = sample.persons(Standing.MAIN)[0]
    with transaction():
        replacing.take_refusals(sample.draw.id, [gone.number], actor=sample.office, now=clock.now())
    outreach_tasks.make_letters(str(run.id))
    data = letters.download_list(run.id, actor=sample.office, now=clock.now())
    numbers = [row[0] for row in load_workbook(io.BytesIO(data)).active.values][1:]
    assert len(numbers) == ASKED - 1
    assert gone.number not in numbers


def test_failed_messages_become_letters(city: City) -> None:
    sample = make_sample(city)
    sample.invite()
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)]}))
    with transaction():
        dispatching.as_letters(sample.draw.id, Fault.NUMBER, actor=sample.office, now=clock.now())
    run = start(sample)
    assert len(run.dispatches) == 1
    runs = db.session.scalars(select(LetterRun)).all()
    assert [one.parts for one in runs] == [1]


def test_one_person_alone_gets_no_code(sample: Sample) -> None:
    run = start(sample)
    outreach_tasks.make_letters(str(run.id))
    with transaction():
        data = letters.download_list(run.id, actor=sample.office, now=clock.now())
    words = {str(cell) for row in load_workbook(io.BytesIO(data)).active.values for cell in row}
    assert not any(shown(code) in word for code in sample.codes for word in words)
    assert not any("/rate/" in word for word in words)

    def refused(actor: Actor) -> str:
        with pytest.raises(Refusal) as refusal, transaction():
            letters.download(run.id, 1, actor=actor, now=clock.now())
        return refusal.value.code

    other = sample.city.actors["office2"]
    assert refused(sample.office) == "letters_unreleased"
    with transaction():
        letters.release(run.id, actor=sample.office, now=clock.now())
    assert refused(sample.office) == "letters_same_person"
    with transaction():
        assert letters.download(run.id, 1, actor=other, now=clock.now()).startswith(b"PK")
    assert refused(other) == "letters_taken"
    assert printed(sample, run).startswith(b"PK")
    assert outreach.printed_letters(sample.draw.id) == 2 * ASKED
    actions = list(db.session.scalars(select(AuditEntry.action)))
    assert (actions.count("letters.released"), actions.count("letters.downloaded")) == (2, 3)


def test_reminders_by_letter_go_to_all_so_that_no_list_tells_who_has_answered(
    city: City, sample: Sample
) -> None:
    now = clock.now()
    run = start(sample)
    outreach_tasks.make_letters(str(run.id))
    with transaction():
        letters.post(run.id, actor=sample.office, now=now)
    answered(sample, 2, 4)
    assert sample.remind(now=now + 3 * DAY) == {Way.LETTER: ASKED}
    sample.send(Outbox(), now=now + 3 * DAY)
    again = start(sample)
    outreach_tasks.make_letters(str(again.id))
    lists = [letters.download_list(one.id, actor=sample.office, now=now) for one in (run, again)]
    first, second = ([*load_workbook(io.BytesIO(one)).active.values] for one in lists)
    assert first == second


def test_a_reminder_that_failed_becomes_no_letter(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)
    sample.send(Outbox(), now=now)
    answered(sample, 2)
    sample.remind(now=now + 3 * DAY)
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)]}), now=now + 3 * DAY)
    with transaction():
        moved = dispatching.as_letters(
            sample.draw.id, Fault.NUMBER, actor=sample.office, now=now + 3 * DAY
        )
    assert moved == 0
    assert outreach.waiting_letters(sample.draw.id) == 0
