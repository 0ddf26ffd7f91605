"""The board 晾晒: what is published of closed campaigns, open to everybody, with the data."""

from collections.abc import Mapping
from typing import Any

from flask import Response, json, request
from marshmallow import ValidationError

from server.activities.rules import Quarter
from server.campaigns import queries as campaigns
from server.campaigns.rules import CHANNEL_LABELS, CampaignState, channel_of
from server.core import clock
from server.core.access import anyone
from server.core.errors import InvalidInput, Refusal
from server.core.limits import limited
from server.core.text import clean
from server.core.workbooks import csv_table
from server.evaluation import seals
from server.evaluation.rules import LEVEL_LABELS, REASON_LABELS
from server.frontline import queries as frontline
from server.public.blueprint import public
from server.public.rendering import PUBLISHED, kept_page, page
from server.publication import answers, exports, queries
from server.publication.queries import Published
from server.quarterly import queries as quarterly
from server.quarterly.rules import quarter_label

LONGEST_SEARCH = 50
LARGEST_VERSION = 2**31 - 1
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@public.get("/board")
@anyone
@limited("read")
def board_list() -> Response:
    """List the closed campaigns, say which are still sealed, and sum up the quarter's visits."""
    quarter = Quarter.of(clock.today())
    return page(
        "board_list",
        cache=PUBLISHED,
        closed=queries.closed_campaigns(),
        sealed=campaigns.campaigns(states=[CampaignState.OPEN]),
        broken=seals.broken(),
        quarter=quarter,
        done=frontline.total(quarter),
        newest_quarter=next(iter(quarterly.published_quarters()), None),
        quarter_label=quarter_label,
    )


@public.get("/board/<int:campaign_id>")
@anyone
@limited("read")
def board(campaign_id: int) -> Response:
    """Show what is published of a campaign, narrowed by name where asked, in any version."""
    searched = _searched()
    found = _wanted(campaign_id)
    versions = queries.versions(campaign_id)
    values: dict[str, Any] = {
        "publication": found,
        "document": found.document,
        "departments": queries.matching(found.document["departments"], searched),
        "versions": versions,
        "searched": searched,
    }
    if searched:
        return page("board", cache=PUBLISHED, **values)
    return kept_page("board", (found, *versions), **values)


@public.get("/board/<int:campaign_id>/<int:department_id>")
@anyone
@limited("read")
def board_department(campaign_id: int, department_id: int) -> Response:
    """Show one department: its score opens as a tree, then channels and questions."""
    found = _wanted(campaign_id)
    return page(
        "board_department",
        cache=PUBLISHED,
        publication=found,
        document=found.document,
        department=queries.department_of(found, department_id),
        versions=queries.versions(campaign_id),
    )


@public.get("/board/<int:campaign_id>.json")
@anyone
@limited("read")
def board_json(campaign_id: int) -> Response:
    """Give the overview as JSON, in the form of the API."""
    found = answers.results(_wanted(campaign_id))
    body = json.dumps(found, ensure_ascii=False, indent=1)
    return download(body, "application/json", f"board-{campaign_id}.json")


@public.get("/board/<int:campaign_id>/document.json")
@anyone
@limited("read")
def board_document(campaign_id: int) -> Response:
    """Give the whole document in its canonical bytes, whose SHA-256 is the version's digest."""
    found = _wanted(campaign_id)
    name = f"publication-{campaign_id}-{found.version}.json"
    return download(exports.canonical_bytes(found), "application/json", name)


@public.get("/board/<int:campaign_id>.csv")
@anyone
@limited("read")
def board_csv(campaign_id: int) -> Response:
    """Give the overview as a table, one row a group."""
    return download(_table(_wanted(campaign_id)), "text/csv", f"board-{campaign_id}.csv")


@public.get("/board/<int:campaign_id>.xlsx")
@anyone
@limited("read")
def board_workbook(campaign_id: int) -> Response:
    """Give the whole document as a workbook."""
    found = _wanted(campaign_id)
    name = f"publication-{campaign_id}-{found.version}.xlsx"
    return download(exports.as_workbook(found), XLSX, name)


def _wanted(campaign_id: int) -> Published:
    """Return the version that was asked for, or the newest."""
    asked = request.args.get("version", "")
    if not asked:
        return queries.published(campaign_id)
    if not asked.isascii() or not asked.isdigit() or int(asked) > LARGEST_VERSION:
        raise Refusal("not_found", 404)
    return queries.published(campaign_id, int(asked))


def _searched() -> str:
    try:
        return clean(request.args.get("q", ""))[:LONGEST_SEARCH]
    except ValidationError as error:
        raise InvalidInput([{"field": "q", "message": str(error.messages[0])}]) from error


def _table(publication: Published) -> str:
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
        [
            department["id"],
            department["name"],
            CHANNEL_LABELS[channel_of(channel["channel"])],
            *_figures(channel),
        ]
        for department in publication.document["departments"]
        for channel in department["channels"]
    )
    return csv_table([headings, *rows])


def _figures(channel: Mapping[str, Any]) -> list[Any]:
    if "withheld" in channel:
        return ["否"] + [""] * (2 + len(LEVEL_LABELS) + len(REASON_LABELS))
    return [
        "是",
        channel["count"],
        *(channel["distribution"][str(level)] for level in LEVEL_LABELS),
        channel["score"],
        *(channel["excluded"].get(reason, 0) for reason in REASON_LABELS),
    ]


def download(body: str | bytes, mimetype: str, name: str) -> Response:
    """Return data to keep as a file."""
    return Response(
        body,
        mimetype=mimetype,
        headers={
            "Cache-Control": PUBLISHED,
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )
