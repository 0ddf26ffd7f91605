"""Web pages without sign-in: the board, the plain rating form, receipts, the preview at /m/.

No page here sets a cookie, and none needs protection against forged requests: nothing is done by
who a browser is. What a form may do follows from the rating code or the receipt that is in it, and
a stranger's page that knew those would not need a person's browser.
"""

from flask import Flask

from server.public import (
    assets,
    board,
    board_frontline,
    board_quarters,
    effect,
    errors,
    home,
    log,
    log_audits,
    log_check,
    preview,
    rating,
    receipt,
)
from server.public.blueprint import public

# Importing a module adds its pages to the blueprint.
PAGES = (
    assets,
    board,
    board_frontline,
    board_quarters,
    effect,
    home,
    log,
    log_audits,
    log_check,
    preview,
    rating,
    receipt,
)


def init_app(app: Flask) -> None:
    """Add the public pages, and pages for addresses that lead nowhere."""
    app.register_blueprint(public)
    errors.init_app(app)
