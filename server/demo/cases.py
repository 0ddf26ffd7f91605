"""What poor ratings of the demo city left to be done: cases, most of them handled since.

By a fixed seed, with moments of the past. Departments without a person at the desk are acted for by
the system; that of the demo's liaison by the liaison.
"""

import random
from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from server.campaigns import queries as campaigns
from server.core.access import SYSTEM, Actor
from server.core.clock import SHANGHAI
from server.core.database import db
from server.core.transaction import transaction
from server.demo.desks import desk
from server.evaluation import registering
from server.identity import queries as identity
from server.notifications import service as notifications
from server.rectification import queries, service
from server.rectification.models import Case
from server.rectification.rules import CallbackOutcome, ClosedBy, Stage

# Which share of the cases, added up, has come how far.
Shares = tuple[tuple[float, str], ...]

SEED = 20265
RECENT_DAYS = 25
LIAISON = "liaison"
# How many have come how far: of older surveys' cases, of the last one's, and of the last weeks'.
OLDER_SURVEYS = ((1.0, "closed"),)
LAST_SURVEY = ((0.97, "closed"), (0.99, "answered"), (1.0, "accepted"))
VISITS = ((0.25, "closed"), (0.4, "asked"), (0.6, "answered"), (0.8, "accepted"), (1.0, "new"))
MEASURES = (
    "召开专题会，明确由分管负责人牵头，逐项列出整改清单。",
    "窗口增设咨询岗，高峰时段增开两个窗口。",
    "修订办事指南，一次性告知材料清单，并在大厅和网上同步更新。",
    "对相关人员进行业务培训，建立首问负责台账。",
)
ANSWERS = (
    "您反映的问题已核实。我们增开了窗口并公开了办理时限，今后平均等候时间控制在二十分钟以内，欢迎继续监督。",
    "经核查，材料重复提交的情况属实，已改为内部共享核验，不再要求重复提供。",
    "已对照问题逐项整改，并在部门网站公布整改结果和联系电话。",
)
CALLED_BACK = "已电话回访，当面说明了办理进度并致歉。"
CLOSING = "答复后群众在规定时间内没有再提出意见，整改佐证齐全。"


def make_demo_cases(campaign_ids: Sequence[int], now: datetime) -> None:
    """Register the poor ratings of closed surveys and past visits, and handle most of the cases."""
    draw = random.Random(SEED)  # noqa: S311 made-up history that must be the same every time
    for campaign_id in campaign_ids:
        closed_at = campaigns.campaign(campaign_id).closed_at or now
        registering.register_closed(campaign_id, now=closed_at + timedelta(days=1))
        is_last = campaign_id == campaign_ids[-1]
        handle_new(draw, LAST_SURVEY if is_last else OLDER_SURVEYS, (), now)
    _read_notices(now)
    older = {case_id for case_id, _ in registered_cases()}
    for days in range(RECENT_DAYS, -1, -1):
        registering.register_past_days(now=_after_midnight(now - timedelta(days=days)))
    handle_new(draw, VISITS, older, now)


def handle_new(draw: random.Random, shares: Shares, older: Container[UUID], now: datetime) -> None:
    """Handle what is registered and not among the older ones, each case as far as its lot says."""
    liaison = desk(LIAISON)
    own = {grant.organisation_id for grant in liaison.grants}
    for case_id, department_id in registered_cases():
        if case_id not in older:
            _handle(case_id, draw, shares, liaison if department_id in own else SYSTEM, now)


def registered_cases() -> list[tuple[UUID, int]]:
    """Return the cases that nobody has accepted, each with its department."""
    rows = db.session.execute(
        select(Case.id, Case.department_id)
        .where(Case.stage == Stage.REGISTERED.value)
        .order_by(Case.number)
    )
    return [(case_id, department_id) for case_id, department_id in rows]


def _after_midnight(now: datetime) -> datetime:
    """Return when the registering job runs on a day, or the present where that is later."""
    begun = now.astimezone(SHANGHAI).replace(hour=0, minute=5, second=0, microsecond=0)
    return min(begun, now)


def _read_notices(now: datetime) -> None:
    """Let everybody have read what they were told of the surveys' cases."""
    with transaction():
        for account in identity.accounts().items:
            notifications.read_at_desk(account.id, None, now=now)


def _handle(
    case_id: UUID,
    draw: random.Random,
    shares: Shares,
    actor: Actor,
    now: datetime,
) -> None:
    lot = draw.random()
    reached = next(name for share, name in shares if lot <= share)
    case = db.session.get_one(Case, case_id)
    accepted = case.counts_from + timedelta(hours=draw.randint(2, 20))
    answered = accepted + timedelta(days=draw.randint(2, 17))
    asked = answered + timedelta(days=1)
    closed = answered + timedelta(days=draw.randint(16, 25))
    measure, answer = draw.choice(MEASURES), draw.choice(ANSWERS)
    if reached == "new" or accepted > now:
        return
    with transaction():
        service.accept(case_id, actor=actor, now=accepted)
        for origin in queries.to_call_back(queries.live_origins(case_id)):
            service.call_back(
                origin.id, CallbackOutcome.REACHED, CALLED_BACK, actor=actor, now=accepted
            )
        if reached == "accepted" or answered > now:
            return
        service.add_measure(case_id, measure, actor=actor, now=answered - timedelta(hours=20))
        service.answer(case_id, answer, actor=actor, now=answered)
        if reached == "answered" or asked > now:
            return
        service.ask_closing(case_id, actor=actor, now=asked)
        if reached == "closed" and closed <= now:
            service.close(case_id, ClosedBy.SILENCE, CLOSING, actor=SYSTEM, now=closed)
