"""Computations of scores: the list, asking for one, its progress, its end."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from marshmallow import fields
from marshmallow.validate import Range
from werkzeug.wrappers import Response as AnyResponse

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.console import score_tables as tables
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import page, progress
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.jobs import enqueue
from server.core.web import LARGEST_INTEGER
from server.integrity import queries as integrity
from server.publication import queries as publication
from server.scoring import queries, service, tasks
from server.scoring.queries import ScoreRun
from server.scoring.rules import BUSY
from server.scoring.suitability import suitability

CHOOSE = "请选择评分方案。"


class RunSchema(FormSchema):
    """Which scheme scores are worked out by, and what is left out."""

    scheme = fields.Integer(
        required=True,
        validate=Range(min=1, max=LARGEST_INTEGER, error=CHOOSE),
        error_messages={"required": CHOOSE, "invalid": CHOOSE},
    )
    set_apart = fields.Boolean(load_default=False)


@console.get("/scores")
@requires(*tables.READERS)
def list_scores() -> str:
    """List computations, newest first: the office's campaigns', or what inspectors may read."""
    actor = current_actor()
    among = None if actor.has(Role.OFFICE) else publication.published_run_ids()
    found = queries.run_page(
        campaign_id=number("campaign"), among=among, cursor=request.args.get("cursor")
    )
    return page(
        "scores",
        runs=found,
        busy=any(run.state in BUSY for run in found.items),
        titles=campaigns.titles(run.campaign_id for run in found.items),
        schemes=queries.scheme_labels([run.scheme_id for run in found.items]),
        people=names_of(run.requested_by for run in found.items),
        published=publication.published_run_ids(),
        campaign=campaigns.campaign(chosen) if (chosen := number("campaign")) else None,
        settled=_settled_campaigns() if actor.has(Role.OFFICE) else [],
    )


def _settled_campaigns() -> list[tuple[int, str]]:
    """Return the campaigns that scores can be worked out of, the latest first."""
    return [
        (one.id, one.title)
        for one in campaigns.campaigns(states=[CampaignState.CLOSED])
        if one.settled_at is not None
    ]


@console.get("/campaigns/<int:campaign_id>/scores/new")
@requires(Role.OFFICE)
def new_scores(campaign_id: int) -> str:
    """Let a scheme be chosen, and show what makes it unsuitable."""
    tables.require_office(campaign_id, current_actor())
    return _form_page(campaign_id, Form(RunSchema(), {"scheme": number("scheme")}))


def _form_page(campaign_id: int, form: Form) -> str:
    campaign = campaigns.settled_campaign(campaign_id)
    schemes = queries.schemes()
    chosen = next((one for one in schemes if str(one.id) == str(form.value("scheme"))), None)
    return page(
        "scores_form",
        campaign=campaign,
        form=form,
        schemes=[(one.id, f"{one.name}（第 {one.version} 版）") for one in schemes],
        chosen=chosen,
        found=None if chosen is None else suitability(campaign_id, queries.scheme(chosen.id)),
        findings=bool(integrity.set_apart(campaign_id)),
    )


@console.post("/campaigns/<int:campaign_id>/scores")
@requires(Role.OFFICE)
def work_out_scores(campaign_id: int) -> AnyResponse | tuple[str, int]:
    """Have scores worked out by a job; with ``set_apart`` also without what findings set apart."""
    tables.require_office(campaign_id, current_actor())
    form = Form.posted(RunSchema())

    def ask(scheme: int, *, set_apart: bool) -> UUID:
        first = _asked(campaign_id, scheme, set_apart=False)
        if set_apart:
            _asked(campaign_id, scheme, set_apart=True)
        return first

    run_id = form.submit(ask)
    if run_id is None:
        return _form_page(campaign_id, form), 422
    return redirect(url_for("console.show_scores", run_id=run_id))


def _asked(campaign_id: int, scheme_id: int, *, set_apart: bool) -> UUID:
    run = service.request_run(
        campaign_id, scheme_id, set_apart=set_apart, actor=current_actor(), now=clock.now()
    )
    # Once more does no harm: whoever comes second finds it taken, or over.
    enqueue(tasks.work, run_id=str(run.id))
    return run.id


@console.post("/scores/<uuid:run_id>/counterpart")
@requires(Role.OFFICE)
def work_out_counterpart(run_id: UUID) -> AnyResponse:
    """Have the same scores worked out without, or with, what findings set apart."""
    run = queries.run(run_id)
    tables.require_office(run.campaign_id, current_actor())
    asked: list[UUID] = []
    step(
        lambda: asked.append(_asked(run.campaign_id, run.scheme_id, set_apart=not run.set_apart)),
        "已开始计算，可以离开本页。",
    )
    return redirect(url_for("console.show_scores", run_id=asked[0] if asked else run_id))


@console.post("/scores/<uuid:run_id>/cancellation")
@requires(Role.OFFICE)
def cancel_scores(run_id: UUID) -> AnyResponse:
    """End a computation; nothing of it stays."""
    step(
        lambda: service.cancel_run(run_id, actor=current_actor(), now=clock.now()),
        "已取消，没有留下任何分数。",
    )
    return redirect(url_for("console.show_scores", run_id=run_id))


def unfinished(run: ScoreRun) -> str | Response:
    """Show how far a computation is, or why it ended without a result."""
    busy = run.state in BUSY
    if is_polled():
        return progress("scores_progress", busy=busy, run=run)
    return page("scores_unfinished", busy=busy, **facts(run))


def is_polled() -> bool:
    """Tell whether a page that shows the progress asks how far it is."""
    return request.headers.get("HX-Target") == "progress"


def facts(run: ScoreRun) -> dict[str, Any]:
    """Return what every page of a computation shows of it."""
    return {
        "run": run,
        "campaign": campaigns.campaign(run.campaign_id),
        "stored": queries.stored_scheme(run.scheme_id),
        "people": names_of([run.requested_by]),
        "office": tables.is_office(run.campaign_id, current_actor()),
    }
