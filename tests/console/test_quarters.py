"""Quarters at the desk: preview, freeze, a second person's approval, groups of comparison."""

import re
from datetime import timedelta

from server.campaigns.rules import Channel
from server.console.forms import as_typed
from server.core import clock
from server.quarterly import groups, queries, tasks
from server.quarterly.rules import EditionState
from tests.console.conftest import Desk, SignIn
from tests.factories.city import City
from tests.factories.quarters import (
    campaign_with,
    freeze,
    publish,
    register_entries,
    register_everywhere,
    this_quarter,
)

RATINGS = {(place, Channel.OPEN): [5] * 12 for place in range(3)}


def frozen_at_the_desk(office: Desk) -> int:
    """Look at the preview and freeze what it shows; return the edition's number."""
    page = office.read(f"/quarters/{this_quarter()}/preview")
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert digest
    answer = office.post(f"/quarters/{this_quarter()}/editions", digest=digest[1], note="")
    assert answer.status_code == 302, answer.text
    return int(answer.headers["Location"].rpartition("/")[2])


def test_one_freezes_another_approves_and_the_board_shows_it(desk: SignIn, city: City) -> None:
    campaign_with(city, RATINGS)
    first, second = desk("office1"), desk("office2")
    edition = frozen_at_the_desk(first)
    assert "须由评价办另一位工作人员审核" in first.read(f"/quarters/editions/{edition}")
    at = as_typed(clock.now() - timedelta(minutes=1))
    own = first.post(f"/quarters/editions/{edition}/approval", publish_at=at)
    assert own.status_code == 403
    assert second.post(f"/quarters/editions/{edition}/approval", publish_at="x").status_code == 422
    assert second.post(f"/quarters/editions/{edition}/approval", publish_at=at).status_code == 302
    tasks.publish_quarters(0)
    assert queries.edition(edition).state == EditionState.PUBLISHED
    assert "公开页面" in first.read(f"/quarters/editions/{edition}")
    assert "季度晾晒待审核" not in first.told()


def test_the_time_can_be_changed_and_the_edition_dropped_with_a_reason(
    desk: SignIn, city: City
) -> None:
    campaign_with(city, RATINGS)
    first, second = desk("office1"), desk("office2")
    edition = frozen_at_the_desk(first)
    path = f"/quarters/editions/{edition}"
    later = clock.now() + timedelta(days=2)
    second.post(f"{path}/approval", publish_at=as_typed(later))
    first.post(f"{path}/schedule", publish_at=as_typed(later + timedelta(days=1)))
    found = queries.edition(edition).publish_at
    assert found is not None
    assert found > later
    assert first.post(f"{path}/drop", reason="").status_code == 422
    assert first.post(f"{path}/drop", reason="漏了一个部门").status_code == 302
    assert queries.edition(edition).state == EditionState.DROPPED
    assert "已作废" in first.read(f"/quarters/{this_quarter()}")


def test_the_preview_tells_what_is_withheld_and_why_and_what_changes(
    desk: SignIn, city: City
) -> None:
    campaign_with(city, RATINGS)
    publish(city)
    register_everywhere(city)
    register_entries(city, 0, 30)
    office = desk("office1")
    page = office.read(f"/quarters/{this_quarter()}/preview")
    assert "与第 1 版不同" in page
    assert "少于最小公布人数" in page
    assert "没有分组" in page
    sent = office.post(f"/quarters/{this_quarter()}/editions", digest="0" * 64, note="补录")
    assert sent.status_code == 422
    assert "请重新核对预览" in sent.text


def test_an_edition_can_be_checked_from_the_desk(desk: SignIn, city: City) -> None:
    campaign_with(city, RATINGS)
    frozen = freeze(city)
    office = desk("office1")
    office.post(f"/quarters/editions/{frozen.id}/check")
    assert "与登记的校验码一致" in office.told()


def test_groups_are_kept_and_departments_without_one_stand_out(desk: SignIn, city: City) -> None:
    office = desk("office1")
    assert "3 个部门没有分组" in office.read("/quarters/groups")
    assert office.post("/quarters/groups", name="窗口部门").status_code == 302
    assert office.post("/quarters/groups", name="窗口部门").status_code == 422
    assert office.post("/quarters/groups", name="").status_code == 422
    (made,) = groups.every_group()
    department = city.departments[0].id
    office.post(f"/quarters/departments/{department}/group", group=str(made.id))
    assert groups.group_of_departments() == {department: made.id}
    assert "2 个部门没有分组" in office.read("/quarters/groups?of=none")
    office.post("/quarters/groups", name="执法部门")
    second = groups.every_group()[1].id
    office.post(f"/quarters/groups/{second}/move")
    assert [one.id for one in groups.every_group()] == [second, made.id]
    office.post(f"/quarters/groups/{made.id}/name", name="服务部门")
    office.post(f"/quarters/groups/{made.id}/removal")
    assert groups.group_of_departments() == {}
    assert office.post(f"/quarters/groups/{made.id}/name", name="没了").status_code == 404


def test_no_quarter_no_page(desk: SignIn) -> None:
    office = desk("office1")
    for path in ("/quarters/2026Q5", "/quarters/x/preview", "/quarters/editions/999999"):
        office.read(path, 404)
