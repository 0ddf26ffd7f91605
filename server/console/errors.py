"""Refusals as pages: the same statuses and sentences as the API's, for a person to read."""

from typing import Any

from apiflask.exceptions import HTTPError
from flask import Response, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from server.console import session
from server.console.blueprint import console
from server.core.access import anyone
from server.core.errors import Refusal, answer
from server.core.messages import MESSAGES, STATUS_TITLES

UNAUTHORISED = 401
SERVER_ERROR = 500
FORM_EXPIRED = "页面停留过久或登录状态已变化，请返回上一页刷新后重新提交。"


def is_htmx() -> bool:
    """Tell whether htmx asks, which swaps what it gets into a page."""
    return request.headers.get("HX-Request") == "true"


def sign_in_first() -> AnyResponse:
    """Send a person without a session to the sign-in page, and back afterwards."""
    session.end()
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("console.sign_in", next=back)
    if is_htmx():
        return Response(status=UNAUTHORISED, headers={"HX-Redirect": address})
    return redirect(address)


def show(status: int, message: str, details: list[dict[str, str]] | None = None) -> Response:
    """Render an error; as a notice in the page where htmx asked, else as a page of its own."""
    values: dict[str, Any] = {
        "status": status,
        "title": STATUS_TITLES.get(status, "请求未完成"),
        "message": message,
        "details": details or [],
    }
    if is_htmx():
        response = make_response(render_template("console/partials/notice.html", **values), status)
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML"
        # The request may have asked for a part of a page that a notice has not.
        response.headers["HX-Reselect"] = ".alert"
        response.headers["HX-Push-Url"] = "false"
        return response
    # What the frame needs (who is signed in) may be the very thing that failed.
    frame = "page" if status < SERVER_ERROR and session.is_begun() else "bare"
    return make_response(render_template("console/pages/error.html", frame=frame, **values), status)


@console.errorhandler(CSRFError)
def _forged(error: CSRFError) -> Response:
    return show(error.code or 400, FORM_EXPIRED)


@console.errorhandler(Refusal)
@console.errorhandler(HTTPError)
@console.errorhandler(HTTPException)
@console.errorhandler(IntegrityError)
@console.errorhandler(OperationalError)
@console.errorhandler(Exception)
def _refused(error: Exception) -> AnyResponse:
    if isinstance(error, HTTPException) and error.response is not None:
        return error.get_response()
    problem = answer(error)
    if problem.status_code == UNAUTHORISED:
        return sign_in_first()
    if isinstance(error, Refusal) and error.code == "password_change_needed":
        return redirect(url_for("console.change_password"))
    body = problem.get_json(force=True)
    response = show(problem.status_code, body["detail"], body.get("errors"))
    if "Retry-After" in problem.headers:
        response.headers["Retry-After"] = problem.headers["Retry-After"]
    return response


@console.get("/<path:anything>")
@anyone
def nowhere(anything: str) -> Response:
    """Answer for addresses that lead nowhere."""
    del anything
    return show(404, MESSAGES["http_404"])
