"""Refusals as pages: the API's statuses and sentences, each with what a person can do next."""

from dataclasses import dataclass
from typing import Any

from apiflask.exceptions import HTTPError
from flask import Flask, Response, request, url_for
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from server.core.errors import Refusal, answer, wants_page
from server.public.blueprint import public
from server.public.rating_form import allow_pictures
from server.public.rendering import bare_page

HANDLED = (Refusal, HTTPError, HTTPException, IntegrityError, OperationalError, Exception)
KEPT_HEADERS = ("Retry-After", "Allow")
TOO_MANY = 429


@dataclass(frozen=True)
class Step:
    """Where a person may go from an error; ``endpoint`` is one of the public pages."""

    endpoint: str
    label: str


HOME = Step("public.home", "返回首页")
ENTER_CODE = Step("public.enter_code", "重新输入评价码")
RECEIPT = Step("public.enter_receipt", "用回执查看、更正或撤回评价")
EFFECT_CODE = Step("public.enter_effect_code", "重新输入评价码")
RECEIPT_ONLY_SHOWN = Step("public.enter_receipt", "用回执查看评价")
BOARD = Step("public.board_list", "查看已公布的结果")
QUARTERS = Step("public.board_quarters", "查看已公布的季度")

# What the general title of a status does not say well enough.
PAGES: dict[str, tuple[str, tuple[Step, ...]]] = {
    "code_unknown": ("没有这个评价码", (ENTER_CODE,)),
    "counter_unknown": ("窗口二维码已停用", (ENTER_CODE,)),
    "code_used": ("这个评价码已经用过", (RECEIPT,)),
    "already_rated": ("这个评价码已经用过", (RECEIPT,)),
    "department_rated": ("这个部门已经评价过", (RECEIPT,)),
    "code_other_department": ("链接不含这个部门", ()),
    "campaign_closed": ("评价已经结束", (BOARD, RECEIPT_ONLY_SHOWN)),
    "campaign_not_open": ("评价还没有开始", ()),
    "campaign_paused": ("评价暂停中", ()),
    "campaign_sealed": ("结果封存中", (BOARD,)),
    "campaign_not_settled": ("结果正在汇总", (BOARD,)),
    "campaign_not_published": ("结果尚未公布", (BOARD,)),
    "scores_not_published": ("这一版没有总分", (BOARD,)),
    "quarter_not_published": ("这个季度尚未公布", (QUARTERS, BOARD)),
    "campaign_unknown": ("没有这项评价活动", (BOARD,)),
    "department_unknown": ("没有这个部门", (BOARD,)),
    "idempotency_key_reused": ("这份评价已经提交过", (RECEIPT,)),
    "effect_link_unknown": ("没有这个评价码", (EFFECT_CODE,)),
    "effect_link_over": ("评价码已过有效期", ()),
    "effect_already_rated": ("这个评价码已经用过", ()),
    "receipt_unknown": ("没有找到这份回执", (RECEIPT,)),
    "receipt_missing": ("回执码不完整", (RECEIPT,)),
    "receipt_closed": ("不能再更正或撤回", (RECEIPT_ONLY_SHOWN, BOARD)),
    "receipt_excluded": ("不能再更正或撤回", (RECEIPT_ONLY_SHOWN,)),
}
USED = (
    "一个评价码评价一次。如果是您用过的，可以凭回执查看、更正或撤回；"
    "如果不是，请向窗口索取新的评价码。"
)
# Sentences that the API words for a program or for the phone.
SENTENCES = {
    "code_used": USED,
    "already_rated": USED,
    "effect_already_rated": "一个评价码评价一次。如果不是您评的，请向走访的同志索取新的评价码。",
    "idempotency_key_reused": (
        "这张表单已经提交过一次，这次的内容与上次不同，没有重复收取。如需修改，请用回执更正。"
    ),
    "campaign_closed": "评价已经结束，感谢您的关注。结果汇总后在“晾晒”中公布。",
}


def show(error: Exception, note: str = "", *, back: str = "") -> Response:
    """Render an error as a page of its own; ``note`` adds a fact such as the opening time.

    ``back`` is the address of the list that somebody came from.
    """
    problem = answer(error)
    body: dict[str, Any] = problem.get_json(force=True)
    if body["code"] == "code_other_department":
        back = back or url_for("public.rate", code=(request.view_args or {})["code"])
    title, steps = PAGES.get(body["code"], (body["title"], ()))
    response = bare_page(
        "error",
        status=problem.status_code,
        title=title,
        message=SENTENCES.get(body["code"], body["detail"]),
        note=note,
        back=back,
        steps=(*steps, HOME),
        typed=_typed() if problem.status_code == TOO_MANY else [],
        pictures=bool(request.files) if problem.status_code == TOO_MANY else False,
    )
    for name in KEPT_HEADERS:
        if name in problem.headers:
            response.headers[name] = problem.headers[name]
    return response


def _typed() -> list[tuple[str, str]]:
    """Return the fields of a form that came too early, to be sent again as they are.

    The way back loses them: a browser keeps nothing of a page that must not be stored.
    """
    if request.method != "POST":
        return []
    allow_pictures()
    return list(request.form.items(multi=True))


def _refused(error: Exception) -> AnyResponse:
    if isinstance(error, HTTPException) and error.response is not None:
        return error.get_response()
    return show(error)


def _unrouted(error: HTTPException) -> AnyResponse:
    # A wrong address or method belongs to no blueprint: a program gets problem+json, a person
    # a page. A redirect to the address with a slash comes through here as well.
    if error.response is not None or (error.code or 500) < 400:  # noqa: PLR2004 the first error status
        return error.get_response()
    return show(error) if wants_page() else answer(error)


for kind in HANDLED:
    public.register_error_handler(kind, _refused)


def init_app(app: Flask) -> None:
    """Answer as pages on the public pages and on addresses that lead nowhere."""
    app.register_error_handler(HTTPException, _unrouted)
