"""The rating form for people without WeChat, who hold a one-time link or a visit code."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server.campaigns import codes
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import anyone
from server.core.errors import InvalidInput, Refusal
from server.core.limits import guesses_counted, limited
from server.core.web import client_address
from server.evaluation import entries, forms, submission, wishes
from server.evaluation.content import Content
from server.evaluation.entries import Entry
from server.evaluation.origin import Origin
from server.evaluation.queries import questions
from server.evaluation.raters import Claim
from server.evaluation.readings import Question
from server.evaluation.rules import GOOD_TAGS, POOR_TAGS, RECEIPT
from server.public import rating_form, rating_target
from server.public.blueprint import public
from server.public.errors import show
from server.public.qr_code import picture_of
from server.public.rating_form import Posted
from server.public.rating_target import Target
from server.public.rendering import moment, page

SECRET_BYTES = 32
KEY_BYTES = 16
LONGEST_CODE = 40
UNKNOWN = ("code_unknown", "counter_unknown")
CODE_WRONG = "评价码是 12 位字母和数字，请核对后重新输入。"


@public.get("/rate/")
@anyone
@limited("code")
def enter_code() -> AnyResponse:
    """Ask for a code; a typed one leads on to its form."""
    typed = request.args.get("code", "")[:LONGEST_CODE]
    if not typed.strip():
        return page("rate_entry", typed="", error="", entry=None)
    if not codes.is_code(typed):
        return page("rate_entry", status=422, typed=typed, error=CODE_WRONG, entry=None)
    return redirect(url_for("public.rate", code=codes.shown(codes.normal(typed))), 303)


@public.get("/rate/<code>")
@anyone
@limited("code")
@guesses_counted(*UNKNOWN)
def rate(code: str) -> AnyResponse:
    """Show a code's form, or the departments of a drawn person's link.

    A department's or counter's QR code asks for the code of the visit.
    """
    entry = entries.resolve(code)
    if entry.kind == "sample" and entry.campaign is not None:
        return _departments(code, entry, entry.campaign)
    if entry.campaign is None or entry.kind != "code":
        return page("rate_entry", typed="", error="", entry=entry)
    return _open(rating_target.of_code(code))


def _departments(code: str, entry: Entry, campaign: Campaign) -> Response:
    refusal = _why_not(campaign, entry.departments[0].id, clock.now())
    if refusal:
        return show(refusal, _opening(campaign, refusal))
    rated = rating_target.just_rated(entry)
    rows = [
        (one, rating_target.address_of(code, one.id, rated), one.id in rated)
        for one in entry.departments
    ]
    return page("rate_list", campaign=campaign, rows=rows)


@public.get("/rate/<code>/<int:department_id>")
@anyone
@limited("code")
@guesses_counted(*UNKNOWN)
def rate_department(code: str, department_id: int) -> Response:
    """Show the form of one department of a drawn person's link."""
    return _open(rating_target.of_link(code, department_id))


@public.post("/rate/<code>")
@anyone
@limited("code")
@guesses_counted(*UNKNOWN)
def send_rating(code: str) -> AnyResponse:
    """Take in a rating. The same form sent again gets the same answer, also after the close."""
    rating_form.allow_pictures()
    return _take_in(rating_target.of_code(code))


@public.post("/rate/<code>/<int:department_id>")
@anyone
@limited("code")
@guesses_counted(*UNKNOWN)
def send_department_rating(code: str, department_id: int) -> AnyResponse:
    """Take in a drawn person's rating of one department, in the same way."""
    rating_form.allow_pictures()
    return _take_in(rating_target.of_link(code, department_id))


def _open(target: Target) -> Response:
    if refusal := _why_not(target.campaign, target.department.id, clock.now()):
        return show(refusal, _opening(target.campaign, refusal))
    return _form(target, secrets.token_urlsafe(SECRET_BYTES), Posted())


def _take_in(target: Target) -> Response:
    secret = request.form.get("receipt", "")
    if not RECEIPT.fullmatch(secret):
        raise Refusal("receipt_missing", 400)
    campaign = target.campaign
    refusal = _why_not(campaign, target.department.id, clock.now())
    posted = rating_form.read(campaign.id, secret, may_store=refusal is None)
    content = posted.content(questions(campaign, target.department.id))
    if content is None:
        if refusal is not None:
            return show(refusal, _opening(campaign, refusal))
        return _form(target, secret, posted, status=422)
    return _submit(target, secret, posted, content)


def _submit(target: Target, secret: str, posted: Posted, content: Content) -> Response:
    try:
        accepted = submission.submit(
            submission.Submission(
                campaign_id=target.campaign.id,
                department_id=target.department.id,
                content=content,
                receipt_key=_receipt_key(secret),
                claim=Claim(code=codes.normal(target.code)),
                origin=Origin(client_address()),
            ),
            now=clock.now(),
        )
    except InvalidInput as refusal:
        rating_form.note_refusal(posted, refusal)
        return _form(target, secret, posted, status=422)
    except Refusal as refusal:
        if refusal.field != "photos":
            back = target.after().list_address if refusal.code == "department_rated" else ""
            return show(refusal, _opening(target.campaign, refusal), back=back)
        posted.photos = ()
        posted.errors["photos"] = refusal.message
        return _form(target, secret, posted, status=refusal.status)
    return _accepted(target.after(), accepted, secret)


def _accepted(target: Target, accepted: submission.Accepted, secret: str) -> Response:
    return page(
        "accepted",
        status=201,
        accepted=accepted,
        code=f"{accepted.campaign_id}.{secret}",
        picture=picture_of(f"{accepted.campaign_id}.{secret}"),
        public_url=current_app.config["CONFIGURATION"].public_url,
        closes_at=target.campaign.closes_at,
        in_survey=target.campaign.kind == CampaignKind.SURVEY,
        list_address=target.list_address,
        more=target.more,
    )


def _why_not(campaign: Campaign, department_id: int, now: datetime) -> Refusal | None:
    """Return why a code gives no rating now, in the order that a person would want to know."""
    try:
        forms.form(campaign.id, department_id).refuse_unless_open(now)
    except Refusal as refusal:
        return refusal
    return None


def _opening(campaign: Campaign, refusal: Refusal) -> str:
    if refusal.code != "campaign_not_open":
        return ""
    return f"“{campaign.title}”的开始时间：{moment(campaign.opens_at)}。"


def _form(target: Target, secret: str, posted: Posted, *, status: int = 200) -> Response:
    return page(
        "rate_form",
        status=status,
        target=target,
        secret=secret,
        posted=posted,
        offers_now=_offers_now(target),
        **form_words(questions(target.campaign, target.department.id)),
    )


def _offers_now(target: Target) -> bool:
    # A drawn person's link leads over a list of departments.
    channel = Channel.SAMPLE if target.list_address else None
    return wishes.is_offered(CampaignKind(target.campaign.kind), channel)


def form_words(asked: Sequence[Question]) -> dict[str, Any]:
    """Return what the fields of the form need beside what was typed."""
    labels = {f"levels.{question.id}": question.name for question in asked}
    return {
        "questions": asked,
        "tag_groups": {"表扬": GOOD_TAGS, "不足": POOR_TAGS},
        "field_labels": {
            "overall": "总体评价",
            **labels,
            "tags": "标签",
            "comment": "意见建议",
            "photos": "图片",
            "contact.name": "姓名",
            "contact.phone": "电话",
            "handle_now": "现在就请处理",
        },
    }


def _receipt_key(secret: str) -> bytes:
    return sha256(base64.urlsafe_b64decode(secret + "=")).digest()[:KEY_BYTES]
