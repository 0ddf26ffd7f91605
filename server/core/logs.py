"""Logging: one line an event, to standard error; no openid, phone, name or token in any."""

import logging

from flask import Flask

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def init_app(app: Flask) -> None:
    """Log our own lines from INFO, libraries' from WARNING."""
    logging.basicConfig(format=FORMAT, level=logging.WARNING)
    logging.getLogger("ronghe").setLevel(logging.INFO)
    app.logger.setLevel(logging.INFO)
    # Their lines carry addresses with query strings: access tokens, login codes.
    for talkative in ("urllib3", "wechatpy", "requests"):
        logging.getLogger(talkative).setLevel(logging.ERROR)
