"""Notices: told once an occasion, kept in the inbox, sent only where the member agreed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.core import clock
from server.core.config import Configuration, ConfigurationError
from server.core.database import db
from server.core.transaction import transaction
from server.notifications import delivery, queries, service
from server.notifications.models import MessageConsent, Notice
from server.notifications.rules import Delivery, NoticeKind
from server.notifications.templates import templates
from server.wechat.platform import PlatformAway, PlatformRefused
from tests.factories.rating import Phone

People = Callable[[str], Phone]


class Recorder:
    """A platform that notes messages, or fails as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[tuple[str, str, Mapping[str, str]]] = []

    def send_message(
        self, openid: str, template_id: str, page: str, data: Mapping[str, str]
    ) -> None:
        del openid
        if self.error:
            raise self.error
        self.sent.append((template_id, page, data))


def member_of(phone: Phone) -> UUID:
    return UUID(phone.client.get("/api/v1/me", headers=phone.headers).json["id"])


def tell(*members: UUID, occasion: str = "", title: str = "活动提醒") -> int:
    with transaction():
        return service.notify(
            members,
            NoticeKind.ACTIVITY_REMINDER,
            ("activity", "7"),
            title=title,
            body="明天上午九点",
            page="packages/activities/detail/index?id=7",
            occasion=occasion,
            now=clock.now(),
        )


def inbox(phone: Phone, cursor: str | None = None) -> dict[str, object]:
    address = "/api/v1/me/notices" + (f"?cursor={cursor}" if cursor else "")
    found: dict[str, object] = phone.client.get(address, headers=phone.headers).json
    return found


def agree(phone: Phone, *kinds: str) -> int:
    answer = phone.client.post(
        "/api/v1/me/message-consents", json={"kinds": list(kinds)}, headers=phone.headers
    )
    return answer.status_code


def states() -> list[str]:
    db.session.rollback()
    return [one.delivery for one in db.session.scalars(select(Notice))]


def test_an_occasion_is_told_once_however_often_a_job_runs(phone: People) -> None:
    anna = phone("anna")
    member = member_of(anna)
    assert [tell(member, occasion="day"), tell(member, occasion="day")] == [1, 0]
    assert tell(member, occasion="hours") == 1
    assert len(inbox(anna)["items"]) == 2  # type: ignore[arg-type]


def test_a_notice_is_sent_only_with_consent_and_each_consent_serves_once(phone: People) -> None:
    anna = phone("anna")
    member = member_of(anna)
    platform = Recorder()
    tell(member, occasion="1")
    delivery.sweep(platform)  # type: ignore[arg-type]
    assert (platform.sent, states()) == ([], [Delivery.INBOX_ONLY])
    assert agree(anna, "activity_reminder") == 204
    tell(member, occasion="2")
    tell(member, occasion="3")
    delivery.sweep(platform)  # type: ignore[arg-type]
    assert len(platform.sent) == 1
    assert sorted(states()) == [Delivery.INBOX_ONLY, Delivery.INBOX_ONLY, Delivery.SENT]


def test_a_long_title_is_cut_to_what_wechat_takes(phone: People) -> None:
    anna = phone("anna")
    agree(anna, "activity_reminder")
    tell(member_of(anna), title="很" * 30)
    platform = Recorder()
    delivery.sweep(platform)  # type: ignore[arg-type]
    assert len(platform.sent[0][2]["thing1"]) == 20


def test_a_silent_platform_is_asked_again_and_the_consent_is_kept(phone: People) -> None:
    anna = phone("anna")
    agree(anna, "activity_reminder")
    tell(member_of(anna))
    delivery.sweep(Recorder(PlatformAway()))  # type: ignore[arg-type]
    assert states() == [Delivery.WAITING]
    assert db.session.scalars(select(MessageConsent.remaining)).one() == 1
    platform = Recorder()
    delivery.sweep(platform)  # type: ignore[arg-type]
    assert (len(platform.sent), states()) == (1, [Delivery.SENT])


def test_a_platform_that_stays_silent_leaves_the_notice_in_the_inbox(phone: People) -> None:
    anna = phone("anna")
    agree(anna, "activity_reminder")
    tell(member_of(anna))
    for _ in range(delivery.MOST_ATTEMPTS):
        delivery.sweep(Recorder(PlatformAway()))  # type: ignore[arg-type]
    assert states() == [Delivery.FAILED]
    assert inbox(anna)["unread"] == 1


def test_a_consent_that_wechat_no_longer_knows_leaves_the_notice_in_the_inbox(
    phone: People,
) -> None:
    anna = phone("anna")
    agree(anna, "activity_reminder")
    tell(member_of(anna))
    delivery.sweep(Recorder(PlatformRefused(43101)))  # type: ignore[arg-type]
    assert states() == [Delivery.INBOX_ONLY]


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


def test_who_comes_second_to_a_notice_uses_up_no_consent(phone: People) -> None:
    anna = phone("anna")
    agree(anna, "activity_reminder")
    tell(member_of(anna))
    (seen_by_both,) = queries.waiting(10)
    db.session.rollback()
    platform = Recorder()
    delivery._deliver(seen_by_both, platform)  # type: ignore[arg-type]
    agree(anna, "activity_reminder")
    delivery._deliver(seen_by_both, platform)  # type: ignore[arg-type]
    assert len(platform.sent) == 1
    assert db.session.scalars(select(MessageConsent.remaining)).one() == 1
