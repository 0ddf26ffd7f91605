"""Sending what waits, by WeChat and as text messages: no transaction is open meanwhile.

A message is put off before it is sent, so a worker that dies leaves it to the next try. The row's
id is the reference by which the gateway knows a message that it has: nobody gets one twice. WeChat
knows no such reference: a message that it may have taken, because the worker died or the answer was
lost, is not sent there again, but goes on by the next way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, delete, or_, select, update

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignState
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.membership import queries as membership
from server.notifications import direct
from server.notifications.rules import NoticeKind
from server.sampling import queries
from server.sampling.dispatching import number_of
from server.sampling.links import link_of, phone_page
from server.sampling.models import Dispatch, DrawnPerson, FrameUnit, SampleDraw
from server.sampling.outreach_rules import MOST_ATTEMPTS, UNSURE, Fault, pause_after
from server.sampling.persons import open_contact
from server.sampling.queries import ASKED_VALUES
from server.sampling.rules import DispatchState, Occasion, Way
from server.settings import queries as settings
from server.settings.rules import OFFICE_PHONE
from server.sms.platform import Message, Sms, SmsAway, SmsFault, SmsRefused, SmsTemplate
from server.wechat.platform import Platform, PlatformAway, PlatformUnsure

BATCH = 100
# So many without an answer in a row: the gateway itself is away, and the others needn't be tried.
MOST_SILENCES = 3
TEMPLATES = {
    Occasion.INVITATION: SmsTemplate.SAMPLE_INVITATION,
    Occasion.REMINDER: SmsTemplate.SAMPLE_REMINDER,
}
TITLES = {Occasion.INVITATION: "抽样调查邀请", Occasion.REMINDER: "抽样调查提醒"}
FAULTS = {
    SmsFault.NUMBER: Fault.NUMBER,
    SmsFault.BLOCKED: Fault.BLOCKED,
    SmsFault.TEMPLATE: Fault.TEMPLATE,
    SmsFault.OTHER: Fault.REFUSED,
}


@dataclass
class Sender:
    """One sweep: who sends, and the links' codes, worked out once a draw and kept nowhere else."""

    platform: Platform
    sms: Sms
    now: datetime
    phone: str
    _codes: dict[int, list[str]] = field(default_factory=dict)
    _silences: int = 0

    @property
    def stopped(self) -> bool:
        """Whether nobody answers at the other end."""
        return self._silences >= MOST_SILENCES

    def take(self, item: Any) -> None:
        """Send one message, or note why not; what goes wrong with one stops no other."""
        with transaction():
            # In a transaction of its own, so that one that can't even be made counts as tried.
            if not _put_off(item, self.now):
                return
        try:
            self._deliver(item)
        except Exception as error:  # noqa: BLE001 whatever it is, the others are still to be sent
            db.session.rollback()
            # The error's text may hold number and link.
            name = type(error).__name__
            current_app.logger.error("link %s was not sent: %s", item.id, name)  # noqa: TRY400 no traceback: see above
            self._silent(item)

    def _deliver(self, item: Any) -> None:
        with transaction():
            person = open_contact(item.person_sealed)
            number = number_of(person)
            link = None if person is None else self._code(item.draw_id, item.place)
        if link is None:
            _end(item, Fault.ERASED)
        elif number is None:
            self._go_by(item, Way.LETTER)
        elif item.way == Way.WECHAT:
            self._by_wechat(item, number, link)
        else:
            self._by_sms(item, number, link)

    def _code(self, draw_id: int, place: int) -> str:
        if draw_id not in self._codes:
            self._codes[draw_id] = queries.codes_of(queries.draw(draw_id))
        return self._codes[draw_id][place]

    def _by_wechat(self, item: Any, number: str, code: str) -> None:
        if item.reason == UNSURE:
            self._go_on(item)
            return
        member = membership.members_of_phones([number]).get(number)
        db.session.rollback()
        occasion = Occasion(item.occasion)
        try:
            sent = member is not None and direct.send(
                member,
                NoticeKind.SAMPLE_LINK,
                title=TITLES[occasion],
                body=item.title,
                page=phone_page(code),
                platform=self.platform,
                now=self.now,
            )
        except PlatformUnsure:
            # No try is the last one here: another way is left.
            self._silences += 1
        except PlatformAway:
            _write(item, {"reason": ""})
            self._silent(item)
        else:
            if sent:
                self._sent(item)
            else:
                # No consent left.
                self._go_on(item)

    def _by_sms(self, item: Any, number: str, code: str) -> None:
        until = item.closes_at.astimezone(clock.SHANGHAI)
        parameters = {
            "campaign": item.title,
            "until": f"{until.month}月{until.day}日{until.hour}时",
            "link": link_of(code),
            "phone": self.phone,
        }
        template = TEMPLATES[Occasion(item.occasion)]
        try:
            self.sms.send(Message(item.id, number, template, parameters))
        except SmsAway:
            self._silent(item)
        except SmsRefused as refusal:
            self._silences = 0
            _end(item, FAULTS[refusal.fault])
        else:
            self._sent(item)

    def _sent(self, item: Any) -> None:
        self._silences = 0
        values = {"state": DispatchState.SENT.value, "sent_on": clock.local_date(self.now)}
        _write(item, {**values, "reason": "", "not_before": None})

    def _silent(self, item: Any) -> None:
        self._silences += 1
        if item.attempts + 1 >= MOST_ATTEMPTS:
            _end(item, Fault.AWAY)

    def _go_on(self, item: Any) -> None:
        """Send by the nearest other way that is open."""
        self._go_by(item, Way.SMS if self.sms.sends else Way.LETTER)

    def _go_by(self, item: Any, way: Way) -> None:
        if way is Way.LETTER and item.occasion == Occasion.REMINDER:
            # Only who has not answered gets this message: its letter would tell so.
            _end(item, Fault.NO_WAY)
            return
        _write(item, {"way": way.value, "attempts": 0, "reason": "", "not_before": None})


def sweep(platform: Platform, sms: Sms, *, now: datetime) -> int:
    """Send some of what waits; return how many were taken up, 0 where nobody answers."""
    with transaction():
        _drop_needless()
    found, phone = waiting(now), settings.value(OFFICE_PHONE)
    db.session.rollback()
    sender = Sender(platform, sms, now, phone)
    for number, item in enumerate(found):
        sender.take(item)
        if sender.stopped:
            current_app.logger.warning("links of the sample survey: no answer, %d sent", number)
            return 0
    return len(found)


def waiting(now: datetime) -> Sequence[Any]:
    """Return what is to be sent now, with what its text is made of."""
    return db.session.execute(
        select(
            Dispatch.id,
            Dispatch.draw_id,
            Dispatch.place,
            Dispatch.way,
            Dispatch.occasion,
            Dispatch.attempts,
            Dispatch.reason,
            FrameUnit.person_sealed,
            Campaign.title,
            Campaign.closes_at,
        )
        .select_from(Dispatch)
        .join(SampleDraw, SampleDraw.id == Dispatch.draw_id)
        .join(
            DrawnPerson,
            (DrawnPerson.draw_id == Dispatch.draw_id) & (DrawnPerson.place == Dispatch.place),
        )
        .join(
            FrameUnit,
            (FrameUnit.frame_id == SampleDraw.frame_id) & (FrameUnit.number == DrawnPerson.number),
        )
        .join(Campaign, Campaign.id == SampleDraw.campaign_id)
        .where(
            Dispatch.state == DispatchState.WAITING.value,
            Dispatch.way != Way.LETTER.value,
            _due(now),
            SampleDraw.links_sealed.is_not(None),
            DrawnPerson.standing.in_(ASKED_VALUES),
            Campaign.state == CampaignState.OPEN.value,
            Campaign.closes_at > now,
        )
        # Who was tried least comes first: one that never gets through holds up nobody.
        .order_by(Dispatch.attempts, Dispatch.draw_id, Dispatch.place)
        .limit(BATCH)
    ).all()


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(Dispatch.not_before.is_(None), Dispatch.not_before <= now)


def _drop_needless() -> None:
    """Take back reminders to those who have answered meanwhile."""
    answered = (
        select(DrawnPerson.place)
        .where(
            DrawnPerson.draw_id == Dispatch.draw_id,
            DrawnPerson.place == Dispatch.place,
            DrawnPerson.answered.is_(True),
        )
        .exists()
    )
    db.session.execute(
        delete(Dispatch)
        .where(
            Dispatch.state == DispatchState.WAITING.value,
            Dispatch.occasion == Occasion.REMINDER.value,
            # A letter goes all the same: from a list that lacks somebody one would know who has.
            Dispatch.way != Way.LETTER.value,
            answered,
        )
        .execution_options(synchronize_session=False)
    )


def _put_off(item: Any, now: datetime) -> bool:
    """Claim a message for one try; False where another worker has it."""
    attempts = item.attempts + 1
    taken = db.session.scalar(
        update(Dispatch)
        .where(Dispatch.id == item.id, Dispatch.state == DispatchState.WAITING.value, _due(now))
        .values(
            attempts=attempts,
            not_before=now + pause_after(attempts),
            reason=UNSURE if item.way == Way.WECHAT else "",
        )
        .returning(Dispatch.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def _end(item: Any, fault: Fault) -> None:
    _write(item, {"state": DispatchState.FAILED.value, "reason": fault.value, "not_before": None})


def _write(item: Any, values: dict[str, Any]) -> None:
    # Only what still waits: the campaign may have ended, or the person have been replaced.
    with transaction():
        db.session.execute(
            update(Dispatch)
            .where(Dispatch.id == item.id, Dispatch.state == DispatchState.WAITING.value)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
