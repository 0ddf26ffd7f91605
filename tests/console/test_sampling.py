"""Frames and draws at the desk: sent, checked, taken in, planned, drawn; never a name on a page."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from apiflask import APIFlask
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import create_environ, run_wsgi_app

from server.audit.models import AuditEntry
from server.core.database import db
from server.sampling import queries
from server.sampling.commands import repeat_draw
from server.sampling.models import SampleDraw, SampleFrame
from server.sampling.rules import Panel
from tests.console.conftest import Desk, SignIn, confine
from tests.console.sampling_pages import CHOSEN, checked, sampling_pages, upload, work
from tests.console.test_lists import queries_of
from tests.factories.city import City
from tests.factories.sampling import make_draw, make_frame, sample_campaign
from tests.sampling.files import as_csv, as_xlsx, residents

PLAN = {
    "margin": "10",
    "confidence": "95",
    "design_effect": "1",
    "reserve": "50",
    "departments_each": "3",
    "least": "10",
    "skip_days": "",
    "seed": "",
}


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_list_is_sent_checked_and_taken_in(desk: SignIn, city: City) -> None:
    office = desk("office1")
    found = upload(office, as_xlsx(residents()), "名单.xlsx")
    columns = office.read(f"{found}/columns")
    assert '<option value="手机号" selected>' in columns
    assert "18至35岁、36岁以上" in columns
    assert office.post(f"{found}/columns", **CHOSEN).status_code == 302
    assert "检查中" in office.read(found)
    work()
    page = office.read(found)
    assert "还没有导入" in page
    assert "18至35岁" in page
    assert not db.session.scalars(select(SampleFrame)).all()
    assert office.post(f"{found}/application").status_code == 302
    work()
    frame = db.session.scalars(select(SampleFrame)).one()
    assert frame.size == 40
    assert f"/console/frames/{frame.id}" in office.read(found)
    shown = office.read(f"/frames/{frame.id}")
    assert frame.digest.hex() in shown
    assert {"frame.uploaded", "frame.import_started", "frame.imported"} <= set(actions())


def test_progress_is_renewed_while_a_job_works_and_the_page_after_it(
    desk: SignIn, city: City
) -> None:
    office = desk("office1")
    found = upload(office, as_csv(residents()))
    office.post(f"{found}/columns", **CHOSEN)
    asked = office.get(found, headers={"HX-Request": "true"})
    assert "every 2s" in asked.text
    assert "HX-Refresh" not in asked.headers
    work()
    asked = office.get(found, headers={"HX-Request": "true"})
    assert asked.headers["HX-Refresh"] == "true"


def test_a_wrong_choice_of_columns_is_told_beside_the_form(desk: SignIn, city: City) -> None:
    office = desk("office1")
    found = upload(office, as_csv(residents()))
    answer = office.post(f"{found}/columns", name="姓名", dimensions=["区县"])
    assert answer.status_code == 422
    assert "手机号和通信地址至少要有一列" in answer.text
    assert re.search(r'value="区县" checked', answer.text)
    answer = office.post(f"{found}/columns", telephone="手机", dimensions=["区县"])
    assert answer.status_code == 422
    assert "没有找到这些列：手机、区县" in answer.text


def test_what_is_no_table_is_refused(desk: SignIn, city: City) -> None:
    office = desk("office1")
    for data, words in ((b"", "没有数据"), (b"PK\x03\x04nothing", "无法识别")):
        answer = office.post(
            "/frames", panel="residents", name="名单", file=(io.BytesIO(data), "a.xlsx")
        )
        assert answer.status_code == 422
        assert words in answer.text
    assert "请选择文件" in office.post("/frames", panel="residents", name="名单").text


def test_refused_rows_are_given_out_corrected_and_taken(desk: SignIn, city: City) -> None:
    office = desk("office1")
    found = checked(office, as_csv([*residents(), ("甲", "1", "", "东区", "36岁以上")]))
    assert "号码无法识别" in office.read(found)
    book = load_workbook(io.BytesIO(office.get(f"{found}/refused.xlsx").data))
    sheet = book.active
    assert sheet is not None
    sheet.cell(2, 2).value = "13712345678"
    file = io.BytesIO()
    book.save(file)
    answer = office.post(f"{found}/corrections", file=(io.BytesIO(file.getvalue()), "a.xlsx"))
    assert answer.status_code == 302, answer.text
    work()
    assert "没有有误的行" in office.read(found)
    office.post(f"{found}/application")
    work()
    assert db.session.scalars(select(SampleFrame)).one().size == 41
    assert "frame.refused_exported" in actions()


def test_no_page_shows_who_stands_in_a_frame_or_a_draw(desk: SignIn, city: City) -> None:
    office = desk("office1")
    pages = sampling_pages(city, office)
    for path in pages:
        shown = office.read(path)
        assert not re.search(r"1[38]\d{9}\b", re.sub(r"[0-9a-f]{32,}", "", shown)), path
        assert "江滨路" not in shown, path
        assert "张1" not in shown, path


def test_sizes_are_worked_out_as_one_types(desk: SignIn, city: City) -> None:
    office = desk("office1")
    campaign = sample_campaign(city)
    frame = make_frame(city, {("东区", "成年"): 20_000, ("西区", "成年"): 10}, people=None)
    path = f"/campaigns/{campaign.id}/sample/plan?frame={frame.id}&departments_each=3"
    page = office.read(f"{path}&margin=5")
    assert "385" in page
    # 384.15 / (1 + 383.15 / 20,010) = 376.9, and 西区 is too small to stand alone.
    assert ">377<" in page
    assert "区县：东区、西区" in page
    assert "1,068" in office.read(f"{path}&margin=3")
    assert "577" in office.read(f"{path}&margin=5&design_effect=1.5")
    assert not queries.draws(campaign.id)


def test_what_cannot_be_drawn_is_told_while_one_types(desk: SignIn, city: City) -> None:
    office = desk("office1")
    campaign, frame = sample_campaign(city), make_frame(city, {("东区", "成年"): 14})
    path = f"/campaigns/{campaign.id}/sample/plan?frame={frame.id}"
    for query, words in (
        ("margin=0", "误差须在"),
        ("margin=五", "允许误差"),
        ("departments_each=9", "每人评价 1 至 3 个部门"),
        ("departments_each=2", "增加到 3 个"),
        ("confidence=80", "请从给出的选项中选择"),
        ("skip_days=0", "请填写 1 到"),
    ):
        answer = office.get(f"{path}&{query}")
        assert words in answer.text, query
    assert office.get(path.partition("?")[0] + "?frame=999999").status_code == 404


def test_a_draw_is_made_once_and_can_be_repeated_from_its_downloads(
    app: APIFlask, desk: SignIn, city: City, tmp_path: Path
) -> None:
    office = desk("office1")
    campaign, frame = sample_campaign(city), make_frame(city)
    answer = office.post(f"/campaigns/{campaign.id}/sample/draws", frame=str(frame.id), **PLAN)
    assert answer.status_code == 302, answer.text
    page = answer.headers["Location"].removeprefix("/console")
    sample = db.session.scalars(select(SampleDraw)).one()
    assert sample.seed in office.read(page)
    again = office.post(f"/campaigns/{campaign.id}/sample/draws", frame=str(frame.id), **PLAN)
    assert again.status_code == 422
    assert "已经抽过样" in again.text
    plan = office.get(f"{page}/plan.json")
    public = office.get(f"/frames/{frame.id}/frame.csv")
    assert plan.json == sample.plan
    (tmp_path / "frame.csv").write_bytes(public.data)
    (tmp_path / "plan.json").write_bytes(plan.data)
    said = [str(tmp_path / "frame.csv"), "--plan", str(tmp_path / "plan.json")]
    answer = app.test_cli_runner().invoke(repeat_draw, said)
    assert answer.exit_code == 0, answer.output
    numbers = [int(line.split(",")[1]) for line in answer.output.splitlines()[1:]]
    assert numbers == [one.number for one in queries.drawn_persons(sample.id)]
    assert {"sample.drawn", "sample.plan_exported", "frame.exported"} <= set(actions())


def test_a_frame_is_given_out_whole_by_a_server(
    app: APIFlask, desk: SignIn, city: City, tmp_path: Path
) -> None:
    office = desk("office1")
    frame = make_frame(city, {("东区", "成年"): 3000, ("西区", "成年"): 3000}, people=None)
    sample = make_draw(city, sample_campaign(city), frame)
    (tmp_path / "plan.json").write_bytes(office.get(f"/draws/{sample.id}/plan.json").data)
    body = served(app, office, f"/frames/{frame.id}/frame.csv")
    assert body.count(b"\r\n") == 6001
    (tmp_path / "frame.csv").write_bytes(body)
    said = [str(tmp_path / "frame.csv"), "--plan", str(tmp_path / "plan.json")]
    answer = app.test_cli_runner().invoke(repeat_draw, said)
    assert answer.exit_code == 0, answer.output
    numbers = [int(line.split(",")[1]) for line in answer.output.splitlines()[1:]]
    assert numbers == [one.number for one in queries.drawn_persons(sample.id)]


def served(app: APIFlask, office: Desk, path: str) -> bytes:
    """Fetch a page as a server does: its body is read when the request's session has ended."""
    cookie = office.client.get_cookie("console", path="/console")
    assert cookie is not None
    environ = create_environ(f"/console{path}", headers={"Cookie": f"{cookie.key}={cookie.value}"})
    with ThreadPoolExecutor() as server:
        # A thread of its own knows nothing of the application context that the test holds open.
        answer = server.submit(run_wsgi_app, app.wsgi_app, environ).result()
        return server.submit(lambda: b"".join(answer[0])).result()


def test_all_that_is_wrong_with_a_plan_is_told_at_once(desk: SignIn, city: City) -> None:
    office = desk("office1")
    campaign, frame = sample_campaign(city), make_frame(city)
    wrong = {
        "margin": "五", "design_effect": "0.5", "reserve": "900", "departments_each": "9",
        "least": "1", "skip_days": "0",
    }  # fmt: skip
    answer = office.post(
        f"/campaigns/{campaign.id}/sample/draws", frame=str(frame.id), **(PLAN | wrong)
    )
    assert answer.status_code == 422
    alert = answer.text.partition("alert-danger")[2].partition("</div></div>")[0]
    for label in ("允许误差", "设计效应", "备用样本", "每人评价部门数", "每层至少", "跳过天数"):
        assert label in alert, label
    assert 'data-confirm-unless="#preview .alert-danger"' in answer.text


def test_the_command_stands_as_it_runs(desk: SignIn, city: City) -> None:
    sample = make_draw(city, sample_campaign(city), make_frame(city))
    page = desk("office1").read(f"/draws/{sample.id}")
    assert "python -m flask --app server.wsgi repeat-draw" in page


def test_the_downloads_name_nobody(desk: SignIn, city: City) -> None:
    office = desk("office1")
    frame = make_frame(city)
    sample = make_draw(city, sample_campaign(city), frame, reserve_share="0.5")
    text = office.get(f"/frames/{frame.id}/frame.csv").data.decode("utf-8-sig")
    assert text.splitlines()[:2] == ["number,区县,年龄", "1,东区,18至35岁"]
    assert len(text.splitlines()) == 61
    plan = office.get(f"/draws/{sample.id}/plan.json").text
    for given in (text, plan):
        assert "江滨路" not in given
        assert "张" not in given


def test_a_seed_of_the_office_is_taken_as_it_was_agreed(desk: SignIn, city: City) -> None:
    office = desk("office1")
    campaign, frame = sample_campaign(city), make_frame(city)
    said = {**PLAN, "seed": "2026136 期 03 07 19 22 30 33"}
    office.post(f"/campaigns/{campaign.id}/sample/draws", frame=str(frame.id), **said)
    sample = db.session.scalars(select(SampleDraw)).one()
    assert sample.seed == "2026136 期 03 07 19 22 30 33"
    assert sample.plan["seed_source"] == "entered"


def test_a_draw_is_taken_back_from_its_page(desk: SignIn, city: City) -> None:
    office = desk("office1")
    sample = make_draw(city, sample_campaign(city), make_frame(city))
    opened = make_draw(city, sample_campaign(city, is_open=True), make_frame(city))
    assert "撤销抽样" in office.read(f"/draws/{sample.id}")
    assert "撤销抽样" not in office.read(f"/draws/{opened.id}")
    office.post(f"/draws/{opened.id}/deletion")
    assert "不能再撤销" in office.told()
    office.post(f"/draws/{sample.id}/deletion")
    assert "抽样已撤销" in office.told()
    assert [one.id for one in db.session.scalars(select(SampleDraw))] == [opened.id]
    assert "sample.deleted" in actions()


def test_an_office_elsewhere_neither_opens_nor_draws(desk: SignIn, city: City) -> None:
    campaign, frame = sample_campaign(city), make_frame(city)
    confine(city, "office2", city.departments[0])
    other = desk("office2")
    for path in (f"/frames/{frame.id}", f"/frames/{frame.id}/frame.csv"):
        assert other.get(path).status_code == 403
    assert frame.name not in other.read("/frames")
    assert other.post(f"/frames/{frame.id}/erasure").status_code == 403
    answer = other.post(f"/campaigns/{campaign.id}/sample/draws", frame=str(frame.id), **PLAN)
    assert answer.status_code == 403
    sample = make_draw(city, campaign, frame)
    for path in (
        f"/campaigns/{campaign.id}/sample",
        f"/campaigns/{campaign.id}/sample/plan",
        f"/draws/{sample.id}",
        f"/draws/{sample.id}/plan.json",
    ):
        assert other.get(path).status_code == 403, path
    assert other.post(f"/draws/{sample.id}/deletion").status_code == 403
    assert "没有可用的样本库" in desk("office1").read(f"/campaigns/{campaign.id}/sample/plan")


def test_a_frames_end_is_on_its_page(desk: SignIn, city: City) -> None:
    office = desk("office1")
    frame, other = make_frame(city), make_frame(city)
    office.post(f"/frames/{frame.id}/erasure")
    assert "已于" in office.read(f"/frames/{frame.id}")
    office.post(f"/frames/{other.id}/deletion")
    assert "样本库已删除" in office.told()
    assert office.get(f"/frames/{other.id}").status_code == 404
    assert {"frame.erased", "frame.deleted"} <= set(actions())


def test_lists_are_searched_paged_and_say_when_they_are_empty(
    app: APIFlask, desk: SignIn, city: City
) -> None:
    office = desk("office1")
    assert "没有样本库" in office.read("/frames")
    assert "没有抽样调查的活动" in office.read("/samples")
    make_frame(city, name="干部名单", panel=Panel.OFFICIALS)
    sample_campaign(city)
    few = [queries_of(app, office, path) for path in ("/frames", "/samples")]
    for _ in range(22):
        make_frame(city, {("东区",): 1}, dimensions=["区县"])
        sample_campaign(city)
    many = [queries_of(app, office, path) for path in ("/frames", "/samples")]
    assert few == many
    page = office.read("/frames")
    assert "下一页" in page
    assert "干部名单" not in page
    assert "干部名单" in office.read("/frames?panel=officials")
    assert "干部名单" in office.read("/frames?q=干部")
    assert "下一页" in office.read("/samples")
