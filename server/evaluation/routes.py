"""The API of evaluations: form, submission, receipt, photos, codes, closing, WeChat's callback."""

from http import HTTPStatus
from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify, request

from server.campaigns import queries as campaigns
from server.campaigns.routes import describe
from server.campaigns.rules import Channel
from server.campaigns.schemas import CampaignSchema
from server.core import clock
from server.core.access import (
    Role,
    anyone,
    current_actor,
    current_member_id,
    current_risk_rank,
    requires,
    signed_in,
)
from server.core.apidocs import needs_header, refusals
from server.core.errors import Refusal
from server.core.imaging import LARGEST_PHOTO
from server.core.jobs import enqueue
from server.core.limits import guesses_counted, limited
from server.core.transaction import commits
from server.core.web import client_address
from server.evaluation import checks, entries, photos, receipts, service, submission, tasks
from server.evaluation.commitments import Record
from server.evaluation.origin import Origin
from server.evaluation.queries import questions
from server.evaluation.rules import (
    GOOD_TAGS,
    LONGEST_COMMENT,
    MOST_PHOTOS,
    POOR_TAGS,
    RECEIPT_KEY,
)
from server.evaluation.schemas import (
    AcceptedSchema,
    ContentInput,
    EntrySchema,
    EvaluationInput,
    FormSchema,
    PhotoInput,
    PhotoSchema,
    ReceiptSchema,
    SceneInput,
    claim_of,
    content_of,
)
from server.pictures import service as picture_service
from server.wechat.platform import current_platform

evaluation = APIBlueprint("evaluation", __name__, url_prefix="/api/v1")
CAMPAIGN = "/campaigns/<int:campaign_id>"
RECEIPT_HEADER = needs_header("Receipt", "^[A-Za-z0-9_-]{43}$", "the receipt's secret")
KEY_HEADER = needs_header(
    "Idempotency-Key", "^[0-9a-f]{32}$", "the first 128 bits of SHA-256 of the receipt's secret"
)


@evaluation.get(CAMPAIGN + "/departments/<int:department_id>/form")
@anyone
@limited("read")
@evaluation.output(FormSchema)
@evaluation.doc(responses=refusals(404))
def form(campaign_id: int, department_id: int) -> dict[str, Any]:
    """Show what a rater of this department is asked."""
    return form_of(campaign_id, department_id)


def form_of(campaign_id: int, department_id: int) -> dict[str, Any]:
    """Return the form of a department in the shape of FormSchema."""
    campaign = campaigns.public_campaign(campaign_id)
    _, department = campaigns.department(campaign_id, department_id)
    return {
        "campaign": {
            "id": campaign.id,
            "title": campaign.title,
            "kind": campaign.kind,
            "closes_at": campaign.closes_at,
            "channels": [Channel(channel).code for channel in campaign.channels],
        },
        "department": department,
        "leaves": questions(campaign, department_id),
        "tags": {"good": GOOD_TAGS, "poor": POOR_TAGS},
        "limits": {
            "comment": LONGEST_COMMENT,
            "photos": MOST_PHOTOS,
            "photo_bytes": LARGEST_PHOTO,
        },
    }


@evaluation.post(CAMPAIGN + "/evaluations")
@signed_in
@limited("write")
@evaluation.input(EvaluationInput)
@evaluation.output(AcceptedSchema, 201)
@evaluation.doc(
    responses=refusals(401, 403, 404, 409),
    extensions=KEY_HEADER,
)
def submit(campaign_id: int, json_data: dict[str, Any]) -> Response:
    """Rate a department. A retry with the same key and content gets the first answer."""
    key = request.headers.get("Idempotency-Key", "")
    if not RECEIPT_KEY.fullmatch(key):
        raise Refusal("idempotency_key_missing", 400, field="Idempotency-Key")
    accepted = submission.submit(
        submission.Submission(
            campaign_id=campaign_id,
            department_id=json_data["department"],
            content=content_of(json_data),
            receipt_key=bytes.fromhex(key),
            claim=claim_of(json_data),
            member_id=current_member_id(),
            origin=_origin(),
        ),
        now=clock.now(),
    )
    # In the shape of AcceptedSchema already: a finished answer isn't taken through it again.
    answer = jsonify(
        campaign={"id": accepted.campaign_id, "title": accepted.title},
        department={"id": accepted.department_id, "name": accepted.department_name},
        channel=accepted.channel.code,
        rated_on=accepted.rated_on.isoformat(),
        cell=accepted.cell,
        organisation=accepted.organisation_id,
        record=record_of_answer(accepted.record),
    )
    answer.status_code = HTTPStatus.CREATED
    return answer


def record_of_answer(record: Record | None) -> dict[str, str] | None:
    """Return a record in the shape of RecordSchema."""
    if record is None:
        return None
    return {"commitment": record.commitment, "promise": record.promise}


def _origin() -> Origin:
    return Origin(client_address(), current_risk_rank())


def _receipt(state: receipts.ReceiptState) -> dict[str, Any]:
    return {
        "campaign": state.campaign,
        "department": {"id": state.department_id, "name": state.department_name},
        "channel": state.channel.code,
        "rated_on": state.rated_on.isoformat(),
        "state": state.state,
        "exclusion_reason": state.exclusion_reason,
        "revision": state.revision,
        "comment_state": state.comment_state,
        "may_change": state.may_change,
        "closes_at": state.campaign.closes_at,
        "signed_by": state.signed_by,
        "cell": state.cell,
        "organisation": state.organisation_id,
        "record": record_of_answer(state.record),
        "may_erase": state.may_erase,
    }


def _secret() -> str:
    return request.headers.get("Receipt", "")


@evaluation.get(CAMPAIGN + "/receipt")
@anyone
@limited("read")
@evaluation.output(ReceiptSchema)
@evaluation.doc(responses=refusals(400, 404), extensions=RECEIPT_HEADER)
def receipt(campaign_id: int) -> dict[str, Any]:
    """Show where the rating of a receipt stands; never a level."""
    return _receipt(receipts.state(campaign_id, _secret(), now=clock.now()))


@evaluation.put(CAMPAIGN + "/receipt")
@anyone
@limited("write")
@evaluation.input(ContentInput)
@evaluation.output(ReceiptSchema)
@evaluation.doc(responses=refusals(400, 403, 404, 409), extensions=RECEIPT_HEADER)
@commits
def correct(campaign_id: int, json_data: dict[str, Any]) -> dict[str, Any]:
    """Correct a rating until the campaign closes; takes a withdrawn one up again."""
    state = receipts.correct(
        campaign_id,
        _secret(),
        content_of(json_data),
        member_id=current_member_id(),
        now=clock.now(),
        origin=_origin(),
    )
    return _receipt(state)


@evaluation.delete(CAMPAIGN + "/receipt")
@anyone
@limited("write")
@evaluation.output(ReceiptSchema)
@evaluation.doc(responses=refusals(400, 403, 404, 409), extensions=RECEIPT_HEADER)
@commits
def withdraw(campaign_id: int) -> dict[str, Any]:
    """Withdraw a rating until the campaign closes."""
    state = receipts.withdraw(
        campaign_id, _secret(), member_id=current_member_id(), now=clock.now()
    )
    return _receipt(state)


@evaluation.delete(CAMPAIGN + "/receipt/words")
@anyone
@limited("write")
@evaluation.output(ReceiptSchema)
@evaluation.doc(responses=refusals(400, 403, 404), extensions=RECEIPT_HEADER)
@commits
def erase_words(campaign_id: int) -> dict[str, Any]:
    """Erase tags, comment, photos and contact, also after the close; the level stays."""
    state = receipts.erase_words(
        campaign_id, _secret(), member_id=current_member_id(), now=clock.now()
    )
    return _receipt(state)


@evaluation.post(CAMPAIGN + "/photos")
@signed_in
@limited("upload")
@evaluation.input(PhotoInput, location="files")
@evaluation.output(PhotoSchema, 201)
@evaluation.doc(responses=refusals(401, 404, 409))
@commits
def upload(campaign_id: int, files_data: dict[str, Any]) -> Any:
    """Take in a photo; the rating names it by its id. No member is kept with it."""
    data = files_data["file"].stream.read(LARGEST_PHOTO + 1)
    return photos.store(campaign_id, data, now=clock.now())


@evaluation.post("/entries")
@anyone
@limited("code")
@guesses_counted("code_unknown", "counter_unknown")
@evaluation.input(SceneInput)
@evaluation.output(EntrySchema)
@evaluation.doc(responses=refusals(404, 409))
def entry(json_data: dict[str, Any]) -> Any:
    """Tell where a scanned or typed code leads."""
    found = entries.resolve(json_data["scene"])
    return {
        "kind": found.kind,
        "campaign": found.campaign,
        "department": found.department,
        "departments": list(found.departments),
        "counter": found.counter,
        "channel": found.channel.code,
    }


@evaluation.post(CAMPAIGN + "/closure")
@requires(Role.OFFICE)
@limited("write")
@evaluation.output(CampaignSchema)
@evaluation.doc(responses=refusals(401, 403, 404, 409))
@commits
def close(campaign_id: int) -> dict[str, Any]:
    """Close a campaign; a job settles it within seconds."""
    campaign = service.close_campaign(campaign_id, actor=current_actor(), now=clock.now())
    enqueue(tasks.settle, campaign_id=campaign_id)
    return describe(campaign, campaigns.department_count([campaign_id]).get(campaign_id, 0))


platform_routes = APIBlueprint("platform", __name__, enable_openapi=False)


@platform_routes.route("/wechat/callback", methods=["GET", "POST"])
@anyone
@limited("read")
@commits
def wechat_callback() -> Response:
    """Take WeChat's asynchronous answers; each must carry WeChat's signature."""
    event = current_platform().parse_callback(request.args, request.get_data())
    if event.verdict is not None:
        checks.take_verdict(event.verdict)
        picture_service.take_verdict(event.verdict)
    return Response(event.answer, mimetype="text/plain")


@platform_routes.get("/media/<token>")
@anyone
@limited("read")
def media_for_check(token: str) -> Response:
    """Give a photo to the content check, by a signed address that expires in an hour."""
    photo = photos.photo(*checks.photo_of_link(token))
    return Response(
        photos.read(photo), mimetype="image/jpeg", headers={"Cache-Control": "private, no-store"}
    )
