"""Imports of pairings: looked at first, row by row; then the good rows go in, the others are named.

Nothing is kept between the two: the page sends the rows back, and they are checked anew, under the
lock, against what stands by then. So a second tap finds every pairing there already.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import lock
from server.identity import queries as identity
from server.identity.rules import RATED_KINDS, searchable
from server.pairings import service
from server.pairings.files import LONGEST_CELL, Line, day_of, storable
from server.pairings.models import Pairing
from server.pairings.rules import LONGEST_NOTE, SIGNING_CHANNELS, overlap

NEW = "new"
THERE = "there"
REFUSED = "refused"
OUTCOME_LABELS = {NEW: "新增", THERE: "已有", REFUSED: "不能导入"}

Organisation = identity.Organisation
Period = tuple[date, date | None]


@dataclass(frozen=True)
class Checked:
    """What becomes of a row; the ids and days stand where it is new."""

    line: Line
    outcome: str
    reason: str = ""
    organisation_id: int = 0
    department_id: int = 0
    period: Period | None = None


class _Wrong(Exception):  # noqa: N818 carries a sentence from the check to the row
    """Why a row can't go in."""


def check(lines: Sequence[Line], *, actor: Actor) -> list[Checked]:
    """Tell what each row would do; nothing changes."""
    if not actor.has(Role.OFFICE):
        raise Refusal("not_allowed", 403)
    names = _Names.read()
    known = _standing()
    return [_checked(line, names, known, actor) for line in lines]


def apply(lines: Sequence[Line], *, actor: Actor, now: datetime) -> list[Checked]:
    """Add every row that is new; tell what became of each."""
    lock(service.LOCK)
    rows = check(lines, actor=actor)
    for row in rows:
        if row.period is None:
            continue
        starts_on, ends_on = row.period
        service.insert(
            row.organisation_id,
            row.department_id,
            starts_on=starts_on,
            ends_on=ends_on,
            note=row.line.note,
            actor=actor,
            now=now,
        )
    counts = {outcome: sum(row.outcome == outcome for row in rows) for outcome in OUTCOME_LABELS}
    audit.record(
        actor,
        "pairing.imported",
        ("pairing", "文件"),
        at=now,
        counts=[f"{OUTCOME_LABELS[outcome]} {number}" for outcome, number in counts.items()],
    )
    return rows


def _standing() -> dict[tuple[int, int], list[Period]]:
    known: dict[tuple[int, int], list[Period]] = defaultdict(list)
    rows = db.session.execute(
        select(Pairing.organisation_id, Pairing.department_id, Pairing.starts_on, Pairing.ends_on)
    )
    for organisation_id, department_id, starts_on, ends_on in rows:
        known[organisation_id, department_id].append((starts_on, ends_on))
    return known


class _Names:
    """Who may be meant by a name: communities and villages, and departments that are rated."""

    def __init__(self, organisations: Sequence[Organisation], parents: Mapping[int, str]) -> None:
        self._signing: dict[str, dict[int, Organisation]] = defaultdict(dict)
        self._rated: dict[str, dict[int, Organisation]] = defaultdict(dict)
        for one in organisations:
            side = self._signing if one.kind in SIGNING_CHANNELS else self._rated
            for name in (one.name, one.short_name, *one.aliases):
                side[searchable(name)][one.id] = one
            side[searchable(f"{parents.get(one.parent_id or 0, '')}/{one.name}")][one.id] = one

    @classmethod
    def read(cls) -> "_Names":
        kinds = [kind.value for kind in (*SIGNING_CHANNELS, *RATED_KINDS)]
        found = db.session.scalars(
            select(Organisation).where(Organisation.active, Organisation.kind.in_(kinds))
        ).all()
        return cls(found, identity.organisation_names({one.parent_id or 0 for one in found}))

    def signing(self, name: str) -> Organisation:
        return _only(self._signing, name, "社区或村")

    def rated(self, name: str) -> Organisation:
        return _only(self._rated, name, "部门")


def _only(side: Mapping[str, dict[int, Organisation]], name: str, kind: str) -> Organisation:
    if not name:
        message = f"没有填写{kind}的名称。"
        raise _Wrong(message)
    found = list(side.get(searchable(name), {}).values())
    if not found:
        message = f"没有找到名为“{name}”的{kind}，请核对名称，或先在“单位”中新建。"
        raise _Wrong(message)
    if len(found) > 1:
        message = f"名为“{name}”的{kind}有 {len(found)} 个，请写成“上级名称/名称”。"
        raise _Wrong(message)
    return found[0]


def _checked(
    line: Line, names: _Names, known: dict[tuple[int, int], list[Period]], actor: Actor
) -> Checked:
    try:
        _refuse_unstorable(line)
        organisation = names.signing(line.organisation)
        department = _reached(names.rated(line.department), actor)
        period = _period(line)
        standing = known[organisation.id, department.id]
        if period in standing:
            return Checked(line, THERE, "这一期结对已经登记。")
        _refuse_overlap(period, standing)
    except _Wrong as wrong:
        return Checked(line, REFUSED, str(wrong))
    standing.append(period)
    return Checked(line, NEW, "", organisation.id, department.id, period)


def _reached(department: Organisation, actor: Actor) -> Organisation:
    if not actor.reaches(department.path, Role.OFFICE):
        message = f"“{department.name}”不在您的管理范围内。"
        raise _Wrong(message)
    return department


def _refuse_overlap(period: Period, standing: Sequence[Period]) -> None:
    for other in standing:
        if overlap(*period, *other):
            message = f"与已有的结对期间（{other[0]} 至 {other[1] or '长期'}）重叠。"
            raise _Wrong(message)


def _refuse_unstorable(line: Line) -> None:
    if not all(map(storable, (line.organisation, line.department, line.note))):
        message = f"有不能保存的字符，或一格超过 {LONGEST_CELL} 个字。"
        raise _Wrong(message)
    if len(line.note) > LONGEST_NOTE:
        message = f"备注最多 {LONGEST_NOTE} 个字。"
        raise _Wrong(message)


def _period(line: Line) -> Period:
    starts_on = day_of(line.starts_on)
    if starts_on is None:
        message = f"开始日期“{line.starts_on}”无法识别，请写成 2026-01-01 的形式。"
        raise _Wrong(message)
    if not line.ends_on:
        return starts_on, None
    ends_on = day_of(line.ends_on)
    if ends_on is None:
        message = f"结束日期“{line.ends_on}”无法识别，请写成 2026-12-31 的形式。"
        raise _Wrong(message)
    if ends_on < starts_on:
        message = "结束日期早于开始日期。"
        raise _Wrong(message)
    return starts_on, ends_on
