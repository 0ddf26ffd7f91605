"""The stand-in's page, registered only where it stands in for a gateway."""

from apiflask import APIBlueprint
from flask import render_template

from server.core import clock
from server.core.access import anyone
from server.core.errors import Refusal
from server.core.limits import limited
from server.sms.platform import current_sms
from server.sms.sandbox import SmsSandbox

SHOWN = 100

sms_sandbox = APIBlueprint(
    "sms_sandbox", __name__, template_folder="templates", enable_openapi=False
)


@sms_sandbox.get("/sandbox/sms")
@anyone
@limited("read")
def page() -> str:
    """Show the sent text messages."""
    stand_in = current_sms()
    if not isinstance(stand_in, SmsSandbox):
        raise Refusal("not_found", 404)
    return render_template(
        "sms/sandbox.html", messages=stand_in.messages()[:SHOWN], moment=clock.short_moment
    )
