"""Invitations and reminders: whom they go to and by which way; what to do with those that failed.

What is stored of a message is that it is to go, or went. Its text is made when it is sent, from
the link's code: neither text nor code nor anything of the person stands in its row or in a log.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignState
from server.campaigns.service import require_office
from server.core.access import Actor
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import Refusal
from server.membership import queries as membership
from server.membership.rules import normal_phone
from server.notifications import queries as notifications
from server.notifications.rules import NoticeKind
from server.sampling import outreach
from server.sampling.models import Dispatch, DrawnPerson, FrameUnit, SampleDraw
from server.sampling.outreach_rules import (
    FINAL_FAULTS,
    REMINDER_PAUSE,
    Fault,
    way_of,
)
from server.sampling.persons import Contact, open_contact
from server.sampling.queries import ASKED_VALUES
from server.sampling.rules import DispatchState, Occasion, Way
from server.settings import queries as settings
from server.settings.rules import REMINDER_ROUNDS

PERSONS_AT_ONCE = 1000
Row = dict[str, Any]


def draw_for_update(draw_id: int, actor: Actor) -> SampleDraw:
    """Return a draw with its row locked: one step at a time, by an office that reaches it."""
    draw = db.session.get(SampleDraw, draw_id, with_for_update=True, populate_existing=True)
    if draw is None:
        raise Refusal("draw_unknown", 404)
    require_office(campaigns.department_paths(draw.campaign_id), actor)
    return draw


def require_running(draw: SampleDraw, now: datetime) -> Campaign:
    """Refuse unless links may be sent: from the campaign's start by the office to its end."""
    campaign = campaigns.campaign(draw.campaign_id)
    if campaign.state == CampaignState.DRAFT:
        raise Refusal("sample_not_open", 409)
    if campaign.state == CampaignState.CLOSED or now >= campaign.closes_at:
        raise Refusal("sample_ended", 409)
    if draw.links_sealed is None:
        raise Refusal("sample_links_erased", 409)
    return campaign


def invite(draw_id: int, *, sms: bool, actor: Actor, now: datetime) -> dict[Way, int]:
    """Have the link sent to everybody asked who wasn't invited yet; return how many by each way.

    Said again, it takes up those alone who came in meanwhile, such as replacements.
    """
    draw = draw_for_update(draw_id, actor)
    require_running(draw, now)
    found = _add(
        draw, _persons(draw, Occasion.INVITATION, 1), Occasion.INVITATION, 1, sms=sms, now=now
    )
    if not found:
        raise Refusal("invitation_nobody", 409)
    _record(actor, draw, "sample.invited", found, now)
    return found


def remind(draw_id: int, *, sms: bool, actor: Actor, now: datetime) -> dict[Way, int]:
    """Have those reminded who got the link at least three days ago and had not answered last night.

    Letters alone go to all of them, answered or not: their lists are read by people, and who is
    missing in the second one has answered. A round at a time, as many as the setting says.
    """
    draw = draw_for_update(draw_id, actor)
    require_running(draw, now)
    rounds, _ = outreach.reminders_of(draw_id)
    most = settings.value(REMINDER_ROUNDS)
    if rounds >= most:
        raise Refusal("reminders_over", 409, most=most)
    today, due = local_date(now), outreach.reminder_day(draw_id)
    if due is not None and today < due:
        raise Refusal("reminder_too_soon", 409, days=REMINDER_PAUSE.days, day=due.isoformat())
    persons = _persons(draw, Occasion.REMINDER, rounds + 1).where(
        _invited(draw, today - REMINDER_PAUSE)
    )
    found = _add(draw, persons, Occasion.REMINDER, rounds + 1, sms=sms, now=now)
    if not found:
        raise Refusal("reminder_nobody", 409)
    _record(actor, draw, "sample.reminded", found, now, round=rounds + 1)
    return found


def _invited(draw: SampleDraw, by: date) -> Any:
    return (
        select(Dispatch.place)
        .where(
            Dispatch.draw_id == draw.id,
            Dispatch.place == DrawnPerson.place,
            Dispatch.occasion == Occasion.INVITATION.value,
            Dispatch.state == DispatchState.SENT.value,
            Dispatch.sent_on <= by,
        )
        .exists()
    )


def _persons(
    draw: SampleDraw, occasion: Occasion, round_: int
) -> Select[int, bytes | None, bool | None]:
    """Select place, sealed person and flag of everybody asked who has no such message yet."""
    there = (
        select(Dispatch.place)
        .where(
            Dispatch.draw_id == draw.id,
            Dispatch.place == DrawnPerson.place,
            Dispatch.occasion == occasion.value,
            Dispatch.round == round_,
        )
        .exists()
    )
    return (
        select(DrawnPerson.place, FrameUnit.person_sealed, DrawnPerson.answered)
        .join(
            FrameUnit,
            (FrameUnit.number == DrawnPerson.number) & (FrameUnit.frame_id == draw.frame_id),
        )
        .where(DrawnPerson.draw_id == draw.id, DrawnPerson.standing.in_(ASKED_VALUES), ~there)
        .order_by(DrawnPerson.place)
    )


def _add(
    draw: SampleDraw,
    persons: Select[int, bytes | None, bool | None],
    occasion: Occasion,
    round_: int,
    *,
    sms: bool,
    now: datetime,
) -> dict[Way, int]:
    counts: dict[Way, int] = {}
    for some in _slices(db.session.execute(persons).all()):
        rows = [
            {
                "id": uuid4(),
                "draw_id": draw.id,
                "place": place,
                "way": way.value,
                "occasion": occasion.value,
                "round": round_,
                "state": (DispatchState.FAILED if fault else DispatchState.WAITING).value,
                "attempts": 0,
                "reason": fault,
                "created_on": local_date(now),
            }
            for place, way, fault, done in _ways(some, sms=sms)
            if occasion is Occasion.INVITATION or way is Way.LETTER or not done
        ]
        if not rows:
            continue
        db.session.execute(
            insert(Dispatch).on_conflict_do_nothing(constraint="uq_dispatch_once"), rows
        )
        for row in rows:
            way = Way(str(row["way"]))
            counts[way] = counts.get(way, 0) + 1
    return counts


def _slices(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), PERSONS_AT_ONCE):
        yield rows[start : start + PERSONS_AT_ONCE]


def _ways(some: Sequence[Any], *, sms: bool) -> Iterator[tuple[int, Way, str, bool]]:
    persons = [(place, open_contact(sealed), bool(done)) for place, sealed, done in some]
    numbers = {number_of(person) for _, person, _ in persons}
    members = membership.members_of_phones(number for number in numbers if number)
    agreed = notifications.agreed(set(members.values()), NoticeKind.SAMPLE_LINK)
    for place, person, done in persons:
        number = number_of(person)
        on_wechat = members.get(number or "") in agreed
        way = way_of(telephone=number, on_wechat=on_wechat, sms=sms)
        yield place, way, "" if person else Fault.ERASED.value, done


def number_of(person: Contact | None) -> str | None:
    """Return the mobile number that a person is reached by, or None."""
    return normal_phone(person.telephone) if person else None


def try_again(draw_id: int, fault: Fault, *, actor: Actor, now: datetime) -> int:
    """Let what failed for this reason be sent once more, by the same way; return how many."""
    return _revive(draw_id, fault, {}, "sample.tried_again", actor=actor, now=now)


def as_letters(draw_id: int, fault: Fault, *, actor: Actor, now: datetime) -> int:
    """Let invitations that failed for this reason go as letters instead; return how many.

    No reminders: whoever reads the list of these letters would know who has not answered.
    """
    ways = {"way": Way.LETTER.value}
    return _revive(draw_id, fault, ways, "sample.to_letters", actor=actor, now=now)


def _revive(
    draw_id: int, fault: Fault, change: Row, action: str, *, actor: Actor, now: datetime
) -> int:
    draw = draw_for_update(draw_id, actor)
    require_running(draw, now)
    if fault in FINAL_FAULTS:
        return 0
    waiting = {
        "state": DispatchState.WAITING.value,
        "attempts": 0,
        "reason": "",
        "not_before": None,
    }
    ids = db.session.scalars(
        update(Dispatch)
        .where(
            Dispatch.draw_id == draw_id,
            Dispatch.state == DispatchState.FAILED.value,
            Dispatch.reason == fault.value,
            Dispatch.place.in_(asked_places(draw_id)),
            *([Dispatch.occasion == Occasion.INVITATION.value] if change else []),
        )
        .values(**waiting, **change)
        .returning(Dispatch.id)
        .execution_options(synchronize_session=False)
    ).all()
    audit.record(
        actor, action, ("campaign", draw.campaign_id), at=now,
        panel=draw.panel, reason=fault.value, size=len(ids),
    )  # fmt: skip
    return len(ids)


def asked_places(draw_id: int) -> Select[int]:
    """Select the places of those who are asked."""
    return select(DrawnPerson.place).where(
        DrawnPerson.draw_id == draw_id, DrawnPerson.standing.in_(ASKED_VALUES)
    )


def drop_waiting(draw_id: int, places: Collection[int]) -> None:
    """Take back what was not sent yet to persons who were replaced."""
    db.session.execute(
        delete(Dispatch).where(
            Dispatch.draw_id == draw_id,
            Dispatch.place.in_(list(places)),
            Dispatch.state == DispatchState.WAITING.value,
        )
    )


def _record(
    actor: Actor, draw: SampleDraw, action: str, found: dict[Way, int], now: datetime, **more: int
) -> None:
    counts = {way.value: number for way, number in found.items()}
    audit.record(
        actor, action, ("campaign", draw.campaign_id), at=now,
        panel=draw.panel, counts=counts, size=sum(found.values()), **more,
    )  # fmt: skip
