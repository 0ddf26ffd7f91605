"""The sandbox's routes, registered only where the sandbox stands in for WeChat."""

from typing import Any

from apiflask import APIBlueprint
from flask import render_template

from server.core import clock
from server.core.access import anyone
from server.core.errors import Refusal
from server.core.limits import limited
from server.wechat.platform import current_platform
from server.wechat.sandbox import Sandbox
from server.wechat.schemas import PeopleSchema

SHOWN = 100

sandbox = APIBlueprint("sandbox", __name__, template_folder="templates")


def _sandbox() -> Sandbox:
    platform = current_platform()
    if not isinstance(platform, Sandbox):
        raise Refusal("not_found", 404)
    return platform


@sandbox.get("/api/v1/sandbox/people")
@anyone
@limited("read")
@sandbox.output(PeopleSchema)
def people() -> dict[str, Any]:
    """List whom one can sign in as (development only)."""
    return {"items": _sandbox().people()}


@sandbox.get("/sandbox/")
@anyone
@limited("read")
@sandbox.doc(hide=True)
def page() -> str:
    """Show sent messages and content checks."""
    stand_in = _sandbox()
    return render_template(
        "wechat/sandbox.html",
        people=stand_in.people(),
        messages=stand_in.messages()[:SHOWN],
        text_checks=stand_in.text_checks()[:SHOWN],
        media_checks=stand_in.media_checks()[:SHOWN],
        moment=clock.short_moment,
    )
