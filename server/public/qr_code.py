"""A QR code of the receipt, to photograph or print instead of copying 43 characters."""

import segno
from markupsafe import Markup


def picture_of(text: str) -> Markup:
    """Return an SVG to stand in a page; segno escapes what it is given."""
    code = segno.make(text, error="m", micro=False)
    svg: str = code.svg_inline(scale=4, border=4, dark="#16202a", light="#ffffff", omitsize=True)
    return Markup(svg)  # noqa: S704 drawn by segno: the text is in the pattern, not in the markup
