"""Who is told of an appeal: those who may decide it, the office, and the department."""

from datetime import datetime
from uuid import UUID

from server.appeals import queries
from server.appeals.queries import AppealReading
from server.appeals.rules import CONTESTANTS, STATE_LABELS, side_of
from server.core.access import Actor, ActorKind, Role
from server.core.clock import chinese_day, local_date
from server.evaluation.rules import REASON_LABELS
from server.identity import queries as identity
from server.notifications import service as notifications
from server.notifications.rules import DeskKind

NOBODY = "目前没有不属于任何一方的裁定人员，请系统管理员授予“申诉裁定”。"


def filed(appeal: AppealReading, *, now: datetime) -> None:
    """Tell those who may decide, and the office, that an appeal was filed."""
    neutral = _neutral(appeal, now)
    day = chinese_day(appeal.due_at)
    words = f"理由：{REASON_LABELS[appeal.claim]}。请在 {day}前裁定。"
    _tell(
        neutral,
        DeskKind.APPEAL_FILED,
        appeal,
        title=f"{appeal.department_name}对 {appeal.case_number} 提出申诉",
        body=words,
        now=now,
    )
    _tell(
        _office(appeal, now),
        DeskKind.APPEAL_FILED,
        appeal,
        title=f"{appeal.department_name}对 {appeal.case_number} 提出申诉",
        body=words if neutral else NOBODY,
        now=now,
    )


def late(appeal: AppealReading, *, now: datetime) -> int:
    """Tell once, the day after the limit, those who may decide, the office and the department."""
    neutral = _neutral(appeal, now)
    body = f"应于 {chinese_day(appeal.due_at)}前裁定，已经超期。"
    return _tell(
        [*neutral, *_office(appeal, now), *_department(appeal, now)],
        DeskKind.APPEAL_FILED,
        appeal,
        title=f"{appeal.case_number} 的申诉超期未裁定",
        body=body if neutral else body + NOBODY,
        now=now,
        occasion="late",
    )


def decided(appeal: AppealReading, *, now: datetime) -> None:
    """Tell the department and the office how an appeal was decided."""
    _tell(
        [*_department(appeal, now), *_office(appeal, now)],
        DeskKind.APPEAL_DECIDED,
        appeal,
        title=f"{appeal.case_number}：{STATE_LABELS[appeal.state]}",
        body=appeal.decision,
        now=now,
    )


def _neutral(appeal: AppealReading, now: datetime) -> list[UUID]:
    """Return the adjudicators of neither side, as far as their grants and the case tell."""
    hands = queries.hands_in(appeal.case_id, appeal.campaign_id, appeal.evaluation_id)
    found = []
    for account_id in identity.holders(appeal.path, Role.ADJUDICATOR, today=local_date(now)):
        grants = identity.access_grants(account_id=account_id, today=local_date(now))
        actor = Actor(ActorKind.ACCOUNT, account_id, grants)
        if side_of(actor, appeal.path, filed_by=appeal.filed_by, hands=hands) is None:
            found.append(account_id)
    return found


def _office(appeal: AppealReading, now: datetime) -> list[UUID]:
    return identity.holders(appeal.path, Role.OFFICE, today=local_date(now))


def _department(appeal: AppealReading, now: datetime) -> list[UUID]:
    return identity.holders(appeal.path, *CONTESTANTS, today=local_date(now))


def _tell(
    accounts: list[UUID],
    kind: DeskKind,
    appeal: AppealReading,
    *,
    title: str,
    body: str,
    now: datetime,
    occasion: str = "",
) -> int:
    return notifications.tell_desk(
        accounts,
        kind,
        ("appeal", str(appeal.id)),
        title=title,
        body=body,
        page=f"/console/appeals/{appeal.id}",
        now=now,
        occasion=occasion,
    )
