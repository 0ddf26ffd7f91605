"""Protection of the console's writes against forged requests (CSRF).

Only the console needs it: the API takes no cookie, and the public pages know no sign-in.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_wtf import CSRFProtect

from server.console import session
from server.console.blueprint import console

View = TypeVar("View", bound=Callable[..., Any])

_csrf = CSRFProtect()


def takes_body(largest: int) -> Callable[[View], View]:
    """Let a page's form be larger than others; only to who is signed in, see ``_check``."""

    def mark(view: View) -> View:
        view.largest_form = largest  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Set the check up; ``_check`` below applies it to the console alone."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        # The token lives as long as the session: a form that was left open over lunch still sends.
        WTF_CSRF_TIME_LIMIT=None,
        # Our pages send no referrer at all, so there is none to compare.
        WTF_CSRF_SSL_STRICT=False,
    )
    _csrf.init_app(app)


@console.before_request
def _check() -> None:
    # The check reads the form, so that its largest size has to be known before.
    view = current_app.view_functions.get(request.endpoint or "")
    largest: int | None = getattr(view, "largest_form", None)
    if largest is not None and session.is_begun():
        request.max_content_length = largest
    _csrf.protect()
