"""Bodies that use results (成果运用单位) at the desk."""

from typing import Any

from flask import flash, redirect, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import length
from server.core.text import CleanText
from server.core.transaction import transaction
from server.uptake import queries, service
from server.uptake.rules import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    RECIPIENT_LABELS,
    RecipientKind,
)

KINDS = [(kind.value, words) for kind, words in RECIPIENT_LABELS.items()]
NO_KIND: dict[str, Any] = {"required": "请选择类别。", "unknown": "请选择类别。"}


class RecipientSchema(FormSchema):
    """A recipient as it is registered."""

    name = CleanText(required=True, validate=length(LONGEST_NAME, 1))
    kind = fields.Enum(RecipientKind, by_value=True, required=True, error_messages=NO_KIND)
    webhook = CleanText(load_default="", validate=length(LONGEST_ADDRESS))


class ChangeSchema(RecipientSchema):
    """A recipient as it is changed."""

    active = fields.Boolean(load_default=False)


@console.get("/uptake/recipients")
@requires(Role.OFFICE)
def list_recipients() -> str:
    """List the recipients, and the form for another."""
    return _list_page(Form(RecipientSchema()))


def _list_page(form: Form) -> str:
    queries.require_office(current_actor())
    return page(
        "uptake_recipients",
        recipients=queries.recipients(),
        labels=RECIPIENT_LABELS,
        kinds=KINDS,
        form=form,
    )


@console.post("/uptake/recipients")
@requires(Role.OFFICE)
def add_recipient() -> str | tuple[str, int]:
    """Register a recipient; its secret is shown this once."""
    form = Form.posted(RecipientSchema())

    def add(**said: Any) -> tuple[Any, str]:
        return service.add_recipient(**said, actor=current_actor(), now=clock.now())

    added = form.submit(add)
    if added is None:
        return _list_page(form), 422
    found, secret = added
    return page("uptake_secret", recipient=found, secret=secret)


@console.get("/uptake/recipients/<int:recipient_id>")
@requires(Role.OFFICE)
def show_recipient(recipient_id: int) -> str:
    """Show a recipient to be changed."""
    queries.require_office(current_actor())
    found = queries.recipient(recipient_id)
    values = {
        "name": found.name,
        "kind": found.kind,
        "webhook": found.webhook,
        "active": found.active,
    }
    return _page(recipient_id, Form(ChangeSchema(), values))


def _page(recipient_id: int, form: Form) -> str:
    return page(
        "uptake_recipient", recipient=queries.recipient(recipient_id), kinds=KINDS, form=form
    )


@console.post("/uptake/recipients/<int:recipient_id>")
@requires(Role.OFFICE)
def change_recipient(recipient_id: int) -> Response | tuple[str, int]:
    """Change a recipient."""
    form = Form.posted(ChangeSchema())

    def change(**said: Any) -> bool:
        service.change_recipient(recipient_id, **said, actor=current_actor(), now=clock.now())
        return True

    if form.submit(change) is None:
        return _page(recipient_id, form), 422
    flash("已保存。", "success")
    return redirect(url_for("console.list_recipients"))


@console.post("/uptake/recipients/<int:recipient_id>/secret")
@requires(Role.OFFICE)
def renew_recipient_secret(recipient_id: int) -> str:
    """Make a fresh secret and show it once."""
    with transaction():
        secret = service.renew_secret(recipient_id, actor=current_actor(), now=clock.now())
    return page("uptake_secret", recipient=queries.recipient(recipient_id), secret=secret)
