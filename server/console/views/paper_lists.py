"""The list on paper: printed, filled in by hand or in a spreadsheet, and read in again."""

import base64
import binascii

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server.attendance import queries, service
from server.attendance.service import PAPER_LABELS, PaperReport
from server.console import tables
from server.console.blueprint import console
from server.console.rendering import page
from server.console.uploads import require_as_named
from server.console.views.activities import manageable
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import queries as identity

HEADINGS = ("序号", "编码", "姓名", "支部", "到场", "离开")
# The checked file waits in the page until it is read in: it must fit into a form.
LARGEST_FILE = 500 * 1024
FORM_REFUSALS = {409, 422}


@console.get("/activities/<int:activity_id>/paper")
@requires(Role.PARTY_STAFF)
def show_paper(activity_id: int) -> str:
    """Show how the paper list is printed and read in."""
    return _page(activity_id)


def _page(
    activity_id: int, *, report: PaperReport | None = None, content: str = "", fault: str = ""
) -> str:
    return page(
        "paper",
        activity=manageable(activity_id),
        report=report,
        content=content,
        fault=fault,
        labels=PAPER_LABELS,
        begun=clock.now() >= manageable(activity_id).starts_at,
    )


@console.get("/activities/<int:activity_id>/paper/print")
@requires(Role.PARTY_STAFF)
def print_paper(activity_id: int) -> str:
    """Show the list to print."""
    activity = manageable(activity_id)
    return page(
        "paper_print",
        activity=activity,
        organiser=identity.organisation(activity.organiser_id),
        rows=queries.paper_rows(activity_id),
    )


@console.get("/activities/<int:activity_id>/paper.<any(xlsx, csv):suffix>")
@requires(Role.PARTY_STAFF)
def download_paper(activity_id: int, suffix: str) -> Response:
    """Give the list as a spreadsheet to fill in."""
    activity = manageable(activity_id)
    rows = [
        (row.number, row.code, row.name, row.branch, "", "")
        for row in queries.paper_rows(activity_id)
    ]
    return tables.answer(tables.Table(f"签到表-{activity.title}", HEADINGS, rows), suffix)


@console.post("/activities/<int:activity_id>/paper")
@requires(Role.PARTY_STAFF)
def read_paper(activity_id: int) -> AnyResponse | tuple[str, int] | str:
    """Check a filled-in list first; read it in when the report was looked at."""
    manageable(activity_id)
    final = request.form.get("step") == "apply"
    try:
        data = _checked_before() if final else _uploaded()
        with transaction():
            report = service.import_paper(
                activity_id, data, actor=current_actor(), now=clock.now(), dry_run=not final
            )
    except Refusal as refusal:
        if refusal.status not in FORM_REFUSALS:
            raise
        return _page(activity_id, fault=refusal.message), 422
    if not final:
        return _page(activity_id, report=report, content=base64.b64encode(data).decode())
    flash(f"已登记 {report.counts['marked']} 人。", "success")
    return redirect(url_for("console.show_attendance", activity_id=activity_id))


def _uploaded() -> bytes:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refusal("paper_missing", 422, field="file")
    require_as_named(file)
    data = file.stream.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise Refusal("paper_too_long", 422, field="file")
    return data


def _checked_before() -> bytes:
    try:
        return base64.b64decode(request.form.get("content", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("paper_missing", 422, field="file") from error
