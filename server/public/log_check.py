"""核验我的评价 in a browser: the phone's own check, bundled from the same TypeScript.

The receipt's code stays in the page, which asks the API with it; no address carries it.
"""

from flask import Response, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from server.core.access import anyone
from server.core.limits import limited
from server.ledger.signing import signer
from server.public.blueprint import public
from server.public.preview import DIST
from server.public.rendering import PUBLISHED, page

SCRIPT = "log-check.js"


@public.get("/log/check")
@anyone
@limited("read")
def log_check() -> Response:
    """Ask for a receipt's code or a record's number."""
    return page(
        "log_check",
        cache=PUBLISHED,
        is_built=(DIST / SCRIPT).is_file(),
        fingerprint=signer().key.fingerprint,
    )


@public.get("/log/check.js")
@anyone
def log_check_script() -> AnyResponse:
    """Serve the check; its name stays, so a browser asks each time, and the ETag answers."""
    if not (DIST / SCRIPT).is_file():
        raise NotFound
    response = send_from_directory(DIST, SCRIPT, conditional=True)
    response.headers["Cache-Control"] = "no-cache"
    return response
