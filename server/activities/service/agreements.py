"""Agreements: drafted, in force, ended; and the yearly lists whose lines become activities."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select

from server.activities import queries
from server.activities.models import Agreement, AgreementPartner, PlannedActivity
from server.activities.rules import FIRST_YEAR, LAST_YEAR, LONGEST_TITLE, AgreementState
from server.activities.service.authority import require_keeper, require_organiser
from server.activities.service.content import (
    AgreementContent,
    check_agreement,
    fault,
    refuse_faults,
)
from server.audit import service as audit
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.identity import queries as identity

MONTHS = range(1, 13)


def draft_agreement(content: AgreementContent, *, actor: Actor, now: datetime) -> Agreement:
    """Start an agreement; it is in force once it is activated."""
    require_organiser(identity.organisation(content.host_id).path, actor)
    check_agreement(content)
    agreement = Agreement(host_id=content.host_id, created_by=actor.id, created_at=now)
    _write(agreement, content)
    db.session.add(agreement)
    db.session.flush()
    _set_partners(agreement.id, content.partner_ids)
    audit.record(
        actor,
        "agreement.drafted",
        ("agreement", agreement.id),
        at=now,
        title=content.title,
        organisation=content.host_id,
    )
    return agreement


def change_agreement(
    agreement_id: int, content: AgreementContent, *, actor: Actor, now: datetime
) -> Agreement:
    """Change an agreement that has not ended; its host stays once it is in force."""
    agreement = _kept(agreement_id, actor)
    if agreement.state == AgreementState.ENDED:
        raise Refusal("agreement_ended", 409)
    if content.host_id != agreement.host_id:
        if agreement.state != AgreementState.DRAFT:
            refuse_faults([fault("host", "协议已经生效，不能更换牵头单位。")])
        require_organiser(identity.organisation(content.host_id).path, actor)
    check_agreement(content)
    agreement.host_id = content.host_id
    _write(agreement, content)
    _set_partners(agreement_id, content.partner_ids)
    audit.record(
        actor, "agreement.changed", ("agreement", agreement_id), at=now, title=content.title
    )
    return agreement


def activate_agreement(agreement_id: int, *, actor: Actor, now: datetime) -> Agreement:
    """Put a draft into force."""
    agreement = _kept(agreement_id, actor)
    if agreement.state != AgreementState.DRAFT:
        raise Refusal("agreement_not_draft", 409)
    if agreement.ends_on < clock.local_date(now):
        raise Refusal("agreement_over", 409)
    agreement.state = AgreementState.ACTIVE.value
    audit.record(actor, "agreement.activated", ("agreement", agreement_id), at=now)
    return agreement


def end_agreement(agreement_id: int, *, actor: Actor, now: datetime) -> Agreement:
    """End an agreement that is in force, before its time or at it."""
    agreement = _kept(agreement_id, actor)
    if agreement.state != AgreementState.ACTIVE:
        raise Refusal("agreement_not_active", 409)
    agreement.state = AgreementState.ENDED.value
    audit.record(actor, "agreement.ended", ("agreement", agreement_id), at=now)
    return agreement


def end_agreements_over(today: date, *, actor: Actor, now: datetime) -> int:
    """End the agreements whose last day has passed; return how many."""
    over = db.session.scalars(
        select(Agreement.id)
        .where(Agreement.state == AgreementState.ACTIVE.value, Agreement.ends_on < today)
        .order_by(Agreement.id)
    ).all()
    for agreement_id in over:
        end_agreement(agreement_id, actor=actor, now=now)
    return len(over)


def plan_activity(
    agreement_id: int,
    *,
    title: str,
    year: int,
    month: int | None = None,
    actor: Actor,
    now: datetime,
) -> PlannedActivity:
    """Put a line on an agreement's yearly list; ``month`` None means some time in the year."""
    agreement = _kept(agreement_id, actor)
    if agreement.state == AgreementState.ENDED:
        raise Refusal("agreement_ended", 409)
    _check_line(agreement, title, year, month)
    line = PlannedActivity(agreement_id=agreement_id, title=title, year=year, month=month)
    db.session.add(line)
    db.session.flush()
    audit.record(
        actor,
        "agreement.planned",
        ("agreement", agreement_id),
        at=now,
        title=title,
        year=year,
    )
    return line


def remove_planned(planned_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a line off the list that has not become an activity."""
    line = queries.planned_line(planned_id)
    require_keeper(queries.agreement(line.agreement_id), actor)
    if line.activity_id is not None:
        raise Refusal("planned_activity_taken", 409)
    db.session.delete(line)
    audit.record(
        actor, "agreement.plan_removed", ("agreement", line.agreement_id), at=now, title=line.title
    )


def _kept(agreement_id: int, actor: Actor) -> Agreement:
    agreement = queries.agreement_for_update(agreement_id)
    require_keeper(agreement, actor)
    return agreement


def _write(agreement: Agreement, content: AgreementContent) -> None:
    agreement.title = content.title
    agreement.ways = [one.value for one in content.ways]
    agreement.aspects = [one.value for one in content.aspects]
    agreement.aims = content.aims
    agreement.starts_on = content.starts_on
    agreement.ends_on = content.ends_on


def _set_partners(agreement_id: int, partner_ids: Sequence[int]) -> None:
    db.session.execute(
        delete(AgreementPartner).where(AgreementPartner.agreement_id == agreement_id)
    )
    db.session.add_all(
        AgreementPartner(agreement_id=agreement_id, organisation_id=one) for one in partner_ids
    )
    db.session.flush()


def _check_line(agreement: Agreement, title: str, year: int, month: int | None) -> None:
    found = []
    if not 1 <= len(title) <= LONGEST_TITLE:
        found.append(fault("title", f"请填写 1 至 {LONGEST_TITLE} 个字。"))
    first, last = agreement.starts_on.year, agreement.ends_on.year
    if not max(first, FIRST_YEAR) <= year <= min(last, LAST_YEAR):
        found.append(fault("year", f"年份要在协议期内（{first} 至 {last} 年）。"))
    if month is not None and month not in MONTHS:
        found.append(fault("month", "月份为 1 至 12，不定请留空。"))
    refuse_faults(found)
