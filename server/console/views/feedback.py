"""One-to-one feedback (一对一反馈) at the desk: sending, reading, confirming, reminding."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console import feedback_chart
from server.console.blueprint import console
from server.console.files import file_answer
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import number, searched
from server.console.rendering import page, progress
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.jobs import enqueue
from server.core.lazily import Later
from server.core.schemas import length
from server.core.text import CleanText
from server.core.transaction import transaction
from server.feedback import gathering, queries, service, tables, tasks, workbook
from server.feedback.document import content_digest, due, is_empty
from server.feedback.queries import DEPARTMENT, READERS
from server.feedback.rules import LONGEST_STATEMENT, STATE_LABELS, SheetState, number_line, state_of
from server.figures.drawing import shown
from server.identity import queries as identity
from server.quarterly.rules import quarter_label
from server.rectification import queries as rectification
from server.settings import queries as settings
from server.settings.rules import OFFICE_NAME, OFFICE_PHONE, SMALLEST_GROUP

if TYPE_CHECKING:
    from server.feedback import letter
else:
    letter = Later("server.feedback.letter")

A_PAGE = 30


class SendSchema(FormSchema):
    """Whose sheet of which quarter, as it was looked at."""

    quarter = fields.String(required=True)
    department = fields.Integer(required=True)
    digest = fields.String(required=True)


class QuarterSchema(FormSchema):
    """A quarter."""

    quarter = fields.String(required=True)


class StatementSchema(FormSchema):
    """What the department says on confirming."""

    statement = CleanText(required=True, validate=length(LONGEST_STATEMENT, 1))


@console.get("/feedback")
@requires(*READERS)
def list_feedback() -> str:
    """List a quarter's newest sheets: who has opened and who has confirmed."""
    actor = current_actor()
    office = actor.has(Role.OFFICE)
    quarters = list(gathering.quarters() if office else queries.quarters(actor))
    quarter = request.args.get("quarter", "")
    if quarter not in quarters:
        # Before the first sheet of a new quarter, those of the last one are what there is to see.
        quarter = next(iter([*queries.quarters(actor), *quarters]), "")
    found = queries.sheet_page(
        quarter,
        actor=actor,
        q=searched(),
        state=_state(),
        cursor=request.args.get("cursor"),
        limit=A_PAGE,
    )
    run = queries.underway(quarter) if office else None
    return page(
        "feedback",
        sheets=found,
        state_of=state_of,
        states=[(one.value, words) for one, words in STATE_LABELS.items()],
        chosen_state=request.args.get("state", ""),
        labels=STATE_LABELS,
        quarter=quarter,
        quarters=[(one, quarter_label(one)) for one in quarters],
        standing=queries.standing(quarter, actor),
        departments=[
            (one.id, one.name)
            for one in identity.rated_departments()
            if actor.reaches(one.path, Role.OFFICE)
        ],
        run=run,
    )


def _state() -> SheetState | None:
    try:
        return SheetState(request.args.get("state", ""))
    except ValueError:
        return None


@console.get("/feedback/preview")
@requires(Role.OFFICE)
def preview_feedback() -> str | Response:
    """Show what a department's sheet would say now, before it is sent."""
    quarter, department = request.args.get("quarter", ""), number("department")
    if department is None:
        flash("请先选择部门。", "warning")
        return redirect(url_for("console.list_feedback", quarter=quarter))
    now = clock.now()
    document = service.preview(quarter, department, actor=current_actor(), now=now)
    before = queries.newest(quarter, department)
    same = before is not None and content_digest(before.document) == content_digest(document)
    return page(
        "feedback_preview",
        **_content(document, gathering.comment_texts(document)),
        digest=content_digest(document),
        before=before,
        same=same,
        nothing=is_empty(document),
        taken_back=rectification.taken_back(quarter, as_of=now).get(department, 0),
        smallest=int(settings.value(SMALLEST_GROUP)),
    )


@console.post("/feedback")
@requires(Role.OFFICE)
def send_feedback() -> Response:
    """Send the sheet that was looked at."""
    form = Form.posted(SendSchema())

    def send(quarter: str, department: int, digest: str) -> UUID:
        actor, now = current_actor(), clock.now()
        return service.send(quarter, department, digest=digest, actor=actor, now=now).id

    sheet_id = form.submit(send)
    if sheet_id is None:
        flash("；".join(form.errors.values()), "danger")
        back = {name: form.value(name) for name in ("quarter", "department")}
        return redirect(url_for("console.preview_feedback", **back))
    flash("已发出，部门的联络员和负责人会收到通知。", "success")
    return redirect(url_for("console.show_feedback", sheet_id=sheet_id))


@console.post("/feedback/runs")
@requires(Role.OFFICE)
def send_all_feedback() -> Response:
    """Have the sheets of all departments sent by a job."""
    quarter = str(Form.posted(QuarterSchema()).value("quarter"))

    def start() -> None:
        run = service.start_run(quarter, actor=current_actor(), now=clock.now())
        enqueue(tasks.send_all, run_id=str(run.id))

    step(start, "正在逐个部门制作并发出，没有新内容的部门会跳过。")
    return redirect(url_for("console.list_feedback", quarter=quarter))


@console.get("/feedback/runs/<uuid:run_id>")
@requires(Role.OFFICE)
def show_feedback_run(run_id: UUID) -> FlaskResponse:
    """Show how far a sending to all departments is, for the list that asks every few seconds."""
    run = queries.run(run_id)
    return progress("feedback_progress", busy=run.finished_at is None, run=run)


@console.post("/feedback/reminders")
@requires(Role.OFFICE)
def remind_all_feedback() -> Response:
    """Remind every department that has not confirmed."""
    quarter = str(Form.posted(QuarterSchema()).value("quarter"))
    with transaction():
        told = service.remind_all(quarter, actor=current_actor(), now=clock.now())
    if told:
        flash(f"已提醒 {told} 个部门。", "success")
    else:
        flash("没有需要提醒的部门，或今天都已经提醒过。", "warning")
    return redirect(url_for("console.list_feedback", quarter=quarter))


@console.get("/feedback/<uuid:sheet_id>")
@requires(*READERS)
def show_feedback(sheet_id: UUID) -> str:
    """Show a sheet; the department's first look at it is noted."""
    return _page(sheet_id, Form(StatementSchema()))


def _page(sheet_id: UUID, form: Form) -> str:
    actor = current_actor()
    sheet = queries.sheet(sheet_id, actor)
    with transaction():
        service.mark_opened(sheet_id, actor=actor, now=clock.now())
    sheet = queries.sheet(sheet_id, actor)
    versions = queries.versions(sheet.quarter, sheet.department_id)
    newest = versions[0].id == sheet.id
    office = actor.reaches(identity.organisation(sheet.department_id).path, Role.OFFICE)
    return page(
        "feedback_sheet",
        **_content(sheet.document, gathering.comment_texts(sheet.document)),
        sheet=sheet,
        number=number_line(sheet.quarter, sheet.department_id, sheet.version),
        versions=versions,
        newest=newest,
        may_confirm=newest and sheet.confirmed_at is None and service.speaks_for(sheet, actor),
        may_remind=newest and sheet.confirmed_at is None and office,
        people=names_of(
            one
            for version in versions
            for one in (version.sent_by, version.opened_by, version.confirmed_by)
        ),
        labels=STATE_LABELS,
        state=state_of(sheet.opened_at, sheet.confirmed_at),
        state_of=state_of,
        form=form,
        most=LONGEST_STATEMENT,
    )


@console.post("/feedback/<uuid:sheet_id>/confirmation")
@requires(*DEPARTMENT)
def confirm_feedback(sheet_id: UUID) -> Response | tuple[str, int]:
    """Confirm a sheet in the department's name."""
    form = Form.posted(StatementSchema())
    queries.sheet(sheet_id, current_actor())

    def confirm(statement: str) -> bool:
        service.confirm(sheet_id, statement, actor=current_actor(), now=clock.now())
        return True

    if form.submit(confirm) is None:
        return _page(sheet_id, form), 422
    flash("已确认，评价办会看到您的意见。", "success")
    return redirect(url_for("console.show_feedback", sheet_id=sheet_id))


@console.post("/feedback/<uuid:sheet_id>/reminders")
@requires(Role.OFFICE)
def remind_feedback(sheet_id: UUID) -> Response:
    """Remind one department."""
    queries.sheet(sheet_id, current_actor())
    step(
        lambda: service.remind(sheet_id, actor=current_actor(), now=clock.now()),
        "已提醒联络员和负责人。",
    )
    return redirect(url_for("console.show_feedback", sheet_id=sheet_id))


@console.get("/feedback/<uuid:sheet_id>/sheet.docx")
@requires(*READERS)
def download_feedback_document(sheet_id: UUID) -> FlaskResponse:
    """Give a sheet as a document to circulate."""
    sheet = _opened(sheet_id)
    data = letter.sheet_document(
        sheet.document,
        letter.Letter(
            version=sheet.version,
            sent_on=clock.local_date(sheet.sent_at),
            office=settings.value(OFFICE_NAME),
            phone=settings.value(OFFICE_PHONE),
            comments=gathering.comment_texts(sheet.document),
            digest=sheet.digest.hex(),
        ),
    )
    return file_answer(data, _name(sheet.document), "docx")


@console.get("/feedback/<uuid:sheet_id>/sheet.xlsx")
@requires(*READERS)
def download_feedback_workbook(sheet_id: UUID) -> FlaskResponse:
    """Give a sheet as a workbook."""
    sheet = _opened(sheet_id)
    comments = gathering.comment_texts(sheet.document)
    data = workbook.sheet_workbook(sheet.document, comments, version=sheet.version)
    return file_answer(data, _name(sheet.document), "xlsx")


def _opened(sheet_id: UUID) -> Any:
    actor = current_actor()
    queries.sheet(sheet_id, actor)
    with transaction():
        service.mark_opened(sheet_id, actor=actor, now=clock.now())
    return queries.sheet(sheet_id, actor)


def _name(document: Any) -> str:
    return f"{document['department']['name']}-{quarter_label(document['quarter'])}一对一反馈"


def _content(document: Any, comments: list[str]) -> dict[str, Any]:
    """Return what a sheet's page shows of its content."""
    return {
        "document": document,
        "quarter_words": quarter_label(document["quarter"]),
        "tables": tables,
        "chart": feedback_chart.chart(document),
        "shown": shown,
        "due": due(document),
        "comments": comments,
    }
