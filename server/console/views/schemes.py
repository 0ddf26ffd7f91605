"""Scoring schemes: the list, one with its weights, a new one as YAML, one's canonical file."""

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.yaml_text import LONGEST_TEXT
from server.indicators import queries as indicators
from server.scoring import canonical, queries, service
from server.scoring.document import starting_document, write
from server.settings import queries as settings
from server.settings.rules import SMALLEST_GROUP


class SchemeSchema(FormSchema):
    """A scheme as YAML, with its name and note in it."""

    document = fields.String(load_default="")


@console.get("/schemes")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def list_schemes() -> str:
    """List every version of every scheme, newest first."""
    schemes = queries.schemes()
    return page(
        "schemes",
        schemes=schemes,
        people=names_of(scheme.created_by for scheme in schemes),
        versions=indicators.versions(),
    )


@console.get("/schemes/<int:scheme_id>")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def show_scheme(scheme_id: int) -> str:
    """Show a version: points, methods, channels with panels, indicators."""
    stored = queries.stored_scheme(scheme_id)
    scheme = queries.scheme(scheme_id)
    names = {part.code: part.name for part in scheme.parts}
    return page("scheme", stored=stored, scheme=scheme, names=names)


@console.get("/schemes/<int:scheme_id>/document.json")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def download_scheme(scheme_id: int) -> Response:
    """Give the canonical document, whose SHA-256 is the scheme's digest."""
    stored = queries.stored_scheme(scheme_id)
    name = f"scheme-{stored.id}-{stored.digest.hex()[:12]}.json"
    return Response(
        canonical.encode(stored.document),
        mimetype="application/json",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


@console.get("/schemes/new")
@requires(Role.OFFICE)
def new_scheme() -> str:
    """Show the form: filled with an older scheme, or from an indicator version's weights."""
    values = {}
    if copied := number("copy"):
        values["document"] = write(queries.stored_scheme(copied).document)
    elif version_id := number("indicators"):
        version = indicators.version(version_id)
        document = starting_document(
            f"{version.name[:50]}评分方案",
            indicators.tree(version_id),
            smallest_group=int(settings.value(SMALLEST_GROUP)),
        )
        values["document"] = write(document)
    return page("scheme_form", form=Form(SchemeSchema(), values))


@console.post("/schemes")
@requires(Role.OFFICE)
def create_scheme() -> Response | tuple[str, int]:
    """Check a scheme and save it; every fault is listed with its place."""
    form = Form.posted(SchemeSchema())
    file = request.files.get("file")
    if file is not None and file.filename:
        form.put("document", file.stream.read(LONGEST_TEXT + 1).decode(errors="replace"))

    def create(document: str) -> int:
        return service.import_scheme(document, actor=current_actor(), now=clock.now()).id

    scheme_id = form.submit(create)
    if scheme_id is None:
        return page("scheme_form", form=form), 422
    flash("评分方案已保存。", "success")
    return redirect(url_for("console.show_scheme", scheme_id=scheme_id))


@console.post("/schemes/<int:scheme_id>/deletion")
@requires(Role.OFFICE)
def delete_scheme(scheme_id: int) -> Response:
    """Delete a version that no score was worked out by."""
    step(
        lambda: service.delete_scheme(scheme_id, actor=current_actor(), now=clock.now()),
        "评分方案已删除。",
    )
    return redirect(url_for("console.list_schemes"))
