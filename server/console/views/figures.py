"""Figures to look at (图表分析): six kinds of charts of a campaign, for the office alone."""

from urllib.parse import quote

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from server.audit import service as audit
from server.campaigns.rules import CampaignState
from server.console import figure_filters as filters
from server.console import tables
from server.console.blueprint import console
from server.console.query import number, searched
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.jobs import enqueue
from server.core.transaction import transaction
from server.figures import making, queries, runs, service, spreadsheets, tasks
from server.figures.drawing import shown
from server.figures.rules import FILTERS, INTERNAL, KIND_LABELS, SEALED_KINDS, FigureKind
from server.figures.views import CampaignView

KIND = "any(distribution, trend, heat, scores, responses, words)"


@console.get("/figures")
@requires(Role.OFFICE)
def list_figures() -> str:
    """List the campaigns that figures can be looked at of."""
    q = searched()
    found = queries.campaign_page(q=q, cursor=request.args.get("cursor"))
    return page("figure_campaigns", campaigns=found, q=q, kinds=list(KIND_LABELS.items()))


@console.get(f"/figures/<{KIND}:figure_kind>")
@requires(Role.OFFICE)
def show_figure(figure_kind: str) -> str | Response:
    """Show a figure of a campaign, with its filters, its tables, and what it means."""
    campaign_id = number("campaign")
    if campaign_id is None:
        return redirect(url_for("console.list_figures"))
    asked_kind = FigureKind(figure_kind)
    view = queries.campaign_view(campaign_id, actor=current_actor())
    asked = filters.asked_of(asked_kind, view)
    fault = filters.comparison_fault(asked)
    obstacle = _obstacle(asked_kind, view)
    return page(
        "figure",
        kind=asked_kind,
        kinds=[
            (label, filters.address("console.show_figure", one, view, asked), one is asked_kind)
            for one, label in KIND_LABELS.items()
        ],
        view=view,
        asked=asked,
        usable=FILTERS[asked_kind],
        campaigns=_campaign_choices(view),
        channels=filters.channel_choices(view),
        parts=filters.part_choices(view),
        part=filters.part_value(asked.part) if asked.part else "",
        schemes=_schemes(asked_kind, view),
        fault=fault,
        obstacle=obstacle,
        figure=None if fault or obstacle else making.figure(asked_kind, view, asked),
        workbook_url=filters.address("console.make_figure_workbook", asked_kind, view, asked),
        words=_words_state(asked_kind, view),
        internal=INTERNAL,
        shown=shown,
    )


@console.post(f"/figures/<{KIND}:figure_kind>/workbook")
@requires(Role.OFFICE)
def make_figure_workbook(figure_kind: str) -> Response:
    """Give a figure as a workbook with native charts, and note who took it out."""
    asked_kind = FigureKind(figure_kind)
    view = queries.campaign_view(number("campaign") or 0, actor=current_actor())
    asked = filters.asked_of(asked_kind, view)
    back = filters.address("console.show_figure", asked_kind, view, asked)
    if fault := filters.comparison_fault(asked):
        flash(fault, "danger")
        return redirect(back)
    _refuse_obstacle(asked_kind, view)
    figure = making.figure(asked_kind, view, asked)
    if not figure.charts:
        flash(figure.empty, "danger")
        return redirect(back)
    title = f"{KIND_LABELS[asked_kind]}－{view.title}"
    with transaction():
        audit.record(
            current_actor(),
            "figure.exported",
            ("campaign", view.id),
            at=clock.now(),
            name=KIND_LABELS[asked_kind],
            departments=len(asked.rated(view)),
            rows=sum(len(chart.table.rows) for chart in figure.charts),
        )
    return Response(
        spreadsheets.figure_workbook(title, figure),
        content_type=tables.MIMETYPES["xlsx"],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(title)}.xlsx"},
    )


@console.post("/campaigns/<int:campaign_id>/comment-words")
@requires(Role.OFFICE)
def count_comment_words(campaign_id: int) -> Response:
    """Have the words of a settled campaign's comments counted, by a job."""
    with transaction():
        if service.ask_words(campaign_id, now=clock.now()):
            enqueue(tasks.count_words, campaign_id=campaign_id)
    return redirect(url_for("console.show_figure", figure_kind="words", campaign=campaign_id))


def _obstacle(kind: FigureKind, view: CampaignView) -> str:
    """Name what stands before a figure: sealed, still open, still being settled; or nothing."""
    if view.sealed and kind in SEALED_KINDS:
        return "sealed"
    if kind is FigureKind.WORDS and not view.settled:
        return "open" if view.state is CampaignState.OPEN else "settling"
    if view.state is CampaignState.CLOSED and not view.settled and kind in SEALED_KINDS:
        return "settling"
    return ""


def _refuse_obstacle(kind: FigureKind, view: CampaignView) -> None:
    obstacle = _obstacle(kind, view)
    if obstacle:
        code = "campaign_not_settled" if obstacle == "settling" else "campaign_sealed"
        raise Refusal(code, 409)


def _campaign_choices(view: CampaignView) -> list[tuple[int, str]]:
    choices = list(queries.campaign_choices())
    known = {campaign_id for campaign_id, _ in choices}
    return choices if view.id in known else [(view.id, view.title), *choices]


def _schemes(kind: FigureKind, view: CampaignView) -> list[tuple[str, str]]:
    if "scheme" not in FILTERS[kind]:
        return []
    campaign_id = view.id if kind is FigureKind.SCORES else None
    return [(name, name) for name in runs.scheme_names(campaign_id, kind=view.kind)]


def _words_state(kind: FigureKind, view: CampaignView) -> str:
    """Tell where the count of words stands: "", none, counting, stale, failed or done."""
    if kind is not FigureKind.WORDS or not view.settled:
        return ""
    found = queries.comment_words(view.id)
    if found is None:
        return "none"
    if found.asked_at is not None and not service.is_lost(found.asked_at, clock.now()):
        return "counting"
    if found.failed:
        return "failed"
    return "done" if found.basis == queries.word_basis(view.id) else "stale"
