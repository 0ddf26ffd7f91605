"""Styles, scripts and fonts of the console, from the installed npm packages and ``static/``.

The address carries a fingerprint of the lock file and of our own files, so that a browser may keep
what it has for a year and still gets the new files after an update.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import send_from_directory, url_for
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.core.access import anyone
from server.core.errors import Refusal

SERVER = Path(__file__).parents[1]
STATIC = Path(__file__).parent / "static"
MODULES = SERVER / "node_modules"
FOLDERS = {
    "tabler": MODULES / "@tabler" / "core" / "dist",
    "icons": MODULES / "@tabler" / "icons-webfont" / "dist",
    "htmx": MODULES / "htmx.org" / "dist",
    "leaflet": MODULES / "leaflet" / "dist",
    "echarts": MODULES / "echarts" / "dist",
    "console": STATIC,
}
KEPT_SECONDS = 365 * 24 * 3600


@cache
def fingerprint() -> str:
    """Return what changes when any of the files changes."""
    digest = sha256((SERVER / "package-lock.json").read_bytes())
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def asset_url(package: str, name: str) -> str:
    """Return the address of a file, such as ``asset_url("htmx", "htmx.min.js")``."""
    return url_for("console.asset", version=fingerprint(), package=package, name=name)


@console.get("/assets/<version>/<package>/<path:name>")
@anyone
def asset(version: str, package: str, name: str) -> Response:
    """Serve a file."""
    del version
    if package not in FOLDERS:
        raise Refusal("not_found", 404)
    response = send_from_directory(FOLDERS[package], name, max_age=KEPT_SECONDS)
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, immutable"
    return response
