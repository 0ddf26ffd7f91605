"""Matters at the desk: searched, read, exported; the queue of those without a department."""

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from server.audit import service as audit
from server.console import tables
from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.query import number, searched
from server.console.rendering import page
from server.console.tables import Table
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput
from server.core.schemas import RowId
from server.core.transaction import transaction
from server.evaluation.rules import LEVEL_LABELS
from server.identity import queries as identity
from server.sources import queries, service
from server.sources.queries import EXPORT_ROWS, MatterFilter, SourceCategory, SourceMatter
from server.sources.rules import RATING_LABELS, Rating

A_PAGE = 30
QUEUE_PAGE = 50
HEADINGS = (
    "来源", "工单编号", "时间", "部门", "原部门名称", "事项", "内容", "答复", "答复时间",
    "满意度", "计分情况", "分类", "建议分类", "建议得分",
)  # fmt: skip


class AssignmentSchema(FormSchema):
    """Chosen matters, and what they get: a department, a topic, or the suggested topics."""

    matters = fields.List(
        fields.Integer(validate=lambda value: 0 < value < 2**63), load_default=list
    )
    department = RowId(load_default=None, allow_none=True)
    category = RowId(load_default=None, allow_none=True)
    suggestions = fields.Boolean(load_default=False)


def _filter() -> MatterFilter:
    """Return what the page's address asks for; what can't be used counts as not given."""
    rating, level = request.args.get("rating", ""), number("level")
    return MatterFilter(
        source_id=number("source"),
        q=searched(),
        department_id=number("department"),
        category_id=number("category"),
        suggested_id=number("suggested"),
        level=level if level in LEVEL_LABELS else None,
        rating=rating if rating in {one.value for one in Rating} else "",
    )


def category_name(category: SourceCategory | None) -> str:
    """Return a topic with what stands above it."""
    if category is None:
        return ""
    return f"{category.first} / {category.second} / {category.third}"


def _shown(matters: Sequence[SourceMatter]) -> dict[str, Any]:
    """Return the names that rows of matters show."""
    return {
        "source_names": queries.source_names(),
        "department_names": identity.organisation_names(
            one.department_id for one in matters if one.department_id
        ),
        "categories": queries.categories_by_id(
            one for row in matters for one in (row.category_id, row.suggested_category_id)
        ),
        "category_name": category_name,
    }


def _choices() -> dict[str, Any]:
    return {
        "source_choices": [(one.id, one.name) for one in queries.sources(current_actor())],
        "department_choices": [(one.id, one.name) for one in identity.rated_departments()],
        "category_choices": [(one.id, category_name(one)) for one in queries.categories()],
    }


@console.get("/matters")
@requires(Role.OFFICE)
def list_matters() -> str:
    """List matters of all sources; search finds ticket, subject, text and department."""
    asked = _filter()
    found = queries.matter_page(
        asked, current_actor(), cursor=request.args.get("cursor"), limit=A_PAGE
    )
    return page(
        "matters",
        matters=found,
        asked=asked,
        levels=[*LEVEL_LABELS.items()],
        ratings=[*RATING_LABELS.items()],
        most=EXPORT_ROWS,
        **_choices(),
        **_shown(found.items),
    )


@console.get("/matters/<int:matter_id>")
@requires(Role.OFFICE)
def show_matter(matter_id: int) -> str:
    """Show a matter with what it said before, and why its topic is suggested."""
    matter = queries.matter(matter_id, current_actor())
    suggestion = service.topics().suggest(matter.subject, matter.body)
    return page(
        "matter",
        matter=matter,
        versions=queries.versions(matter_id),
        suggestion=suggestion,
        **_choices(),
        **_shown([matter]),
    )


@console.get("/matters/export.<any(xlsx, csv):suffix>")
@requires(Role.OFFICE)
def export_matters(suffix: str) -> Response:
    """Give the matters of a filter as a file, without contacts; recorded."""
    asked, actor = _filter(), current_actor()
    matters = queries.matters_to_export(asked, actor)
    if len(matters) > EXPORT_ROWS:
        message = f"超过 {EXPORT_ROWS} 件，请缩小范围后再导出。"
        raise InvalidInput([{"field": "q", "message": message}])
    # Before the commit, after which each row would be read anew.
    table = _table(matters)
    with transaction():
        audit.record(
            actor, "source.exported", ("source", asked.source_id or "全部"), at=clock.now(),
            rows=len(matters), format=suffix,
        )  # fmt: skip
    return tables.answer(table, suffix)


def _table(matters: Sequence[SourceMatter]) -> Table:
    names = _shown(matters)
    rows = [
        [
            names["source_names"].get(one.source_id, ""),
            one.ticket,
            one.happened_at,
            names["department_names"].get(one.department_id, ""),
            one.department_name,
            one.subject,
            one.body,
            one.reply,
            one.replied_at,
            LEVEL_LABELS.get(one.level or 0, ""),
            RATING_LABELS[Rating(one.rating)],
            category_name(names["categories"].get(one.category_id)),
            category_name(names["categories"].get(one.suggested_category_id)),
            one.suggestion_score,
        ]
        for one in matters
    ]
    return Table(f"事项-{clock.today()}", HEADINGS, rows)


@console.get("/matters/queue")
@requires(Role.OFFICE)
def show_queue() -> str:
    """Show the matters that have no department, with the topics that words suggest."""
    return _queue(Form(AssignmentSchema()))


def _queue(form: Form) -> str:
    asked = MatterFilter(
        source_id=number("source"),
        q=searched(),
        suggested_id=number("suggested"),
        unassigned=True,
    )
    actor = current_actor()
    found = queries.matter_page(asked, actor, cursor=request.args.get("cursor"), limit=QUEUE_PAGE)
    counts = queries.suggested_counts(actor)
    leaves = queries.categories_by_id(one.suggested_category_id for one in counts)
    return page(
        "matter_queue",
        matters=found,
        asked=asked,
        form=form,
        suggested_choices=[
            (one.suggested_category_id, f"{leaves[one.suggested_category_id].third}（{one.count}）")
            for one in counts
        ],
        **_choices(),
        **_shown(found.items),
    )


@console.post("/matters/assignment")
@requires(Role.OFFICE)
def assign_matters() -> AnyResponse | tuple[str, int]:
    """Give the chosen matters a department, a topic, or the topics suggested for them."""
    form = Form.posted(AssignmentSchema())

    def assign(
        matters: list[int], department: int | None, category: int | None, *, suggestions: bool
    ) -> int:
        actor, now = current_actor(), clock.now()
        if not matters:
            message = f"请先在表中勾选 1 至 {service.MOST_ASSIGNED} 件事项。"
            raise InvalidInput([{"field": "matters", "message": message}])
        if suggestions:
            return service.accept_suggestions(matters, actor=actor, now=now)
        return service.assign(
            matters, department_id=department, category_id=category, actor=actor, now=now
        )

    count = form.submit(assign)
    if count is None:
        return _queue(form), 422
    flash(f"已处理 {count} 件事项。", "success")
    back = request.form.get("back", "")
    own = url_for("console.list_matters") + "/"
    return redirect(back if back.startswith(own) else url_for("console.show_queue"))
