"""The official's own phone: a code to link it, and ending the link."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import step
from server.console.own import own_account
from server.console.qr import inline_svg
from server.console.rendering import page
from server.core import clock
from server.core.access import current_actor, requires
from server.core.limits import limited
from server.core.transaction import commits
from server.identity import queries, service
from server.identity.rules import DELEGABLE


@console.get("/phone")
@requires()
def show_own_phone() -> str:
    """Tell whether a phone is linked, and how to link one."""
    return _page()


@console.post("/phone/code")
@requires()
@limited("sign_in")
@commits
def show_phone_code() -> str:
    """Make a code and show it this once."""
    code, until = service.show_phone_code(actor=current_actor(), now=clock.now())
    return _page(code=code, until=until, drawing=inline_svg(code))


@console.post("/phone/unlinking")
@requires()
def unlink_own_phone() -> Response:
    """End the link; the phone's sessions end at once."""
    step(
        lambda: service.unlink_phone(actor=current_actor(), now=clock.now()),
        "手机已解除绑定，它上面的登录已经退出。",
    )
    return redirect(url_for("console.show_own_phone"))


def _page(**shown: object) -> str:
    values = {"code": "", "until": None, "drawing": "", **shown}
    return page(
        "own_phone",
        linked=queries.linked_at(own_account()),
        useful=current_actor().has(*DELEGABLE),
        **values,
    )
