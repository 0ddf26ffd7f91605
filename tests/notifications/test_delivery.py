"""Messages: one a consent, later and later where WeChat is away, never twice, never by night."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from server.core.clock import SHANGHAI
from server.core.database import db
from server.core.transaction import transaction
from server.notifications import delivery, queries, service
from server.notifications.models import DeskNotice, Notice
from server.notifications.rules import MOST_ATTEMPTS, PAUSES, Delivery, DeskKind, Mode, NoticeKind
from server.wechat.platform import PlatformAway, PlatformRefused, PlatformUnsure
from tests.factories.city import City
from tests.factories.notices import (
    NOON,
    Recorder,
    agree,
    consents,
    inbox,
    member_of,
    set_quiet_hours,
    states,
    tell,
)
from tests.factories.rating import Phone

People = Callable[[str], Phone]
SECOND = timedelta(seconds=1)
REMINDER = "activity_reminder"


def sweep(platform: Recorder, now: object = NOON) -> int:
    return delivery.sweep(platform, now=now)  # type: ignore[arg-type]


def at(hour: int, minute: int = 0, days: int = 0) -> object:
    return NOON.replace(hour=hour, minute=minute) + timedelta(days=days)


@pytest.fixture
def anna(phone: People) -> Phone:
    """Somebody who has agreed to one reminder."""
    found = phone("anna")
    agree(found, REMINDER)
    return found


def test_a_notice_is_sent_only_with_consent_and_each_consent_serves_once(phone: People) -> None:
    anna, platform = phone("anna"), Recorder()
    member = member_of(anna)
    tell(member, occasion="1")
    sweep(platform)
    assert (platform.sent, states()) == ([], [Delivery.INBOX_ONLY])
    assert agree(anna, REMINDER) == 204
    tell(member, occasion="2")
    tell(member, occasion="3")
    sweep(platform)
    assert len(platform.sent) == 1
    assert sorted(states()) == [Delivery.INBOX_ONLY, Delivery.INBOX_ONLY, Delivery.SENT]


def test_a_long_title_is_cut_to_what_wechat_takes(anna: Phone) -> None:
    platform = Recorder()
    tell(member_of(anna), title="很" * 30)
    sweep(platform)
    assert len(platform.sent[0][2]["thing1"]) == 20


def test_a_silent_platform_is_asked_again_after_a_pause_and_the_consent_is_kept(
    anna: Phone,
) -> None:
    platform = Recorder()
    tell(member_of(anna))
    sweep(Recorder(PlatformAway()))
    assert (states(), consents()) == ([Delivery.WAITING], [1])
    sweep(platform, NOON + PAUSES[0] - SECOND)
    assert platform.sent == []
    sweep(platform, NOON + PAUSES[0])
    assert (len(platform.sent), states(), consents()) == (1, [Delivery.SENT], [0])


def test_the_pauses_grow_and_after_the_last_try_it_is_a_dead_letter(anna: Phone) -> None:
    tell(member_of(anna))
    now, tries = NOON, 0
    set_quiet_hours("")
    for pause in (*PAUSES, timedelta(days=1)):
        tries += len(queries.waiting(10, now=now))
        sweep(Recorder(PlatformAway()), now)
        assert queries.waiting(10, now=now + pause - SECOND) == []
        now += pause
    assert (tries, states(), consents()) == (MOST_ATTEMPTS, [Delivery.FAILED], [1])
    assert list(PAUSES) == sorted(PAUSES)
    assert inbox(anna)["unread"] == 1


def test_a_message_that_may_have_arrived_is_not_sent_twice_by_itself(anna: Phone) -> None:
    agree(anna, REMINDER)
    tell(member_of(anna))
    sweep(Recorder(PlatformUnsure()))
    platform = Recorder()
    sweep(platform, NOON + timedelta(days=1))
    assert (platform.sent, states(), consents()) == ([], [Delivery.FAILED], [1])


def test_a_worker_that_dies_between_taking_and_sending_leaves_the_notice_in_the_inbox(
    anna: Phone,
) -> None:
    tell(member_of(anna))

    class Killed(BaseException):
        """The end of a process, which nothing catches."""

    with pytest.raises(Killed):
        sweep(Recorder(Killed()))  # type: ignore[arg-type]
    db.session.rollback()
    platform = Recorder()
    sweep(platform, NOON + timedelta(days=1))
    assert (platform.sent, inbox(anna)["unread"]) == ([], 1)


def test_a_consent_that_wechat_no_longer_knows_counts_no_more(anna: Phone) -> None:
    agree(anna, REMINDER)
    tell(member_of(anna))
    sweep(Recorder(PlatformRefused(43101)))
    assert (states(), consents()) == ([Delivery.INBOX_ONLY], [0])


def test_what_wechat_will_never_take_is_a_dead_letter_at_once_and_keeps_the_consent(
    anna: Phone,
) -> None:
    tell(member_of(anna))
    sweep(Recorder(PlatformRefused(47003)))
    assert (states(), consents()) == ([Delivery.FAILED], [1])
    (letter,) = queries.dead_letters().items
    assert letter.last_error == "refused 47003"


def test_who_comes_second_to_a_notice_uses_up_no_consent(anna: Phone) -> None:
    tell(member_of(anna))
    (seen_by_both,) = queries.waiting(10, now=NOON)
    db.session.rollback()
    platform = Recorder()
    delivery._deliver(seen_by_both, platform, now=NOON)  # type: ignore[arg-type]
    agree(anna, REMINDER)
    delivery._deliver(seen_by_both, platform, now=NOON)  # type: ignore[arg-type]
    assert (len(platform.sent), consents()) == (1, [1])


@pytest.mark.parametrize(
    ("hours", "moment", "sent"),
    [
        ("21:30-08:00", at(21, 29), 1),
        ("21:30-08:00", at(21, 30), 0),
        ("21:30-08:00", at(3), 0),
        ("21:30-08:00", at(7, 59), 0),
        ("21:30-08:00", at(8), 1),
        ("12:00-14:00", at(13, 59), 0),
        ("12:00-14:00", at(14), 1),
        ("", at(3), 1),
    ],
)
def test_nothing_is_sent_within_the_quiet_hours(
    anna: Phone, hours: str, moment: object, sent: int
) -> None:
    set_quiet_hours(hours)
    tell(member_of(anna))
    platform = Recorder()
    sweep(platform, moment)
    assert len(platform.sent) == sent
    assert states() == [Delivery.SENT if sent else Delivery.WAITING]


def test_what_waited_through_the_night_goes_out_in_the_morning_once(anna: Phone) -> None:
    tell(member_of(anna))
    platform = Recorder()
    for moment in (at(22), at(2, days=1), at(8, days=1), at(8, 1, days=1)):
        sweep(platform, moment)
    assert (len(platform.sent), states()) == (1, [Delivery.SENT])


def test_that_an_activity_is_cancelled_is_told_at_any_hour(phone: People) -> None:
    anna = phone("anna")
    agree(anna, "activity_cancelled")
    tell(member_of(anna), kind=NoticeKind.ACTIVITY_CANCELLED)
    platform = Recorder()
    sweep(platform, at(3))
    assert len(platform.sent) == 1


def test_who_switched_messages_off_while_one_waited_is_sent_none_and_keeps_the_consent(
    anna: Phone,
) -> None:
    member = member_of(anna)
    tell(member)
    with transaction():
        service.choose_as_member(member, NoticeKind.ACTIVITY_REMINDER, Mode.INBOX, now=NOON)
    platform = Recorder()
    sweep(platform)
    assert (platform.sent, states(), consents()) == ([], [Delivery.INBOX_ONLY], [1])


def test_those_who_can_mend_it_are_told_of_dead_letters_once_a_day(city: City, anna: Phone) -> None:
    for number in range(2):
        tell(member_of(anna), occasion=str(number))
        agree(anna, REMINDER)
        sweep(Recorder(PlatformRefused(47003)))
    told = db.session.scalars(select(DeskNotice)).all()
    wanted = {city.accounts[name].id for name in ("office1", "office2", "admin")}
    assert {one.account_id for one in told} == wanted
    assert len(told) == len(wanted)
    assert {one.kind for one in told} == {DeskKind.DELIVERY_DEAD}
    sweep_again = NOON + timedelta(days=1)
    tell(member_of(anna), occasion="next day")
    sweep(Recorder(PlatformRefused(47003)), sweep_again)
    assert len(db.session.scalars(select(DeskNotice)).all()) == 2 * len(wanted)


def test_one_that_cannot_be_handled_is_set_aside_and_stops_no_other(
    anna: Phone, phone: People
) -> None:
    bert = phone("bert")
    agree(bert, REMINDER)
    tell(member_of(anna), now=NOON - timedelta(hours=1))
    tell(member_of(bert), now=NOON)

    class Odd(Recorder):
        """Fails on its first message in a way that nobody foresaw."""

        def send_message(self, *sent: object) -> None:
            if not self.sent:
                self.sent.append(sent)  # type: ignore[arg-type]
                raise RuntimeError
            self.sent.append(sent)  # type: ignore[arg-type]

    platform = Odd()
    assert sweep(platform) == 2
    assert (len(platform.sent), sorted(states())) == (2, [Delivery.FAILED, Delivery.SENT])


def test_the_oldest_goes_first(anna: Phone) -> None:
    member = member_of(anna)
    tell(member, occasion="late", title="晚", now=NOON)
    tell(member, occasion="early", title="早", now=NOON - timedelta(hours=1))
    platform = Recorder()
    sweep(platform)
    assert [data["thing1"] for _, _, data in platform.sent] == ["早"]
    assert NOON.tzinfo is SHANGHAI
    assert {one.delivery for one in db.session.scalars(select(Notice))} == {"sent", "inbox_only"}
