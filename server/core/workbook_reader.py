"""Read a spreadsheet in a process of its own: ``workbook_reader.py ROWS COLUMNS LENGTH < file``.

A workbook is a packed archive that somebody sent: a small one can unpack to gigabytes, or hold one
cell at the far corner of a sheet of seventeen billion. This process may use so much memory and
time and no more, knows no password and no key, and takes nobody along when it is ended.

Writes JSON: ``{"rows": [[number, [cell, …]], …], "merged": [[row, column, row, column], …]}``, rows
and columns counted from 0, blank rows left out. It stops one row behind ROWS, so that more of them
can be told from as many; rows are cut at COLUMNS, cells at LENGTH.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20
MOST_MERGED = 20_000
UNREADABLE = 3


def main() -> int:
    """Read standard input, write standard output; 3 where the file can't be read."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    try:
        content = read(data, *map(int, sys.argv[1:]))
    # Whatever a parser of hostile files may raise, a panic of its Rust included.
    except BaseException:  # noqa: BLE001
        return UNREADABLE
    sys.stdout.buffer.write(json.dumps(content).encode())
    return 0


def read(data: bytes, most_rows: int, most_columns: int, longest_cell: int) -> dict[str, Any]:
    """Return the first visible sheet."""
    # Here, not above: the limits stand before the parser is loaded.
    from python_calamine import (  # noqa: PLC0415
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    name = next(
        one.name
        for one in workbook.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    )
    sheet = workbook.get_sheet_by_name(name)
    # Rows come from the sheet's top, cells from its first column with content.
    left = sheet.start[1] if sheet.start else 0
    rows: list[list[Any]] = []
    for number, cells in enumerate(sheet.iter_rows()):
        texts = [_text(cell)[:longest_cell] for cell in cells[:most_columns]]
        if any(text.strip() for text in texts):
            rows.append([number, texts])
        if len(rows) > most_rows:
            break
    merged = [
        [top, start - left, bottom, end - left]
        for (top, start), (bottom, end) in (sheet.merged_cell_ranges or [])[:MOST_MERGED]
    ]
    return {"rows": rows, "merged": merged}


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


if __name__ == "__main__":
    sys.exit(main())
