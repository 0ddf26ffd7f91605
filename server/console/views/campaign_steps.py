"""The steps of a campaign: copying, choosing leaves, opening, going on, closing."""

from typing import Any

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.campaigns import queries, service
from server.campaigns.periods import next_period, next_title
from server.campaigns.rules import MOST_LEAVES, CampaignState
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, LocalMinute, as_typed, step
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.jobs import enqueue
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.evaluation import service as evaluation
from server.evaluation import tasks
from server.indicators import queries as indicators
from server.indicators.rules import suggest_leaves


class LeavesSchema(FormSchema):
    """The chosen leaves, in the order of the page."""

    leaves = fields.List(RowId(), required=True)


class CopySchema(FormSchema):
    """What the next period's draft is called, and its times."""

    title = CleanText(required=True, validate=length(100, 1))
    opens_at = LocalMinute(required=True)
    closes_at = LocalMinute(required=True)


class ClosingSchema(FormSchema):
    """The title, typed again."""

    title = fields.String(required=True)


def _back(campaign_id: int) -> Response:
    return redirect(url_for("console.show_campaign", campaign_id=campaign_id))


@console.get("/campaigns/<int:campaign_id>/copy")
@requires(Role.OFFICE)
def new_copy(campaign_id: int) -> str:
    """Show what the next period's draft would be called, and when it would be held."""
    campaign = queries.campaign(campaign_id)
    title, months = next_title(campaign.title)
    opens_at, closes_at = next_period(campaign.opens_at, campaign.closes_at, months)
    values = {
        "title": title,
        "opens_at": as_typed(opens_at),
        "closes_at": as_typed(closes_at),
    }
    return page("campaign_copy", campaign=campaign, form=Form(CopySchema(), values))


@console.post("/campaigns/<int:campaign_id>/copy")
@requires(Role.OFFICE)
def copy_campaign(campaign_id: int) -> Response | tuple[str, int]:
    """Make the next period's draft."""
    form = Form.posted(CopySchema())

    def copy(**content: Any) -> int:
        return service.copy_campaign(
            campaign_id, **content, actor=current_actor(), now=clock.now()
        ).id

    copied = form.submit(copy)
    if copied is None:
        return page("campaign_copy", campaign=queries.campaign(campaign_id), form=form), 422
    flash("已复制为草稿。请核对部门和子项，再开启活动。", "success")
    return _back(copied)


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
