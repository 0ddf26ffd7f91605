"""The list on paper, read in again: the last resort where no phone worked.

A line is found by its list code; by its name alone only where one person on the list has it.
"""

import enum
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marshmallow import ValidationError

from server.activities import queries as activities
from server.activities.rules import EvidenceKind
from server.attendance import cases
from server.attendance.answers import refuse_unless_open
from server.attendance.queries import LIST_CODE_LENGTH, PaperRow, paper_rows
from server.attendance.rules import Phase, Presence
from server.attendance.service.decisions import settle
from server.attendance.signing import person_of
from server.audit import service as audit
from server.core import crockford
from server.core.access import Actor
from server.core.errors import Refusal
from server.core.sheets import UnreadableSheetError, one_line, plain_heading, read_sheet
from server.core.text import clean

CODE, NAME, CAME, LEFT = "编码", "姓名", "到场", "离开"
YES = frozenset({"√", "✓", "✔", "是", "到", "1", "y", "yes", "v", "x"})
LARGEST_FILE = 1024 * 1024
MOST_ROWS = 2_000
LONGEST_CELL = 100


class PaperOutcome(enum.StrEnum):
    """What a line does, or would do."""

    MARKED = "marked"
    UNCHANGED = "unchanged"
    BLANK = "blank"
    REFUSED = "refused"


PAPER_LABELS = {
    PaperOutcome.MARKED: "登记",
    PaperOutcome.UNCHANGED: "已登记过",
    PaperOutcome.BLANK: "没有标记",
    PaperOutcome.REFUSED: "未处理",
}


@dataclass(frozen=True)
class PaperLine:
    """What became of a line of the file."""

    line: int
    outcome: PaperOutcome
    name: str = ""
    message: str = ""


@dataclass(frozen=True)
class PaperReport:
    """What a file did, line by line, or would do (``dry_run``)."""

    lines: list[PaperLine]
    dry_run: bool

    @property
    def counts(self) -> dict[str, int]:
        """How many lines had each outcome."""
        found = Counter(line.outcome for line in self.lines)
        return {outcome.value: found[outcome] for outcome in PaperOutcome}


@dataclass(frozen=True)
class _Marked:
    line: int
    code: str
    name: str
    came: str
    left: str


class _LineError(Exception):
    """Why a line can't be taken; the message is for the person who reads it in."""


def import_paper(
    activity_id: int, data: bytes, *, actor: Actor, now: datetime, dry_run: bool
) -> PaperReport:
    """Take in a filled-in list, XLSX or CSV; with ``dry_run`` only tell what it would do.

    Marks count as the organiser's word (ORGANISER, on paper). No mark says nothing: a blank line
    makes nobody absent. Raises Refusal for a file that is no such list.
    """
    activity = activities.activity(activity_id)
    if not activities.may_manage(activity, actor):
        raise Refusal("not_allowed", 403)
    if now < activity.starts_at:
        raise Refusal("check_in_not_begun", 409)
    roll = _Roll(paper_rows(activity_id), own=person_of(actor))
    lines = []
    for marked in _marked_lines(_cells(data)):
        try:
            row = roll.find(marked)
            outcome = _take(activity_id, row, marked, actor=actor, now=now, dry_run=dry_run)
            lines.append(PaperLine(marked.line, outcome, row.name))
        except _LineError as error:
            message = str(error)
            lines.append(PaperLine(marked.line, PaperOutcome.REFUSED, marked.name, message))
    report = PaperReport(lines, dry_run)
    if not dry_run:
        audit.record(
            actor, "attendance.paper", ("activity", activity_id), at=now, counts=report.counts
        )
    return report


def _take(
    activity_id: int, row: PaperRow, marked: _Marked, *, actor: Actor, now: datetime, dry_run: bool
) -> PaperOutcome:
    came, left = _is_marked(marked.came, CAME), _is_marked(marked.left, LEFT)
    if not came and not left:
        return PaperOutcome.BLANK
    if left and not came:
        message = f"“{LEFT}”有标记而“{CAME}”没有，请核对。"
        raise _LineError(message)
    try:
        case = cases.of_person(activity_id, row.person)
        refuse_unless_open(case, EvidenceKind.ORGANISER, Phase.OUT if left else Phase.IN, now)
    except Refusal as refusal:
        raise _LineError(refusal.message) from refusal
    leaves = left and (case.stand is None or case.stand.left_at is None)
    arrives = case.presence is not Presence.PRESENT
    if not arrives and not leaves:
        return PaperOutcome.UNCHANGED
    if not dry_run:
        for phase in [Phase.IN] * arrives + [Phase.OUT] * leaves:
            case = settle(case, present=True, phase=phase, actor=actor, on_paper=True, now=now)
    return PaperOutcome.MARKED


def _is_marked(cell: str, heading: str) -> bool:
    if not cell:
        return False
    if cell.lower() in YES:
        return True
    message = f"“{heading}”只能打 √ 或留空。"
    raise _LineError(message)


class _Roll:
    """The people on the list, found by code or by a name that only one of them has; each once."""

    def __init__(self, rows: Sequence[PaperRow], *, own: UUID | None) -> None:
        self._rows = rows
        self._own = own
        self._found: set[UUID] = set()

    def find(self, marked: _Marked) -> PaperRow:
        row = self._by_code(marked) if marked.code else self._by_name(marked)
        if row.person in self._found:
            raise _LineError("这一行与前面的行是同一人。")
        if row.person == self._own:
            raise _LineError("不能登记您本人，请由其他组织者登记。")
        self._found.add(row.person)
        return row

    def _by_name(self, marked: _Marked) -> PaperRow:
        if not marked.name:
            raise _LineError("没有编码，也没有姓名。")
        found = [row for row in self._rows if row.name == marked.name]
        if not found:
            raise _LineError("名单上没有这个姓名。未报名的人员请先在活动名单中添加。")
        if len(found) > 1:
            raise _LineError("名单上有同名人员，请填写编码。")
        return found[0]

    def _by_code(self, marked: _Marked) -> PaperRow:
        code = crockford.normal(marked.code)
        found = [
            row
            for row in self._rows
            if len(code) >= LIST_CODE_LENGTH
            and (row.code.startswith(code) or code.startswith(row.code))
        ]
        if len(found) != 1:
            raise _LineError("名单上没有这个编码，请与打印的名单核对。")
        if marked.name and marked.name != found[0].name:
            raise _LineError("姓名与编码不是同一人，请核对。")
        return found[0]


# The file


def _marked_lines(cells: Iterable[tuple[int, list[str]]]) -> list[_Marked]:
    columns: dict[str, int] | None = None
    found = []
    for line, row in cells:
        if columns is None:
            # Above the headings stand the activity's title and time.
            named = {plain_heading(cell): place for place, cell in enumerate(row)}
            columns = named if CAME in named else None
            if columns is not None and not {CODE, NAME} & columns.keys():
                raise Refusal("paper_headings", 422, field="file")
            continue
        picked = [_cell(row, columns.get(heading)) for heading in (CODE, NAME, CAME, LEFT)]
        if any(picked):
            found.append(_Marked(line, *picked))
    if columns is None:
        raise Refusal("paper_headings", 422, field="file")
    return found


def _cell(row: Sequence[str], place: int | None) -> str:
    return "" if place is None or place >= len(row) else row[place]


def _cells(data: bytes) -> list[tuple[int, list[str]]]:
    if len(data) > LARGEST_FILE:
        raise Refusal("paper_too_long", 422, field="file")
    try:
        rows = read_sheet(data, most_rows=MOST_ROWS).rows
        cells = [(number + 1, [_text(cell) for cell in row]) for number, row in rows]
    except (UnreadableSheetError, ValidationError) as error:
        raise Refusal("paper_unreadable", 422, field="file") from error
    if len(cells) > MOST_ROWS:
        raise Refusal("paper_too_long", 422, field="file")
    return cells


def _text(cell: str) -> str:
    return clean(one_line(cell))[:LONGEST_CELL]
