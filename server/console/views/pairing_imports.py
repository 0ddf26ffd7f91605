"""Import of pairings: a file is looked at, then its good rows go in.

The page carries the rows from one step to the next; what it sends back is checked anew.
"""

import json
from collections.abc import Sequence
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.protection import takes_body
from server.console.rendering import page
from server.console.uploads import require_as_named
from server.console.views.persons import spreadsheet
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.pairings import files, imports
from server.pairings.files import LARGEST_FILE, MOST_ROWS, Line
from server.pairings.imports import OUTCOME_LABELS, REFUSED, Checked

LARGEST_FORM = LARGEST_FILE + 1024 * 1024
# A form's field holds a megabyte.
LARGEST_ROWS = 1_000_000
LINE_FIELDS = ("organisation", "department", "starts_on", "ends_on", "note")


@console.get("/pairings/import")
@requires(Role.OFFICE)
def show_pairing_import() -> str:
    """Show the form for a file."""
    return page("pairing_import", form=Form(FormSchema()), most=MOST_ROWS)


@console.get("/pairings/import/template.xlsx")
@requires(Role.OFFICE)
def download_pairing_template() -> Response:
    """Give an empty file with the headings."""
    return spreadsheet(files.template(), "结对导入模板.xlsx")


@console.post("/pairings/import")
@requires(Role.OFFICE)
@takes_body(LARGEST_FORM)
def check_pairing_import() -> str | tuple[str, int]:
    """Show what each row would do; nothing changes yet."""
    form = Form(FormSchema())
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.errors["file"] = "请选择文件。"
        return page("pairing_import", form=form, most=MOST_ROWS), 422
    try:
        require_as_named(sent)
        lines = files.read(sent.stream.read(LARGEST_FILE + 1))
        _refuse_too_much(lines)
    except Refusal as refusal:
        form.errors["file"] = refusal.message
        return page("pairing_import", form=form, most=MOST_ROWS), 422
    return _checked(imports.check(lines, actor=current_actor()), applied=False)


@console.post("/pairings/import/application")
@requires(Role.OFFICE)
@takes_body(LARGEST_FORM)
def apply_pairing_import() -> str:
    """Let the good rows in, and name the others."""
    lines = _sent_lines()
    with transaction():
        rows = imports.apply(lines, actor=current_actor(), now=clock.now())
    return _checked(rows, applied=True)


@console.post("/pairings/import/refused.xlsx")
@requires(Role.OFFICE)
@takes_body(LARGEST_FORM)
def download_refused_pairings() -> Response:
    """Give the rows that can't go in, with the reasons."""
    rows = imports.check(_sent_lines(), actor=current_actor())
    refused = [(row.line, row.reason) for row in rows if row.outcome == REFUSED]
    return spreadsheet(files.refused(refused), f"待更正-结对-{clock.today()}.xlsx")


def _checked(rows: Sequence[Checked], *, applied: bool) -> str:
    counts = {code: sum(row.outcome == code for row in rows) for code in OUTCOME_LABELS}
    # Those that want somebody's eye come first.
    ordered = sorted(rows, key=lambda row: (row.outcome != REFUSED, row.line.number))
    return page(
        "pairing_import_rows",
        rows=ordered,
        counts=counts,
        labels=OUTCOME_LABELS,
        applied=applied,
        sent=_packed([row.line for row in rows]),
    )


def _refuse_too_much(lines: Sequence[Line]) -> None:
    if len(_packed(lines).encode()) > LARGEST_ROWS:
        raise Refusal("pairing_file_too_long", 422, field="file")


def _packed(lines: Sequence[Line]) -> str:
    rows = [[line.number, *(getattr(line, field) for field in LINE_FIELDS)] for line in lines]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _sent_lines() -> list[Line]:
    try:
        rows: Any = json.loads(request.form.get("rows", ""))
        lines = [_line(*row) for row in rows]
    except (ValueError, TypeError) as error:
        raise Refusal("pairing_rows_gone", 422) from error
    if not 1 <= len(lines) <= MOST_ROWS:
        raise Refusal("pairing_rows_gone", 422)
    return lines


def _line(number: Any, *texts: Any) -> Line:
    if type(number) is not int or not all(isinstance(text, str) for text in texts):
        raise TypeError
    return Line(number, *texts)
