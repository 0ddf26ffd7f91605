"""Preferences: every kind is shown, can be switched off, and says how many messages are left."""

from collections.abc import Callable

from server.notifications import queries
from server.notifications.rules import NoticeKind
from tests.factories.notices import agree, inbox, member_of, set_quiet_hours, tell
from tests.factories.rating import Phone

People = Callable[[str], Phone]
PREFERENCES = "/api/v1/me/notice-preferences"


def shown(phone: Phone) -> dict[str, tuple[str, int]]:
    answer = phone.client.get(PREFERENCES, headers=phone.headers)
    assert answer.status_code == 200, answer.text
    return {one["kind"]: (one["mode"], one["messages_left"]) for one in answer.json["items"]}


def choose(phone: Phone, mode: str, kind: str = "activity_reminder") -> int:
    answer = phone.client.put(f"{PREFERENCES}/{kind}", json={"mode": mode}, headers=phone.headers)
    return answer.status_code


def test_every_kind_is_shown_and_on_until_somebody_switches_it_off(phone: People) -> None:
    anna = phone("anna")
    assert shown(anna) == {kind.value: ("all", 0) for kind in NoticeKind}
    for mode in ("off", "inbox", "all"):
        assert choose(anna, mode) == 204
        assert shown(anna)["activity_reminder"] == (mode, 0)
        assert shown(anna)["added"] == ("all", 0)


def test_one_member_s_choice_is_nobody_else_s(phone: People) -> None:
    anna, bert = phone("anna"), phone("bert")
    choose(anna, "off")
    assert [tell(member_of(anna)), tell(member_of(bert))] == [0, 1]
    assert (inbox(anna)["items"], shown(bert)["activity_reminder"]) == ([], ("all", 0))


def test_a_kind_or_mode_that_does_not_exist_is_refused(phone: People) -> None:
    anna = phone("anna")
    assert choose(anna, "off", kind="weather") == 404
    assert choose(anna, "loud") == 422


def test_messages_left_are_counted_up_to_twenty(phone: People) -> None:
    anna = phone("anna")
    for _ in range(25):
        agree(anna, "activity_reminder", "added")
    assert shown(anna)["activity_reminder"] == ("all", 20)
    answer = anna.client.get(PREFERENCES, headers=anna.headers).json
    assert answer["most_messages"] == 20
    assert {one["template_id"] for one in answer["items"]} == {
        f"sandbox-{kind.value}" for kind in NoticeKind
    }


def test_the_quiet_hours_are_told(phone: People) -> None:
    anna = phone("anna")
    assert anna.client.get(PREFERENCES, headers=anna.headers).json["quiet_hours"] == "21:30-08:00"
    set_quiet_hours("")
    assert anna.client.get(PREFERENCES, headers=anna.headers).json["quiet_hours"] == ""


def test_who_wants_no_messages_is_not_counted_among_those_who_agreed(phone: People) -> None:
    anna, bert = phone("anna"), phone("bert")
    members = {name: member_of(one) for name, one in (("anna", anna), ("bert", bert))}
    for one in (anna, bert):
        agree(one, "sample_link")
    choose(anna, "inbox", "sample_link")
    assert queries.agreed(members.values(), NoticeKind.SAMPLE_LINK) == {members["bert"]}
