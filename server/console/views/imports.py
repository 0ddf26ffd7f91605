"""Imports of organisations and people: sent, looked at, applied or dropped."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.rendering import page
from server.console.scope import scopes
from server.console.slices import page_after
from server.console.uploads import require_as_named
from server.console.views.persons import spreadsheet
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.transaction import commits
from server.indicators.rules import DUTIES
from server.membership import queries, service, sheets
from server.membership.rules import (
    IMPORT_KIND_LABELS,
    IMPORT_LIFE,
    ImportKind,
    ImportState,
    Outcome,
)
from server.membership.service import IMPORTERS, LARGEST_FILE

ALL_IMPORTERS = (Role.PARTY_STAFF, Role.OFFICE, Role.ADMINISTRATOR)
DUTY_CODES = {label: code for code, label in DUTIES.items()}
ROWS_A_PAGE = 100


class ImportSchema(FormSchema):
    """What kind of rows a file holds; the file itself is read apart."""

    kind = fields.Enum(
        ImportKind, by_value=True, required=True, error_messages={"required": "请选择内容。"}
    )
    file = fields.Raw(load_default=None)


def _kinds() -> list[tuple[str, str]]:
    """Return the kinds that the signed-in account may import."""
    actor = current_actor()
    return [
        (kind.value, label)
        for kind, label in IMPORT_KIND_LABELS.items()
        if actor.has(*IMPORTERS[kind])
    ]


@console.get("/imports")
@requires(*ALL_IMPORTERS)
def list_imports() -> str:
    """Show the form, and the imports in reach, the latest first."""
    return _page(Form(ImportSchema(), {"kind": request.args.get("kind", "")}))


def _page(form: Form) -> str:
    actor = current_actor()
    reach = {kind: scopes(actor, *roles) for kind, roles in IMPORTERS.items()}
    runs = queries.import_runs(reach, cursor=request.args.get("cursor"))
    return page(
        "imports",
        form=form,
        runs=runs,
        kinds=_kinds(),
        people=names_of(run.created_by for run in runs.items),
    )


@console.post("/imports")
@requires(*ALL_IMPORTERS)
def check_import() -> AnyResponse | tuple[str, int]:
    """Check a file; nothing changes yet."""
    form = Form.posted(ImportSchema())
    sent = request.files.get("file")
    data = sent.stream.read(LARGEST_FILE + 1) if sent is not None and sent.filename else None

    def check(kind: ImportKind, **_: Any) -> UUID:
        if sent is not None:
            require_as_named(sent)
        return service.check_import(
            kind, data or b"", duties=DUTY_CODES, actor=current_actor(), now=clock.now()
        ).id

    if data is None:
        form.errors["file"] = "请选择文件。"
        return _page(form), 422
    run_id = form.submit(check)
    if run_id is None:
        return _page(form), 422
    return redirect(url_for("console.show_import", run_id=run_id))


@console.get("/imports/<uuid:run_id>")
@requires(*ALL_IMPORTERS)
def show_import(run_id: UUID) -> str:
    """Show what each row would do, or did."""
    run = queries.import_run(run_id)
    service.require_importer(run, current_actor())
    wanted = request.args.get("outcome", "")
    if wanted not in {one.value for one in Outcome}:
        wanted = ""
    rows = [row for row in run.report["rows"] if wanted in {"", row["outcome"]}]
    # Those that want somebody's eye come first.
    rows.sort(key=lambda row: (row["outcome"] != Outcome.REFUSED, row["line"]))
    now = clock.now()
    return page(
        "import",
        run=run,
        rows=page_after(rows, lambda row: row["line"], request.args.get("cursor"), ROWS_A_PAGE),
        outcome=wanted,
        labels=service.labels_of(ImportKind(run.kind)),
        people=names_of([run.created_by]),
        named=service.uploaded_names(run, actor=current_actor(), now=now),
        ends=run.created_at + IMPORT_LIFE,
        waits=run.state == ImportState.CHECKED and run.created_at + IMPORT_LIFE > now,
    )


@console.post("/imports/<uuid:run_id>/application")
@requires(*ALL_IMPORTERS)
def apply_import(run_id: UUID) -> AnyResponse:
    """Let the good rows in."""
    step(
        lambda: service.apply_import(
            run_id, duties=DUTY_CODES, actor=current_actor(), now=clock.now()
        ),
        "已导入。",
    )
    return redirect(url_for("console.show_import", run_id=run_id))


@console.post("/imports/<uuid:run_id>/drop")
@requires(*ALL_IMPORTERS)
@commits
def drop_import(run_id: UUID) -> AnyResponse:
    """Give a checked file up."""
    service.drop_import(run_id, actor=current_actor(), now=clock.now())
    flash("已放弃，文件内容已删除。", "success")
    return redirect(url_for("console.list_imports"))


@console.get("/imports/<uuid:run_id>/refused.xlsx")
@requires(*ALL_IMPORTERS)
@commits
def download_refused(run_id: UUID) -> Response:
    """Give the refused rows, with the reasons, to be corrected and sent again."""
    run, rows = service.refused_rows(run_id, actor=current_actor(), now=clock.now())
    kind = ImportKind(run.kind)
    data = sheets.refused(kind, run.report["fields"], rows)
    return spreadsheet(data, f"待更正-{IMPORT_KIND_LABELS[kind]}-{clock.today()}.xlsx")


@console.get("/imports/templates/<kind>.xlsx")
@requires(*ALL_IMPORTERS)
def download_template(kind: str) -> Response:
    """Give an empty file with the headings."""
    if kind not in {one.value for one in ImportKind}:
        raise NotFound
    wanted = ImportKind(kind)
    return spreadsheet(sheets.template(wanted), f"{IMPORT_KIND_LABELS[wanted]}导入模板.xlsx")
