"""A frame's file on its way in: columns, the check, corrections, the progress."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import (
    Response,
    redirect,
    request,
    send_file,
    url_for,
)
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from server.audit import service as audit
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.protection import takes_body
from server.console.rendering import page, progress
from server.console.tables import MIMETYPES
from server.console.uploads import require_as_named
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.jobs import enqueue
from server.core.text import CleanText
from server.core.transaction import commits
from server.core.web import MEGABYTE
from server.sampling import (
    frame_columns,
    frame_preview,
    frame_sheets,
    frame_tasks,
    queries,
    service,
)
from server.sampling.rules import IMPORT_BUSY, MOST_DIMENSIONS, ImportState
from server.sources import parcels


class ColumnsSchema(FormSchema):
    """Which headings hold what."""

    name = CleanText(load_default="")
    telephone = CleanText(load_default="")
    address = CleanText(load_default="")
    dimensions = fields.List(CleanText(), load_default=list)


class CorrectionsSchema(FormSchema):
    """Corrected rows, which are read apart."""

    file = fields.Raw(load_default=None)


@console.get("/frame-imports/<uuid:import_id>/columns")
@requires(Role.OFFICE)
def edit_frame_columns(import_id: UUID) -> str:
    """Show a file's headings with what they seem to hold."""
    found = queries.frame_import(import_id, current_actor())
    values: dict[str, Any] = {**found.columns, "dimensions": list(found.dimensions)}
    if not found.columns:
        values |= frame_columns.suggest(_headings(import_id)[1])
    return _columns_page(import_id, Form(ColumnsSchema(), values))


def _headings(import_id: UUID) -> tuple[int, list[str], list[tuple[int, list[str]]]]:
    """Return the line of the headings, the headings, and the rows below."""
    rows = frame_preview.read(import_id)
    at = frame_columns.heading_row([cells for _, cells in rows])
    return rows[at][0], rows[at][1], rows[at + 1 :]


def _columns_page(import_id: UUID, form: Form) -> str:
    found = queries.frame_import(import_id, current_actor())
    line, headings, rows = _headings(import_id)
    return page(
        "sampling_columns",
        found=found,
        form=form,
        fields=frame_columns.FIELDS,
        choices=[(one, one) for one in frame_columns.offered(headings)],
        heading_line=line,
        examples=frame_columns.examples(headings, [cells for _, cells in rows]),
        most=MOST_DIMENSIONS,
    )


@console.post("/frame-imports/<uuid:import_id>/columns")
@requires(Role.OFFICE)
def save_frame_columns(import_id: UUID) -> AnyResponse | tuple[str, int]:
    """Keep the columns, and have the file checked."""
    form = Form.posted(ColumnsSchema())

    def save(dimensions: list[str], **chosen: str) -> bool:
        columns = {name: heading for name, heading in chosen.items() if heading}
        service.choose_columns(
            import_id, columns, dimensions, actor=current_actor(), now=clock.now()
        )
        enqueue(frame_tasks.work, import_id=str(import_id))
        return True

    if form.submit(save) is None:
        return _columns_page(import_id, form), 422
    return redirect(url_for("console.show_frame_import", import_id=import_id))


@console.get("/frame-imports/<uuid:import_id>")
@requires(Role.OFFICE)
def show_frame_import(import_id: UUID) -> str | Response:
    """Show how far a file is, then what its rows would do, or did."""
    found = queries.frame_import(import_id, current_actor())
    busy = found.state in IMPORT_BUSY
    if request.headers.get("HX-Request"):
        return progress("frame_progress", busy=busy, found=found)
    return _import_page(import_id, Form(CorrectionsSchema()))


def _import_page(import_id: UUID, form: Form) -> str:
    found = queries.frame_import(import_id, current_actor())
    return page(
        "sampling_import",
        found=found,
        busy=found.state in IMPORT_BUSY,
        form=form,
        people=names_of([found.created_by]),
        may_download=bool(found.report.get("counts", {}).get("refused")),
    )


@console.post("/frame-imports/<uuid:import_id>/corrections")
@requires(Role.OFFICE)
@takes_body(service.LARGEST_FILE + MEGABYTE)
def correct_frame_import(import_id: UUID) -> AnyResponse | tuple[str, int]:
    """Take corrected rows, and have the file checked again with them."""
    form = Form(CorrectionsSchema())
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.errors["file"] = "请选择更正好的文件。"
        return _import_page(import_id, form), 422
    stream = sent.stream

    def take(**_: Any) -> bool:
        require_as_named(sent)
        service.add_corrections(import_id, stream, actor=current_actor(), now=clock.now())
        enqueue(frame_tasks.work, import_id=str(import_id))
        return True

    if form.submit(take) is None:
        return _import_page(import_id, form), 422
    return redirect(url_for("console.show_frame_import", import_id=import_id))


@console.post("/frame-imports/<uuid:import_id>/application")
@requires(Role.OFFICE)
def apply_frame_import(import_id: UUID) -> AnyResponse:
    """Have a checked file become a frame."""

    def begin() -> None:
        service.apply_import(import_id, actor=current_actor(), now=clock.now())
        enqueue(frame_tasks.work, import_id=str(import_id))

    step(begin, "已开始导入，可以离开本页。")
    return redirect(url_for("console.show_frame_import", import_id=import_id))


@console.post("/frame-imports/<uuid:import_id>/cancellation")
@requires(Role.OFFICE)
def cancel_frame_import(import_id: UUID) -> AnyResponse:
    """End an import; nothing of it stays."""
    step(
        lambda: service.cancel_import(import_id, actor=current_actor(), now=clock.now()),
        "已要求取消，不会留下任何内容。",
    )
    return redirect(url_for("console.list_frames"))


@console.get("/frame-imports/<uuid:import_id>/refused.xlsx")
@requires(Role.OFFICE)
@commits
def download_refused_units(import_id: UUID) -> Response:
    """Give the refused rows with the reasons, to be corrected and sent again; recorded."""
    found = queries.frame_import(import_id, current_actor())
    if found.state not in {ImportState.CHECKED, ImportState.DONE}:
        raise Refusal("source_file_gone", 409)
    headings = frame_columns.wanted(found.columns, found.dimensions)
    file = frame_sheets.refused_workbook(headings, parcels.refused_rows(import_id))
    audit.record(
        current_actor(), "frame.refused_exported", ("frame_import", import_id), at=clock.now()
    )
    answer = send_file(file, MIMETYPES["xlsx"])
    name = quote(f"{found.name}-待更正.xlsx")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer
