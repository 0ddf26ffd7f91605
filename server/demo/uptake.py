"""The demo city's results in use: a parcel taken over by signed file, an inspector's note."""

from datetime import datetime, timedelta
from uuid import UUID

from server.core import clock
from server.core.access import SYSTEM, Actor
from server.core.transaction import transaction
from server.demo.desks import desk
from server.identity import queries as identity
from server.rectification import queries as rectification
from server.rectification.queries import CaseFilter
from server.uptake import queries, service
from server.uptake.rules import CODE_DIGITS, ItemState, RecipientKind
from server.uptake.service.parcels import Wanted

OFFICE, INSPECTOR = "office1", "inspector"
RECIPIENT = "市纪委监委党风政风监督室"
BY = "党风政风监督室值班员"
DEPARTMENTS = ("市场监督管理局", "综合行政执法局")
NOTE = "本季度群众评价和差评件办理情况，供日常监督参考。收到后请回告接收人。"
OF_RESULTS = "请结合本季度评价结果，了解窗口服务和答复质量的情况。"
OF_CASE = "这一件超过期限仍未销号，请跟踪办理。"
FOLLOWED = "对照本季度评价结果，了解窗口等候时间的整改进度，抽看办件记录。"
DUE = timedelta(days=30)


def make_demo_uptake(quarter: str, now: datetime) -> None:
    """Hand the quarter's results to one user, who takes one item over; the inspector notes it."""
    office = desk(OFFICE)
    with transaction():
        recipient, _ = service.add_recipient(
            RECIPIENT, RecipientKind.DISCIPLINE, "", actor=office, now=now
        )
        parcel = service.make_parcel(
            recipient.id, quarter, _wanted(quarter, now), note=NOTE, actor=office, now=now
        )
        code = parcel.digest.hex()[:CODE_DIGITS]
        service.acknowledge_by_hand(parcel.id, BY, code, actor=office, now=now)
        first = queries.items(parcel.id)[0].id
        service.note_item(first, ItemState.TAKEN_OVER, BY, "", actor=office, now=now)
        _follow(first, desk(INSPECTOR), now)


def _wanted(quarter: str, now: datetime) -> list[Wanted]:
    """Return two departments' results, and a case of the quarter that is still open."""
    ids = {one.name: one.id for one in identity.rated_departments()}
    wanted: list[Wanted] = [(ids[name], None, OF_RESULTS) for name in DEPARTMENTS]
    asked = CaseFilter(quarter=quarter, is_open=True)
    left = rectification.cases_to_export(asked, actor=SYSTEM, now=now, most=1)
    return wanted + [(case.department_id, case, OF_CASE) for case in left]


def _follow(item_id: UUID, inspector: Actor, now: datetime) -> None:
    """Put an item about the department in which the inspector is stationed on the own list."""
    service.add_entry(
        inspector.grants[0].organisation_id,
        FOLLOWED,
        due_on=clock.local_date(now + DUE),
        item_id=item_id,
        actor=inspector,
        now=now,
    )
