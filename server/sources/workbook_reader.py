"""Read a spreadsheet in a process of its own: ``python workbook_reader.py < file``.

A workbook is a packed archive that somebody sent: a small one can unpack to gigabytes. This process
may use so much memory and time and no more, knows no password and no key, and takes nobody along
when it is ended.

Writes a line of JSON for each row that is not blank: ``[number, [cell, …]]``, counted from 0. With
an argument, that many rows are enough.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

MEMORY_BYTES = 2 << 30
CPU_SECONDS = 300
MOST_COLUMNS = 200
UNREADABLE = 3


def main() -> int:
    """Read standard input, write standard output; 3 where the file can't be read."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = int(sys.argv[1]) if len(sys.argv) > 1 else None
    try:
        write_rows(most)
    except BrokenPipeError:
        return 0
    # Whatever a parser of hostile files may raise, a panic of its Rust included.
    except BaseException:  # noqa: BLE001
        return UNREADABLE
    return 0


def write_rows(most: int | None) -> None:
    """Write the rows of the first visible sheet."""
    # Here, not above: the limits stand before the parser is loaded.
    from python_calamine import (  # noqa: PLC0415
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    workbook = CalamineWorkbook.from_filelike(sys.stdin.buffer)
    name = next(
        one.name
        for one in workbook.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    )
    sheet = workbook.get_sheet_by_name(name)
    for number, cells in islice(enumerate(sheet.iter_rows()), most):
        texts = [_text(cell) for cell in cells[:MOST_COLUMNS]]
        if any(text.strip() for text in texts):
            sys.stdout.write(json.dumps([number, texts]) + "\n")
    sys.stdout.flush()


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


if __name__ == "__main__":
    sys.exit(main())
