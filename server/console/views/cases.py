"""Cases (差评件) at the desk: searched, counted, drawn by department, exported."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from flask import Response, request

from server.audit import service as audit
from server.console import case_chart, tables
from server.console.blueprint import console
from server.console.case_chart import OpenCases
from server.console.query import number, searched
from server.console.rendering import label, page
from server.console.tables import Table
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput
from server.core.transaction import transaction
from server.figures.drawing import shown
from server.identity import queries as identity
from server.rectification import queries
from server.rectification.queries import Case, CaseFilter, Lateness, Standing
from server.rectification.rules import CASE_KIND_LABELS, STAGE_LABELS, CaseKind, Stage

READERS = (Role.OFFICE, Role.LIAISON, Role.HEAD, Role.INSPECTOR)
A_PAGE = 30
EXPORT_ROWS = 10_000
OPEN, YELLOW, LATE, CALLBACK = "open", "yellow", "late", "callback"
STATES = ((OPEN, "未销号"), (YELLOW, "临近时限"), (LATE, "超期未答复"), (CALLBACK, "待回访"))
LATENESS_LABELS = {Lateness.LATE: "超期", Lateness.YELLOW: "临期", Lateness.NONE: ""}
HEADINGS = (
    "编号", "标题", "部门", "类别", "季度", "环节", "挂号时间", "答复时限", "时限状态", "首次答复",
    "延期", "轮次", "叫号次数", "销号时间", "销号依据",
)  # fmt: skip
Choice = TypeVar("Choice")


def _filter() -> CaseFilter:
    """Return what the page's address asks for; what can't be used counts as not given."""
    kind, stage = _chosen("kind", CaseKind), _chosen("stage", Stage)
    state = request.args.get("state", "")
    return CaseFilter(
        q=searched(),
        stage=stage.value if stage else "",
        kind=kind.value if kind else "",
        quarter=request.args.get("quarter", "")[:6],
        department_id=number("department"),
        is_open=state == OPEN,
        late=state == LATE,
        yellow=state == YELLOW,
        callback_due=state == CALLBACK,
    )


def _chosen(name: str, kind: Callable[[str], Choice]) -> Choice | None:
    try:
        return kind(request.args.get(name, ""))
    except ValueError:
        return None


@console.get("/cases")
@requires(*READERS)
def list_cases() -> str:
    """List the cases that the reader may see, with how those of each department stand."""
    actor, now = current_actor(), clock.now()
    asked = _filter()
    found = queries.case_page(
        asked, actor=actor, now=now, cursor=request.args.get("cursor"), limit=A_PAGE
    )
    reached = reached_departments()
    standing = queries.standing([one.id for one in reached], now=now)
    return page(
        "cases",
        cases=found,
        asked=asked,
        state=request.args.get("state", ""),
        totals=case_totals(standing.values()),
        chart=_chart(reached, standing),
        shown=shown,
        lateness=queries.lateness(found.items, now=now),
        names=identity.organisation_names({one.department_id for one in found.items}),
        departments=[(one.id, one.name) for one in reached],
        kinds=[(kind.value, words) for kind, words in CASE_KIND_LABELS.items()],
        stages=[(stage.value, words) for stage, words in STAGE_LABELS.items()],
        states=STATES,
        quarters=[(one, one) for one in queries.quarters(actor)],
        most=EXPORT_ROWS,
    )


def reached_departments() -> list[identity.Organisation]:
    """Return the departments whose cases the signed-in person may read, by pinyin."""
    actor = current_actor()
    return [one for one in identity.rated_departments() if actor.reaches(one.path, *READERS)]


def case_totals(standing: Collection[Standing]) -> dict[str, int]:
    """Return what all departments have together."""
    names = ("open", "yellow", "late", "closing_asked", "with_inspector")
    return {name: sum(getattr(one, name) for one in standing) for name in names}


def _chart(reached: Sequence[identity.Organisation], standing: dict[int, Standing]) -> Any:
    """Return the chart of several departments' open cases; of one alone the numbers say it all."""
    if len(reached) < 2:  # noqa: PLR2004 one bar compares nothing
        return None
    return case_chart.chart(
        [
            OpenCases(one.short_name or one.name, has.open - has.late - has.yellow, has.yellow,
                      has.late)
            for one in reached
            if (has := standing.get(one.id))
        ]
    )  # fmt: skip


@console.post("/cases/export")
@requires(*READERS)
def export_cases() -> Response:
    """Give the cases of a filter as a workbook, without ratings and contacts; recorded."""
    asked, actor, now = _filter(), current_actor(), clock.now()
    cases = queries.cases_to_export(asked, actor=actor, now=now, most=EXPORT_ROWS + 1)
    if len(cases) > EXPORT_ROWS:
        message = f"超过 {EXPORT_ROWS} 件，请缩小范围后再导出。"
        raise InvalidInput([{"field": "q", "message": message}])
    # Before the commit, after which each row would be read anew.
    table = _table(cases, queries.lateness(cases, now=now))
    with transaction():
        audit.record(actor, "case.exported", ("case", "清单"), at=now, rows=len(cases))
    return tables.answer(table, "xlsx")


def _table(cases: Sequence[Case], lateness: dict[Any, Lateness]) -> Table:
    names = identity.organisation_names({one.department_id for one in cases})
    rows = [
        [
            one.number,
            one.title,
            names.get(one.department_id, ""),
            label(one.kind, "case_kind"),
            one.quarter,
            label(one.stage, "case_stage"),
            one.registered_at,
            one.rectify_due_at,
            LATENESS_LABELS[lateness[one.id]],
            one.first_answered_at,
            one.extension_reason,
            one.round,
            one.calls,
            one.closed_at,
            label(one.closed_by, "closed_by") if one.closed_by else "",
        ]
        for one in cases
    ]
    return Table(f"差评件-{clock.today()}", HEADINGS, rows)
