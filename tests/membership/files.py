"""Import files as people send them."""

import io
from collections.abc import Sequence

import xlsxwriter

from server.core import clock
from server.core.access import SYSTEM, Actor
from server.core.transaction import transaction
from server.indicators.rules import DUTIES
from server.membership import service
from server.membership.models import ImportRun
from server.membership.rules import ImportKind

DUTY_CODES = {label: code for code, label in DUTIES.items()}


def xlsx(rows: Sequence[Sequence[object]], merged: Sequence[tuple[int, ...]] = ()) -> bytes:
    """Return a workbook with these cells."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for area in merged:
            sheet.merge_range(*area, "")
        for line, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                if cell != "":
                    sheet.write(line, place, cell)
    return buffer.getvalue()


def table(*lines: str) -> bytes:
    """Return a CSV file."""
    return "\r\n".join(lines).encode()


def check(data: bytes, kind: ImportKind = ImportKind.PEOPLE, actor: Actor = SYSTEM) -> ImportRun:
    """Check a file."""
    with transaction():
        return service.check_import(kind, data, duties=DUTY_CODES, actor=actor, now=clock.now())


def apply(run: ImportRun, actor: Actor = SYSTEM) -> ImportRun:
    """Apply a run."""
    with transaction():
        return service.apply_import(run.id, duties=DUTY_CODES, actor=actor, now=clock.now())


def take_in(data: bytes, kind: ImportKind = ImportKind.PEOPLE) -> ImportRun:
    """Check and apply a file."""
    return apply(check(data, kind))


def outcomes(run: ImportRun) -> list[str]:
    """Return each row's outcome, in the order of the file."""
    return [row["outcome"] for row in run.report["rows"]]


def faults(run: ImportRun, line: int) -> dict[str, str]:
    """Return what is wrong with a line, by field."""
    row = next(one for one in run.report["rows"] if one["line"] == line)
    return {one["field"]: one["message"] for one in row.get("faults", [])}
