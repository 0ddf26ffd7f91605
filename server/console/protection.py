"""Protection of the console's writes against forged requests (CSRF).

Only the console needs it: the API takes no cookie, and the public pages know no sign-in.
"""

from flask import Flask
from flask_wtf import CSRFProtect

from server.console.blueprint import console

_csrf = CSRFProtect()


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
    _csrf.protect()
