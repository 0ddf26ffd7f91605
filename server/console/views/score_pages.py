"""A finished computation: its table, departments side by side, one's tree, files to keep."""

from urllib.parse import quote
from uuid import UUID

from flask import Response, request

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.console import score_tables as tables
from server.console.blueprint import console
from server.console.query import searched
from server.console.rendering import page
from server.console.score_workbook import scores_workbook
from server.console.slices import page_after
from server.console.tables import MIMETYPES
from server.console.views.scores import facts, is_polled, unfinished
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import commits
from server.identity import queries as identity
from server.scoring import canonical, queries
from server.scoring import snapshot as snapshots
from server.scoring.explaining import explain
from server.scoring.queries import ScoreRun
from server.scoring.rules import RunState
from server.scoring.snapshot import Snapshot

DEPARTMENTS_A_PAGE = 20
MOST_COMPARED = 4
SCORE = "score"


@console.get("/scores/<uuid:run_id>")
@requires(*tables.READERS)
def show_scores(run_id: UUID) -> str | Response:
    """Show departments with scores, intervals and rank intervals; or how far the work is."""
    run = queries.run(run_id)
    reached = tables.readable(run, current_actor())
    if run.state != RunState.DONE or is_polled():
        return unfinished(run)
    return _table_page(run, reached)


def _table_page(run: ScoreRun, reached: list[int]) -> str:
    scheme = queries.scheme(run.scheme_id)
    known = tables.cuts(scheme)
    cut = request.args.get("cut", "")
    chosen = next((one for one in known if one.key == cut), None)
    q = searched()
    if q:
        matching = queries.matching(q)
        reached = [one for one in reached if one in matching]
    shown = facts(run)
    counterpart = _counterpart(run) if shown["office"] else None
    beside = None if counterpart is None else counterpart.result
    found = tables.rows(run.result or {}, reached, cut=chosen.key if chosen else "", beside=beside)
    # A part of the score has no rank interval, so that it is not put in order.
    sort = SCORE if request.args.get("sort") == SCORE and chosen is None else "name"
    if sort == SCORE:
        found = tables.by_score(found)
    return page(
        "scores_table",
        **shown,
        scheme=scheme,
        result=run.result,
        rows=page_after(found, lambda row: row.id, request.args.get("cursor"), DEPARTMENTS_A_PAGE),
        cuts=[(one.key, one.label) for one in known],
        cut=chosen,
        q=q,
        sort=sort,
        counterpart=counterpart,
        totals=_totals(run, counterpart),
        panels=tables.panel_weights(scheme, queries.strata(run.id)) if shown["office"] else [],
    )


def _counterpart(run: ScoreRun) -> ScoreRun | None:
    """Return the newest computation by the same scheme with, or without, what is set apart."""
    return queries.newest_done(
        run.campaign_id, scheme_id=run.scheme_id, set_apart=not run.set_apart
    )


def _totals(run: ScoreRun, counterpart: ScoreRun | None) -> dict[str, int]:
    """Return how many ratings the two rest on: with and without what findings set apart."""
    found = {}
    for one in (run, counterpart):
        if one is not None and one.result is not None:
            found["without" if one.set_apart else "with"] = tables.ratings(one.result)
    return found


@console.get("/scores/<uuid:run_id>/comparison")
@requires(*tables.READERS)
def compare_scores(run_id: UUID) -> str:
    """Show two to four departments side by side."""
    run, reached = _finished(run_id)
    ids = list(dict.fromkeys(request.args.getlist("department", type=int)))
    chosen = [one for one in reached if one in ids][:MOST_COMPARED]
    if len(ids) > MOST_COMPARED or not chosen:
        message = f"请勾选 2 至 {MOST_COMPARED} 个部门再对比。"
        raise InvalidInput([{"field": "department", "message": message}])
    scheme = queries.scheme(run.scheme_id)
    result = run.result or {}
    found = tables.rows(result, chosen)
    names = identity.organisation_names(reached)
    return page(
        "scores_comparison",
        **facts(run),
        result=result,
        rows=found,
        lines=[
            (one.label, [row.cut for row in tables.rows(result, chosen, cut=one.key)])
            for one in tables.cuts(scheme)
        ],
        others=[(one, names[one]) for one in reached if one not in chosen],
        most=MOST_COMPARED,
    )


@console.get("/scores/<uuid:run_id>/departments/<int:department_id>")
@requires(*tables.READERS)
def show_department_score(run_id: UUID, department_id: int) -> str:
    """Open a department's score down to counts and weights."""
    run, reached = _finished(run_id)
    if department_id not in campaigns.department_ids(run.campaign_id):
        raise Refusal("department_unknown", 404)
    if department_id not in reached:
        raise Refusal("not_allowed", 403)
    snapshot = _snapshot_of(run, department_id)
    (department,) = snapshot.departments
    scheme = queries.scheme(run.scheme_id)
    shown = facts(run)
    counterpart = _counterpart(run) if shown["office"] else None
    (row,) = tables.rows(
        run.result or {}, [department_id], beside=counterpart.result if counterpart else None
    )
    return page(
        "scores_department",
        **shown,
        scheme=scheme,
        row=row,
        ranked=len((run.result or {})["places"]),
        found=explain(scheme, snapshot, department),
        counterpart=counterpart,
    )


def _snapshot_of(run: ScoreRun, department_id: int) -> Snapshot:
    """Return a computation's snapshot with one department in it."""
    whole = run.snapshot or {}
    own = [one for one in whole["departments"] if one["id"] == department_id]
    return snapshots.read({**whole, "departments": own})


def _finished(run_id: UUID) -> tuple[ScoreRun, list[int]]:
    run = queries.run(run_id)
    reached = tables.readable(run, current_actor())
    if run.state != RunState.DONE:
        raise Refusal("score_run_not_done", 409)
    return run, reached


@console.get("/scores/<uuid:run_id>/scores.json")
@requires(Role.OFFICE)
@commits
def download_scores(run_id: UUID) -> Response:
    """Give the file that the recompute command reads; recorded."""
    run = _exported(run_id, "json")
    return _file(canonical.encode(queries.file_of(run)), "application/json", run, "json")


@console.get("/scores/<uuid:run_id>/scores.xlsx")
@requires(Role.OFFICE)
@commits
def download_scores_table(run_id: UUID) -> Response:
    """Give the result as a workbook; recorded."""
    run = _exported(run_id, "xlsx")
    title = campaigns.campaign(run.campaign_id).title
    order = campaigns.department_ids(run.campaign_id)
    data = scores_workbook(run, queries.stored_scheme(run.scheme_id), title=title, order=order)
    return _file(data, MIMETYPES["xlsx"], run, "xlsx")


def _exported(run_id: UUID, format_: str) -> ScoreRun:
    run = queries.run(run_id)
    actor = current_actor()
    tables.require_office(run.campaign_id, actor)
    if run.state != RunState.DONE:
        raise Refusal("score_run_not_done", 409)
    audit.record(
        actor,
        "score_run.exported",
        ("campaign", run.campaign_id),
        at=clock.now(),
        run=str(run.id),
        format=format_,
    )
    return run


def _file(data: bytes, kind: str, run: ScoreRun, suffix: str) -> Response:
    name = quote(f"得分-{campaigns.campaign(run.campaign_id).title}-{str(run.id)[:8]}")
    disposition = f"attachment; filename*=UTF-8''{name}.{suffix}"
    return Response(data, content_type=kind, headers={"Content-Disposition": disposition})
