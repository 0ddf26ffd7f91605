"""Refusals: every no has a name, a true HTTP status and a Chinese sentence that says what to do."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, json, request
from psycopg.errors import ConnectionException
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from server.core.lazily import Later
from server.core.messages import MESSAGES, STATUS_TITLES

if TYPE_CHECKING:
    import apiflask
    from apiflask import exceptions as invalid
else:
    invalid = Later("apiflask.exceptions")

PROBLEM = "application/problem+json"
PROBLEM_TYPE = "urn:ronghe:problem:"


class Refusal(Exception):  # noqa: N818 a refusal is an answer, not a fault
    """A request that the system understands and does not carry out.

    Attributes:
        code: stable name of the reason, also the key of its message.
        status: HTTP status, 4xx, or 503 where waiting helps.
        field: the name of the input at fault, where there is one.
        detail: values that the message's placeholders take.
        headers: response headers such as Retry-After.
    """

    def __init__(
        self,
        code: str,
        status: int,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **detail: object,
    ) -> None:
        """Name the reason; the message must stand in ``core/messages.py``."""
        super().__init__(code)
        self.code = code
        self.status = status
        self.field = field
        self.headers = dict(headers or {})
        self.detail = detail

    @property
    def message(self) -> str:
        """The Chinese sentence shown to the person."""
        return MESSAGES[self.code].format(**self.detail)


class InvalidInput(Refusal):
    """A 422 that names every field at fault."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        """Take ``[{"field": "levels.12", "message": "…"}]``."""
        super().__init__("invalid_input", 422)
        self.errors = errors


def problem(
    status: int,
    code: str,
    message: str,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Build an RFC 9457 answer."""
    body: dict[str, Any] = {
        "type": PROBLEM_TYPE + code,
        "title": STATUS_TITLES.get(status, "请求未完成"),
        "status": status,
        "code": code,
        "detail": message,
    }
    if errors:
        body["errors"] = errors
    # A field's name is the caller's text, and may hold what UTF-8 can't.
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(text, status, headers=headers, mimetype=PROBLEM)


def flatten(messages: object, path: str = "") -> list[dict[str, str]]:
    """Turn marshmallow's nested messages into a list of field and message."""
    if isinstance(messages, dict):
        found = []
        for key, value in messages.items():
            name = path if key in {"_schema", "value"} and path else str(key)
            inner = f"{path}.{name}" if path and name != path else name
            found += flatten(value, inner)
        return found
    if isinstance(messages, list):
        return [item for message in messages for item in flatten(message, path)]
    return [{"field": path or "_body", "message": str(messages)}]


def _from_refusal(refusal: Refusal) -> Response:
    if isinstance(refusal, InvalidInput):
        errors = refusal.errors
    elif refusal.field:
        errors = [{"field": refusal.field, "message": refusal.message}]
    else:
        errors = None
    return problem(refusal.status, refusal.code, refusal.message, errors, refusal.headers)


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    code = f"http_{status}"
    message = MESSAGES.get(code, MESSAGES["http_other"])
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() in {"allow", "retry-after"}
    }
    return problem(status, code, message, headers=headers)


def _from_validation(error: "invalid.HTTPError") -> Response:
    if error.status_code == 422 and isinstance(error.detail, dict):  # noqa: PLR2004 the status of failed validation
        errors = [item for part in error.detail.values() for item in flatten(part)]
        return problem(422, "invalid_input", MESSAGES["invalid_input"], errors)
    code = f"http_{error.status_code}"
    return problem(error.status_code, code, MESSAGES.get(code, MESSAGES["http_other"]))


def constraint_name(error: IntegrityError) -> str | None:
    """Return the name of the constraint that a write broke."""
    diagnostic = getattr(error.orig, "diag", None)
    return getattr(diagnostic, "constraint_name", None)


def _from_integrity(error: IntegrityError) -> Response:
    name = constraint_name(error)
    if name in MESSAGES:
        return problem(409, name, MESSAGES[name])
    current_app.logger.error("constraint without a message: %s", name)
    return problem(409, "conflict", MESSAGES["conflict"])


def _from_database_loss(error: OperationalError) -> Response:
    if error.connection_invalidated or isinstance(error.orig, ConnectionException):
        current_app.logger.error("database connection lost")
    else:
        current_app.logger.error("database refused: %s", type(error.orig).__name__)
    return problem(503, "database_away", MESSAGES["database_away"], headers={"Retry-After": "5"})


def _from_crash(error: Exception) -> Response:
    # The traceback, without the values: exception texts may carry what a person typed.
    current_app.logger.error("unexpected %s", type(error).__name__, exc_info=_without_text(error))
    return problem(500, "http_500", MESSAGES["http_500"])


def _without_text(error: BaseException) -> tuple[type[Exception], Exception, Any]:
    return Exception, Exception(type(error).__name__), error.__traceback__


def answer(error: Exception) -> Response:
    """Return the problem+json answer of any error; pages take status and sentence from it."""
    if isinstance(error, Refusal):
        return _from_refusal(error)
    if isinstance(error, invalid.HTTPError):
        return _from_validation(error)
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, IntegrityError):
        return _from_integrity(error)
    if isinstance(error, OperationalError):
        return _from_database_loss(error)
    return _from_crash(error)


def wants_page() -> bool:
    """Tell whether the caller is a person with a browser rather than a program."""
    return not request.path.startswith(("/api/", "/healthz", "/readyz", "/wechat/"))


def init_app(app: "apiflask.APIFlask") -> None:
    """Register the one handler for each kind of error."""
    app.register_error_handler(Refusal, _from_refusal)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(IntegrityError, _from_integrity)
    app.register_error_handler(OperationalError, _from_database_loss)
    app.register_error_handler(Exception, _from_crash)
    app.error_processor(_from_validation)
