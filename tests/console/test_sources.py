"""Sources at the desk: registered, mapped from a file's headings, checked, taken in, assigned."""

import io
import re

import pytest
from apiflask import APIFlask
from openpyxl import load_workbook
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from server.audit.models import AuditEntry
from server.core.database import db
from server.sources import tasks
from server.sources.models import SourceMatter, SourceRun
from tests.console.conftest import Desk, SignIn
from tests.console.test_lists import queries_of
from tests.factories.city import City
from tests.sources.files import messages, rated

TREE = "一级分类,二级分类,三级分类\n城乡建设,住房管理,物业管理\n".encode()
CHOSEN = {
    "ticket": "留言编号",
    "time": "留言时间",
    "matter": "留言主题",
    "text": "留言详情",
    "reply": "答复意见",
    "reply_time": "答复时间",
}


def page_of(answer: TestResponse) -> str:
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("/console")


def source_of(office: Desk, kind: str = "hotline") -> str:
    return page_of(office.post("/sources", name="12345 热线", kind=kind))


def send(office: Desk, source: str, data: bytes, name: str = "留言.xlsx") -> str:
    return page_of(office.post(f"{source}/runs", file=(io.BytesIO(data), name)))


def work() -> None:
    """Do what the worker would: the jobs that were stored, in their order."""
    waiting = db.session.execute(
        text("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")
    ).all()
    db.session.execute(text("DELETE FROM procrastinate_jobs"))
    db.session.commit()
    for name, values in waiting:
        if name.startswith("server.sources"):
            getattr(tasks, name.rpartition(".")[2])(**values)
    db.session.expire_all()


def taken_in(office: Desk, data: bytes, chosen: dict[str, str], name: str = "留言.xlsx") -> str:
    """Send a first file, save its mapping, take it in; return the source's page."""
    source = source_of(office)
    mapping = send(office, source, data, name)
    run = page_of(office.post(mapping, **chosen))
    work()
    office.post(f"{run}/application")
    work()
    return source


def test_the_mapping_is_suggested_from_the_file_s_own_headings(desk: SignIn) -> None:
    office = desk("office1")
    assert "还没有数据来源" in office.read("/sources")
    source = source_of(office)
    mapping = send(office, source, messages())
    assert mapping.endswith("/mapping")
    shown = office.read(mapping)
    chosen = re.findall(r'<option value="([^"]+)" selected>', shown)
    assert sorted(chosen) == sorted([*CHOSEN.values(), "hotline_common"])
    assert "A2区物业管理有问题" in shown
    missing = office.post(mapping, ticket="留言编号")
    assert missing.status_code == 422
    assert "请选择对应的列" in missing.text
    twice = office.post(mapping, **{**CHOSEN, "text": "留言主题"})
    assert "这一列已用于" in twice.text
    words = office.post(mapping, **CHOSEN, levels="还行 = 很棒", departments="工商 = 无")
    assert "没有“很棒”这个等级" in words.text
    assert "“还行”请写成" in office.post(mapping, **CHOSEN, levels="还行").text


def test_a_file_is_checked_looked_at_and_taken_in(desk: SignIn) -> None:
    office = desk("office1")
    source = source_of(office)
    run = page_of(office.post(send(office, source, messages()), **CHOSEN))
    busy = office.read(run)
    assert "检查中" in busy
    assert 'role="progressbar"' in busy
    assert "hx-get" in office.get(run, headers={"HX-Request": "true"}).text
    work()
    polled = office.get(run, headers={"HX-Request": "true"})
    assert polled.headers["HX-Refresh"] == "true"
    checked = office.read(run)
    assert "还没有改变任何内容" in checked
    assert "新增 4 件，更新 0 件。" in checked
    assert "行不导入" not in checked, "there is no row that stays out"
    listed = office.read(source)
    assert "将新增 4 件" in listed
    assert "还没有导入" in listed
    assert db.session.scalars(select(SourceMatter)).all() == []
    office.post(f"{run}/application")
    assert "导入中" in office.read(run)
    work()
    assert "导入结果" in office.read(run)
    shown = office.read(source)
    assert "将新增" not in shown
    assert "新增 4 件" in shown
    for figure in ("6.5 天", "50.0%", "75.0%", "40 天"):
        assert figure in shown
    again = send(office, source, messages())
    assert not again.endswith("/mapping"), "the saved mapping fits"
    work()
    assert "无变化" in office.read(again)
    recorded = {one.action for one in db.session.scalars(select(AuditEntry))}
    assert {
        "source.created",
        "source.uploaded",
        "source.mapped",
        "source.import_started",
        "source.imported",
    } <= recorded


def test_times_of_replies_are_rounded_half_up(desk: SignIn) -> None:
    office = desk("office1")
    # Fifteen replies after two days and six hours, one after six days: 15 of 16 are 93.75 %.
    replies = ["2026-11-04 15:00:00"] * 15 + ["2026-11-08 09:00:00"]
    rows = [
        f"T{number},2026-11-02 09:00:00,路灯不亮,请修理,已修好,{reply}"
        for number, reply in enumerate(replies)
    ]
    heading = ",".join(CHOSEN[name] for name in CHOSEN)
    data = "\n".join([heading, *rows]).encode()
    page = office.read(taken_in(office, data, CHOSEN, "留言.csv"))
    assert "93.8%" in page
    assert ">2.3 天<" in page
    assert ">6 天<" in page


def test_refused_rows_are_named_and_given_out(desk: SignIn) -> None:
    office = desk("office1")
    columns = {"ticket": "工单编号", "time": "受理时间", "level": "满意度", "text": "内容"}
    source = source_of(office)
    mapping = send(office, source, rated("T1,昨天,公安局,还行,=好,"), "评价.csv")
    assert "还行" in office.read(mapping)
    run = page_of(office.post(mapping, **columns))
    work()
    shown = office.read(run)
    assert "时间无法识别" in shown
    assert "还行" in shown
    book = load_workbook(io.BytesIO(office.get(f"{run}/refused.xlsx").data)).worksheets[0]
    rows = list(book.iter_rows(values_only=True))
    assert rows[0][:4] == ("工单编号", "受理时间", "满意度", "内容")
    assert rows[1][3] == "=好"
    corrected = rated("T1,2026-01-05 08:00,公安局,满意,好,")
    second = send(office, source, corrected, "更正.csv")
    work()
    assert "新增" in office.read(second)


def test_a_run_is_cancelled_from_its_page(desk: SignIn) -> None:
    office = desk("office1")
    source = source_of(office)
    run = page_of(office.post(send(office, source, messages()), **CHOSEN))
    office.post(f"{run}/cancellation")
    work()
    assert "已取消" in office.read(run)
    office.post(f"{run}/check")
    work()
    assert "还没有改变任何内容" in office.read(run)
    office.post(f"{run}/cancellation")
    office.post(f"{run}/application")
    assert "不能这样操作" in office.told()


def test_files_that_cannot_be_read_are_refused(desk: SignIn) -> None:
    office = desk("office1")
    source = source_of(office)
    for data, words in (
        (b"", "文件里没有数据"),
        (b"PK\x03\x04nonsense", "文件无法识别"),
        (b"\xff\xff\xff", "文件无法识别"),
        (b"\n\n", "文件里没有数据"),
    ):
        answer = office.post(f"{source}/runs", file=(io.BytesIO(data), "x.csv"))
        assert answer.status_code == 422
        assert words in answer.text
    assert office.post(f"{source}/runs").status_code == 422
    assert db.session.scalars(select(SourceRun)).all() == []


def test_matters_are_searched_filtered_and_exported(desk: SignIn) -> None:
    office = desk("office1")
    taken_in(office, messages(), CHOSEN)
    assert "A2区物业管理有问题" in office.read("/matters?q=物业")
    assert "A2区物业管理有问题" not in office.read("/matters?q=停水")
    assert "没有符合条件的事项" in office.read("/matters?level=5")
    matter = db.session.scalars(select(SourceMatter).where(SourceMatter.ticket == "2549")).one()
    assert "业委会不管" in office.read(f"/matters/{matter.id}")
    assert office.get("/matters/999999").status_code == 404
    sheet = office.get("/matters/export.xlsx?q=物业")
    rows = list(load_workbook(io.BytesIO(sheet.data)).worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 2
    assert office.get("/matters/export.csv").data.decode("utf-8-sig").count("2554") == 1
    assert "导出事项" in office.read("/audit")


def test_the_queue_assigns_many_and_takes_suggestions_over(desk: SignIn, city: City) -> None:
    office = desk("office1")
    office.post("/sources/topics", file=(io.BytesIO(TREE), "分类.csv"))
    taken_in(office, messages(), CHOSEN)
    shown = office.read("/matters/queue")
    assert "建议：城乡建设 / 住房管理 / 物业管理（100 分）" in shown
    ids = re.findall(r'name="matters" value="(\d+)"', shown)
    assert len(ids) == 4
    assert office.post("/matters/assignment").status_code == 422
    office.post("/matters/assignment", matters=ids, suggestions="yes")
    assert "已处理 1 件" in office.told()
    office.post("/matters/assignment", matters=ids[:3], department=city.departments[1].id)
    assert len(re.findall(r'name="matters" value', office.read("/matters/queue"))) == 1
    wrong = office.post("/matters/assignment", matters=ids, department=city.enterprise.id)
    assert wrong.status_code == 404
    away = office.post(
        "/matters/assignment",
        matters=ids[3:],
        department=city.departments[1].id,
        back="https://elsewhere.test/",
    )
    assert page_of(away) == "/matters/queue"
    assert "没有等待分派的事项" in office.read("/matters/queue")


def test_a_secret_is_shown_once(desk: SignIn) -> None:
    office = desk("office1")
    source = source_of(office)
    assert "还没有密钥" in office.read(source)
    shown = office.post(f"{source}/secret").text
    secret = re.findall(r"user-select-all\">([\w-]{43})<", shown)[0]
    assert secret not in office.read(source)
    assert "已有密钥" in office.read(source)


@pytest.mark.parametrize("name", ["party", "admin", "liaison", "inspector"])
def test_only_the_office_keeps_sources(desk: SignIn, name: str) -> None:
    for path in ("/sources", "/matters", "/matters/queue"):
        assert desk(name).get(path).status_code == 403


def test_the_list_asks_as_often_for_many_sources_as_for_few(desk: SignIn, app: APIFlask) -> None:
    office = desk("office1")
    source_of(office)
    office.told()
    few = queries_of(app, office, "/sources")
    for number in range(5):
        office.post("/sources", name=f"来源{number}", kind="service_centre")
    office.told()
    assert queries_of(app, office, "/sources") == few


def test_names_are_taken_once(desk: SignIn) -> None:
    office = desk("office1")
    source_of(office)
    answer = office.post("/sources", name="12345 热线", kind="hotline")
    assert answer.status_code == 422
    assert "已有同名的数据来源" in answer.text
    broken = office.post("/sources/topics", file=(io.BytesIO(b"x"), "x.csv"))
    assert broken.status_code == 422
