"""Notices at the desk: told once, on the linked phone too, read at both ends, off where wished."""

from collections.abc import Callable
from typing import Any

import pytest

from server.core import clock
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import service as identity
from server.notifications import delivery, queries, service
from server.notifications.rules import ALWAYS_TOLD, DeskKind, Mode
from tests.factories.city import City
from tests.factories.notices import NOON, Recorder, agree, inbox
from tests.factories.rating import Phone
from tests.factories.standing_in import link

People = Callable[[str], Phone]


def tell(city: City, *names: str, kind: DeskKind = DeskKind.CASE_MOVED, **more: Any) -> int:
    with transaction():
        return service.tell_desk(
            [city.accounts[name].id for name in names],
            kind,
            ("case", "b7d1"),
            title="差评件有新进展",
            body="市监局 2026-0001",
            page="/console/cases/b7d1",
            now=clock.now(),
            **more,
        )


def unread(city: City, name: str) -> int:
    return queries.desk_unread(city.accounts[name].id)


def choose(city: City, name: str, mode: Mode, kind: DeskKind = DeskKind.CASE_MOVED) -> None:
    with transaction():
        service.choose_as_account(city.accounts[name].id, kind, mode, now=clock.now())


def test_an_occasion_is_told_an_account_once(city: City) -> None:
    assert tell(city, "liaison", "head", "liaison") == 2
    assert tell(city, "liaison", "head") == 0
    assert tell(city, "liaison", occasion="again") == 1
    assert (unread(city, "liaison"), unread(city, "head")) == (2, 1)


def test_a_kind_that_was_switched_off_is_not_told(city: City) -> None:
    choose(city, "liaison", Mode.OFF)
    assert tell(city, "liaison", "head") == 1
    assert tell(city, "liaison", kind=DeskKind.CLOSING_ASKED) == 1
    choose(city, "liaison", Mode.ALL)
    assert tell(city, "liaison", occasion="later") == 1


@pytest.mark.parametrize("kind", list(ALWAYS_TOLD))
def test_what_limits_demand_cannot_be_switched_off(city: City, kind: DeskKind) -> None:
    with pytest.raises(Refusal, match="notice_always_told"), transaction():
        service.choose_as_account(city.accounts["head"].id, kind, Mode.OFF, now=clock.now())
    choose(city, "head", Mode.INBOX, kind)
    assert tell(city, "head", kind=kind) == 1


def test_a_linked_phone_has_the_notice_with_the_place_it_leads_to(
    city: City, phone: People
) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    tell(city, "liaison", "head")
    (notice,) = inbox(anna)["items"]  # type: ignore[misc]
    assert (notice["kind"], notice["title"]) == ("desk", "差评件有新进展")
    assert notice["page"] == "packages/desk/case/index?id=b7d1"


def test_a_linked_phone_is_sent_a_message_where_one_was_agreed_to(
    city: City, phone: People
) -> None:
    anna, platform = phone("anna"), Recorder()
    link(city, "liaison", anna)
    agree(anna, "desk")
    tell(city, "liaison")
    delivery.sweep(platform, now=NOON)  # type: ignore[arg-type]
    assert [page for _, page, _ in platform.sent] == ["packages/desk/case/index?id=b7d1"]


def test_who_wants_the_list_alone_gets_nothing_on_the_phone(city: City, phone: People) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    choose(city, "liaison", Mode.INBOX)
    assert tell(city, "liaison") == 1
    assert (inbox(anna)["items"], unread(city, "liaison")) == ([], 1)


def test_what_is_read_at_one_end_is_read_at_the_other(city: City, phone: People) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    tell(city, "liaison", occasion="1")
    tell(city, "liaison", occasion="2")
    newest = inbox(anna)["items"][0]["id"]  # type: ignore[index]
    anna.client.post("/api/v1/me/notices/readings", json={"ids": [newest]}, headers=anna.headers)
    assert (unread(city, "liaison"), inbox(anna)["unread"]) == (1, 1)
    with transaction():
        service.read_at_desk(city.accounts["liaison"].id, None, now=clock.now())
    assert (unread(city, "liaison"), inbox(anna)["unread"]) == (0, 0)


def test_an_unlinked_phone_shows_and_gets_nothing_of_the_desk(city: City, phone: People) -> None:
    anna, platform = phone("anna"), Recorder()
    link(city, "liaison", anna)
    agree(anna, "desk")
    tell(city, "liaison")
    with transaction():
        identity.unlink_phone(actor=city.actors["liaison"], now=clock.now())
    assert (inbox(anna)["items"], inbox(anna)["unread"]) == ([], 0)
    delivery.sweep(platform, now=NOON)  # type: ignore[arg-type]
    assert platform.sent == []


def test_the_next_account_of_a_phone_reads_nothing_of_the_one_before(
    city: City, phone: People
) -> None:
    anna = phone("anna")
    link(city, "liaison", anna)
    tell(city, "liaison")
    anna.client.delete("/api/v1/me/desk-link", headers=anna.headers)
    with transaction():
        code, _ = identity.show_phone_code(actor=city.actors["office1"], now=clock.now())
    anna.client.post("/api/v1/me/desk-link", json={"code": code}, headers=anna.headers)
    assert inbox(anna)["items"] == []
