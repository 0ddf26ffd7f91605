"""Receipts on the web: state, correction from an empty form, withdrawal.

The receipt travels in the bodies of forms, never in an address: addresses stay in histories and in
the logs of proxies.
"""

import re
from typing import Any

from flask import Response, redirect, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignKind, CampaignState
from server.core import clock
from server.core.access import anyone
from server.core.errors import InvalidInput, Refusal
from server.core.limits import limited
from server.core.text import clean
from server.core.transaction import transaction
from server.core.web import client_address
from server.evaluation import receipt_cases, receipts, wishes
from server.evaluation.content import Content
from server.evaluation.origin import Origin
from server.evaluation.queries import questions
from server.evaluation.receipts import ReceiptState
from server.evaluation.rules import RECEIPT
from server.public import rating_form
from server.public.blueprint import public
from server.public.rating import form_words
from server.public.rating_form import Posted
from server.public.rendering import page
from server.rectification.rules import LONGEST_WORD

# As phone and web show it: the campaign, a dot, the secret.
WHOLE = re.compile(r"(?P<campaign>[0-9]{1,9})\.(?P<receipt>[A-Za-z0-9_-]{43})")
WHITE_SPACE = re.compile(r"\s+")
RECEIPT_WRONG = "回执码是一个编号、一个点和 43 位字符，区分大小写，请核对。"
CAMPAIGN_WRONG = "请选择您参加的评价活动。"
CORRECTED = "更正已收到，以这次填写的内容为准。"
WITHDRAWN = "评价已撤回，填写的内容已删除。"
ERASED = "意见、标签、图片和联系方式已删除；匿名的等级保留，仍然计入结果。"
ANSWERED = "回复已收到，审核后部门才能看到。"
FOLLOWED_UP = "追评已收到。"


@public.get("/receipt")
@anyone
@limited("read")
def enter_receipt() -> Response:
    """Ask for campaign and receipt."""
    return _entry({"campaign": request.args.get("campaign", "")}, {})


@public.post("/receipt")
@anyone
@limited("guess")
def show_receipt() -> Response:
    """Show where the rating of a receipt stands."""
    typed = {"campaign": request.form.get("campaign", ""), "receipt": _secret()}
    if whole := WHOLE.fullmatch(typed["receipt"]):
        typed = whole.groupdict()
    errors = {}
    if not _is_campaign(typed["campaign"]):
        errors["campaign"] = CAMPAIGN_WRONG
    if not RECEIPT.fullmatch(typed["receipt"]):
        errors["receipt"] = RECEIPT_WRONG
    if errors:
        return _entry(typed, errors, status=422)
    try:
        state = receipts.state(int(typed["campaign"]), typed["receipt"], now=clock.now())
    except Refusal as refusal:
        if refusal.code != "receipt_unknown":
            raise
        message = "没有找到这份回执，请核对回执码和评价活动。"
        return _entry(typed, {"receipt": message}, status=refusal.status)
    return _state(state, typed["receipt"])


@public.post("/receipt/correction")
@anyone
@limited("guess")
def correction() -> Response:
    """Show an empty form: what was said before is shown to nobody, its rater included."""
    state = _changeable()
    return _correction(state, _secret(), Posted())


@public.post("/receipt/correction/sent")
@anyone
@limited("guess")
def send_correction() -> Response:
    """Replace a rating's content."""
    rating_form.allow_pictures()
    state = _changeable()
    secret = _secret()
    posted = rating_form.read(state.campaign.id, secret, may_store=True)
    content = posted.content(questions(state.campaign, state.department_id))
    if content is None:
        return _correction(state, secret, posted, status=422)
    return _correct(state, secret, posted, content)


@public.post("/receipt/withdrawal")
@anyone
@limited("guess")
def withdrawal() -> Response:
    """Ask once more before a rating is withdrawn."""
    return page("receipt_withdrawal", state=_changeable(), secret=_secret())


@public.post("/receipt/withdrawal/confirmed")
@anyone
@limited("guess")
def confirm_withdrawal() -> Response:
    """Withdraw a rating."""
    with transaction():
        state = receipts.withdraw(_campaign_id(), _secret(), now=clock.now())
    return _state(state, _secret(), notice=WITHDRAWN)


@public.post("/receipt/answer")
@anyone
@limited("guess")
def answer_case() -> Response:
    """Answer the department that works on the case behind a rating."""
    word = _words()
    if not word:
        raise InvalidInput([{"field": "word", "message": "请填写要回复的内容。"}])
    receipt_cases.answer(_campaign_id(), _secret(), word, member_id=None, now=clock.now())
    return _known_state(ANSWERED)


@public.post("/receipt/follow-up")
@anyone
@limited("guess")
def say_last_word() -> Response:
    """Say whether what the department did has solved it."""
    solved = request.form.get("solved")
    if solved not in {"yes", "no"}:
        raise InvalidInput([{"field": "solved", "message": "请选择“已解决”或“未解决”。"}])
    receipt_cases.follow_up(
        _campaign_id(),
        _secret(),
        solved=solved == "yes",
        word=_words(),
        member_id=None,
        now=clock.now(),
    )
    return _known_state(FOLLOWED_UP)


@public.post("/receipt/words")
@anyone
@limited("guess")
def erasing() -> Response:
    """Ask once more before words, photos and contact are erased."""
    return page("receipt_erasing", state=_erasable(), secret=_secret())


@public.post("/receipt/words/erased")
@anyone
@limited("guess")
def confirm_erasing() -> Response:
    """Erase words, photos and contact; the level stays."""
    _erasable()
    with transaction():
        state = receipts.erase_words(_campaign_id(), _secret(), now=clock.now())
    return _state(state, _secret(), notice=ERASED)


@public.get("/receipt/<path:step>")
@anyone
def begin_again(step: str) -> AnyResponse:
    """Lead back to the start who opens a later step's address by itself."""
    del step
    return redirect(url_for("public.enter_receipt"), 303)


def _correct(state: ReceiptState, secret: str, posted: Posted, content: Content) -> Response:
    try:
        with transaction():
            corrected = receipts.correct(
                state.campaign.id,
                secret,
                content,
                member_id=None,
                now=clock.now(),
                origin=Origin(client_address()),
            )
    except InvalidInput as refusal:
        rating_form.note_refusal(posted, refusal)
        return _correction(state, secret, posted, status=422)
    except Refusal as refusal:
        if refusal.field != "photos":
            raise
        posted.photos = ()
        posted.errors["photos"] = refusal.message
        return _correction(state, secret, posted, status=refusal.status)
    return _state(corrected, secret, notice=CORRECTED)


def _entry(typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> Response:
    offered = campaigns.campaigns(states=[CampaignState.OPEN, CampaignState.CLOSED])
    return page("receipt_entry", status=status, campaigns=offered, typed=typed, errors=errors)


def _state(state: ReceiptState, secret: str, *, notice: str = "") -> Response:
    case = receipt_cases.view(state.campaign.id, secret, now=clock.now())
    return page("receipt_state", state=state, secret=secret, notice=notice, case=case)


def _known_state(notice: str) -> Response:
    state = receipts.state(_campaign_id(), _secret(), now=clock.now())
    return _state(state, _secret(), notice=notice)


def _words() -> str:
    try:
        # Browsers send line breaks as two characters; the limit counts what people see.
        word = clean(request.form.get("word", "").replace("\r\n", "\n"))
    except ValidationError as error:
        raise InvalidInput([{"field": "word", "message": str(error.messages[0])}]) from error
    if len(word) > LONGEST_WORD:
        message = f"最多 {LONGEST_WORD} 个字。"
        raise InvalidInput([{"field": "word", "message": message}])
    return word


def _correction(state: ReceiptState, secret: str, posted: Posted, *, status: int = 200) -> Response:
    words: dict[str, Any] = form_words(questions(state.campaign, state.department_id))
    return page(
        "receipt_correction",
        status=status,
        state=state,
        secret=secret,
        posted=posted,
        offers_now=wishes.is_offered(CampaignKind(state.campaign.kind), state.channel),
        **words,
    )


def _changeable() -> ReceiptState:
    state = receipts.state(_campaign_id(), _secret(), now=clock.now())
    if not state.may_change:
        excluded = state.state == "excluded"
        raise Refusal("receipt_excluded" if excluded else "receipt_closed", 409)
    if state.of_organisation:
        # Who speaks for an organisation today is known on the phone alone.
        raise Refusal("receipt_not_representative", 403)
    return state


def _erasable() -> ReceiptState:
    state = receipts.state(_campaign_id(), _secret(), now=clock.now())
    if state.of_organisation:
        raise Refusal("receipt_not_representative", 403)
    return state


def _secret() -> str:
    return WHITE_SPACE.sub("", request.form.get("receipt", ""))


def _campaign_id() -> int:
    text = request.form.get("campaign", "")
    if not _is_campaign(text):
        raise Refusal("campaign_unknown", 404)
    return int(text)


def _is_campaign(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 fits an integer column
