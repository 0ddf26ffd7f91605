"""The mini-program in a browser, at /m/: the bundle that ``npm run build:preview`` makes."""

from pathlib import Path

from flask import Response, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from server.core.access import anyone
from server.public.blueprint import public
from server.public.rendering import bare_page

DIST = Path(__file__).parents[2] / "miniprogram" / "preview" / "dist"

# Pictures that a person chose are shown, and read for sending, from blob: addresses.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@public.get("/m/")
@anyone
def preview() -> AnyResponse:
    """Serve the preview's page, or say how to make it."""
    if not (DIST / "index.html").is_file():
        return _not_built()
    return _file("index.html")


@public.get("/m/<path:name>")
@anyone
def preview_file(name: str) -> AnyResponse:
    """Serve one of the preview's files."""
    try:
        return _file(name)
    except NotFound:
        if not DIST.is_dir():
            return _not_built()
        raise


def _file(name: str) -> AnyResponse:
    # File names stay the same from build to build, so a browser asks each time; the ETag answers.
    response = send_from_directory(DIST, name, conditional=True)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _not_built() -> Response:
    return bare_page(
        "error",
        status=503,
        title="小程序预览还没有生成",
        message="请在项目目录执行 make run，启动前会自动生成预览。",
        note="",
        steps=(),
    )
