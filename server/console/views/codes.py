"""Rating codes: issuing a batch, printing its sheet, taking it along as a spreadsheet."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, redirect, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response as AnyResponse

from server.campaigns import queries, service
from server.campaigns.codes import shown
from server.campaigns.queries import Campaign, CodeBatch
from server.campaigns.rules import LARGEST_BATCH, CampaignState
from server.console import qr, sheets
from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.identity import queries as identity

CODES_A_SHEET = 24
SHEETS_A_PART = 10
USUAL_SIZE = 240
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BatchSchema(FormSchema):
    """How many codes, and for whom."""

    department_id = RowId(
        required=True, error_messages={"invalid": "请选择部门。", "required": "请选择部门。"}
    )
    counter_id = RowId(load_default=None, allow_none=True)
    size = fields.Integer(
        required=True,
        error_messages={"invalid": "请填写整数。"},
        validate=validate.Range(1, LARGEST_BATCH, error=f"每批 1 至 {LARGEST_BATCH} 个。"),
    )
    note = CleanText(load_default="", validate=length(100))


@console.get("/codes")
@requires(Role.OFFICE)
def list_codes() -> str:
    """List a campaign's batches."""
    campaigns = queries.campaigns(states=[CampaignState.OPEN, CampaignState.CLOSED])
    wanted = number("campaign")
    campaign = next((one for one in campaigns if one.id == wanted), next(iter(campaigns), None))
    department_id = number("department")
    values: dict[str, Any] = {"campaigns": campaigns, "campaign": campaign, "batches": None}
    if campaign is not None:
        batches = queries.batch_page(
            campaign.id, department_id=department_id, cursor=request.args.get("cursor")
        )
        values |= {
            "batches": batches,
            "departments": _departments(campaign),
            "department_id": department_id,
            "counters": {counter.id: counter.name for counter in queries.counters()},
            "people": names_of(batch.created_by for batch in batches.items),
        }
    return page("codes", **values)


def _departments(campaign: Campaign) -> dict[int, str]:
    chosen = set(queries.department_ids(campaign.id))
    return {one.id: one.name for one in identity.rated_departments() if one.id in chosen}


@console.get("/campaigns/<int:campaign_id>/codes/new")
@requires(Role.OFFICE)
def new_batch(campaign_id: int) -> str:
    """Ask how many codes are wanted, and for whom."""
    values = {"department_id": request.args.get("department", ""), "size": USUAL_SIZE}
    return _form_page(campaign_id, Form(BatchSchema(), values))


@console.post("/campaigns/<int:campaign_id>/codes")
@requires(Role.OFFICE)
def issue_batch(campaign_id: int) -> AnyResponse | tuple[str, int]:
    """Issue a batch."""

    def issue(**wanted: Any) -> UUID:
        batch, _ = service.issue_codes(
            campaign_id, **wanted, actor=current_actor(), now=clock.now()
        )
        return batch.id

    form = Form.posted(BatchSchema())
    batch_id = form.submit(issue)
    if batch_id is None:
        return _form_page(campaign_id, form), 422
    return redirect(url_for("console.show_batch", batch_id=batch_id))


def _form_page(campaign_id: int, form: Form) -> str:
    campaign = queries.campaign(campaign_id)
    departments = _departments(campaign)
    return page(
        "code_form",
        campaign=campaign,
        form=form,
        departments=departments,
        counters=[
            (counter.id, f"{departments[counter.department_id]} · {counter.name}")
            for counter in queries.counters()
            if counter.active and counter.department_id in departments
        ],
    )


def _context(batch: CodeBatch) -> dict[str, Any]:
    counter = queries.counter(batch.counter_id).name if batch.counter_id else ""
    return {
        "campaign": queries.campaign(batch.campaign_id),
        "department": identity.organisation(batch.department_id),
        "counter": counter,
    }


@console.get("/codes/<uuid:batch_id>")
@requires(Role.OFFICE)
def show_batch(batch_id: UUID) -> str:
    """Show a batch: to print, to download, to read."""
    batch = queries.batch(batch_id)
    a_part = CODES_A_SHEET * SHEETS_A_PART
    return page(
        "code_batch",
        batch=batch,
        people=names_of([batch.created_by]),
        parts=[
            (start + 1, min(start + a_part, batch.size), place)
            for place, start in enumerate(range(0, batch.size, a_part), start=1)
        ],
        codes=[shown(code) for code in queries.codes_of(batch)],
        **_context(batch),
    )


@console.get("/codes/<uuid:batch_id>/sheets/<int:part>")
@requires(Role.OFFICE)
def print_batch(batch_id: UUID, part: int) -> str:
    """Show sheets of 3 x 8 codes on A4, ten at a time."""
    batch = queries.batch(batch_id)
    start = (part - 1) * CODES_A_SHEET * SHEETS_A_PART
    codes = queries.codes_of(batch)[start : start + CODES_A_SHEET * SHEETS_A_PART]
    cells = [(start + place, shown(code), qr.code_url(code)) for place, code in enumerate(codes, 1)]
    return page(
        "code_sheet",
        batch=batch,
        draw=qr.inline_svg,
        sheets=[cells[at : at + CODES_A_SHEET] for at in range(0, len(cells), CODES_A_SHEET)],
        **_context(batch),
    )


@console.get("/codes/<uuid:batch_id>/codes.xlsx")
@requires(Role.OFFICE)
def download_batch(batch_id: UUID) -> Response:
    """Give a batch as a spreadsheet."""
    batch = queries.batch(batch_id)
    context = _context(batch)
    data = sheets.code_workbook(
        queries.codes_of(batch),
        campaign=context["campaign"].title,
        department=context["department"].name,
        counter=context["counter"],
    )
    name = quote(f"评价码-{context['department'].name}-{clock.local_date(batch.created_at)}.xlsx")
    return Response(
        data,
        mimetype=XLSX,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )
