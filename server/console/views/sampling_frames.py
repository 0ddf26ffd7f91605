"""Frames of the sample survey at the desk: the list, one frame, its public form, its end."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from server.audit import service as audit
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.protection import takes_body
from server.console.query import searched
from server.console.rendering import page
from server.console.tables import MIMETYPES
from server.console.uploads import require_as_named
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import length
from server.core.text import CleanText
from server.core.transaction import commits
from server.core.web import MEGABYTE
from server.sampling import frame_sheets, queries, service
from server.sampling.rules import PANEL_LABELS, Panel
from server.settings import queries as settings
from server.settings.rules import FRAME_DAYS


class FrameSchema(FormSchema):
    """A new frame; its file is read apart."""

    panel = fields.Enum(
        Panel, by_value=True, required=True, error_messages={"required": "请选择群体。"}
    )
    name = CleanText(required=True, validate=length(50, least=1))
    file = fields.Raw(load_default=None)


@console.get("/frames")
@requires(Role.OFFICE)
def list_frames() -> str:
    """List the frames that the office keeps, by panel and name."""
    return _list_page(Form(FrameSchema()))


def _list_page(form: Form) -> str:
    wanted, q = request.args.get("panel", ""), searched()
    panel = Panel(wanted) if wanted in set(Panel) else None
    actor = current_actor()
    found = queries.frames(actor, panel=panel, q=q, cursor=request.args.get("cursor"))
    return page(
        "sampling_frames",
        frames=found,
        imports=queries.unfinished_imports(actor),
        panels=[*PANEL_LABELS.items()],
        panel=wanted,
        q=q,
        form=form,
        most=service.LARGEST_FILE // MEGABYTE,
    )


@console.post("/frames")
@requires(Role.OFFICE)
@takes_body(service.LARGEST_FILE + MEGABYTE)
def create_frame() -> AnyResponse | tuple[str, int]:
    """Keep a frame's file; its columns are chosen on the next page."""
    form = Form.posted(FrameSchema())
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.errors["file"] = "请选择文件。"
        return _list_page(form), 422
    name, stream = sent.filename, sent.stream

    def take(panel: Panel, **said: Any) -> UUID:
        require_as_named(sent)
        return service.upload_frame(
            panel, said["name"], stream, name, actor=current_actor(), now=clock.now()
        ).id

    import_id = form.submit(take)
    if import_id is None:
        return _list_page(form), 422
    return redirect(url_for("console.edit_frame_columns", import_id=import_id))


@console.get("/frames/<int:frame_id>")
@requires(Role.OFFICE)
def show_frame(frame_id: int) -> str:
    """Show a frame's size and categories, and what was drawn from it; nobody's name."""
    frame = queries.frame(frame_id, current_actor())
    draws = queries.draws_of_frame(frame_id)
    return page(
        "sampling_frame",
        frame=frame,
        categories=queries.category_counts(frame),
        draws=draws,
        titles=queries.titles_of(draws),
        people=names_of([frame.created_by]),
        kept_days=settings.value(FRAME_DAYS),
    )


@console.get("/frames/<int:frame_id>/frame.csv")
@requires(Role.OFFICE)
def download_frame(frame_id: int) -> Response:
    """Give out a frame without its persons: numbers and categories; recorded."""
    frame = queries.frame(frame_id, current_actor())
    _record_export(frame_id)
    rows = ((row.number, row.categories) for row in queries.frame_rows(frame_id))
    # Whole, while the transaction lasts: a streamed answer would be read after its end.
    text = "".join(frame_sheets.public_frame(list(frame.dimensions), rows))
    name = quote(f"{frame.name}-编号与类别.csv")
    return Response(
        text.encode(),
        content_type=MIMETYPES["csv"],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


@commits
def _record_export(frame_id: int) -> None:
    audit.record(
        current_actor(), "frame.exported", ("sample_frame", frame_id), at=clock.now(), format="csv"
    )


@console.post("/frames/<int:frame_id>/erasure")
@requires(Role.OFFICE)
def erase_frame(frame_id: int) -> AnyResponse:
    """Erase a frame's persons."""
    step(
        lambda: service.erase_persons(frame_id, actor=current_actor(), now=clock.now()),
        "人员信息已清除，只留下编号和类别。",
    )
    return redirect(url_for("console.show_frame", frame_id=frame_id))


@console.post("/frames/<int:frame_id>/deletion")
@requires(Role.OFFICE)
def delete_frame(frame_id: int) -> AnyResponse:
    """Delete a frame that nothing was drawn from."""
    done = step(
        lambda: service.delete_frame(frame_id, actor=current_actor(), now=clock.now()),
        "样本库已删除。",
    )
    if not done:
        return redirect(url_for("console.show_frame", frame_id=frame_id))
    return redirect(url_for("console.list_frames"))
