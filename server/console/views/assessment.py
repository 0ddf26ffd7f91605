"""The year's assessment (年度考核) at the desk: scheme, results with each part, decisions."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.assessment import queries, service, workbook
from server.assessment.queries import READERS
from server.assessment.rules import (
    DECISION_LABELS,
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_BODY,
    LONGEST_NOTE,
    LONGEST_NUMBER,
    LONGEST_TEXT,
    RATE_LABELS,
    REASON_LABELS,
    WITHOUT_LABELS,
    DecisionKind,
    Rate,
    WithoutCases,
    quarter_codes,
)
from server.assessment.scheme import starting_document
from server.console import assessment_chart
from server.console.blueprint import console
from server.console.files import file_answer
from server.console.forms import Form, FormSchema, LocalDay
from server.console.people import names_of
from server.console.query import number, searched
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.schemas import length
from server.core.text import CleanText
from server.figures.drawing import shown

A_PAGE = 100
NO_GROUP = "未分组"
NOT_CHOSEN: dict[str, Any] = {"required": "请选择。", "unknown": "请选择。"}


class NoteSchema(FormSchema):
    """Why results are worked out again."""

    note = CleanText(load_default="", validate=length(LONGEST_NOTE))


class DecisionSchema(FormSchema):
    """What the competent body decided."""

    kind = fields.Enum(DecisionKind, by_value=True, required=True, error_messages=NOT_CHOSEN)
    body = CleanText(required=True, validate=length(LONGEST_BODY, 1))
    document_number = CleanText(load_default="", validate=length(LONGEST_NUMBER))
    text = CleanText(required=True, validate=length(LONGEST_TEXT, 1))
    decided_on = LocalDay(required=True)


class ReasonSchema(FormSchema):
    """Why a decision is taken back."""

    reason = CleanText(required=True, validate=length(LONGEST_NOTE, 1))


def _scheme_schema(year: int) -> FormSchema:
    """Return a schema with a field for each weight of a year."""
    names = [*quarter_codes(year), *(rate.value for rate in Rate)]
    weights: dict[str, Any] = {name: fields.String(load_default="") for name in names}
    without = fields.Enum(WithoutCases, by_value=True, required=True, error_messages=NOT_CHOSEN)
    schema = FormSchema.from_dict({**weights, "without_cases": without}, name="YearSchema")
    return schema()  # type: ignore[return-value] # made of FormSchema


@console.get("/assessment")
@requires(*READERS)
def list_assessments() -> str | Response:
    """Show a year's results by group: each department with its parts, in order of names."""
    actor = current_actor()
    years = queries.years(actor)
    year = number("year") or next(iter(years), clock.today().year)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal("not_found", 404)
    return _year_page(year, Form(NoteSchema()))


def _year_page(year: int, form: Form) -> str:
    actor = current_actor()
    found = queries.result_page(
        year, actor=actor, q=searched(), cursor=request.args.get("cursor"), limit=A_PAGE
    )
    years = sorted({*queries.years(actor), year}, reverse=True)
    return page(
        "assessment",
        year=year,
        years=[(one, f"{one} 年") for one in years],
        results=found,
        groups=[(name, rows, _chart(name, rows, at)) for at, (name, rows) in _grouped(found.items)],
        shown=shown,
        decided=queries.decision_counts([one.id for one in found.items]),
        missing_words=workbook.missing_words,
        scheme=queries.newest_scheme(year),
        form=form,
        most=LONGEST_NOTE,
    )


def _grouped(results: Sequence[Any]) -> list[tuple[int, tuple[str, list[Any]]]]:
    """Return results by group, those of no group last; in each in the order that they have."""
    found: dict[str, list[Any]] = {}
    for one in sorted(results, key=lambda one: (one.document["group"] is None,)):
        found.setdefault(one.document["group"] or NO_GROUP, []).append(one)
    return list(enumerate(found.items()))


def _chart(name: str, rows: Sequence[Any], place: int) -> Any:
    return assessment_chart.chart(
        [one.document for one in rows], code=f"group-{place}", title=f"{name}：各部分得分"
    )


@console.get("/assessment/<int:year>/scheme")
@requires(Role.OFFICE)
def show_assessment_scheme(year: int) -> str:
    """Show a year's scheme, the form for its next version, and the versions before."""
    newest = queries.newest_scheme(year)
    document = starting_document(year) if newest is None else newest.document
    values = {
        **document["quarters"],
        **document["rates"],
        "without_cases": document["without_cases"],
    }
    return _scheme_page(year, Form(_scheme_schema(year), values))


def _scheme_page(year: int, form: Form) -> str:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal("not_found", 404)
    versions = queries.schemes(year)
    return page(
        "assessment_scheme",
        year=year,
        form=form,
        quarters=[(code, f"第 {code[-1]} 季度") for code in quarter_codes(year)],
        rates=[(rate.value, words) for rate, words in RATE_LABELS.items()],
        without=[(one.value, words) for one, words in WITHOUT_LABELS.items()],
        versions=versions,
        people=names_of(one.saved_by for one in versions),
        part_words=_scheme_words,
    )


def _scheme_words(document: Mapping[str, Any]) -> str:
    return "，".join(f"{name} {weight}" for name, weight in workbook.weights(document))


@console.post("/assessment/<int:year>/scheme")
@requires(Role.OFFICE)
def save_assessment_scheme(year: int) -> Response | tuple[str, int]:
    """Save a new version of a year's scheme."""
    form = Form.posted(_scheme_schema(year))

    def save(without_cases: WithoutCases, **weights: str) -> bool:
        service.save_scheme(
            year,
            {code: weights[code] for code in quarter_codes(year)},
            {rate.value: weights[rate.value] for rate in Rate},
            without_cases,
            actor=current_actor(),
            now=clock.now(),
        )
        return True

    if form.submit(save) is None:
        return _scheme_page(year, form), 422
    flash("方案已保存。计算结果后，这一版不再改变。", "success")
    return redirect(url_for("console.list_assessments", year=year))


@console.post("/assessment/<int:year>/computation")
@requires(Role.OFFICE)
def compute_assessment(year: int) -> Response | tuple[str, int]:
    """Work a year's results out."""
    form = Form.posted(NoteSchema())

    def compute(note: str) -> int:
        return service.compute(year, note=note, actor=current_actor(), now=clock.now())

    count = form.submit(compute)
    if count is None:
        return _year_page(year, form), 422
    flash(f"已算出 {count} 个部门的结果。", "success")
    return redirect(url_for("console.list_assessments", year=year))


@console.get("/assessment/<int:year>/results.xlsx")
@requires(*READERS)
def download_assessment(year: int) -> FlaskResponse:
    """Give a year's results as a workbook."""
    found = queries.results(year, current_actor())
    if not found:
        raise Refusal("assessment_unknown", 404)
    newest = max(found, key=lambda one: one.computed_at)
    data = workbook.year_workbook(
        year,
        newest.document["scheme"],
        newest.document["inputs"]["scheme"]["version"],
        [one.document for one in found],
    )
    return file_answer(data, f"{year} 年度考核结果", "xlsx")


@console.get("/assessment/results/<uuid:result_id>")
@requires(*READERS)
def show_assessment(result_id: UUID) -> str:
    """Show a department's year: each part, what was decided on it, its editions."""
    return _result_page(result_id, Form(DecisionSchema()))


def _result_page(result_id: UUID, form: Form) -> str:
    result = queries.result(result_id, current_actor())
    editions = queries.editions(result.year, result.department_id)
    decisions = queries.decisions([one.id for one in editions])
    return page(
        "assessment_result",
        result=result,
        document=result.document,
        sound=service.is_sound(result),
        newest=editions[0],
        editions=editions,
        decisions=decisions,
        edition_of={one.id: one.edition for one in editions},
        people=names_of(
            [*(one.recorded_by for one in decisions), *(one.computed_by for one in editions)]
        ),
        chart=assessment_chart.chart([result.document], code="parts", title="各部分得分"),
        shown=shown,
        part_name=workbook.part_name,
        reasons=REASON_LABELS,
        decision_labels=DECISION_LABELS,
        kinds=[(one.value, words) for one, words in DECISION_LABELS.items()],
        without=WITHOUT_LABELS,
        form=form,
    )


@console.post("/assessment/results/<uuid:result_id>/decisions")
@requires(Role.OFFICE)
def record_decision(result_id: UUID) -> Response | tuple[str, int]:
    """Record what the competent body decided."""
    form = Form.posted(DecisionSchema())

    def record(
        kind: DecisionKind, body: str, document_number: str, text: str, decided_on: date
    ) -> bool:
        service.record_decision(
            result_id,
            kind,
            body,
            document_number,
            text,
            decided_on,
            actor=current_actor(),
            now=clock.now(),
        )
        return True

    if form.submit(record) is None:
        return _result_page(result_id, form), 422
    flash("已登记。", "success")
    return redirect(url_for("console.show_assessment", result_id=result_id))


@console.post("/assessment/decisions/<uuid:decision_id>/withdrawal")
@requires(Role.OFFICE)
def take_back_decision(decision_id: UUID) -> Response:
    """Note that a decision no longer holds."""
    form = Form.posted(ReasonSchema())

    def take_back(reason: str) -> bool:
        service.take_back_decision(decision_id, reason, actor=current_actor(), now=clock.now())
        return True

    if form.submit(take_back) is None:
        flash("；".join(form.errors.values()), "danger")
    else:
        flash("已撤销，记录保留。", "success")
    result_id = queries.decision(decision_id).result_id
    return redirect(url_for("console.show_assessment", result_id=result_id))
