"""The board 晾晒: results of closed campaigns, open to everybody, with the data to download."""

from typing import Any

from flask import Response, json, request
from marshmallow import ValidationError

from server.activities.rules import Quarter
from server.campaigns import queries as campaigns
from server.campaigns.rules import CHANNEL_LABELS, CampaignState
from server.core import clock
from server.core.access import anyone
from server.core.errors import InvalidInput
from server.core.limits import limited
from server.core.text import clean
from server.core.workbooks import csv_table
from server.evaluation import results
from server.evaluation.results import CampaignResults, ChannelResult
from server.evaluation.results_schemas import results_data
from server.evaluation.rules import LEVEL_LABELS, REASON_LABELS
from server.frontline import queries as frontline
from server.public.blueprint import public
from server.public.rendering import PUBLISHED, page

LONGEST_SEARCH = 50


@public.get("/board")
@anyone
@limited("read")
def board_list() -> Response:
    """List the closed campaigns, say which are still sealed, and sum up the quarter's visits."""
    quarter = Quarter.of(clock.today())
    return page(
        "board_list",
        cache=PUBLISHED,
        closed=results.closed_campaigns(),
        sealed=campaigns.campaigns(states=[CampaignState.OPEN]),
        quarter=quarter,
        done=frontline.total(quarter),
    )


@public.get("/board/<int:campaign_id>")
@anyone
@limited("read")
def board(campaign_id: int) -> Response:
    """Show a campaign's departments, narrowed by name where asked."""
    searched = _searched()
    return page(
        "board",
        cache=PUBLISHED,
        results=results.overview(campaign_id, q=searched),
        searched=searched,
    )


@public.get("/board/<int:campaign_id>/<int:department_id>")
@anyone
@limited("read")
def board_department(campaign_id: int, department_id: int) -> Response:
    """Show one department with its leaves."""
    result = results.department_result(campaign_id, department_id)
    return page("board_department", cache=PUBLISHED, result=result)


@public.get("/board/<int:campaign_id>.json")
@anyone
@limited("read")
def board_json(campaign_id: int) -> Response:
    """Give the overview as JSON, in the form of the API."""
    body = json.dumps(results_data(results.overview(campaign_id)), ensure_ascii=False, indent=1)
    return download(body, "application/json", f"board-{campaign_id}.json")


@public.get("/board/<int:campaign_id>.csv")
@anyone
@limited("read")
def board_csv(campaign_id: int) -> Response:
    """Give the overview as a table, one row a group."""
    body = _table(results.overview(campaign_id))
    return download(body, "text/csv", f"board-{campaign_id}.csv")


def _searched() -> str:
    try:
        return clean(request.args.get("q", ""))[:LONGEST_SEARCH]
    except ValidationError as error:
        raise InvalidInput([{"field": "q", "message": str(error.messages[0])}]) from error


def _table(overview: CampaignResults) -> str:
    headings = [
        "部门编号",
        "部门",
        "渠道",
        "是否公布",
        "计入评价数",
        *LEVEL_LABELS.values(),
        "得分",
        *(f"不予采纳：{label}" for label in REASON_LABELS.values()),
    ]
    rows = (
        [department.id, department.name, CHANNEL_LABELS[channel.channel], *_figures(channel)]
        for department in overview.departments
        for channel in department.channels
    )
    return csv_table([headings, *rows])


def _figures(channel: ChannelResult) -> list[Any]:
    if channel.distribution is None or channel.excluded is None:
        return ["否"] + [""] * (2 + len(LEVEL_LABELS) + len(REASON_LABELS))
    return [
        "是",
        channel.count,
        *channel.distribution.values(),
        channel.score,
        *(channel.excluded.get(reason, 0) for reason in REASON_LABELS),
    ]


def download(body: str, mimetype: str, name: str) -> Response:
    """Return data to keep as a file."""
    return Response(
        body,
        mimetype=mimetype,
        headers={
            "Cache-Control": PUBLISHED,
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )
