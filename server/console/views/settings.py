"""Settings: what holds now, changing one with a reason, and its history."""

from typing import Any

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.people import names_of
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.schemas import length
from server.core.text import CleanText
from server.settings import queries, service
from server.settings.rules import LEVEL_SCORES, LONGEST_TILES, SETTINGS, Setting

LEVELS = "54321"


class SettingSchema(FormSchema):
    """A new value and the reason for it."""

    value = CleanText(required=True, validate=length(LONGEST_TILES))
    reason = CleanText(required=True, validate=length(200, 1))


class ScoresSchema(FormSchema):
    """A score for each level and the reason for them."""

    level_5 = fields.String(required=True)
    level_4 = fields.String(required=True)
    level_3 = fields.String(required=True)
    level_2 = fields.String(required=True)
    level_1 = fields.String(required=True)
    reason = CleanText(required=True, validate=length(200, 1))


def _setting(key: str) -> Setting:
    if key not in SETTINGS:
        raise Refusal("not_found", 404)
    return SETTINGS[key]


@console.get("/settings")
@requires(Role.ADMINISTRATOR)
def list_settings() -> str:
    """List all settings with their values."""
    return page("settings", settings=SETTINGS.values(), values=queries.values())


@console.get("/settings/<key>")
@requires(Role.ADMINISTRATOR)
def edit_setting(key: str) -> str:
    """Show a setting, its history, and the form for a new value."""
    _setting(key)
    value = queries.value(key)
    if key == LEVEL_SCORES:
        form = Form(ScoresSchema(), {f"level_{level}": value[level] for level in LEVELS})
    else:
        form = Form(SettingSchema(), {"value": value})
    return _page(key, form)


@console.post("/settings/<key>")
@requires(Role.ADMINISTRATOR)
def change_setting(key: str) -> Response | tuple[str, int]:
    """Give a setting a new value."""
    _setting(key)

    def change(reason: str, value: Any = None, **scores: str) -> object:
        new = {level: scores[f"level_{level}"] for level in LEVELS} if scores else value
        try:
            return service.change(key, new, reason=reason, actor=current_actor(), now=clock.now())
        except Refusal as refusal:
            # The service names the setting; the form's field has another name.
            field = "level_5" if scores else "value"
            raise InvalidInput([{"field": field, "message": refusal.message}]) from refusal

    schema = ScoresSchema() if key == LEVEL_SCORES else SettingSchema()
    form = Form.posted(schema)
    if form.submit(change) is None:
        return _page(key, form), 422
    flash("设置已更改。", "success")
    return redirect(url_for("console.edit_setting", key=key))


def _page(key: str, form: Form) -> str:
    history = queries.history(key)
    before = [version.value for version in history[1:]] + [SETTINGS[key].default]
    return page(
        "setting",
        setting=SETTINGS[key],
        scores=key == LEVEL_SCORES,
        current=queries.value(key),
        form=form,
        history=list(zip(history, before, strict=False)),
        people=names_of(version.changed_by for version in history),
        editing=request.method == "POST",
    )
