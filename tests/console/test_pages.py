"""Every page is rendered, with content and without."""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask import template_rendered

from server.campaigns import service as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.console import blueprint
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.transaction import transaction
from server.evaluation import review, service
from server.evaluation.rules import CommentState, ExclusionReason
from server.identity import service as identity
from server.identity.rules import OrganisationKind
from server.indicators import queries as indicators
from server.scoring import service as scoring
from server.scoring.document import starting_document
from tests.console.activity_pages import activity_pages
from tests.console.case_pages import read_case_pages
from tests.console.conftest import Desk, Rate, SignIn
from tests.console.evaluation_pages import evaluation_pages, unpublished_pages
from tests.console.ledger_pages import ledger_pages
from tests.console.notice_pages import notice_pages
from tests.console.pairing_pages import pairing_pages
from tests.console.quarter_pages import quarter_pages
from tests.console.results_pages import read_results_pages
from tests.console.sampling_pages import sampling_pages
from tests.console.seal_pages import seal_pages
from tests.console.test_sources import CHOSEN, taken_in
from tests.factories.city import City
from tests.sources.files import messages

PAGES = Path(blueprint.__file__).parent / "templates" / "console" / "pages"
Close = Callable[[Campaign], None]


@pytest.fixture
def rendered(app: APIFlask) -> Iterator[list[str]]:
    """The names of the templates that were rendered so far."""
    names: list[str] = []

    def note(_: object, template: object, **__: object) -> None:
        names.append(Path(str(template.name)).name)  # type: ignore[attr-defined]

    template_rendered.connect(note, app, weak=False)
    yield names
    template_rendered.disconnect(note, app)


def office_pages(city: City, rate: Rate, close: Close) -> list[str]:
    """Fill the city, and return the addresses of all that the office may open."""
    draft = city.campaign(is_open=False)
    opened = city.campaign()
    rate(opened, city.departments[0], [1], comment="待审", comment_state=CommentState.HELD)
    visits = city.campaign(kind=CampaignKind.SERVICE)
    closed = city.campaign()
    rows = rate(closed, city.departments[0], [5] * 12, comment="很好", comment_state=2)
    proposed = rows[0].id
    close(closed)
    unsettled = city.campaign()
    department = city.departments[0].id
    office = city.actors["office1"]
    with transaction():
        service.close_campaign(unsettled.id, actor=SYSTEM, now=clock.now())
        counter = campaigns.add_counter(department, "一号窗口", actor=office, now=clock.now())
        batch, _ = campaigns.issue_codes(
            visits.id,
            department_id=department,
            size=30,
            counter_id=counter.id,
            actor=office,
            now=clock.now(),
        )
        review.propose_exclusion(
            closed.id,
            proposed,
            reason=ExclusionReason.TEST,
            note="测试",
            actor=office,
            now=clock.now(),
        )
        scheme = scoring.create_scheme(
            starting_document("试行方案", indicators.tree(city.version.id)),
            actor=office,
            now=clock.now(),
        )
        identity.invite(
            Role.ENTERPRISE_REPRESENTATIVE, city.enterprise.id, actor=office, now=clock.now()
        )
    return [
        "/",
        "/campaigns",
        "/campaigns/new",
        f"/campaigns/{draft.id}",
        f"/campaigns/{draft.id}/edit",
        f"/campaigns/{draft.id}/departments/{department}/leaves",
        f"/campaigns/{opened.id}",
        f"/campaigns/{opened.id}/closing",
        f"/campaigns/{closed.id}",
        f"/codes?campaign={visits.id}",
        f"/campaigns/{visits.id}/codes/new",
        f"/codes/{batch.id}",
        f"/codes/{batch.id}/sheets/1",
        "/qr-codes",
        f"/qr-codes/{department}",
        f"/qr-codes/{department}/poster",
        f"/qr-codes/{department}/poster?counter={counter.id}",
        "/review",
        "/exclusions",
        "/evaluations",
        f"/campaigns/{opened.id}/evaluations",
        f"/campaigns/{visits.id}/evaluations",
        f"/campaigns/{closed.id}/evaluations?level=5&q=好",
        f"/campaigns/{closed.id}/evaluations/{proposed}",
        "/results",
        f"/campaigns/{opened.id}/results",
        f"/campaigns/{unsettled.id}/results",
        f"/campaigns/{closed.id}/results",
        f"/campaigns/{closed.id}/results/{department}",
        "/organisations",
        f"/organisations?below={city.root.id}&q=scjd",
        f"/organisations/{city.root.id}",
        f"/organisations/{city.enterprise.id}",
        "/indicators",
        f"/indicators/{city.version.id}",
        "/schemes",
        f"/schemes/{scheme.id}",
        f"/schemes/new?indicators={city.version.id}",
        f"/schemes/new?copy={scheme.id}",
        "/audit",
        "/password",
        "/sources",
        "/matters",
        "/matters/queue",
    ]


def source_pages(office: Desk) -> list[str]:
    """Register a source, take a file in, and return the addresses of its pages."""
    source = taken_in(office, messages(), CHOSEN)
    run = office.read(source).partition("/console/source-runs/")[2][:36]
    matter = re.findall(r"/console/matters/(\d+)", office.read("/matters"))[0]
    assert office.post(f"{source}/secret").status_code == 200
    return [
        source,
        f"/source-runs/{run}",
        f"/source-runs/{run}/mapping",
        "/matters?q=物业",
        f"/matters/{matter}",
    ]


def administrator_pages(city: City) -> list[str]:
    account = city.accounts["office1"].id
    return [
        "/",
        "/organisations/new",
        f"/organisations/{city.departments[0].id}/edit",
        f"/organisations/{city.root.id}/edit",
        f"/indicators/new?copy={city.version.id}",
        "/accounts",
        "/accounts?q=office",
        "/accounts/new",
        f"/accounts/{account}",
        "/settings",
        "/settings/smallest_group",
        "/settings/level_scores",
        "/audit?domain=account&name=admin&day=2030-01-01",
    ]


def register_pages(city: City, staff: Desk) -> list[str]:
    """Fill a branch, and return the addresses of the pages of persons and imports."""
    with transaction():
        branch = identity.create_organisation(
            name="第一党支部",
            kind=OrganisationKind.BRANCH,
            parent_id=city.root.id,
            actor=SYSTEM,
            now=clock.now(),
        ).id
    added = staff.post(f"/branches/{branch}/persons", name="张三")
    person = added.headers["Location"].removeprefix("/console")
    assert staff.post(f"{person}/binding-code").status_code == 200
    rows = io.BytesIO("姓名,支部\n李四,第一党支部\n王五,无\n".encode())
    sent = staff.post("/imports", kind="people", file=(rows, "people.csv"))
    return [
        "/branches",
        f"/branches/{branch}/roster",
        f"/branches/{branch}/persons/new",
        person,
        f"{person}/edit",
        "/person-groups",
        "/imports",
        sent.headers["Location"].removeprefix("/console"),
    ]


def test_every_page_renders(
    desk: SignIn, city: City, rate: Rate, close: Close, rendered: list[str]
) -> None:
    office, administrator = desk("office1"), desk("admin")
    auditor, party = desk("auditor"), desk("party")
    # Each is asked for its pages when the ones before have been read.
    readers: list[tuple[Desk, Callable[[], Iterable[str]]]] = [
        (office, lambda: office_pages(city, rate, close)),
        (office, lambda: source_pages(office)),
        (office, lambda: notice_pages(city, office)),
        (office, lambda: pairing_pages(city, office)),
        (office, lambda: quarter_pages(city)),
        (office, lambda: sampling_pages(city, office)),
        (office, lambda: seal_pages(city)),
        (office, lambda: evaluation_pages(city, office)),
        (auditor, lambda: unpublished_pages(city)),
        (auditor, lambda: ledger_pages(city, auditor)),
        (administrator, lambda: administrator_pages(city)),
        (party, lambda: activity_pages(city, party)),
        (party, lambda: register_pages(city, party)),
    ]
    for reader, pages in readers:
        for path in pages():
            reader.read(path)
    read_case_pages(city, desk, office.client.application.test_client())
    read_results_pages(city, desk)
    Desk(office.client.application.test_client()).read("/sign-in")
    office.read("/nowhere", 404)
    account = city.accounts["office2"].id
    assert administrator.post(f"/accounts/{account}/password").status_code == 200
    assert office.post(f"/organisations/{city.enterprise.id}/invitations").status_code == 200
    unseen = sorted({path.name for path in PAGES.glob("*.html")} - set(rendered))
    assert not unseen, unseen


def test_pages_without_content_say_what_to_do(desk: SignIn, city: City) -> None:
    office = desk("office1")
    for path, words in (
        ("/campaigns", "没有符合条件的活动"),
        ("/codes", "还没有开启的活动"),
        ("/review", "没有等待审核的内容"),
        ("/exclusions", "没有等待确认的申请"),
        ("/results", "没有符合条件的活动"),
        ("/organisations?q=nothing", "没有找到单位"),
    ):
        assert words in office.read(path)


def test_the_menu_shows_what_one_may_open_and_nothing_else(desk: SignIn) -> None:
    wanted = {
        "office1": {"评价活动", "内容审核", "评价明细", "评价结果", "单位", "操作日志"},
        "admin": {"账号与授权", "系统设置", "操作日志", "单位"},
        "auditor": {"评价结果", "操作日志"},
        "inspector": {"评价明细", "评价结果"},
        "liaison": {"评价结果"},
    }
    entries = set().union(*wanted.values())
    for name, shown in wanted.items():
        text = desk(name).read("/password")
        found = {entry for entry in entries if f'title">{entry}<' in text}
        assert found == shown, name
