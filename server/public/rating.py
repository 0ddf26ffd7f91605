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
from server.core import clock
from server.core.access import anyone
from server.core.errors import InvalidInput, Refusal
from server.core.limits import limited
from server.evaluation import entries, forms, submission
from server.evaluation.content import Content
from server.evaluation.entries import Entry
from server.evaluation.queries import questions
from server.evaluation.raters import Claim
from server.evaluation.readings import Question
from server.evaluation.rules import GOOD_TAGS, POOR_TAGS, RECEIPT
from server.public import rating_form
from server.public.blueprint import public
from server.public.errors import show
from server.public.qr_code import picture_of
from server.public.rating_form import Posted
from server.public.rendering import moment, page

SECRET_BYTES = 32
KEY_BYTES = 16
LONGEST_CODE = 40
CODE_WRONG = "评价码是 12 位字母和数字，请核对后重新输入。"


@public.get("/rate/")
@anyone
@limited("guess")
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
@limited("guess")
def rate(code: str) -> AnyResponse:
    """Show a code's form; a department's or counter's QR code asks for the code of the visit."""
    entry = entries.resolve(code)
    if entry.campaign is None or entry.kind != "code":
        return page("rate_entry", typed="", error="", entry=entry)
    if refusal := _why_not(entry, clock.now()):
        return show(refusal, _opening(entry.campaign, refusal))
    return _form(entry, entry.campaign, code, secrets.token_urlsafe(SECRET_BYTES), Posted())


@public.post("/rate/<code>")
@anyone
@limited("guess")
def send_rating(code: str) -> AnyResponse:
    """Take in a rating. The same form sent again gets the same answer, also after the close."""
    rating_form.allow_pictures()
    entry = entries.resolve(code)
    campaign = entry.campaign
    if campaign is None or entry.kind != "code":
        raise Refusal("code_unknown", 404)
    secret = request.form.get("receipt", "")
    if not RECEIPT.fullmatch(secret):
        raise Refusal("receipt_missing", 400)
    refusal = _why_not(entry, clock.now())
    posted = rating_form.read(campaign.id, secret, may_store=refusal is None)
    content = posted.content(questions(campaign, entry.department.id))
    if content is None:
        if refusal is not None:
            return show(refusal, _opening(campaign, refusal))
        return _form(entry, campaign, code, secret, posted, status=422)
    return _submit(entry, campaign, code, secret, posted, content)


def _submit(
    entry: Entry, campaign: Campaign, code: str, secret: str, posted: Posted, content: Content
) -> Response:
    try:
        accepted = submission.submit(
            submission.Submission(
                campaign_id=campaign.id,
                department_id=entry.department.id,
                content=content,
                receipt_key=_receipt_key(secret),
                claim=Claim(code=codes.normal(code)),
            ),
            now=clock.now(),
        )
    except InvalidInput as refusal:
        rating_form.note_refusal(posted, refusal)
        return _form(entry, campaign, code, secret, posted, status=422)
    except Refusal as refusal:
        if refusal.field != "photos":
            return show(refusal, _opening(campaign, refusal))
        posted.photos = ()
        posted.errors["photos"] = refusal.message
        return _form(entry, campaign, code, secret, posted, status=refusal.status)
    return page(
        "accepted",
        status=201,
        accepted=accepted,
        code=f"{accepted.campaign_id}.{secret}",
        picture=picture_of(f"{accepted.campaign_id}.{secret}"),
        public_url=current_app.config["CONFIGURATION"].public_url,
        closes_at=campaign.closes_at,
    )


def _why_not(entry: Entry, now: datetime) -> Refusal | None:
    """Return why a code gives no rating now, in the order that a person would want to know."""
    if entry.campaign is None:
        return Refusal("campaign_closed", 409)
    try:
        forms.form(entry.campaign.id, entry.department.id).refuse_unless_open(now)
    except Refusal as refusal:
        return refusal
    return None


def _opening(campaign: Campaign, refusal: Refusal) -> str:
    if refusal.code != "campaign_not_open":
        return ""
    return f"「{campaign.title}」的开始时间：{moment(campaign.opens_at)}。"


def _form(
    entry: Entry,
    campaign: Campaign,
    code: str,
    secret: str,
    posted: Posted,
    *,
    status: int = 200,
) -> Response:
    return page(
        "rate_form",
        status=status,
        campaign=campaign,
        department=entry.department,
        counter=entry.counter,
        code=code,
        secret=secret,
        posted=posted,
        **form_words(questions(campaign, entry.department.id)),
    )


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
        },
    }


def _receipt_key(secret: str) -> bytes:
    return sha256(base64.urlsafe_b64decode(secret + "=")).digest()[:KEY_BYTES]
