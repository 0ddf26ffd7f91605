"""QR codes: what stands in them and how they are drawn."""

import io
from typing import Any

import segno
from flask import current_app

from server.campaigns.codes import shown
from server.campaigns.queries import Counter
from server.wechat.platform import current_platform

# Where a scanned mini-program code opens; the page reads the scene.
SCENE_PAGE = "pages/home/index"
# A quarter of the modules may be covered or worn: sheets are handled, posters hang in the sun.
CORRECTION = "q"


def department_scene(department_id: int) -> str:
    """Return what the mini-program finds in a department's code."""
    return f"d{department_id}"


def counter_scene(counter: Counter) -> str:
    """Return what the mini-program finds in a counter's code."""
    return f"k{counter.code}"


def web_form_url() -> str:
    """Return the plain web form, where a rating code is typed."""
    return f"{current_app.config['CONFIGURATION'].public_url}/rate/"


def code_url(code: str) -> str:
    """Return the web address of a rating code."""
    return web_form_url() + shown(code)


def mini_program_png(scene: str) -> bytes:
    """Return the mini-program's code of a scene, as WeChat draws it."""
    return current_platform().qr_code(scene, SCENE_PAGE)


def png(text: str) -> bytes:
    """Return a QR code large enough for a poster."""
    buffer = io.BytesIO()
    _make(text).save(buffer, kind="png", scale=20, border=4)
    return buffer.getvalue()


def svg(text: str) -> bytes:
    """Return a QR code that prints sharp at any size."""
    buffer = io.BytesIO()
    _make(text).save(buffer, kind="svg", scale=10, border=4)
    return buffer.getvalue()


def inline_svg(text: str) -> str:
    """Return a QR code to stand in a page, as large as its box."""
    return str(_make(text).svg_inline(omitsize=True, border=2))


def _make(text: str) -> Any:
    return segno.make(text, error=CORRECTION, micro=False)
