"""A source's runs: the mapping made from a file's own headings, the check, the progress."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import (
    Response,
    flash,
    redirect,
    request,
    send_file,
    url_for,
)
from marshmallow import ValidationError, fields
from werkzeug.wrappers import Response as AnyResponse

from server.audit import service as audit
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.rendering import page, progress
from server.console.tables import MIMETYPES
from server.console.views.sources import begin_check
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.jobs import enqueue
from server.core.text import CleanText, clean
from server.core.transaction import commits
from server.evaluation.rules import LEVEL_LABELS
from server.identity import queries as identity
from server.rectification.rules import CASE_KIND_LABELS, MATTER_KINDS, CaseKind
from server.sources import columns, files, parcels, queries, service, sheets, tasks
from server.sources.queries import SourceMapping
from server.sources.rules import BUSY, RunState, level_of

PREVIEWED = 8


class Words(fields.Field[dict[str, str]]):
    """Pairs of words, one a line: ``还行 = 基本满意``."""

    def _deserialize(
        self, value: object, attr: str | None, data: object, **kwargs: object
    ) -> dict[str, str]:
        del attr, data, kwargs
        found: dict[str, str] = {}
        for line in clean(str(value or "")).replace("＝", "=").splitlines():
            word, sign, meaning = (part.strip() for part in line.rpartition("="))
            if line.strip() and not (word and sign and meaning):
                message = f"“{line.strip()}”请写成“来源用词 = 对应内容”。"
                raise ValidationError(message)
            if line.strip():
                found[word] = meaning
        return found


# A heading for each field, and what the source's own words mean.
MappingSchema = FormSchema.from_dict(
    {
        **{field.name: CleanText(load_default="") for field in columns.FIELDS},
        "levels": Words(load_default=dict),
        "departments": Words(load_default=dict),
        "register_every": fields.Boolean(load_default=False),
        "case_kind": fields.Enum(CaseKind, by_value=True, load_default=CaseKind.HOTLINE_COMMON),
    },
    name="MappingSchema",
)


@console.get("/source-runs/<uuid:run_id>/mapping")
@requires(Role.OFFICE)
def edit_mapping(run_id: UUID) -> str:
    """Show which columns of a file are what, as suggested or as saved before."""
    run, _ = queries.run(run_id, current_actor())
    rows = files.preview(run_id)
    headings = rows[columns.heading_row([cells for _, cells in rows])][1]
    mapping = queries.mapping(run.source_id)
    values: dict[str, Any] = columns.suggest(headings)
    if mapping is not None:
        saved = {columns.normal(heading): heading for heading in headings}
        for name, heading in mapping.columns.items():
            if columns.normal(heading) in saved:
                values[name] = saved[columns.normal(heading)]
    return _mapping_page(run_id, Form(MappingSchema(), values | _as_lines(mapping)))


def _as_lines(mapping: SourceMapping | None) -> dict[str, str]:
    if mapping is None:
        return {"case_kind": CaseKind.HOTLINE_COMMON.value}
    names = identity.organisation_names(mapping.departments.values())
    return {
        "register_every": "yes" if mapping.register_every else "",
        "case_kind": mapping.case_kind,
        "levels": "\n".join(
            f"{word} = {LEVEL_LABELS[level]}" for word, level in mapping.levels.items()
        ),
        "departments": "\n".join(
            f"{word} = {names.get(one, one)}" for word, one in mapping.departments.items()
        ),
    }


def _mapping_page(run_id: UUID, form: Form) -> str:
    run, source = queries.run(run_id, current_actor())
    rows = files.preview(run_id)
    at = columns.heading_row([cells for _, cells in rows])
    headings = rows[at][1]
    return page(
        "source_mapping",
        run=run,
        source=source,
        form=form,
        fields=columns.FIELDS,
        case_kinds=[(kind.value, CASE_KIND_LABELS[kind]) for kind in MATTER_KINDS],
        headings=[heading for heading in headings if heading.strip()],
        shown_headings=headings,
        rows=rows[at + 1 : at + 1 + PREVIEWED],
        heading_line=rows[at][0],
        unknown_levels=_unknown_levels(form, headings, rows[at + 1 :]),
    )


def _unknown_levels(
    form: Form, headings: Sequence[str], rows: Sequence[tuple[int, list[str]]]
) -> list[str]:
    """Return the words of the level column that no level is known for."""
    chosen = str(form.value("level"))
    if chosen not in headings:
        return []
    place, found = list(headings).index(chosen), []
    for word in {cells[place].strip() for _, cells in rows if place < len(cells)} - {""}:
        try:
            level_of(word, {})
        except KeyError:
            found.append(word[:20])
    return sorted(found)


@console.post("/source-runs/<uuid:run_id>/mapping")
@requires(Role.OFFICE)
def save_mapping(run_id: UUID) -> AnyResponse | tuple[str, int]:
    """Save the mapping as a new version, and check the file by it."""
    form = Form.posted(MappingSchema())

    def save(
        levels: dict[str, str],
        departments: dict[str, str],
        *,
        register_every: bool,
        case_kind: CaseKind,
        **chosen: str,
    ) -> bool:
        run, _ = queries.run(run_id, current_actor())
        service.save_mapping(
            run.source_id,
            columns={name: heading for name, heading in chosen.items() if heading.strip()},
            levels=_levels(levels),
            departments=_departments(departments),
            register_every=register_every,
            case_kind=case_kind,
            actor=current_actor(),
            now=clock.now(),
        )
        return True

    if form.submit(save) is None:
        return _mapping_page(run_id, form), 422
    begin_check(run_id)
    return redirect(url_for("console.show_source_run", run_id=run_id))


def _levels(words: dict[str, str]) -> dict[str, int]:
    try:
        return {word: level_of(meaning, {}) for word, meaning in words.items()}
    except KeyError as error:
        message = f"没有“{error.args[0]}”这个等级，请写五级满意度的名称或 1 至 5。"
        raise InvalidInput([{"field": "levels", "message": message}]) from error


def _departments(words: dict[str, str]) -> dict[str, int]:
    known = queries.department_words({})
    try:
        return {word: known[columns.normal(meaning)] for word, meaning in words.items()}
    except KeyError as error:
        message = f"没有找到部门“{error.args[0]}”，请写单位的名称、简称或别名。"
        raise InvalidInput([{"field": "departments", "message": message}]) from error


@console.get("/source-runs/<uuid:run_id>")
@requires(Role.OFFICE)
def show_source_run(run_id: UUID) -> str | Response:
    """Show how far a run is, then what its rows would do, or did."""
    run, source = queries.run(run_id, current_actor())
    busy = run.state in BUSY
    if request.headers.get("HX-Request"):
        return progress("source_progress", busy=busy, run=run)
    return page(
        "source_run",
        run=run,
        source=source,
        busy=busy,
        labels=columns.LABELS,
        people=names_of([run.created_by]),
        may_download=bool(run.report.get("counts", {}).get("refused")) and run.way == "file",
    )


@console.post("/source-runs/<uuid:run_id>/check")
@requires(Role.OFFICE)
def check_again(run_id: UUID) -> AnyResponse:
    """Check a file once more."""
    try:
        begin_check(run_id)
    except Refusal as refusal:
        flash(refusal.message, "danger")
    return redirect(url_for("console.show_source_run", run_id=run_id))


@console.post("/source-runs/<uuid:run_id>/application")
@requires(Role.OFFICE)
def apply_source_run(run_id: UUID) -> AnyResponse:
    """Let the good rows in, by a job."""

    def begin() -> None:
        service.apply_run(run_id, actor=current_actor(), now=clock.now())
        enqueue(tasks.work, run_id=str(run_id))

    step(begin, "已开始导入，可以离开本页。")
    return redirect(url_for("console.show_source_run", run_id=run_id))


@console.post("/source-runs/<uuid:run_id>/cancellation")
@requires(Role.OFFICE)
def cancel_source_run(run_id: UUID) -> AnyResponse:
    """End a run; nothing of it stays."""
    step(
        lambda: service.cancel_run(run_id, actor=current_actor(), now=clock.now()),
        "已要求取消，没有完成的导入不会留下任何内容。",
    )
    return redirect(url_for("console.show_source_run", run_id=run_id))


@console.get("/source-runs/<uuid:run_id>/refused.xlsx")
@requires(Role.OFFICE)
@commits
def download_refused_rows(run_id: UUID) -> Response:
    """Give the refused rows with the reasons, to be corrected and sent again; recorded."""
    run, source = queries.run(run_id, current_actor())
    mapping = queries.mapping(source.id, run.mapping_version)
    if mapping is None or run.state not in {RunState.CHECKED, RunState.DONE}:
        raise Refusal("source_file_gone", 409)
    file = sheets.refused_workbook(mapping.columns, parcels.refused_rows(run_id))
    audit.record(
        current_actor(), "source.refused_exported", ("source", source.id), at=clock.now(),
        size=run.report["counts"]["refused"],
    )  # fmt: skip
    answer = send_file(file, mimetype=MIMETYPES["xlsx"])
    name = quote(f"待更正-{source.name}-{clock.today()}.xlsx")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer
