"""The administrators' console 管理后台: server-rendered pages for the people at the desk."""

from flask import Flask

from server.console import errors, protection, rendering, session, views  # noqa: F401 errors and views add themselves to the blueprint
from server.console.blueprint import console


def init_app(app: Flask) -> None:
    """Add the console's pages to the application."""
    session.configure(app)
    protection.init_app(app)
    rendering.init_app(app)
    app.register_blueprint(console)
