"""Links as they are given out."""

from flask import current_app

from server.campaigns.codes import shown

PHONE_PAGE = "packages/evaluation/sample/index"


def link_of(code: str) -> str:
    """Return the web address of a link: a plain page, and what the phone reads in the QR code."""
    return f"{current_app.config['CONFIGURATION'].public_url}/rate/{shown(code)}"


def phone_page(code: str) -> str:
    """Return the mini-program's page of a link."""
    return f"{PHONE_PAGE}?code={shown(code)}"
