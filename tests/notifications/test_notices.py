"""Notices: told once an occasion, kept in the inbox, read by their own member alone."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.core import clock
from server.core.config import Configuration, ConfigurationError
from server.core.database import db
from server.core.transaction import transaction
from server.notifications import service
from server.notifications.models import Notice
from server.notifications.rules import NoticeKind
from server.notifications.templates import templates
from tests.factories.notices import inbox, member_of, tell
from tests.factories.rating import Phone

People = Callable[[str], Phone]


def test_an_occasion_is_told_once_however_often_a_job_runs(phone: People) -> None:
    anna = phone("anna")
    member = member_of(anna)
    assert [tell(member, occasion="day"), tell(member, occasion="day")] == [1, 0]
    assert tell(member, occasion="hours") == 1
    assert len(inbox(anna)["items"]) == 2  # type: ignore[arg-type]


def test_a_notice_leads_to_a_page_as_wechat_writes_it(phone: People) -> None:
    anna = phone("anna")
    tell(member_of(anna))
    assert inbox(anna)["items"][0]["page"] == "packages/activities/detail/index?id=7"  # type: ignore[index]


def test_a_member_reads_its_own_notices_alone(phone: People) -> None:
    anna, bert = phone("anna"), phone("bert")
    tell(member_of(anna))
    (notice,) = inbox(anna)["items"]  # type: ignore[misc]
    assert inbox(bert)["items"] == []
    body = {"ids": [notice["id"]]}
    bert.client.post("/api/v1/me/notices/readings", json=body, headers=bert.headers)
    assert inbox(anna)["unread"] == 1
    anna.client.post("/api/v1/me/notices/readings", json={"ids": None}, headers=anna.headers)
    assert inbox(anna)["unread"] == 0


def test_the_inbox_is_paged_newest_first(phone: People) -> None:
    anna = phone("anna")
    member = member_of(anna)
    for number in range(25):
        tell(member, occasion=str(number), title=f"第 {number} 条")
    first = inbox(anna)
    second = inbox(anna, str(first["next_cursor"]))
    titles = [one["title"] for page in (first, second) for one in page["items"]]  # type: ignore[attr-defined]
    assert titles == [f"第 {number} 条" for number in range(24, -1, -1)]
    assert second["next_cursor"] is None


def test_an_erased_members_notices_go_along(phone: People) -> None:
    anna = phone("anna")
    tell(member_of(anna))
    anna.client.delete("/api/v1/me", headers=anna.headers)
    assert db.session.scalars(select(Notice)).all() == []


def test_old_notices_are_removed(phone: People) -> None:
    tell(member_of(phone("anna")))
    with transaction():
        service.remove_old(clock.today() + timedelta(days=181))
    assert db.session.scalars(select(Notice)).all() == []


@pytest.mark.parametrize("kinds", [[], ["nothing"], None])
def test_a_consent_to_something_unknown_is_refused(phone: People, kinds: object) -> None:
    anna = phone("anna")
    answer = anna.client.post(
        "/api/v1/me/message-consents", json={"kinds": kinds}, headers=anna.headers
    )
    assert answer.status_code == 422


def test_templates_are_read_from_the_configuration(
    app: APIFlask, configuration: Configuration
) -> None:
    of = {"id": "T1", "title": "thing1", "body": "thing4", "time": "time3"}
    real = replace(
        configuration,
        wechat_appid="wx1",
        wechat_templates=json.dumps({"activity_reminder": of}),
    )
    assert templates(real)[NoticeKind.ACTIVITY_REMINDER].id == "T1"
    with pytest.raises(ConfigurationError):
        templates(replace(real, wechat_templates='{"activity_reminder": {}}'))
