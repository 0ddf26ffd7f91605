"""The API document (OpenAPI 3.1) at /api/openapi.json and its page at /api/docs, without a CDN."""

import re
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import current_app, render_template_string, send_from_directory
from werkzeug.wrappers import Response

from server.core.access import AccessRule, anyone
from server.core.errors import PROBLEM
from server.core.messages import MESSAGES, STATUS_TITLES

SWAGGER = Path(__file__).parents[1] / "node_modules" / "swagger-ui-dist"

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:ronghe:problem:<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string", "description": "Chinese, says what to do"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>融合 API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css"></head><body><div id="swagger-ui">
</div><script src="/api/docs/assets/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>"""

START = """window.ui = SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#swagger-ui",
deepLinking: true, validatorUrl: null, tryItOutEnabled: false});"""

PARAMETER = re.compile(r"<(?:[^:<>]*:)?(\w+)>")
HEADER_EXTENSION = "x-header"

docs = APIBlueprint("docs", __name__, enable_openapi=False)


@docs.get("/api/docs")
@anyone
def page() -> str:
    """Show the API document."""
    return render_template_string(PAGE)


@docs.get("/api/docs/start.js")
@anyone
def start() -> Response:
    """Start the viewer; a file of its own, because the content policy forbids inline scripts."""
    return Response(START, mimetype="text/javascript")


@docs.get("/api/docs/assets/<path:name>")
@anyone
def asset(name: str) -> Response:
    """Serve the viewer's files from the installed npm package."""
    return send_from_directory(SWAGGER, name, max_age=86400)


def refusals(*statuses: int) -> dict[int | str, Any]:
    """Describe a route's error answers for ``@doc(responses=…)``.

    400, 415, 422, 429 and 500 stand in every route and are added to the document afterwards.
    """
    return {status: _answer(status) for status in statuses}


def needs_header(name: str, pattern: str, description: str) -> dict[str, Any]:
    """Describe a request header for ``@doc(extensions=…)``; the route reads it itself."""
    parameter = {
        "in": "header",
        "name": name,
        "required": True,
        "description": description,
        "schema": {"type": "string", "pattern": pattern},
    }
    return {HEADER_EXTENSION: parameter}


def _answer(status: int) -> dict[str, Any]:
    return {
        "description": STATUS_TITLES.get(status, MESSAGES["http_other"]),
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _callers() -> dict[tuple[str, str], AccessRule]:
    """Return the stated rule of each route, by method and path as the document writes them."""
    found = {}
    for rule in current_app.url_map.iter_rules():
        access = getattr(current_app.view_functions[rule.endpoint], "access_rule", None)
        if access is not None:
            path = PARAMETER.sub(r"{\1}", rule.rule)
            found.update({(method.lower(), path): access for method in rule.methods or ()})
    return found


def _say_who_may_call(operation: dict[str, Any], access: AccessRule | None) -> None:
    if access is None or access.kind == "anyone":
        operation["security"] = []
        return
    operation["security"] = [{"bearer": []}]
    if access.roles:
        operation["x-roles"] = sorted(access.roles)


def _complete(spec: dict[str, Any]) -> dict[str, Any]:
    spec["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
    for unused in ("HTTPError", "ValidationError"):
        spec["components"]["schemas"].pop(unused, None)
    spec["components"].setdefault("securitySchemes", {})["bearer"] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
    }
    callers = _callers()
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            _say_who_may_call(operation, callers.get((method, path)))
            if header := operation.pop(HEADER_EXTENSION, None):
                operation.setdefault("parameters", []).append(header)
            everywhere = [429, 500, 503]
            if "requestBody" in operation:
                everywhere += [400, 413, 415, 422]
            if operation.get("parameters"):
                everywhere += [404, 422]
            for status in everywhere:
                operation["responses"][str(status)] = _answer(status)
    return spec


def init_app(app: APIFlask) -> None:
    """Configure the document and serve its page."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_SERVERS=False,
        INFO={
            "description": "群众评价与机关党建融合系统的接口。错误一律为 RFC 9457 problem+json。",
            "license": {"name": "Apache-2.0"},
        },
    )
    app.spec_processor(_complete)  # type: ignore[arg-type]
    app.register_blueprint(docs)
