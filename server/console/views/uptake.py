"""Use of results (成果转化运用清单) at the desk: parcels, their delivery, what became of items."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.files import file_answer
from server.console.forms import Form, FormSchema, Lines, step
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import moment, page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.lazily import Later
from server.core.schemas import length
from server.core.text import CleanText
from server.identity import queries as identity
from server.quarterly import queries as quarters
from server.quarterly.rules import paper_label, quarter_label
from server.scoring import canonical
from server.settings import queries as settings
from server.settings.rules import OFFICE_NAME
from server.uptake import queries, service
from server.uptake.queries import ACKNOWLEDGED, DEAD, UNACKNOWLEDGED, ParcelFilter
from server.uptake.rules import (
    CODE_DIGITS,
    DELIVERY_LABELS,
    ITEM_LABELS,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_TEXT,
    MOST_ATTEMPTS,
    NEXT_STATES,
    RECIPIENT_LABELS,
    ItemState,
)

if TYPE_CHECKING:
    from server.uptake import lists
else:
    lists = Later("server.uptake.lists")

A_PAGE = 30
STATES = ((UNACKNOWLEDGED, "对方未接收"), (ACKNOWLEDGED, "对方已接收"), (DEAD, "推送失败"))
NOT_CHOSEN: dict[str, Any] = {"required": "请选择。", "invalid": "请选择。", "unknown": "请选择。"}
DEPARTMENT_TEXT = "移送本季度群众评价结果和差评件办理情况，供工作中参考运用。"
CASE_TEXT = "移送这一件的办理情况，请按职责研究处理并反馈结果。"


class ParcelSchema(FormSchema):
    """What is handed to whom."""

    recipient = fields.Integer(required=True, error_messages=NOT_CHOSEN)
    quarter = fields.String(required=True)
    note = CleanText(load_default="", validate=length(LONGEST_NOTE))
    departments = fields.List(fields.Integer(), load_default=list)
    department_text = CleanText(load_default="", validate=length(LONGEST_TEXT))
    cases = Lines(load_default=list)
    case_text = CleanText(load_default="", validate=length(LONGEST_TEXT))


class AcknowledgementSchema(FormSchema):
    """Who acknowledged a parcel by hand, with what is printed on it."""

    by = CleanText(required=True, validate=length(LONGEST_NAME, 1))
    code = CleanText(required=True, validate=length(CODE_DIGITS, 1))


class ItemSchema(FormSchema):
    """What became of an item."""

    state = fields.Enum(ItemState, by_value=True, required=True, error_messages=NOT_CHOSEN)
    by = CleanText(required=True, validate=length(LONGEST_NAME, 1))
    outcome = CleanText(load_default="", validate=length(LONGEST_TEXT))


@console.get("/uptake")
@requires(Role.OFFICE)
def list_parcels() -> str:
    """List what was handed on, the latest first."""
    queries.require_office(current_actor())
    asked = ParcelFilter(
        recipient_id=number("recipient"),
        quarter=request.args.get("quarter", "")[:6],
        state=request.args.get("state", ""),
    )
    found = queries.parcel_page(asked, cursor=request.args.get("cursor"), limit=A_PAGE)
    return page(
        "uptake",
        parcels=found,
        asked=asked,
        counts=queries.item_counts([one.id for one in found.items]),
        recipients=[(one.id, one.name) for one in queries.recipients()],
        quarters=[(one, quarter_label(one)) for one in queries.parcel_quarters()],
        quarter_label=quarter_label,
        states=STATES,
        deliveries=DELIVERY_LABELS,
        item_states=ItemState,
    )


@console.get("/uptake/parcels/new")
@requires(Role.OFFICE)
def new_parcel() -> str:
    """Show the form of a new parcel."""
    queries.require_office(current_actor())
    published = [one.quarter for one in quarters.published_quarters()]
    asked = request.args.get("quarter", "")
    values = {
        "recipient": request.args.get("recipient", ""),
        "quarter": asked if asked in published else next(iter(published), ""),
        "department_text": DEPARTMENT_TEXT,
        "case_text": CASE_TEXT,
        "cases": request.args.get("case", "")[:20],
    }
    return _form_page(Form(ParcelSchema(), values))


def _form_page(form: Form) -> str:
    published = [one.quarter for one in quarters.published_quarters()]
    return page(
        "uptake_new",
        form=form,
        recipients=[
            (one.id, f"{one.name}（{RECIPIENT_LABELS[one.kind]}）")  # type: ignore[index] # its value
            for one in queries.recipients(active=True)
        ],
        quarters=[(one, quarter_label(one)) for one in published],
        rated=identity.rated_departments(),
        most_note=LONGEST_NOTE,
        most_text=LONGEST_TEXT,
    )


@console.post("/uptake/parcels")
@requires(Role.OFFICE)
def make_parcel() -> Response | tuple[str, int]:
    """Make and sign a parcel."""
    form = Form.posted(ParcelSchema())

    def make(**said: Any) -> UUID:
        cases = service.cases_by_number(said["cases"])
        wanted: list[Any] = [(one, None, said["department_text"]) for one in said["departments"]]
        wanted += [(one.department_id, one, said["case_text"]) for one in cases]
        return service.make_parcel(
            said["recipient"],
            said["quarter"],
            wanted,
            note=said["note"],
            actor=current_actor(),
            now=clock.now(),
        ).id

    parcel_id = form.submit(make)
    if parcel_id is None:
        return _form_page(form), 422
    flash("已生成并签名。有推送地址的单位会自动推送，没有的请下载签名文件交接。", "success")
    return redirect(url_for("console.show_parcel", parcel_id=parcel_id))


@console.get("/uptake/parcels/<uuid:parcel_id>")
@requires(Role.OFFICE)
def show_parcel(parcel_id: UUID) -> str:
    """Show a parcel: its delivery, who acknowledged it, each item."""
    queries.require_office(current_actor())
    return _page(parcel_id, Form(AcknowledgementSchema()))


def _page(parcel_id: UUID, form: Form) -> str:
    parcel = queries.parcel(parcel_id)
    return page(
        "uptake_parcel",
        parcel=parcel,
        recipient=queries.recipient(parcel.recipient_id),
        recipient_labels=RECIPIENT_LABELS,
        quarter_words=quarter_label(parcel.quarter),
        items=queries.items(parcel_id),
        named={one["id"]: one for one in parcel.document["items"]},
        item_labels=ITEM_LABELS,
        next_states={state.value: sorted(found) for state, found in NEXT_STATES.items()},
        deliveries=DELIVERY_LABELS,
        most_attempts=MOST_ATTEMPTS,
        people=names_of([parcel.made_by]),
        digits=CODE_DIGITS,
        form=form,
        most_name=LONGEST_NAME,
        most_text=LONGEST_TEXT,
    )


@console.post("/uptake/parcels/<uuid:parcel_id>/sending")
@requires(Role.OFFICE)
def send_parcel_again(parcel_id: UUID) -> Response:
    """Send a parcel again."""
    step(
        lambda: service.send_again(parcel_id, actor=current_actor(), now=clock.now()),
        "一分钟内会重新推送。",
    )
    return redirect(url_for("console.show_parcel", parcel_id=parcel_id))


@console.post("/uptake/parcels/<uuid:parcel_id>/acknowledgement")
@requires(Role.OFFICE)
def acknowledge_parcel_by_hand(parcel_id: UUID) -> Response | tuple[str, int]:
    """Note that a recipient has the signed file."""
    form = Form.posted(AcknowledgementSchema())

    def acknowledge(by: str, code: str) -> bool:
        actor, now = current_actor(), clock.now()
        service.acknowledge_by_hand(parcel_id, by, code, actor=actor, now=now)
        return True

    if form.submit(acknowledge) is None:
        return _page(parcel_id, form), 422
    flash("已登记接收。", "success")
    return redirect(url_for("console.show_parcel", parcel_id=parcel_id))


@console.post("/uptake/items/<uuid:item_id>")
@requires(Role.OFFICE)
def note_parcel_item(item_id: UUID) -> Response:
    """Note by hand who took an item over, or what became of it."""
    queries.require_office(current_actor())
    form = Form.posted(ItemSchema())

    def note(**said: Any) -> UUID:
        service.note_item(item_id, **said, actor=current_actor(), now=clock.now())
        return queries.item_for_update(item_id).parcel_id

    parcel_id = form.submit(note)
    if parcel_id is None:
        flash("；".join(dict.fromkeys(form.errors.values())), "danger")
        parcel_id = queries.item(item_id).parcel_id
    else:
        flash("已登记。", "success")
    return redirect(url_for("console.show_parcel", parcel_id=parcel_id))


@console.get("/uptake/parcels/<uuid:parcel_id>/parcel.json")
@requires(Role.OFFICE)
def download_parcel(parcel_id: UUID) -> FlaskResponse:
    """Give the signed file."""
    queries.require_office(current_actor())
    parcel = queries.parcel(parcel_id)
    data = canonical.encode(service.file_of(parcel))
    return file_answer(data, _name(parcel), "json")


@console.get("/uptake/parcels/<uuid:parcel_id>/list.docx")
@requires(Role.OFFICE)
def download_parcel_document(parcel_id: UUID) -> FlaskResponse:
    """Give the list as a document to sign."""
    parcel = _readable(parcel_id)
    return file_answer(lists.as_document(_head(parcel), _lines(parcel)), _name(parcel), "docx")


@console.get("/uptake/parcels/<uuid:parcel_id>/list.xlsx")
@requires(Role.OFFICE)
def download_parcel_workbook(parcel_id: UUID) -> FlaskResponse:
    """Give the list as a workbook."""
    parcel = _readable(parcel_id)
    return file_answer(lists.as_workbook(_head(parcel), _lines(parcel)), _name(parcel), "xlsx")


def _readable(parcel_id: UUID) -> Any:
    queries.require_office(current_actor())
    return queries.parcel(parcel_id)


def _name(parcel: Any) -> str:
    return f"成果转化运用清单-{parcel.document['to']['name']}-{parcel.quarter}"


def _head(parcel: Any) -> "lists.Head":
    return lists.Head(
        title=f"{paper_label(parcel.quarter)}群众评价成果转化运用清单",
        recipient=parcel.document["to"]["name"],
        number=f"编号 {str(parcel.id)[:8]}",
        note=parcel.note,
        digest=parcel.digest.hex(),
        office=settings.value(OFFICE_NAME),
        day=clock.chinese_day(parcel.made_at),
    )


def _lines(parcel: Any) -> "list[lists.Line]":
    named = {one["id"]: one for one in parcel.document["items"]}
    found = []
    for item in queries.items(parcel.id):
        one = named[str(item.id)]
        found.append(
            lists.Line(
                department=one["department_name"],
                case="" if one["case"] is None else one["case"]["number"],
                text=item.text,
                state=ITEM_LABELS[ItemState(item.state)],
                taken_by=item.taken_by,
                taken_at=moment(item.taken_at) if item.taken_at else "",
                outcome=item.outcome,
                outcome_at=moment(item.outcome_at) if item.outcome_at else "",
            )
        )
    return found
