"""Writing pairings. One writer at a time: the periods of the same two must never overlap.

Which departments an organisation may rate in a campaign is settled when the campaign opens. So what
holds on that day can't be taken away from it later: nobody silences a community that is about to
rate badly; and nothing is added to it: nobody calls in friends, or takes out afterwards who didn't
rate, so that the others' ratings look like everybody's.
"""

from datetime import date, datetime

from server.audit import service as audit
from server.core.access import Actor, ActorKind, Role
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import lock
from server.identity import queries as identity
from server.identity.rules import RATED_KINDS, OrganisationKind
from server.pairings import queries
from server.pairings.models import Pairing
from server.pairings.rules import SIGNING_CHANNELS, holds, overlap

LOCK = "pairings"


def create_pairing(
    organisation_id: int,
    department_id: int,
    *,
    starts_on: date,
    ends_on: date | None = None,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Pairing:
    """Pair a community or village with a department for a period, both days included."""
    lock(LOCK)
    _check_sides(organisation_id, department_id, actor)
    _check_period(organisation_id, department_id, starts_on, ends_on)
    return insert(
        organisation_id,
        department_id,
        starts_on=starts_on,
        ends_on=ends_on,
        note=note,
        actor=actor,
        now=now,
    )


def insert(
    organisation_id: int,
    department_id: int,
    *,
    starts_on: date,
    ends_on: date | None,
    note: str,
    actor: Actor,
    now: datetime,
) -> Pairing:
    """Add a pairing that was checked already, under the lock."""
    pairing = Pairing(
        organisation_id=organisation_id,
        department_id=department_id,
        starts_on=starts_on,
        ends_on=ends_on,
        note=note,
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(pairing)
    db.session.flush()
    audit.record(
        actor,
        "pairing.created",
        ("pairing", pairing.id),
        at=now,
        organisation=organisation_id,
        department=department_id,
        period=_period(pairing),
    )
    return pairing


def change_pairing(
    pairing_id: int,
    *,
    starts_on: date,
    ends_on: date | None,
    note: str,
    actor: Actor,
    now: datetime,
) -> Pairing:
    """Correct a pairing's period or note; its two sides stay. What it was stands in the log."""
    pairing = _locked(pairing_id, actor)
    if starts_on == pairing.starts_on and ends_on == pairing.ends_on and note == pairing.note:
        return pairing
    _move(pairing, "pairing.changed", starts_on=starts_on, ends_on=ends_on, actor=actor, now=now)
    pairing.note = note
    return pairing


def end_pairing(pairing_id: int, *, ends_on: date, actor: Actor, now: datetime) -> Pairing:
    """End a pairing on a day that is not yet over; it stays in the list."""
    pairing = _locked(pairing_id, actor)
    today = local_date(now)
    if pairing.ends_on is not None and pairing.ends_on < today:
        raise Refusal("pairing_over", 409)
    if ends_on < today:
        raise Refusal("pairing_end_past", 409, field="ends_on")
    return _move(
        pairing,
        "pairing.ended",
        starts_on=pairing.starts_on,
        ends_on=ends_on,
        actor=actor,
        now=now,
    )


def _move(
    pairing: Pairing,
    action: str,
    *,
    starts_on: date,
    ends_on: date | None,
    actor: Actor,
    now: datetime,
) -> Pairing:
    """Let a pairing hold for another period, where no other and no open campaign forbids it."""
    _check_period(
        pairing.organisation_id, pairing.department_id, starts_on, ends_on, besides=pairing.id
    )
    _refuse_if_settled(pairing, starts_on, ends_on, now)
    before = _period(pairing)
    pairing.starts_on, pairing.ends_on = starts_on, ends_on
    db.session.flush()
    audit.record(
        actor, action, ("pairing", pairing.id), at=now, before=before, after=_period(pairing)
    )
    return pairing


def drop_pairing(pairing_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back a pairing that has not begun; one that has begun is history and is ended."""
    pairing = _locked(pairing_id, actor)
    if pairing.starts_on <= local_date(now):
        raise Refusal("pairing_begun", 409)
    audit.record(
        actor,
        "pairing.dropped",
        ("pairing", pairing_id),
        at=now,
        organisation=pairing.organisation_id,
        department=pairing.department_id,
        before=_period(pairing),
    )
    db.session.delete(pairing)
    db.session.flush()


def _locked(pairing_id: int, actor: Actor) -> Pairing:
    lock(LOCK)
    pairing = queries.pairing(pairing_id)
    db.session.refresh(pairing)
    _require_office(actor, identity.organisation(pairing.department_id).path)
    return pairing


def _require_office(actor: Actor, path: str) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(path, Role.OFFICE)


def _check_sides(organisation_id: int, department_id: int, actor: Actor) -> None:
    department = identity.organisation(department_id)
    _require_office(actor, department.path)
    organisation = identity.organisation(organisation_id)
    if organisation.kind not in SIGNING_CHANNELS:
        raise Refusal("pairing_not_signing", 409, field="organisation_id")
    if OrganisationKind(department.kind) not in RATED_KINDS:
        raise Refusal("pairing_not_rated", 409, field="department_id")
    for side, field in ((organisation, "organisation_id"), (department, "department_id")):
        if not side.active:
            raise Refusal("pairing_side_retired", 409, field=field)


def _check_period(
    organisation_id: int,
    department_id: int,
    starts_on: date,
    ends_on: date | None,
    *,
    besides: int | None = None,
) -> None:
    if ends_on is not None and ends_on < starts_on:
        message = "结束日期不能早于开始日期。"
        raise InvalidInput([{"field": "ends_on", "message": message}])
    for other in queries.pairings_of_two(organisation_id, department_id):
        if other.id != besides and overlap(starts_on, ends_on, other.starts_on, other.ends_on):
            names = identity.organisation_names([organisation_id, department_id])
            raise Refusal(
                "pairing_overlap",
                409,
                field="starts_on",
                organisation=names[organisation_id],
                department=names[department_id],
                period=_period(other),
            )


def _refuse_if_settled(
    pairing: Pairing, starts_on: date, ends_on: date | None, now: datetime
) -> None:
    for campaign in queries.campaigns_with(pairing.organisation_id, pairing.department_id):
        opening = max(campaign.opens_at, campaign.opened_at or campaign.opens_at)
        if pairing.created_at >= opening:
            # It doesn't count there, whatever its days.
            continue
        day = local_date(campaign.opens_at)
        counted = holds(pairing.starts_on, pairing.ends_on, day)
        if counted == holds(starts_on, ends_on, day):
            continue
        if counted:
            raise Refusal("pairing_in_campaign", 409, campaign=campaign.title, day=day.isoformat())
        if opening <= now:
            raise Refusal("pairing_too_late", 409, campaign=campaign.title, day=day.isoformat())


def _period(pairing: Pairing) -> str:
    return f"{pairing.starts_on} 至 {pairing.ends_on or '长期'}"
