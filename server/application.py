"""The application: ``create_app`` puts extensions and blueprints together, nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from apispec import APISpec
from apispec.ext.marshmallow.common import make_schema_key
from flask_migrate import Migrate
from marshmallow import Schema

from server import commands, console, public
from server.blueprints import API_BLUEPRINTS
from server.core import apidocs, config, database, errors, health, limits, web
from server.core import body as _json_bodies  # noqa: F401 replaces the reading of JSON on import
from server.core.access import register_authenticator
from server.foundation import furnish
from server.identity.authentication import RequestAuthenticator
from server.sms.routes import sms_sandbox
from server.wechat.routes import sandbox

MIGRATIONS = Path(__file__).parents[1] / "migrations"


class Application(APIFlask):
    """The project's Flask application."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: nothing here is async, and Flask would ask seven times a request."""
        return func

    def _register_schema_and_get_ref(
        self, spec: APISpec, registered_schema_classes: dict[int, str], schema_obj: Any
    ) -> dict[str, str]:
        """Point to a schema that the document has met inside another one, instead of repeating it.

        APIFlask remembers those alone that were a route's own.
        """
        converter = self._ma_plugin.converter
        if isinstance(schema_obj, Schema) and converter is not None:
            known = converter.refs.get(make_schema_key(schema_obj))
            if known is not None:
                return {"$ref": f"#/components/schemas/{known}"}
        return super()._register_schema_and_get_ref(spec, registered_schema_classes, schema_obj)


def create_app(configuration: config.Configuration | None = None) -> APIFlask:
    """Build the application; without a configuration it is read from the environment."""
    settings = configuration or config.from_environment()
    app = Application(
        "server",
        title="融合 Ronghe API",
        version="1",
        spec_path="/api/openapi.json",
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]
    )
    furnish(app, settings)
    app.extensions["limits"] = limits.Limits(
        settings.limits_file, app.extensions["redis_switch"], settings.secret_key
    )
    errors.init_app(app)
    web.init_app(app)
    apidocs.init_app(app)
    Migrate(app, database.db, directory=str(MIGRATIONS))
    app.after_request(limits.add_headers)
    register_authenticator(app, RequestAuthenticator())
    app.register_blueprint(health.health)
    for blueprint in API_BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.sandbox:
        app.register_blueprint(sandbox)
    if settings.sms_sandbox:
        app.register_blueprint(sms_sandbox)
    console.init_app(app)
    public.init_app(app)
    commands.init_app(app)
    return app
