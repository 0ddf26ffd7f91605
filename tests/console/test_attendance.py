"""Check-in at the desk: the screen's codes, who has come, questions, the paper list."""

import csv
import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from openpyxl import Workbook, load_workbook

from server.activities import service as activities
from server.activities.models import Activity
from server.attendance import codes, keys, queries
from server.attendance.rules import PRESENCE_LABELS, Presence
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from tests.console.conftest import Desk, SignIn
from tests.factories.activities import ActivityFactory
from tests.factories.members import Comrade, PersonFactory


@pytest.fixture
def running(branch: Organisation, activity: ActivityFactory) -> Activity:
    """An activity that began half an hour ago."""
    return activity(branch.id, at=clock.now() - timedelta(hours=1), starts_in=timedelta(minutes=30))


@pytest.fixture
def guests(running: Activity, branch: Organisation, person: PersonFactory) -> list[Comrade]:
    """Three people who joined."""
    found = [person(branch.id, name) for name in ("安娜", "薄明", "陈晨")]
    with transaction():
        for one in found:
            activities.add_participant(running.id, one.id, actor=SYSTEM, now=clock.now())
    return found


def test_the_screen_gets_the_code_of_this_step_and_the_next_two(
    desk: SignIn, running: Activity, guests: list[Comrade]
) -> None:
    party = desk("party")
    assert f'data-codes="/console/activities/{running.id}/code/current"' in party.read(
        f"/activities/{running.id}/code"
    )
    told = party.get(f"/activities/{running.id}/code/current").json
    assert told["joined"] == 3
    assert told["present"] == 0
    assert told["message"] is None
    step = codes.step_of(clock.now())
    assert [one["step"] - told["codes"][0]["step"] for one in told["codes"]] == [0, 1, 2]
    assert step - 1 <= told["codes"][0]["step"] <= step
    assert all(one["svg"].startswith("<svg") for one in told["codes"])
    assert len({one["svg"] for one in told["codes"]}) == 3
    shown = codes.rotating_code(keys.of_activity(running.id), running.id, step)
    assert shown.startswith(f"RH1.{running.id}.")


def test_no_code_is_shown_before_its_time_or_of_a_cancelled_activity(
    desk: SignIn, branch: Organisation, activity: ActivityFactory
) -> None:
    party, early = desk("party"), activity(branch.id)
    told = party.get(f"/activities/{early.id}/code/current").json
    assert told["codes"] == []
    assert "开始打卡" in told["message"]
    party.read(f"/activities/{activity(branch.id, announced=False).id}/code", 409)
    desk("office1").get(f"/activities/{early.id}/code/current")
    assert desk("office1").get(f"/activities/{early.id}/code/current").status_code == 403


def test_the_list_is_renewed_counts_and_takes_the_organisers_word(
    desk: SignIn, running: Activity, guests: list[Comrade]
) -> None:
    party, path = desk("party"), f"/activities/{running.id}/attendance"
    text = party.read(path)
    assert 'hx-trigger="every 5s"' in text
    assert "未打卡 3" in text
    party.post(f"{path}/{guests[0].id}", present="yes", phase="in")
    db.session.expire_all()
    renewed = party.get(path, headers={"HX-Request": "true"}).text
    assert renewed.count('id="live"') == 1
    assert "<html" not in renewed
    text = party.read(path)
    assert "已确认，本人会收到通知" in text, "the renewal has not taken the notice away"
    assert "到场 1" in text
    assert all(words in text for words in PRESENCE_LABELS.values())
    assert not any(words in text for words in ("还差一步", "待核对", "不在场"))
    assert "组织者确认" in text
    assert "安娜" in party.read(f"{path}?presence=present")
    assert "薄明" not in party.read(f"{path}?presence=present")
    back = f"/console/activities/{running.id}/attendance?presence=present"
    answer = party.post(f"{path}/{guests[0].id}", present="no", phase="in", back=back)
    assert answer.headers["Location"] == back
    assert queries.overview(running.id).counts["absent"] == 1
    elsewhere = party.post(f"{path}/{guests[0].id}", present="yes", back="https://example.cn/")
    assert elsewhere.headers["Location"] == "/console/"


def test_a_forwarded_code_is_a_question_in_both_places(
    desk: SignIn, running: Activity, branch: Organisation, person: PersonFactory
) -> None:
    guest = person(branch.id, "丁丁", key="ding")
    assert guest.phone
    with transaction():
        activities.add_participant(running.id, guest.id, actor=SYSTEM, now=clock.now())
    old = codes.step_of(clock.now() - timedelta(minutes=5))
    answer = guest.phone.client.post(
        f"/api/v1/activities/{running.id}/check-ins",
        json={
            "id": str(uuid4()),
            "phase": "in",
            "kind": "code",
            "code": codes.rotating_code(keys.of_activity(running.id), running.id, old),
            "happened_at": clock.now().isoformat(),
        },
        headers=guest.headers,
    )
    assert answer.status_code == 200, answer.text
    party = desk("party")
    for path in (f"/activities/{running.id}/attendance", "/frontline/review"):
        text = party.read(path)
        assert "丁丁" in text
        assert "活动码超过 60 秒后才送达" in text
    assert '1</div><div class="text-secondary">人的打卡待组织者确认' in party.read("/")
    party.post(f"/activities/{running.id}/attendance/{guest.id}", present="yes")
    assert queries.overview(running.id).items[0].presence is Presence.PRESENT
    assert "丁丁" not in party.read("/frontline/review")


def test_the_office_may_not_answer_for_the_branch_at_once(
    desk: SignIn, running: Activity, guests: list[Comrade]
) -> None:
    answer = desk("office1").post(
        f"/activities/{running.id}/attendance/{guests[0].id}", present="yes"
    )
    assert answer.status_code == 403


def paper(party: Desk, running: Activity) -> list[list[str]]:
    answer = party.get(f"/activities/{running.id}/paper.csv")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_paper_list_is_printed_filled_in_checked_and_read_in(
    desk: SignIn, running: Activity, guests: list[Comrade]
) -> None:
    party, path = desk("party"), f"/activities/{running.id}/paper"
    assert "安娜" in party.read(f"{path}/print")
    rows = paper(party, running)
    assert rows[0] == ["序号", "编码", "姓名", "支部", "到场", "离开"]
    book = load_workbook(io.BytesIO(party.get(f"{path}.xlsx").data))
    assert book.worksheets[0].cell(2, 3).value == rows[1][2]
    rows[1][4] = "√"
    rows[2][4] = "也许"
    filled = Workbook()
    for row in rows:
        filled.worksheets[0].append(row)
    buffer = io.BytesIO()
    filled.save(buffer)
    checked = party.post(path, step="check", file=(io.BytesIO(buffer.getvalue()), "list.xlsx"))
    assert checked.status_code == 200, checked.text
    assert "尚未写入" in checked.text
    assert "只能打 √ 或留空" in checked.text
    assert queries.overview(running.id).counts["present"] == 0
    content = re.search(r'name="content" value="([^"]+)"', checked.text)
    assert content
    assert party.post(path, step="apply", content=content[1]).status_code == 302
    overview = queries.overview(running.id)
    assert overview.counts["present"] == 1
    assert "纸质登记" in party.read(f"/activities/{running.id}/attendance")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"step": "check"}, "请选择填写好的签到表文件"),
        ({"step": "apply", "content": "%%%"}, "请选择填写好的签到表文件"),
        ({"step": "check", "file": (io.BytesIO(b"PK\x03\x04rubbish"), "a.xlsx")}, "无法识别"),
        ({"step": "check", "file": (io.BytesIO(b"a,b\n1,2"), "a.csv")}, "没有找到表头"),
        ({"step": "check", "file": (io.BytesIO(b"x" * 600_000), "a.csv")}, "文件过大"),
    ],
)
def test_a_file_that_is_no_list_is_told_at_its_field(
    desk: SignIn, running: Activity, form: dict[str, object], words: str
) -> None:
    answer = desk("party").post(f"/activities/{running.id}/paper", **form)
    assert answer.status_code == 422
    assert words in answer.text


def test_nobody_is_ranked_and_no_person_has_hours(
    desk: SignIn, running: Activity, guests: list[Comrade]
) -> None:
    party = desk("party")
    for one in guests:
        party.post(f"/activities/{running.id}/attendance/{one.id}", present="yes")
    text = party.read("/coverage")
    assert not any(one.name in text for one in guests)
    answer = party.post("/exports/turnout", kind="csv", frm="2026-01-01")
    assert not any(one.name in answer.data.decode("utf-8-sig") for one in guests)
