"""Dead letters: shown without names, sent again one by one or all, each once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.notifications import delivery, queries, service
from server.notifications.models import Notice
from server.notifications.rules import Delivery, NoticeKind
from server.wechat.platform import PlatformRefused, PlatformUnsure
from tests.factories.city import City
from tests.factories.notices import NOON, Recorder, agree, consents, member_of, states, tell
from tests.factories.rating import Phone

People = Callable[[str], Phone]
REMINDER = "activity_reminder"


def fail(phone: Phone, *, occasion: str = "", error: Exception | None = None) -> None:
    """Tell somebody something that WeChat does not take."""
    agree(phone, REMINDER)
    tell(member_of(phone), occasion=occasion)
    delivery.sweep(Recorder(error or PlatformRefused(47003)), now=NOON)  # type: ignore[arg-type]


def again(city: City, kind: NoticeKind | None = None) -> int:
    with transaction():
        return service.send_all_again(kind, actor=city.actors["admin"], now=NOON)


def test_a_dead_letter_says_what_and_why_and_never_whose(phone: People) -> None:
    anna = phone("anna")
    fail(anna)
    (letter,) = queries.dead_letters().items
    assert (letter.kind, letter.subject_kind, letter.attempts) == (REMINDER, "activity", 1)
    assert not {"member_id", "title", "body"} & set(letter._fields)


def test_one_is_sent_again_and_a_second_tap_is_refused(city: City, phone: People) -> None:
    anna = phone("anna")
    fail(anna)
    (letter,) = queries.dead_letters().items
    with transaction():
        service.send_again(letter.id, actor=city.actors["admin"], now=NOON)
    with pytest.raises(Refusal, match="dead_letter_gone"), transaction():
        service.send_again(letter.id, actor=city.actors["admin"], now=NOON)
    platform = Recorder()
    delivery.sweep(platform, now=NOON)  # type: ignore[arg-type]
    assert (len(platform.sent), states(), consents()) == (1, [Delivery.SENT], [0])
    assert "notices.sent_again" in set(db.session.scalars(select(AuditEntry.action)))


def test_all_of_a_kind_are_sent_again(city: City, phone: People) -> None:
    for name in ("anna", "bert"):
        fail(phone(name), occasion=name)
    with pytest.raises(Refusal, match="dead_letters_none"):
        again(city, NoticeKind.ADDED)
    assert again(city, NoticeKind.ACTIVITY_REMINDER) == 2
    platform = Recorder()
    delivery.sweep(platform, now=NOON)  # type: ignore[arg-type]
    assert len(platform.sent) == 2
    with pytest.raises(Refusal, match="dead_letters_none"):
        again(city)


def test_one_whose_fate_is_unknown_goes_again_and_wechat_has_the_last_word(
    city: City, phone: People
) -> None:
    anna = phone("anna")
    fail(anna, error=PlatformUnsure())
    assert consents() == [0]
    again(city)
    # It had arrived: WeChat knows of no consent any more.
    delivery.sweep(Recorder(PlatformRefused(43101)), now=NOON)  # type: ignore[arg-type]
    assert (states(), consents()) == ([Delivery.INBOX_ONLY], [0])


def test_one_that_broke_here_with_its_consent_used_up_goes_again(city: City, phone: People) -> None:
    fail(phone("anna"), error=RuntimeError())
    assert (states(), consents()) == ([Delivery.FAILED], [0])
    again(city)
    platform = Recorder()
    delivery.sweep(platform, now=NOON)  # type: ignore[arg-type]
    assert (len(platform.sent), states(), consents()) == (1, [Delivery.SENT], [0])


def test_dead_letters_are_paged_newest_first(phone: People) -> None:
    anna = phone("anna")
    for number in range(35):
        tell(member_of(anna), occasion=str(number), now=NOON + timedelta(minutes=number))
    with transaction():
        for one in db.session.scalars(select(Notice)):
            one.delivery = Delivery.FAILED.value
    first = queries.dead_letters()
    second = queries.dead_letters(cursor=first.next_cursor)
    moments = [one.created_at for one in [*first.items, *second.items]]
    assert len(moments) == 35
    assert moments == sorted(moments, reverse=True)
    assert queries.dead_letter_counts() == {NoticeKind.ACTIVITY_REMINDER: 35}
