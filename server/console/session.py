"""The console's session: a signed cookie with account and epoch, renewed while one works.

The cookie is sent to ``/console`` only, so that neither the API nor a rating page ever sees who
of the office sits at the same browser.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.wrappers import Response as AnyResponse

from server.console.blueprint import console
from server.core.access import ActorKind, current_actor
from server.identity import queries as identity
from server.identity.queries import Account

IDLE = timedelta(hours=8)
DEVICE_COOKIE = "console_device"
DEVICE_SECONDS = 180 * 24 * 3600
PATH = "/console"
# What an account with a first password may open before it has chosen its own.
OPEN_WITH_FIRST_PASSWORD = {
    "console.change_password",
    "console.save_password",
    "console.sign_out",
    "console.asset",
}


class ConsoleSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, without its work for requests that bring and leave none.

    All of the API's are such: the cookie is not sent there.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie, or begin an empty session."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where the session was looked at."""
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)


def configure(app: Flask) -> None:
    """Set the cookie's flags; ``SESSION_COOKIE_SECURE`` follows the public address."""
    app.session_interface = ConsoleSessions()
    app.config.update(
        SESSION_COOKIE_NAME="console",
        SESSION_COOKIE_PATH=PATH,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=IDLE,
    )


def begin(account: Account) -> None:
    """Start a session afresh: nothing of an earlier one, its CSRF token included, lives on."""
    session.clear()
    session.permanent = True
    session["account"] = {"id": str(account.id), "epoch": account.session_epoch}


def end() -> None:
    """Forget who is signed in."""
    session.clear()


def is_begun() -> bool:
    """Tell whether this browser holds a session, still valid or not."""
    return "account" in session


def device_cookie() -> str | None:
    """Return what this browser was given at an earlier sign-in."""
    return request.cookies.get(DEVICE_COOKIE)


def remember_device(response: Response | AnyResponse, device: str) -> None:
    """Let this browser keep attempts of its own, so that strangers can't lock its user out."""
    response.set_cookie(
        DEVICE_COOKIE,
        device,
        max_age=DEVICE_SECONDS,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


def safe_next(target: str | None) -> str:
    """Return where to go after sign-in: an address within the console, never elsewhere."""
    home = url_for("console.dashboard")
    if not target or "\\" in target or any(ord(character) <= ord(" ") for character in target):
        return home
    parts = urlsplit(target)
    if (
        parts.scheme
        or parts.netloc
        or not (parts.path == PATH or parts.path.startswith(PATH + "/"))
    ):
        return home
    return target


@console.before_request
def _first_password_first() -> AnyResponse | None:
    if request.endpoint in OPEN_WITH_FIRST_PASSWORD or not is_begun():
        return None
    account = signed_in_account()
    if account is not None and account.must_change_password:
        return redirect(url_for("console.change_password"))
    return None


def signed_in_account() -> Account | None:
    """Return the account of this request's session, or None; read once a request."""
    if "console_account" not in g:
        actor = current_actor()
        is_account = actor.kind is ActorKind.ACCOUNT
        g.console_account = identity.account(actor.id) if is_account and actor.id else None
    account: Account | None = g.console_account
    return account


@console.after_request
def _keep_private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response
