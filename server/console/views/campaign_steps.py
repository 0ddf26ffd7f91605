"""The steps of a campaign: choosing leaves, opening, going on, closing."""

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.campaigns import queries, service
from server.campaigns.rules import MOST_LEAVES, CampaignState
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.jobs import enqueue
from server.core.schemas import RowId
from server.evaluation import service as evaluation
from server.evaluation import tasks
from server.indicators import queries as indicators
from server.indicators.rules import suggest_leaves


class LeavesSchema(FormSchema):
    """The chosen leaves, in the order of the page."""

    leaves = fields.List(RowId(), required=True)


class ClosingSchema(FormSchema):
    """The title, typed again."""

    title = fields.String(required=True)


def _back(campaign_id: int) -> Response:
    return redirect(url_for("console.show_campaign", campaign_id=campaign_id))


@console.post("/campaigns/<int:campaign_id>/opening")
@requires(Role.OFFICE)
def open_campaign(campaign_id: int) -> Response:
    """Open a draft."""
    step(
        lambda: service.open_campaign(campaign_id, actor=current_actor(), now=clock.now()),
        "活动已开启，到开始时间即可评价。",
    )
    return _back(campaign_id)


@console.post("/campaigns/<int:campaign_id>/resumption")
@requires(Role.OFFICE)
def resume_campaign(campaign_id: int) -> Response:
    """Go on with a paused campaign."""
    step(
        lambda: service.resume_campaign(campaign_id, actor=current_actor(), now=clock.now()),
        "活动已恢复。",
    )
    return _back(campaign_id)


@console.get("/campaigns/<int:campaign_id>/closing")
@requires(Role.OFFICE)
def confirm_closing(campaign_id: int) -> str:
    """Say what closing means, and ask for the title."""
    campaign = queries.campaign(campaign_id)
    if campaign.state != CampaignState.OPEN:
        raise Refusal("campaign_already_closed", 409)
    return page("campaign_closing", campaign=campaign, form=Form(ClosingSchema()), now=clock.now())


@console.post("/campaigns/<int:campaign_id>/closing")
@requires(Role.OFFICE)
def close_campaign(campaign_id: int) -> Response | tuple[str, int]:
    """Close a campaign for good; a job settles it."""

    def close(title: str) -> int:
        if title.strip() != queries.campaign(campaign_id).title:
            message = "与活动名称不一致，请原样输入。"
            raise InvalidInput([{"field": "title", "message": message}])
        evaluation.close_campaign(campaign_id, actor=current_actor(), now=clock.now())
        enqueue(tasks.settle, campaign_id=campaign_id)
        return campaign_id

    form = Form.posted(ClosingSchema())
    if form.submit(close) is None:
        campaign = queries.campaign(campaign_id)
        return page("campaign_closing", campaign=campaign, form=form, now=clock.now()), 422
    flash("活动已结束，正在汇总并销毁密钥，稍后即可查看结果。", "success")
    return _back(campaign_id)


@console.get("/campaigns/<int:campaign_id>/departments/<int:department_id>/leaves")
@requires(Role.OFFICE)
def edit_leaves(campaign_id: int, department_id: int) -> str:
    """Show all leaves with those that raters of a department are asked."""
    row, _ = queries.department(campaign_id, department_id)
    form = Form(LeavesSchema(), {"leaves": row.leaves})
    return _leaves_page(campaign_id, department_id, form)


@console.post("/campaigns/<int:campaign_id>/departments/<int:department_id>/leaves")
@requires(Role.OFFICE)
def save_leaves(campaign_id: int, department_id: int) -> Response | tuple[str, int]:
    """Save the choice."""

    def choose(leaves: list[int]) -> object:
        return service.choose_leaves(
            campaign_id, department_id, leaves, actor=current_actor(), now=clock.now()
        )

    form = Form.posted(LeavesSchema())
    if form.submit(choose) is None:
        return _leaves_page(campaign_id, department_id, form), 422
    flash("评价子项已保存。", "success")
    following = request.form.get("following", type=int)
    if following:
        return redirect(
            url_for("console.edit_leaves", campaign_id=campaign_id, department_id=following)
        )
    return _back(campaign_id)


def _leaves_page(campaign_id: int, department_id: int, form: Form) -> str:
    campaign = queries.campaign(campaign_id)
    _, department = queries.department(campaign_id, department_id)
    headings = indicators.headings(campaign.indicator_version_id)
    leaves = indicators.leaves(campaign.indicator_version_id)
    order = queries.department_ids(campaign_id)
    place = order.index(department_id)
    return page(
        "leaves",
        campaign=campaign,
        department=department,
        form=form,
        most=MOST_LEAVES,
        suggested=set(suggest_leaves(headings, leaves, department.duties, MOST_LEAVES)),
        tree=[
            (heading, [leaf for leaf in leaves if leaf.parent_id == heading.id])
            for heading in headings
        ],
        following=order[place + 1] if place + 1 < len(order) else None,
    )
