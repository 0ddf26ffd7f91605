"""Links are sent once, by the nearest way that is open, and again only to who hasn't answered."""

import json
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server.audit.models import AuditEntry
from server.core import clock
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.notifications import service as notifications
from server.notifications.models import MessageConsent, Notice
from server.notifications.rules import NoticeKind
from server.sampling import dispatching, outreach, outreach_tasks, sending
from server.sampling.models import DrawnPerson
from server.sampling.outreach_rules import MOST_ATTEMPTS, Fault
from server.sampling.persons import Contact
from server.sampling.rules import DispatchState, Occasion, Standing, Way
from server.sms.contract import SmsAway, SmsFault, SmsRefused
from server.wechat.contract import PlatformAway, PlatformUnsure
from server.wechat.platform import current_platform
from server.wechat.sandbox import Sandbox
from tests.factories.city import City
from tests.factories.closing import close
from tests.factories.identity import at_once
from tests.factories.members import PersonFactory
from tests.factories.notices import set_quiet_hours
from tests.factories.outreach import DAY, Outbox, Sample, make_sample

ASKED = 13


def people(**more: str) -> list[Contact]:
    """Return the 24 of a frame; ``more`` is for all of them."""
    usual = {"telephone": "", "address": "江滨路 1 号", **more}
    return [
        Contact(f"张{at}", usual["telephone"] or f"138000001{at:02d}", usual["address"])
        for at in range(24)
    ]


def test_everybody_asked_is_invited_once_and_no_reserve_is(city: City) -> None:
    sample, outbox = make_sample(city), Outbox()
    assert sample.invite() == {Way.SMS: ASKED}
    assert sample.send(outbox) == ASKED
    assert sample.send(outbox) == 0
    asked = sample.persons(Standing.MAIN)
    links = [f"http://ronghe.test/rate/{code}" for code in sample.codes]
    assert sorted(link.replace("-", "") for link in outbox.links()) == sorted(
        links[one.place] for one in asked
    )
    assert {one.state for one in sample.dispatches()} == {"sent"}
    with pytest.raises(Refusal, match="invitation_nobody"):
        sample.invite()


def test_each_gets_the_link_of_its_own_place(city: City) -> None:
    sample, outbox = make_sample(city, people()), Outbox()
    sample.invite()
    sample.send(outbox)
    numbers = {one.number: one.place for one in sample.persons(Standing.MAIN)}
    for message in outbox.sent:
        # The frame's numbers count from 1, the telephones from 0.
        place = numbers[int(message.number[-2:]) + 1]
        assert message.parameters["link"].replace("-", "").endswith(sample.codes[place])
    assert {message.parameters["campaign"] for message in outbox.sent} == {sample.campaign.title}


def test_the_row_and_the_log_hold_nothing_of_person_or_link(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    sample = make_sample(city, people())
    outbox = Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)] * 3})
    sample.invite()
    sample.send(outbox)
    rows = db.session.execute(text("SELECT to_jsonb(dispatch) FROM dispatch")).scalars().all()
    entries = db.session.scalars(select(AuditEntry)).all()
    stored = json.dumps(list(rows)) + str([one.detail for one in entries]) + caplog.text
    for secret in (*sample.codes, *(one.number for one in outbox.sent), "江滨路", "张1"):
        assert secret not in stored


def agreed(sample: Sample, branch: Organisation, person: PersonFactory) -> tuple[DrawnPerson, str]:
    """Let the first of those asked be a member who takes links by WeChat; return the telephone."""
    chosen = sample.persons(Standing.MAIN)[0]
    number = f"138000001{chosen.number - 1:02d}"
    comrade = person(branch.id, "李四", key="li", phone=number)
    assert comrade.member_id is not None
    with transaction():
        notifications.consent(comrade.member_id, [NoticeKind.SAMPLE_LINK])
    return chosen, number


def test_a_known_member_who_agreed_gets_it_by_wechat_and_the_inbox_does_not(
    city: City, branch: Organisation, person: PersonFactory
) -> None:
    sample = make_sample(city, people())
    chosen, number = agreed(sample, branch, person)
    assert sample.invite() == {Way.SMS: ASKED - 1, Way.WECHAT: 1}
    outbox, platform = Outbox(), current_platform()
    assert isinstance(platform, Sandbox)
    before = len(platform.messages())
    sample.send(outbox)
    assert number not in [message.number for message in outbox.sent]
    assert len(platform.messages()) == before + 1
    page = platform.messages()[0]["page"]
    assert page.replace("-", "").endswith(sample.codes[chosen.place])
    assert page.startswith("packages/evaluation/sample/index?code=")
    assert db.session.scalars(select(Notice).where(Notice.kind == "sample_link")).all() == []
    assert db.session.scalars(select(MessageConsent.remaining)).all() == [0]


def test_who_took_the_consent_back_gets_a_text_message(
    city: City, branch: Organisation, person: PersonFactory
) -> None:
    sample = make_sample(city, people())
    agreed(sample, branch, person)
    sample.invite()
    with transaction():
        db.session.execute(text("DELETE FROM message_consent"))
    outbox = Outbox()
    sample.send(outbox)
    sample.send(outbox)
    assert len(outbox.sent) == ASKED
    assert sample.dispatches(way="wechat") == []


def test_wechat_that_is_away_costs_no_consent(
    city: City, branch: Organisation, person: PersonFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = make_sample(city, people())
    agreed(sample, branch, person)
    sample.invite()

    def away(*_: object, **__: object) -> None:
        raise PlatformAway

    monkeypatch.setattr(Sandbox, "send_message", away)
    sample.send(Outbox())
    (waiting,) = sample.dispatches(way="wechat")
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert db.session.scalars(select(MessageConsent.remaining)).all() == [1]
    monkeypatch.undo()
    sample.send(Outbox(), now=clock.now() + timedelta(minutes=2))
    (sent,) = sample.dispatches(way="wechat")
    assert (sent.state, sent.reason) == ("sent", "")


def test_wechat_whose_answer_is_lost_is_not_asked_again_and_a_text_goes(
    city: City, branch: Organisation, person: PersonFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample, outbox = make_sample(city, people()), Outbox()
    _, number = agreed(sample, branch, person)
    with transaction():
        member = db.session.scalars(select(MessageConsent.member_id)).one()
        notifications.consent(member, [NoticeKind.SAMPLE_LINK])
    sample.invite()
    asked = []

    def lost(*message: object, **_: object) -> None:
        asked.append(message)
        raise PlatformUnsure

    monkeypatch.setattr(Sandbox, "send_message", lost)
    for minutes in (0, 2, 10):
        sample.send(outbox, now=clock.now() + timedelta(minutes=minutes))
    assert len(asked) == 1
    assert [one.number for one in outbox.sent].count(number) == 1
    assert {(one.state, one.reason) for one in sample.dispatches()} == {("sent", "")}


def test_without_a_telephone_or_text_messages_a_letter_goes(city: City) -> None:
    persons = [Contact(f"张{at}", "", f"江滨路 {at} 号") for at in range(24)]
    assert make_sample(city, persons).invite() == {Way.LETTER: ASKED}


def test_a_place_without_text_messages_writes_letters(city: City) -> None:
    assert make_sample(city).invite(sms=False) == {Way.LETTER: ASKED}


def test_two_taps_at_once_invite_once(app: APIFlask, city: City) -> None:
    sample = make_sample(city)
    draw_id, office = sample.draw.id, sample.office

    def invite() -> object:
        return dispatching.invite(draw_id, sms=True, actor=office, now=clock.now())

    answers = at_once(app, [invite] * 3)
    assert sorted(answers) == ["done", "invitation_nobody", "invitation_nobody"]
    assert len(sample.dispatches()) == ASKED


def test_a_killed_worker_leaves_its_message_to_a_later_try_with_the_same_reference(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample, outbox, now = make_sample(city), Outbox(), clock.now()
    sample.invite(now=now)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    # It dies after the gateway took the message on, before it could note that.
    with monkeypatch.context() as patch:
        patch.setattr(sending.Sender, "_sent", killed)
        with pytest.raises(Killed):
            sample.send(outbox, now=now)
    first = outbox.sent[0].reference
    assert sample.send(outbox, now=now) == ASKED - 1
    assert sample.send(outbox, now=now + timedelta(minutes=2)) == 1
    assert outbox.sent[-1].reference == first
    assert {one.state for one in sample.dispatches()} == {"sent"}


def test_a_silent_gateway_is_left_alone_and_asked_again_later(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)
    outbox = Outbox(fails={"": [SmsAway() for _ in range(3)]})
    assert sample.send(outbox, now=now) == 0
    assert outbox.sent == []
    assert sorted(one.attempts for one in sample.dispatches()) == [0] * (ASKED - 3) + [1] * 3
    # Those who weren't tried yet come first; the others rest for a minute.
    assert sample.send(outbox, now=now) == ASKED - 3
    assert sample.send(outbox, now=now) == 0
    assert sample.send(outbox, now=now + timedelta(minutes=1)) == 3


def test_after_many_silent_tries_a_message_failed_and_can_be_tried_again(city: City) -> None:
    sample, now = make_sample(city, people()), clock.now()
    sample.invite(now=now)
    one = f"138000001{sample.persons(Standing.MAIN)[0].number - 1:02d}"
    outbox = Outbox(fails={one: [SmsAway() for _ in range(MOST_ATTEMPTS)]})
    for hours in range(MOST_ATTEMPTS + 1):
        sample.send(outbox, now=now + timedelta(hours=3 * hours))
    (failed,) = sample.dispatches(state="failed")
    assert failed.reason == "away"
    assert [(one.fault, one.count) for one in outreach.failures(sample.draw.id)] == [
        (Fault.AWAY, 1)
    ]
    with transaction():
        assert (
            dispatching.try_again(sample.draw.id, Fault.AWAY, actor=sample.office, now=now + DAY)
            == 1
        )
    sample.send(outbox, now=now + DAY + timedelta(hours=1))
    assert len(outbox.sent) == ASKED


def test_refused_numbers_are_counted_by_reason_and_become_letters(city: City) -> None:
    sample = make_sample(city)
    faults = [SmsFault.NUMBER, SmsFault.NUMBER, SmsFault.BLOCKED]
    sample.invite()
    sample.send(Outbox(fails={"": [SmsRefused(fault) for fault in faults]}))
    found = {one.fault: one.count for one in outreach.failures(sample.draw.id)}
    assert found == {Fault.NUMBER: 2, Fault.BLOCKED: 1}
    with transaction():
        assert (
            dispatching.as_letters(
                sample.draw.id, Fault.NUMBER, actor=sample.office, now=clock.now()
            )
            == 2
        )
    letters = sample.dispatches(way="letter")
    assert {one.state for one in letters} == {"waiting"}
    assert len(letters) == outreach.waiting_letters(sample.draw.id) == 2


def test_links_are_not_sent_before_the_opening_nor_after_the_end(city: City) -> None:
    sample, outbox = make_sample(city), Outbox()
    sample.invite()
    late = sample.campaign.closes_at + timedelta(minutes=1)
    assert sample.send(outbox, now=late) == 0
    with pytest.raises(Refusal, match="sample_ended"):
        sample.remind(now=late)
    close(sample.campaign.id)
    assert sample.send(outbox) == 0
    assert outbox.sent == []


def test_only_an_office_that_reaches_the_departments_sends(city: City) -> None:
    sample = make_sample(city)
    for actor in (city.actors["liaison"], city.actors["inspector"]):
        with pytest.raises(Refusal, match="not_allowed"), transaction():
            dispatching.invite(sample.draw.id, sms=True, actor=actor, now=clock.now())
    assert sample.dispatches() == []


def answered(sample: Sample, *places: int) -> None:
    """Set flags as the nightly count does."""
    with transaction():
        for one in db.session.scalars(
            select(DrawnPerson).where(
                DrawnPerson.draw_id == sample.draw.id, DrawnPerson.place.in_(places)
            )
        ):
            one.answered = True


def test_reminders_go_to_those_alone_who_have_not_answered(city: City) -> None:
    sample, outbox, now = make_sample(city), Outbox(), clock.now()
    sample.invite(now=now)
    sample.send(outbox, now=now)
    answered(sample, 0, 1, 2)
    assert sample.remind(now=now + 3 * DAY) == {Way.SMS: ASKED - 3}
    # Another one answered before the message went.
    answered(sample, 3)
    sample.send(outbox, now=now + 3 * DAY)
    reminded = sample.dispatches(occasion="reminder")
    assert [one.place for one in reminded] == list(range(4, ASKED))
    assert {one.state for one in reminded} == {"sent"}
    assert "如已评价请忽略" in outbox.sent[-1].text


def test_rounds_are_three_days_apart_and_no_more_than_the_setting_says(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)
    sample.send(Outbox(), now=now)
    with pytest.raises(Refusal, match="reminder_too_soon") as refused:
        sample.remind(now=now + 2 * DAY)
    assert f"{local_date(now + 3 * DAY)} 起可以催答" in refused.value.message
    sample.remind(now=now + 3 * DAY)
    with pytest.raises(Refusal, match="reminder_too_soon"):
        sample.remind(now=now + 5 * DAY)
    sample.remind(now=now + 6 * DAY)
    assert {one.round for one in sample.dispatches(occasion="reminder")} == {1, 2}
    with pytest.raises(Refusal, match="reminders_over"):
        sample.remind(now=now + timedelta(days=6, hours=23))


def test_who_never_got_the_link_is_not_reminded_of_it(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)]}), now=now)
    assert sample.remind(now=now + 3 * DAY) == {Way.SMS: ASKED - 1}


def test_the_job_sends_everything_that_waits(city: City) -> None:
    sample = make_sample(city)
    sample.invite()
    set_quiet_hours("")
    outreach_tasks.send_links(0)
    assert {one.state for one in sample.dispatches()} == {"sent"}


def test_the_progress_is_counted_by_occasion_way_and_state(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now)
    (invitation,) = outreach.rounds(sample.draw.id)
    assert (invitation.occasion, invitation.whole, invitation.busy) == (Occasion.INVITATION, 13, 13)
    sample.send(Outbox(fails={"": [SmsRefused(SmsFault.NUMBER)]}), now=now)
    (invitation,) = outreach.rounds(sample.draw.id)
    assert invitation.busy == 0
    assert invitation.of(DispatchState.SENT, Way.SMS) == 12
    assert invitation.of(DispatchState.FAILED) == 1


def test_nothing_is_sent_within_the_quiet_hours_and_nothing_is_lost(city: City) -> None:
    sample = make_sample(city)
    sample.invite()
    # Two hours before and after this moment: whatever time it is, it is quiet.
    here = clock.now().astimezone(clock.SHANGHAI)
    hours = [(here + timedelta(hours=shift)).strftime("%H:%M") for shift in (-2, 2)]
    set_quiet_hours("-".join(hours))
    outreach_tasks.send_links(0)
    assert {one.state for one in sample.dispatches()} == {"waiting"}
    set_quiet_hours("")
    outreach_tasks.send_links(0)
    assert {one.state for one in sample.dispatches()} == {"sent"}
