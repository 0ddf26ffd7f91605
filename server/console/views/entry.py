"""Coming in and going out: sign-in, passwords, sign-out."""

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console import session
from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.rendering import page
from server.core import clock
from server.core.access import anyone, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.limits import limited
from server.core.schemas import length
from server.core.transaction import transaction
from server.core.web import client_address
from server.identity import service as identity


class PasswordSchema(FormSchema):
    """The old password and the new one twice."""

    current = fields.String(required=True, validate=length(128, 1))
    new = fields.String(required=True, validate=length(128, 1))
    again = fields.String(required=True, validate=length(128, 1))


@console.get("/sign-in")
@anyone
def sign_in() -> Response | str:
    """Ask for name and password."""
    if session.is_begun():
        return redirect(session.safe_next(request.args.get("next")))
    return page("sign_in", name="", message="", next=request.args.get("next", ""))


@console.post("/sign-in")
@anyone
@limited("sign_in")
def begin_session() -> Response | tuple[str, int, dict[str, str]]:
    """Check name and password; why a pair is wrong is not told."""
    name = request.form.get("name", "").strip()
    try:
        with transaction():
            signed_in = identity.check_password(
                name,
                request.form.get("password", ""),
                address=client_address(),
                device_cookie=session.device_cookie(),
                now=clock.now(),
            )
    except Refusal as refusal:
        back = request.form.get("next", "")
        shown = page("sign_in", name=name, message=refusal.message, next=back)
        return shown, refusal.status, refusal.headers
    session.begin(signed_in.account)
    response = redirect(session.safe_next(request.form.get("next")))
    session.remember_device(response, signed_in.device_cookie)
    return response


@console.post("/sign-out")
@anyone
def sign_out() -> Response:
    """End this browser's session."""
    session.end()
    flash("您已退出。", "success")
    return redirect(url_for("console.sign_in"))


@console.get("/password")
@requires()
def change_password() -> str:
    """Ask for the old password and a new one."""
    return page("password", form=Form(PasswordSchema()))


@console.post("/password")
@requires()
@limited("sign_in")
def save_password() -> Response | tuple[str, int]:
    """Set a new password; every other session of the account ends."""
    actor = current_actor()

    def change(current: str, new: str, again: str) -> object:
        if new != again:
            raise InvalidInput([{"field": "again", "message": "两次输入的新密码不一致。"}])
        if actor.id is None:
            raise Refusal("sign_in_needed", 401)
        return identity.change_password(
            actor.id, current=current, new=new, actor=actor, now=clock.now()
        )

    form = Form.posted(PasswordSchema())
    form.submit(change)
    if form.errors:
        return page("password", form=form), 422
    account = session.signed_in_account()
    if account is not None:
        session.begin(account)
    flash("密码已修改，其他设备上的登录已退出。", "success")
    return redirect(url_for("console.dashboard"))
