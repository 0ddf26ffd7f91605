"""Sources at the desk: their figures, files sent in, secrets for the interface, the topic tree."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.protection import takes_body
from server.console.rendering import page
from server.console.uploads import require_as_named
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.jobs import enqueue
from server.core.schemas import length
from server.core.text import CleanText
from server.core.transaction import commits
from server.core.web import MEGABYTE
from server.rectification import queries as cases
from server.sources import queries, service, tasks
from server.sources.rules import KIND_LABELS, RunState, SourceKind


class SourceSchema(FormSchema):
    """A source: its name and kind."""

    name = CleanText(required=True, validate=length(50, least=1))
    kind = fields.Enum(
        SourceKind,
        by_value=True,
        required=True,
        error_messages={"required": "请选择类别。", "unknown": "请选择类别。"},
    )


class FileSchema(FormSchema):
    """A file, which is read apart."""

    file = fields.Raw(load_default=None)


@console.get("/sources")
@requires(Role.OFFICE)
def list_sources() -> str:
    """List the sources that the office keeps."""
    return _list_page(Form(SourceSchema()), Form(FileSchema()))


def _list_page(form: Form, tree: Form) -> str:
    found = queries.sources(current_actor())
    totals = queries.totals(one.id for one in found)
    return page(
        "sources",
        sources=[(one, totals[one.id]) for one in found],
        kinds=[*KIND_LABELS.items()],
        topics=len(queries.categories()),
        form=form,
        tree=tree,
    )


@console.post("/sources")
@requires(Role.OFFICE)
def create_source() -> Response | tuple[str, int]:
    """Register a source."""
    form = Form.posted(SourceSchema())

    def create(**said: Any) -> int:
        return service.create_source(**said, actor=current_actor(), now=clock.now()).id

    source_id = form.submit(create)
    if source_id is None:
        return _list_page(form, Form(FileSchema())), 422
    flash("已登记。上传一个文件，按它的表头设置列对应。", "success")
    return redirect(url_for("console.show_source", source_id=source_id))


@console.post("/sources/topics")
@requires(Role.OFFICE)
def import_topics() -> Response | tuple[str, int]:
    """Take a topic tree in from a file."""
    form = Form(FileSchema())
    sent = request.files.get("file")
    data = sent.stream.read(service.LARGEST_TREE + 1) if sent is not None else b""

    def take(**_: Any) -> int:
        if sent is not None:
            require_as_named(sent)
        actor, now = current_actor(), clock.now()
        count = service.import_categories(data, actor=actor, now=now)
        for one in queries.sources(actor):
            enqueue(tasks.suggest, source_id=one.id)
        return count

    count = form.submit(take)
    if count is None:
        return _list_page(Form(SourceSchema()), form), 422
    flash(f"已读入 {count} 个分类，正在为事项重新给出分类建议。", "success")
    return redirect(url_for("console.list_sources"))


@console.get("/sources/<int:source_id>")
@requires(Role.OFFICE)
def show_source(source_id: int) -> str:
    """Show a source's figures, its runs, and where to send a file."""
    return _page(source_id, Form(FileSchema()))


def _page(source_id: int, form: Form) -> str:
    source = queries.source(source_id, current_actor())
    mapping = queries.mapping(source_id)
    runs = queries.runs(source_id)
    return page(
        "source",
        source=source,
        totals=queries.totals([source_id])[source_id],
        times=queries.service_times(source_id),
        speed=cases.speed(matters=f"ticket:{source_id}:"),
        mapping=mapping,
        runs=runs,
        people=names_of(run.created_by for run in runs),
        form=form,
        most=service.LARGEST_FILE // MEGABYTE,
    )


@console.post("/sources/<int:source_id>/runs")
@requires(Role.OFFICE)
@takes_body(service.LARGEST_FILE + MEGABYTE)
def upload_file(source_id: int) -> Response | tuple[str, int]:
    """Keep a file; one that the source's mapping fits is checked at once."""
    form = Form(FileSchema())
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.errors["file"] = "请选择文件。"
        return _page(source_id, form), 422
    name, stream = sent.filename, sent.stream

    def take(**_: Any) -> UUID:
        require_as_named(sent)
        return service.upload(source_id, stream, name, actor=current_actor(), now=clock.now()).id

    run_id = form.submit(take)
    if run_id is None:
        return _page(source_id, form), 422
    try:
        begin_check(run_id)
    except Refusal as refusal:
        if refusal.code not in {"source_mapping_missing", "source_columns_missing"}:
            raise
        return redirect(url_for("console.edit_mapping", run_id=run_id))
    return redirect(url_for("console.show_source_run", run_id=run_id))


@commits
def begin_check(run_id: UUID) -> None:
    """Have a file checked by a job."""
    run = service.start_check(run_id, actor=current_actor(), now=clock.now())
    if run.state == RunState.CHECKING:
        enqueue(tasks.work, run_id=str(run_id))


@console.post("/sources/<int:source_id>/secret")
@requires(Role.OFFICE)
@commits
def issue_secret(source_id: int) -> str:
    """Show a fresh secret, this once."""
    source = queries.source(source_id, current_actor())
    secret = service.issue_secret(source_id, actor=current_actor(), now=clock.now())
    return page("source_secret", source=source, secret=secret)


@console.post("/sources/<int:source_id>/rejoining")
@requires(Role.OFFICE)
def rejoin_source(source_id: int) -> Response:
    """Let waiting ratings join the campaigns that are open now."""
    step(
        lambda: service.rejoin(source_id, actor=current_actor(), now=clock.now()),
        "已处理。仍在等待的事项列有原因。",
    )
    return redirect(url_for("console.show_source", source_id=source_id))
