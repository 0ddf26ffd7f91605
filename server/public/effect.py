"""The plain page on which those who were served rate the effect (成效检验), without WeChat.

A one-time code is rated here; a poster's code leads on to WeChat, which knows one person from
another. Nothing is kept of who opens or sends the page.
"""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server.core import clock, crockford
from server.core.access import anyone
from server.core.limits import limited
from server.core.transaction import transaction
from server.frontline import queries, service
from server.frontline.queries import RatedEntry
from server.frontline.rules import CODE_LENGTH, THANKS, LinkKind
from server.public.blueprint import public
from server.public.rendering import page

LONGEST_CODE = 40
CODE_WRONG = "评价码是 12 位字母和数字，请核对后重新输入。"
LEVEL_MISSING = "请选择满意程度。"


@public.get("/effect/")
@anyone
@limited("effect")
def enter_effect_code() -> AnyResponse:
    """Ask for a code; a typed one leads on to its form."""
    typed = request.args.get("code", "")[:LONGEST_CODE]
    if not typed.strip():
        return page("effect_entry", typed="", error="")
    if not crockford.is_code(typed, CODE_LENGTH):
        return page("effect_entry", status=422, typed=typed, error=CODE_WRONG)
    code = crockford.shown(crockford.normal(typed))
    return redirect(url_for("public.effect", code=code), 303)


@public.get("/effect/<code>")
@anyone
@limited("effect")
def effect(code: str) -> Response:
    """Show what a code asks about, with the form or the way to WeChat."""
    found = queries.rated_entry(code, today=clock.today())
    if found.kind is LinkKind.POSTER:
        return page("effect_poster", found=found, code=code)
    return _form(found, code)


@public.post("/effect/<code>")
@anyone
@limited("effect")
def send_effect(code: str) -> Response:
    """Take in the rating of a one-time code."""
    found = queries.rated_entry(code, today=clock.today())
    if found.kind is LinkKind.POSTER:
        return page("effect_poster", status=409, found=found, code=code)
    level = request.form.get("level", "")
    if level not in {"1", "2", "3", "4", "5"}:
        return _form(found, code, status=422, error=LEVEL_MISSING)
    with transaction():
        service.rate(code, int(level), member_id=None, now=clock.now())
    return page("effect_thanks", status=201, message=THANKS)


@public.get("/effect/<code>/poster.png")
@anyone
@limited("effect")
def effect_picture(code: str) -> Response:
    """Give the poster's code as WeChat scans it."""
    picture = service.poster_picture(code, today=clock.today())
    return Response(picture, mimetype="image/png", headers={"Cache-Control": "private, no-store"})


def _form(found: RatedEntry, code: str, *, status: int = 200, error: str = "") -> Response:
    return page("effect_form", status=status, found=found, code=code, error=error)
