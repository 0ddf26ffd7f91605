"""Style sheet and icon. The address carries a fingerprint, so that a browser may keep them."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import send_from_directory, url_for
from werkzeug.wrappers import Response

from server.core.access import anyone
from server.public.blueprint import public

STATIC = Path(__file__).parent / "static"
KEPT_SECONDS = 365 * 24 * 3600


@cache
def fingerprint() -> str:
    """Return what changes when any of the files changes."""
    digest = sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def asset_url(name: str) -> str:
    """Return the address of a file in ``static/``."""
    return url_for("public.asset", version=fingerprint(), name=name)


@public.get("/assets/<version>/<name>")
@anyone
def asset(version: str, name: str) -> Response:
    """Serve a file."""
    del version
    response = send_from_directory(STATIC, name)
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, immutable"
    return response
