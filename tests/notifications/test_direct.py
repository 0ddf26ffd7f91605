"""Messages without an inbox: a consent is used up by one that goes out, and by nothing else."""

from collections.abc import Callable

import pytest

from server.core.transaction import transaction
from server.notifications import direct, service
from server.notifications.rules import Mode, NoticeKind
from server.wechat.platform import PlatformAway, PlatformRefused, PlatformUnsure
from tests.factories.notices import NOON, Recorder, agree, consents, member_of
from tests.factories.rating import Phone

People = Callable[[str], Phone]


@pytest.fixture
def anna(phone: People) -> Phone:
    """Somebody who has agreed to two messages."""
    found = phone("anna")
    for _ in range(2):
        agree(found, "sample_link")
    return found


def send(phone: Phone, platform: Recorder) -> bool:
    return direct.send(
        member_of(phone),
        NoticeKind.SAMPLE_LINK,
        title="抽样调查邀请",
        body="四季度评价",
        page="packages/evaluation/sample/index",
        platform=platform,  # type: ignore[arg-type]
        now=NOON,
    )


def test_a_message_that_goes_out_uses_up_one_consent(anna: Phone) -> None:
    platform = Recorder()
    assert send(anna, platform)
    assert (len(platform.sent), consents()) == (1, [1])


def test_a_consent_comes_back_where_wechat_was_away_but_not_where_it_may_have_sent(
    anna: Phone,
) -> None:
    with pytest.raises(PlatformAway):
        send(anna, Recorder(PlatformAway()))
    assert consents() == [2]
    with pytest.raises(PlatformUnsure):
        send(anna, Recorder(PlatformUnsure()))
    assert consents() == [1]


@pytest.mark.parametrize(("errcode", "left"), [(43101, 0), (47003, 2)])
def test_a_refusal_says_whether_there_was_a_consent(anna: Phone, errcode: int, left: int) -> None:
    assert not send(anna, Recorder(PlatformRefused(errcode)))
    assert consents() == [left]


def test_who_wants_no_messages_is_sent_none(anna: Phone) -> None:
    with transaction():
        service.choose_as_member(member_of(anna), NoticeKind.SAMPLE_LINK, Mode.INBOX, now=NOON)
    platform = Recorder()
    assert not send(anna, platform)
    assert (platform.sent, consents()) == ([], [2])
