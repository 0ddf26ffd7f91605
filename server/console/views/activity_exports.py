"""Exports of activities, turnout, the frontline log, experiences and coverage.

Units and activities, never persons. Each export leaves an audit entry with what was taken out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from server.activities import queries as activities
from server.activities.rules import (
    KIND_LABELS,
    STATE_LABELS,
    ActivityKind,
    ActivityState,
    Quarter,
)
from server.attendance import figures
from server.attendance.rules import SMALLEST_GROUP
from server.audit import service as audit
from server.console import tables
from server.console.blueprint import console
from server.console.month import FIRST_YEAR, LAST_YEAR, midnight
from server.console.query import number
from server.console.rendering import page
from server.console.scope import READERS, chosen_scopes
from server.console.tables import Cell, Table
from server.console.views.activities import held_between
from server.console.views.coverage import chosen_quarter, place_choices, quarter_choices
from server.core import clock
from server.core.access import Actor, current_actor, requires
from server.core.errors import InvalidInput
from server.core.paging import Page
from server.core.transaction import transaction
from server.frontline import queries as frontline
from server.frontline.queries import EntryReading, ExperienceReading
from server.identity import queries as identity

MOST_DAYS = 731
USUAL_DAYS = 90
A_PAGE = 100
CHOOSE = "您负责的单位不止一处，请先选择单位。"
NOT_OVER = "请选择已经结束的季度。"
# Figures of a period that others can't be set against; the rest is taken out by day.
BY_QUARTER = {"turnout", "coverage"}
WITHHELD = f"不足 {SMALLEST_GROUP} 人"


@dataclass(frozen=True)
class Wanted:
    """What is taken out: a period, and the places of the tree below which."""

    frm: date
    to: date
    paths: list[str]
    actor: Actor

    @property
    def begins_at(self) -> datetime:
        """The first moment of the period."""
        return midnight(self.frm)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the period."""
        return midnight(self.to + timedelta(days=1))

    @property
    def quarter(self) -> Quarter:
        """The quarter in which the period begins."""
        return Quarter.of(self.frm)


def _activities(wanted: Wanted) -> Table:
    held = held_between(wanted.begins_at, wanted.ends_at, wanted.paths)
    ids = [one.id for one in held]
    partners = activities.partner_ids(ids)
    places = activities.places(ids)
    units = {one.organiser_id for one in held} | {one.community_id for one in held}
    units |= {one for some in partners.values() for one in some}
    names = identity.organisation_names(one for one in units if one)
    headings = (
        "编号", "活动", "类别", "主办单位", "协办单位", "社区（村）", "地点", "开始", "结束",
        "状态", "名额", "已报名", "候补",
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [
            one.id,
            one.title,
            KIND_LABELS[ActivityKind(one.kind)],
            names.get(one.organiser_id, ""),
            "、".join(names.get(partner, "") for partner in partners[one.id]),
            names.get(one.community_id or 0, ""),
            one.place,
            one.starts_at,
            one.ends_at,
            STATE_LABELS[ActivityState(one.state)],
            places[one.id].capacity,
            places[one.id].taken,
            places[one.id].waiting,
        ]
        for one in held
    ]
    return Table("党员活动", headings, rows)


def _turnout(wanted: Wanted) -> Table:
    """Whole quarters that are over alone: two figures a day apart would subtract to one person."""
    if wanted.ends_at > clock.now():
        raise InvalidInput([{"field": "quarter", "message": NOT_OVER}])
    rows: list[list[Cell]] = [
        [
            one.branch,
            WITHHELD if one.activities is None else one.activities,
            WITHHELD if one.people is None else one.people,
            WITHHELD if one.comings is None else one.comings,
        ]
        for path in wanted.paths
        for one in figures.turnout_by_branch(
            wanted.begins_at, wanted.ends_at, path, now=clock.now()
        )
    ]
    return Table(
        f"单位参加情况-{wanted.quarter.code}",
        ("党支部", "参加活动数", "参加人数", "参加人次"),
        rows,
    )


def _all(read: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    """Yield all of a list's items, page by page."""
    cursor = None
    while True:
        found = read(cursor)
        yield from found.items
        cursor = found.next_cursor
        if cursor is None:
            return


def _entries_below(path: str, wanted: Wanted) -> Iterator[EntryReading]:
    return _all(
        lambda cursor: frontline.approved_entries(
            path, wanted.actor, days=(wanted.frm, wanted.to), cursor=cursor, limit=A_PAGE
        )
    )


def _experiences_below(path: str, wanted: Wanted) -> Iterator[ExperienceReading]:
    period = wanted.begins_at, wanted.ends_at
    return _all(
        lambda cursor: frontline.shared_experiences(
            wanted.actor, path=path, between=period, cursor=cursor, limit=A_PAGE
        )
    )


def _entries(wanted: Wanted) -> Table:
    headings = (
        "日期", "党支部", "地点", "社区（村）", "力量下沉", "到场人数", "发现问题", "服务对象",
        "结果", "解决措施", "希望移交", "经验提炼", "审核通过",
    )  # fmt: skip
    found = (entry for path in wanted.paths for entry in _entries_below(path, wanted))
    rows: list[list[Cell]] = [
        [
            entry.happened_on,
            entry.branch.name,
            entry.place,
            entry.community.name if entry.community else "",
            entry.came,
            entry.people,
            entry.problem,
            entry.served_label,
            entry.solution_label,
            entry.measures,
            "是" if entry.hand_on else "",
            entry.lesson,
            entry.approved_at,
        ]
        for entry in found
    ]
    return Table("一线日志", headings, rows)


def _experiences(wanted: Wanted) -> Table:
    shared = (one for path in wanted.paths for one in _experiences_below(path, wanted))
    rows: list[list[Cell]] = [
        [one.shared_at, one.branch.name, one.title, one.body, "、".join(one.tags), one.use_count]
        for one in shared
    ]
    headings = ("共享时间", "党支部", "标题", "内容", "标签", "借鉴支部数")
    return Table("经验库", headings, rows)


def _coverage(wanted: Wanted) -> Table:
    quarter = wanted.quarter
    if len(wanted.paths) > 1:
        raise InvalidInput([{"field": "organisation", "message": CHOOSE}])
    found = activities.coverage(quarter, wanted.paths[0], now=clock.now())
    sections = (
        ("党支部", found.branches),
        ("群体", found.groups),
        ("社区、村", found.communities),
    )
    rows: list[list[Cell]] = [
        [
            section,
            line.name,
            *(line.kinds.get(kind, 0) for kind in ActivityKind),
            line.count,
            "" if line.covered else "本季度没有活动",
        ]
        for section, lines in sections
        for line in lines
    ]
    headings = ("类别", "名称", *(KIND_LABELS[kind] for kind in ActivityKind), "合计", "说明")
    return Table(f"活动覆盖-{quarter.code}", headings, rows)


EXPORTS: dict[str, tuple[str, str, Callable[[Wanted], Table]]] = {
    "activities": ("党员活动", "时间、地点、主办协办、报名数。", _activities),
    "turnout": (
        "单位参加情况",
        "一个已结束的季度里各党支部参加的活动数、人数、人次，不含个人。",
        _turnout,
    ),
    "entries": ("一线日志", "审核通过的日志，不含填写人。", _entries),
    "experiences": ("经验库", "已共享的经验，不含填写人。", _experiences),
    "coverage": ("活动覆盖", "一个季度里各党支部、群体、社区（村）的活动数。", _coverage),
}


@console.get("/exports")
@requires(*READERS)
def list_exports() -> str:
    """Show what can be taken out as a spreadsheet."""
    return _page()


def _page(fault: str = "", form: dict[str, str] | None = None) -> str:
    today = clock.today()
    typed = form or {}
    return page(
        "activity_exports",
        exports=[(code, label, text) for code, (label, text, _) in EXPORTS.items()],
        frm=typed.get("frm") or (today - timedelta(days=USUAL_DAYS)).isoformat(),
        to=typed.get("to") or today.isoformat(),
        fault=fault,
        quarters={"coverage": quarter_choices(), "turnout": quarter_choices()[1:]},
        quarter=typed.get("quarter", ""),
        organisations=place_choices(current_actor()),
        organisation_id=typed.get("organisation", ""),
    )


@console.post("/exports/<any(activities, turnout, entries, experiences, coverage):subject>")
@requires(*READERS)
def make_export(subject: str) -> AnyResponse | tuple[str, int]:
    """Give a file, and note who took what out."""
    kind = "csv" if request.form.get("kind") == "csv" else "xlsx"
    try:
        wanted = _quarter_wanted() if subject in BY_QUARTER else _days_wanted()
        table = EXPORTS[subject][2](wanted)
    except InvalidInput as refusal:
        return _page(refusal.errors[0]["message"], request.form.to_dict()), 422
    with transaction():
        audit.record(
            wanted.actor,
            "export.made",
            ("export", subject),
            at=clock.now(),
            rows=len(table.rows),
            frm=wanted.frm.isoformat(),
            to=wanted.to.isoformat(),
            format=kind,
        )
    answer: Response = tables.answer(table, kind)
    return answer


def _quarter_wanted() -> Wanted:
    actor = current_actor()
    paths, _ = chosen_scopes(actor, number("organisation"))
    quarter = chosen_quarter()
    last = clock.local_date(quarter.ends_at) - timedelta(days=1)
    return Wanted(clock.local_date(quarter.starts_at), last, paths, actor)


def _days_wanted() -> Wanted:
    actor = current_actor()
    paths, _ = chosen_scopes(actor, number("organisation"))
    frm, to = _day("frm"), _day("to")
    known = frm.year >= FIRST_YEAR and to.year <= LAST_YEAR
    if not known or not 0 <= (to - frm).days <= MOST_DAYS:
        message = "结束日期要在开始日期之后，且不超过两年。"
        raise InvalidInput([{"field": "to", "message": message}])
    return Wanted(frm, to, paths, actor)


def _day(name: str) -> date:
    typed = request.form.get(name, "")
    if not typed:
        return clock.today()
    try:
        day = date.fromisoformat(typed)
    except ValueError as error:
        message = "请按“年-月-日”填写日期。"
        raise InvalidInput([{"field": name, "message": message}]) from error
    return day
