"""The pages of findings: what they show, to whom, and what is decided there."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.models import Evaluation, Exclusion
from server.evaluation.rules import EvaluationState
from server.integrity import service
from server.integrity.models import Finding
from tests.console.conftest import Desk, SignIn, confine
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.manipulation import Given, begun_before, block, ordinary, store

SLOGAN = "这个部门的服务是全市最好的没有之一请大家都来投最高的等级支持到底"
OFFICE_BLOCK = block(4242)
Planted = Callable[..., Campaign]


@pytest.fixture
def planted(city: City) -> Planted:
    """A campaign with one wording in the first department and one block in the second."""

    def make(kind: CampaignKind = CampaignKind.SURVEY, *, closed: bool = True) -> Campaign:
        campaign = city.campaign(kind=kind)
        days = begun_before(campaign, 27)
        for place, department in enumerate(city.departments):
            store(campaign.id, department.id, ordinary(place, 200, days))
        store(
            campaign.id,
            city.departments[0].id,
            [Given(day=days[at], levels=[5, 4] * 4, comment=SLOGAN) for at in range(26)],
        )
        store(
            campaign.id,
            city.departments[1].id,
            [
                Given(day=days[at % 28], overall=1, levels=[1, 2] * 4, block=OFFICE_BLOCK)
                for at in range(37)
            ],
        )
        if closed:
            close_and_settle(campaign.id)
        return campaign

    return make


def finding(kind: str) -> Finding:
    db.session.expire_all()
    return db.session.query(Finding).filter_by(kind=kind).one()


def path(kind: str) -> str:
    return f"/findings/{finding(kind).id}"


def facts(page: str) -> str:
    """Return the words of a page, one space between them."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def pages_of(desk: Desk, page: str) -> list[str]:
    """Return a list's pages, the first one and those that follow."""
    found = [desk.read(page)]
    while following := re.search(r'href="/console(/[^"]+cursor=[^"]+)" rel="next"', found[-1]):
        found.append(desk.read(following[1]))
    return found


def on_page(desk: Desk, page: str) -> dict[str, str]:
    """Return what a finding's page sends along with a verdict on what it shows."""
    return dict(re.findall(r'name="(number|digest)" value="(\w+)"', desk.read(page)))


def test_the_list_names_kind_department_and_size(desk: SignIn, planted: Planted) -> None:
    planted()
    text = desk("office1").read("/findings")
    assert "26 份留言几乎相同" in text
    assert "来源 A：37 份" in text
    assert "市场监督管理局" in text
    assert "待判断" in text


def test_an_empty_list_says_what_that_means(desk: SignIn, city: City) -> None:
    assert "没有线索不等于没有问题" in desk("office1").read("/findings")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("kind=same_text", {"留言几乎相同"}),
        ("kind=address_block", {"来源 A"}),
        ("state=open", {"留言几乎相同", "来源 A"}),
        ("state=dismissed", set()),
        ("department={department}", {"留言几乎相同"}),
        ("campaign={campaign}", {"留言几乎相同", "来源 A"}),
        ("campaign=999999", set()),
        ("kind=nonsense&state=&department=abc", {"留言几乎相同", "来源 A"}),
    ],
)
def test_the_list_is_filtered(
    desk: SignIn, planted: Planted, city: City, query: str, shown: set[str]
) -> None:
    campaign = planted()
    asked = query.format(campaign=campaign.id, department=city.departments[0].id)
    text = desk("office1").read(f"/findings?{asked}").split('id="list"')[1]
    assert {words for words in ("留言几乎相同", "来源 A") if words in text} == shown


def test_the_list_goes_on_by_key(desk: SignIn, planted: Planted) -> None:
    campaign = planted()
    original = finding("same_text")
    with transaction():
        for number in range(40):
            db.session.add(
                Finding(
                    campaign_id=campaign.id,
                    department_id=original.department_id,
                    channel=1,
                    kind="same_text",
                    fingerprint=uuid4().bytes,
                    evidence=original.evidence,
                    ratings=number,
                    found_on=clock.today(),
                )
            )
    office = desk("office1")
    addresses: list[str] = []
    page = "/findings"
    while page:
        text = office.read(page)
        addresses += re.findall(r'href="/console(/findings/[0-9a-f-]{36})"', text)
        following = re.search(r'href="/console(/findings\?cursor=[^"]+)" rel="next"', text)
        page = following[1] if following else ""
    assert len(addresses) == len(set(addresses)) == 42


def test_a_finding_shows_evidence_ratings_and_totals_and_nothing_of_any_person(
    desk: SignIn, planted: Planted
) -> None:
    planted()
    office = desk("office1")
    text = office.read(path("address_block"))
    for words in (
        "来源 A",
        "37 份（一个网段",
        "现在计入",
        "去掉本线索",
        "去掉全部待定线索",
        "<svg",
        "数据表",
        "非常不满意",
    ):
        assert words in text, words
    assert OFFICE_BLOCK.hex() not in text
    assert finding("address_block").fingerprint.hex() not in text
    words = office.read(path("same_text"))
    assert SLOGAN[:10] in words
    assert "巧合概率" not in words


def test_its_ratings_go_on_by_key(desk: SignIn, planted: Planted) -> None:
    planted()
    office = desk("office1")
    first = office.read(path("address_block"))
    following = re.search(r'href="/console(/findings/[^"]+cursor=[^"]+)" rel="next"', first)
    assert following
    ids = [
        re.findall(r'name="ratings" value="([0-9a-f-]{36})"', text)
        for text in (first, office.read(following[1]))
    ]
    assert [len(page) for page in ids] == [20, 17]
    assert not set(ids[0]) & set(ids[1])


def test_nothing_is_shown_before_a_survey_closes(desk: SignIn, planted: Planted) -> None:
    campaign = planted(closed=False)
    with transaction():
        service.search_open(campaign.id, now=clock.now())
    text = desk("office1").read("/findings")
    assert "没有符合条件的线索" in text
    assert campaign.title not in text
    # Even a row that should not be there is not shown.
    with transaction():
        row = Finding(
            campaign_id=campaign.id,
            department_id=db.session.query(Evaluation.department_id).limit(1).scalar(),
            channel=1,
            kind="burst",
            fingerprint=b"f" * 16,
            evidence={},
            ratings=1,
            found_on=clock.today(),
        )
        db.session.add(row)
    desk("office1").read(f"/findings/{row.id}", 404)
    desk("admin").read("/findings", 403)


def test_an_open_service_campaigns_findings_are_the_offices_alone(
    desk: SignIn, planted: Planted
) -> None:
    campaign = planted(CampaignKind.SERVICE, closed=False)
    with transaction():
        service.search_open(campaign.id, now=clock.now())
    assert "26 份留言几乎相同" in desk("office1").read("/findings")
    assert "没有符合条件的线索" in desk("inspector").read("/findings")
    desk("inspector").read(path("same_text"), 404)


def test_an_inspector_reads_the_own_departments_findings_after_the_close_and_decides_nothing(
    desk: SignIn, planted: Planted
) -> None:
    planted()
    inspector = desk("inspector")
    text = inspector.read("/findings")
    assert "26 份留言几乎相同" in text
    assert "来源 A" not in text
    page = inspector.read(path("same_text"))
    assert "去掉本线索" in page
    assert "提出不予采纳" not in page
    assert "判断为无异常" not in page
    inspector.read(path("address_block"), 404)
    for step in ("dismissal", "exclusions", "confirmation", "rejection"):
        assert inspector.post(f"{path('same_text')}/{step}").status_code == 403


def test_a_district_office_sees_its_own_departments(
    desk: SignIn, planted: Planted, city: City
) -> None:
    planted()
    confine(city, "office2", city.departments[1])
    office = desk("office2")
    assert "26 份留言几乎相同" not in office.read("/findings")
    office.read(path("same_text"), 404)
    assert office.post(f"{path('same_text')}/dismissal", note="无").status_code in {403, 404}
    assert finding("same_text").state == "open"


def test_dismissing_needs_a_reason_and_is_told(desk: SignIn, planted: Planted) -> None:
    planted()
    office = desk("office1")
    missing = office.post(f"{path('same_text')}/dismissal", note="")
    assert missing.status_code == 422
    office.post(f"{path('same_text')}/dismissal", note="合唱团成员一起参观后填写")
    assert "无异常" in office.told()
    text = office.read(path("same_text"))
    assert "合唱团成员一起参观后填写" in text
    assert "office1 同志" in text
    office.post(f"{path('same_text')}/dismissal", note="再来一次")
    assert finding("same_text").note == "合唱团成员一起参观后填写"


def test_all_ratings_are_proposed_by_one_and_confirmed_by_another(
    desk: SignIn, planted: Planted
) -> None:
    planted()
    first, second = desk("office1"), desk("office2")
    page = path("same_text")
    for form in (
        {"which": "all", "reason": "", "note": "依据在此"},
        {"which": "all", "reason": "abusive", "note": "依据在此"},
        {"which": "chosen", "reason": "organised", "note": "依据在此"},
        {"which": "", "reason": "organised", "note": "依据在此"},
        {"which": "all", "reason": "organised", "note": ""},
    ):
        assert first.post(f"{page}/exclusions", **form).status_code == 422, form
    assert db.session.query(Exclusion).count() == 0
    first.post(f"{page}/exclusions", which="all", reason="organised", note="群里转发的文字")
    assert "26 份" in first.told()
    own = first.read(page)
    assert "须由另一位工作人员确认" in own
    assert "全部确认" not in own
    assert "已提出不予采纳，待确认" in first.read("/findings")
    first.post(f"{page}/confirmation")
    assert "必须是两个人" in first.told()
    assert "全部确认" in second.read(page)
    second.post(f"{page}/confirmation", **on_page(second, page))
    assert "不再计入" in second.told()
    db.session.expire_all()
    assert db.session.query(Evaluation).filter_by(state=EvaluationState.EXCLUDED).count() == 26
    assert "已不予采纳" in second.read("/findings").split('id="list"')[1]
    judged = facts(second.read(page))
    assert "已不予采纳" in judged
    assert "照常计入 0 份 待确认 0 份 不予采纳 26 份 合计 26 份" in judged
    assert re.search(r"office1 同志 于 \S+ \S+ 提出 26 份不予采纳", judged)
    assert "群里转发的文字" in judged
    assert re.search(r"office2 同志 于 \S+ \S+ 确认，不再计入", judged)


def test_ticked_ratings_alone_are_proposed_and_can_be_rejected(
    desk: SignIn, planted: Planted
) -> None:
    planted()
    first, second = desk("office1"), desk("office2")
    page = path("address_block")
    ticked = re.findall(r'name="ratings" value="([0-9a-f-]{36})"', first.read(page))[:3]
    first.post(
        f"{page}/exclusions", which="chosen", ratings=ticked, reason="duplicate", note="同一网点"
    )
    assert "3 份" in first.told()
    waiting = facts(second.read(page))
    assert "照常计入 34 份 待确认 3 份 不予采纳 0 份 合计 37 份" in waiting
    rows = [
        row for at in pages_of(second, page) for row in re.findall(r"<tr>.*?</tr>", at, re.DOTALL)
    ]
    told = {one: row for row in rows for one in ticked if f"/evaluations/{one}" in row}
    assert len(told) == 3
    for row in told.values():
        assert "待确认" in row
        assert "已计入" not in row
        assert "checkbox" not in row
    second.post(f"{page}/rejection", **on_page(second, page))
    db.session.expire_all()
    assert db.session.query(Evaluation).filter_by(state=EvaluationState.EXCLUDED).count() == 0
    assert {row.state for row in db.session.query(Exclusion)} == {"rejected"}
    second.post(f"{page}/rejection", **on_page(second, page))
    assert "没有可以办理的评价" in second.told()
    assert "未采纳提议" in second.read("/findings").split('id="list"')[1]
    rejected = facts(second.read(page))
    assert "照常计入 37 份 待确认 0 份 不予采纳 0 份 合计 37 份" in rejected
    assert re.search(r"office2 同志 于 \S+ \S+ 驳回，照常计入", rejected)
    first.post(
        f"{page}/exclusions", which="chosen", ratings=ticked, reason="duplicate", note="再核对过"
    )
    second.post(f"{page}/confirmation", **on_page(second, page))
    partly = facts(second.read(page))
    assert "部分不予采纳" in partly
    assert "照常计入 34 份 待确认 0 份 不予采纳 3 份 合计 37 份" in partly


def test_the_proposals_of_one_finding_wait_as_one_beside_a_single_one(
    desk: SignIn, planted: Planted
) -> None:
    campaign = planted()
    first, second = desk("office1"), desk("office2")
    first.post(
        f"{path('same_text')}/exclusions", which="all", reason="organised", note="群里转发的文字"
    )
    apart = db.session.query(Evaluation.id).filter_by(comment=None).limit(1).scalar()
    first.post(
        f"/campaigns/{campaign.id}/evaluations/{apart}/exclusions",
        reason="duplicate",
        note="同一人的第二份",
    )
    text = second.read("/exclusions")
    assert text.count("<article") == 2
    group, single = text.split("<article")[1:]
    assert "26 份评价" in group
    assert "留言雷同" in group
    assert f'href="/console{path("same_text")}"' in group
    assert "/confirmation" not in group
    assert "/confirmation" in single
    assert str(apart) in single
    second.post(f"{path('same_text')}/confirmation", **on_page(second, path("same_text")))
    assert second.read("/exclusions").count("<article") == 1


def test_what_was_typed_stays_where_the_form_was_refused(desk: SignIn, planted: Planted) -> None:
    planted()
    office = desk("office1")
    page = path("address_block")
    ticked = re.findall(r'name="ratings" value="([0-9a-f-]{36})"', office.read(page))[:1]
    answer = office.post(
        f"{page}/exclusions", which="chosen", ratings=ticked, reason="organised", note=""
    )
    assert answer.status_code == 422
    assert re.search(rf'value="{ticked[0]}"[^>]*checked', answer.text)
    mangled = office.post(
        f"{page}/exclusions", which="chosen", ratings=["x"], reason="organised", note="话"
    )
    assert mangled.status_code == 422


def test_the_log_tells_of_search_and_verdict_in_words(desk: SignIn, planted: Planted) -> None:
    planted()
    office = desk("office1")
    office.post(f"{path('same_text')}/dismissal", note="无")
    text = desk("auditor").read("/audit")
    assert "查找异常线索" in text
    assert "判断线索无异常" in text
    assert "留言雷同" in text


def test_what_was_proposed_after_the_page_was_opened_is_confirmed_by_nobody(
    desk: SignIn, planted: Planted
) -> None:
    planted()
    first, second = desk("office1"), desk("office2")
    page = path("same_text")
    ticked = re.findall(r'name="ratings" value="([0-9a-f-]{36})"', first.read(page))[:1]
    first.post(f"{page}/exclusions", which="chosen", ratings=ticked, reason="organised", note="一")
    seen = on_page(second, page)
    assert seen["number"] == "1"
    first.post(f"{page}/exclusions", which="all", reason="duplicate", note="另一批")
    second.post(f"{page}/confirmation", **seen)
    assert "与您打开页面时不同" in second.told()
    second.post(f"{page}/confirmation")
    assert "与您打开页面时不同" in second.told()
    again = second.read(page)
    assert "待您确认或驳回的有 26 份" in again
    assert "另一批" in again
    second.post(f"{page}/confirmation", **on_page(second, page))
    assert "不再计入" in second.told()
