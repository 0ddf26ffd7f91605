"""Draws of the sample survey at the desk: planned with a preview of its sizes, made, shown."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask import Response, flash, redirect, request, url_for
from marshmallow import ValidationError, fields, validate, validates
from werkzeug.wrappers import Response as AnyResponse

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns import service as campaign_service
from server.campaigns.queries import Campaign
from server.campaigns.rules import CampaignState
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import searched
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import RowId, choice, length
from server.core.text import CleanText
from server.core.transaction import commits
from server.sampling import queries, service
from server.sampling.rules import LEAST_IN_CELL, PANEL_LABELS, Panel, cell_label

HUNDRED = Decimal(100)
CONFIDENCES = ((95, "95%"), (90, "90%"), (99, "99%"))
USUAL_DEPARTMENTS = 10
# How far back the page looks for who was asked already, where the office says nothing else.
USUAL_DAYS = 180


def _fits(name: str, scale: Decimal = Decimal(1)) -> Callable[[Decimal | int], None]:
    """Return the check of a figure, so that all that is wrong is told at once."""

    def check(figure: Decimal | int) -> None:
        if fault := service.fault_of(name, figure / scale):
            raise ValidationError(fault)

    return check


class PlanSchema(FormSchema):
    """What is asked of a draw; margin and reserve in per cent, as people say them."""

    def __init__(self, departments: int) -> None:
        """Bound what one person rates by the campaign's ``departments``."""
        super().__init__()
        self._departments = departments

    @validates("departments_each")
    def _no_more_than_there_are(self, value: int, data_key: str) -> None:
        del data_key
        # Of a campaign without any the service tells what is missing.
        if self._departments and not 1 <= value <= self._departments:
            message = f"每人评价 1 至 {self._departments} 个部门。"
            raise ValidationError(message)

    frame = RowId(required=True, error_messages={"required": "请选择样本库。"})
    margin = fields.Decimal(required=True, validate=_fits("margin", HUNDRED))
    confidence = fields.Integer(required=True, validate=choice(*(code for code, _ in CONFIDENCES)))
    design_effect = fields.Decimal(required=True, validate=_fits("design_effect"))
    reserve = fields.Decimal(required=True, validate=_fits("reserve_share", HUNDRED))
    departments_each = fields.Integer(required=True)
    least = fields.Integer(load_default=LEAST_IN_CELL, validate=_fits("least"))
    skip_days = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(
            1, service.MOST_SKIP_DAYS, error=f"请填写 1 到 {service.MOST_SKIP_DAYS} 天。"
        ),
    )
    seed = CleanText(load_default=None, allow_none=True, validate=length(200))


def _reached(campaign_id: int) -> Campaign:
    """Return a campaign, all of whose departments the actor's office reaches; refuse otherwise."""
    campaign = campaigns.campaign(campaign_id)
    campaign_service.require_office(campaigns.department_paths(campaign_id), current_actor())
    return campaign


def _said(
    margin: Decimal,
    confidence: int,
    design_effect: Decimal,
    reserve: Decimal,
    departments_each: int,
    least: int,
) -> dict[str, Any]:
    """Return the form's figures as the service takes them."""
    return {
        "margin": margin / HUNDRED,
        "confidence": Decimal(confidence) / HUNDRED,
        "design_effect": design_effect,
        "reserve_share": reserve / HUNDRED,
        "departments_each": departments_each,
        "least": least,
    }


@console.get("/samples")
@requires(Role.OFFICE)
def list_samples() -> str:
    """List the campaigns with a sample survey, and what was drawn for them."""
    q = searched()
    found = queries.sample_campaigns(q=q, cursor=request.args.get("cursor"))
    return page(
        "sampling_campaigns",
        campaigns=found,
        draws=queries.panels_drawn(one.id for one in found.items),
        panels=PANEL_LABELS,
        q=q,
    )


@console.get("/campaigns/<int:campaign_id>/sample")
@requires(Role.OFFICE)
def show_sample(campaign_id: int) -> str:
    """Show a campaign's draws and cells."""
    campaign = _reached(campaign_id)
    return page(
        "sampling_campaign",
        campaign=campaign,
        draws={Panel(one.panel): one for one in queries.draws(campaign_id)},
        panels=PANEL_LABELS,
        cells=[*queries.cells(campaign_id).values()],
        cell_label=cell_label,
        may_draw=campaign.state != CampaignState.CLOSED,
    )


@console.get("/campaigns/<int:campaign_id>/sample/plan")
@requires(Role.OFFICE)
def plan_draw(campaign_id: int) -> str:
    """Show a plan: sizes and cells, worked out anew as its figures are typed."""
    campaign = _reached(campaign_id)
    departments = len(campaigns.department_ids(campaign_id))
    schema = PlanSchema(departments)
    typed = {name: request.args.get(name) for name in schema.fields if name in request.args}
    if not typed.get("skip_days"):
        typed.pop("skip_days", None)
    form = Form(
        schema,
        {
            "margin": "5",
            "confidence": "95",
            "design_effect": "1",
            "reserve": "50",
            "departments_each": min(departments, USUAL_DEPARTMENTS),
            "least": LEAST_IN_CELL,
            **typed,
        },
    )
    return _plan_page(campaign, form)


def _plan_page(campaign: Campaign, form: Form) -> str:
    """Show the form, and what it would draw."""
    panel = request.args.get("panel", "")
    taken = {one.panel for one in queries.draws(campaign.id)}
    frames = [
        one
        for one in queries.usable_frames(current_actor())
        if one.panel not in taken and (panel not in set(Panel) or one.panel == panel)
    ]
    if not form.value("frame") and frames:
        form.put("frame", frames[0].id)
    now = clock.now()
    found = _previewed(campaign.id, form, now) if frames and not form.errors else None
    return page(
        "sampling_plan",
        campaign=campaign,
        frames=[
            (one.id, f"{PANEL_LABELS[Panel(one.panel)]} · {one.name}（{one.size} 人）")
            for one in frames
        ],
        confidences=CONFIDENCES,
        form=form,
        panel=panel,
        found=found,
        departments=len(campaigns.department_ids(campaign.id)),
        cell_label=cell_label,
    )


def _previewed(campaign_id: int, form: Form, now: datetime) -> dict[str, Any] | None:
    """Return what the form's figures would draw; what is wrong with them stays in the form."""

    def look(frame: int, seed: str | None, skip_days: int | None, **figures: Any) -> dict[str, Any]:
        del seed
        actor = current_actor()
        wish = service.wish_of(**_said(**figures))
        found = service.preview(campaign_id, frame, wish, skip_days=skip_days, actor=actor, now=now)
        days = skip_days or USUAL_DAYS
        subject = queries.frame(frame, actor)
        asked = queries.asked_before(subject, days=days, now=now, campaign_id=campaign_id)
        return {"plan": found.plan, "skipped": len(found.skipped), "days": days, "asked": asked,
                "wish": wish}  # fmt: skip

    return form.submit(look)


@console.post("/campaigns/<int:campaign_id>/sample/draws")
@requires(Role.OFFICE)
def make_draw(campaign_id: int) -> AnyResponse | tuple[str, int]:
    """Draw, once."""
    form = Form.posted(PlanSchema(len(campaigns.department_ids(campaign_id))))

    def draw(frame: int, seed: str | None, skip_days: int | None, **figures: Any) -> int:
        return service.draw_sample(
            campaign_id,
            frame,
            **_said(**figures),
            seed=seed or None,
            skip_days=skip_days,
            actor=current_actor(),
            now=clock.now(),
        ).id

    draw_id = form.submit(draw)
    if draw_id is None:
        return _plan_page(campaigns.campaign(campaign_id), form), 422
    flash("抽样完成。种子和方案已经记录，任何人都可以凭样本库的编号与类别复核。", "success")
    return redirect(url_for("console.show_draw", draw_id=draw_id))


@console.get("/draws/<int:draw_id>")
@requires(Role.OFFICE)
def show_draw(draw_id: int) -> str:
    """Show a draw's seed and cells; nobody's name."""
    sample = queries.draw(draw_id)
    campaign = _reached(sample.campaign_id)
    cells = [
        cell for cell in queries.cells(campaign.id).values() if cell.panel == Panel(sample.panel)
    ]
    return page(
        "sampling_draw",
        sample=sample,
        plan=sample.plan,
        campaign=campaign,
        cells=cells,
        reserves={one["number"]: one["reserve"] for one in sample.plan["cells"]},
        asked_before=queries.asked_before(sample, days=USUAL_DAYS, now=sample.drawn_at),
        days=USUAL_DAYS,
        panels=PANEL_LABELS,
        people=names_of([sample.drawn_by]),
        cell_label=cell_label,
        may_delete=campaign.state == CampaignState.DRAFT and not queries.was_sent(draw_id),
    )


@console.get("/draws/<int:draw_id>/plan.json")
@requires(Role.OFFICE)
@commits
def download_plan(draw_id: int) -> Response:
    """Give out a draw's plan, by which a stranger repeats it; recorded."""
    sample = queries.draw(draw_id)
    _reached(sample.campaign_id)
    audit.record(current_actor(), "sample.plan_exported", ("sample_draw", draw_id), at=clock.now())
    text = json.dumps(sample.plan, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    name = quote(f"抽样方案-{PANEL_LABELS[Panel(sample.panel)]}-{draw_id}.json")
    return Response(
        text,
        mimetype="application/json",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


@console.post("/draws/<int:draw_id>/deletion")
@requires(Role.OFFICE)
def delete_draw(draw_id: int) -> AnyResponse:
    """Take a draw back that nothing was sent of."""
    campaign_id = queries.draw(draw_id).campaign_id
    done = step(
        lambda: service.delete_draw(draw_id, actor=current_actor(), now=clock.now()),
        "抽样已撤销。撤销和原来的种子都记在操作日志里。",
    )
    if not done:
        return redirect(url_for("console.show_draw", draw_id=draw_id))
    return redirect(url_for("console.show_sample", campaign_id=campaign_id))
