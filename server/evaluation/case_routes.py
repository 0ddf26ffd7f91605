"""The API of the case behind a receipt: read, answer, say the last word, be told."""

from typing import Any

from apiflask import APIBlueprint
from flask import request

from server.core import clock
from server.core.access import anyone, current_member_id, signed_in, signed_in_member
from server.core.apidocs import needs_header, refusals
from server.core.limits import limited
from server.core.transaction import commits
from server.evaluation import receipt_cases
from server.evaluation.case_schemas import FollowUpInput, RaterAnswerInput, ReceiptCaseSchema
from server.evaluation.receipt_cases import ReceiptCase

receipt_case = APIBlueprint("receipt_case", __name__, url_prefix="/api/v1")
CASE = "/campaigns/<int:campaign_id>/receipt/case"
RECEIPT_HEADER = needs_header("Receipt", "^[A-Za-z0-9_-]{43}$", "the receipt's secret")


def described(found: ReceiptCase | None) -> dict[str, Any]:
    """Return a case in the shape of ReceiptCaseSchema."""
    if found is None:
        return {"case": None}
    department = {"id": found.department_id, "name": found.department_name}
    return {"case": {**vars(found), "department": department}}


def _secret() -> str:
    return request.headers.get("Receipt", "")


@receipt_case.get(CASE)
@anyone
@limited("read")
@receipt_case.output(ReceiptCaseSchema)
@receipt_case.doc(responses=refusals(400, 404), extensions=RECEIPT_HEADER)
def show_case(campaign_id: int) -> dict[str, Any]:
    """Show what becomes of a poor rating: stage, limit, timeline; null where it has no case."""
    found = receipt_cases.view(
        campaign_id, _secret(), member_id=current_member_id(), now=clock.now()
    )
    return described(found)


@receipt_case.post(CASE + "/answers")
@anyone
@limited("write")
@receipt_case.input(RaterAnswerInput)
@receipt_case.output(ReceiptCaseSchema, 201)
@receipt_case.doc(responses=refusals(400, 403, 404, 409), extensions=RECEIPT_HEADER)
def answer(campaign_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Answer the department; shown to it after the words' check."""
    found = receipt_cases.answer(
        campaign_id,
        _secret(),
        json_data["text"],
        member_id=current_member_id(),
        now=clock.now(),
    )
    return described(found)


@receipt_case.post(CASE + "/follow-up")
@anyone
@limited("write")
@receipt_case.input(FollowUpInput)
@receipt_case.output(ReceiptCaseSchema, 201)
@receipt_case.doc(responses=refusals(400, 403, 404, 409), extensions=RECEIPT_HEADER)
def follow_up(campaign_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Say whether it is solved, once a round; "not solved" has the case taken up again."""
    found = receipt_cases.follow_up(
        campaign_id,
        _secret(),
        solved=json_data["solved"],
        word=json_data["word"],
        member_id=current_member_id(),
        now=clock.now(),
    )
    return described(found)


@receipt_case.put(CASE + "/watch")
@signed_in
@limited("write")
@receipt_case.output(ReceiptCaseSchema)
@receipt_case.doc(responses=refusals(400, 401, 404, 409), extensions=RECEIPT_HEADER)
@commits
def watch(campaign_id: int) -> dict[str, Any]:
    """Be told what happens: links account and case for the system until the case closes."""
    found = receipt_cases.watch(
        campaign_id, _secret(), member_id=signed_in_member(), now=clock.now()
    )
    return described(found)


@receipt_case.delete(CASE + "/watch")
@signed_in
@limited("write")
@receipt_case.output(ReceiptCaseSchema)
@receipt_case.doc(responses=refusals(400, 401, 404), extensions=RECEIPT_HEADER)
@commits
def unwatch(campaign_id: int) -> dict[str, Any]:
    """Be told no longer; the link goes."""
    found = receipt_cases.unwatch(
        campaign_id, _secret(), member_id=signed_in_member(), now=clock.now()
    )
    return described(found)
