"""Indicator versions: the list, one as a tree, a new one from a YAML file or from an older one."""

from typing import Any

import yaml
from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.yaml_text import LONGEST_TEXT
from server.indicators import queries, service
from server.indicators.queries import IndicatorVersion


class DocumentSchema(FormSchema):
    """A tree as YAML, with its name and note in it."""

    document = fields.String(load_default="")


@console.get("/indicators")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def list_versions() -> str:
    """List versions, newest first."""
    versions = queries.versions()
    return page(
        "indicator_versions",
        versions=versions,
        people=names_of(version.created_by for version in versions),
    )


@console.get("/indicators/<int:version_id>")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def show_version(version_id: int) -> str:
    """Show a version as a tree with weights."""
    version = queries.version(version_id)
    leaves = queries.leaves(version_id)
    tree = [
        (heading, [leaf for leaf in leaves if leaf.parent_id == heading.id])
        for heading in queries.headings(version_id)
    ]
    return page("indicator_version", version=version, tree=tree, count=len(leaves))


@console.get("/indicators/new")
@requires(Role.ADMINISTRATOR)
def new_version() -> str:
    """Show the form, filled with an older version where one is to be copied."""
    copied = number("copy")
    values = {"document": _as_yaml(queries.version(copied))} if copied else {}
    return page("indicator_form", form=Form(DocumentSchema(), values))


def _as_yaml(version: IndicatorVersion) -> str:
    content: dict[str, Any] = {"name": f"{version.name}（修订）", "note": version.note}
    if version.is_sample:
        content["sample"] = True
    content["headings"] = queries.tree(version.id)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)


@console.post("/indicators")
@requires(Role.ADMINISTRATOR)
def create_version() -> Response | tuple[str, int]:
    """Check the tree and save it; every fault is listed with its place."""
    form = Form.posted(DocumentSchema())
    file = request.files.get("file")
    if file is not None and file.filename:
        form.put("document", file.stream.read(LONGEST_TEXT + 1).decode(errors="replace"))

    def create(document: str) -> int:
        return service.import_version(document, actor=current_actor(), now=clock.now()).id

    version_id = form.submit(create)
    if version_id is None:
        return page("indicator_form", form=form), 422
    flash("指标版本已保存。", "success")
    return redirect(url_for("console.show_version", version_id=version_id))
