"""Check-in at the desk: the rotating code on a screen, who has come, questions, the paper list."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server.activities.queries import Activity
from server.activities.rules import ActivityState
from server.attendance import queries, service
from server.attendance.rules import (
    ENDS_AFTER,
    OPENS_BEFORE,
    PRESENCE_LABELS,
    STEP_SECONDS,
    Phase,
    Presence,
)
from server.console import qr
from server.console.blueprint import console
from server.console.errors import is_htmx
from server.console.forms import step
from server.console.rendering import moment, page
from server.console.scope import READERS
from server.console.session import safe_next
from server.console.views.activities import manageable
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal

# The code of this step, and of the next two in case the network is slow.
CODES_AHEAD = 3
AWAITED = "awaited"
FILTERS = [(one.value, words) for one, words in PRESENCE_LABELS.items()] + [(AWAITED, "未打卡")]


@console.get("/activities/<int:activity_id>/code")
@requires(Role.PARTY_STAFF)
def show_code(activity_id: int) -> str:
    """Show the rotating code as large as the screen."""
    activity = manageable(activity_id)
    if activity.state != ActivityState.ANNOUNCED:
        raise Refusal("activity_not_announced", 409)
    return page("activity_code", activity=activity)


@console.get("/activities/<int:activity_id>/code/current")
@requires(Role.PARTY_STAFF)
def current_codes(activity_id: int) -> Response:
    """Give the drawn codes of this step and the next ones, and how many have come."""
    activity = manageable(activity_id)
    now = clock.now()
    message = _no_code_because(activity, now)
    counts = queries.overview(activity_id).counts
    return jsonify(
        server_time=now.timestamp(),
        step_seconds=STEP_SECONDS,
        codes=[] if message else [_drawn(activity_id, now, ahead) for ahead in range(CODES_AHEAD)],
        present=counts["present"],
        joined=counts["joined"],
        message=message,
    )


def _drawn(activity_id: int, now: datetime, ahead: int) -> dict[str, object]:
    at = now + timedelta(seconds=ahead * STEP_SECONDS)
    code = queries.rotating_code(activity_id, at)
    return {"step": int(at.timestamp()) // STEP_SECONDS, "svg": qr.inline_svg(code)}


def _no_code_because(activity: Activity, now: datetime) -> str | None:
    if activity.state != ActivityState.ANNOUNCED:
        return "活动已取消，不再显示活动码。"
    if now < activity.starts_at - OPENS_BEFORE:
        return f"{moment(activity.starts_at - OPENS_BEFORE)} 开始打卡，届时自动显示活动码。"
    if now > activity.ends_at + ENDS_AFTER:
        return "活动已经结束，不再显示活动码。"
    return None


@console.get("/activities/<int:activity_id>/attendance")
@requires(Role.PARTY_STAFF)
def show_attendance(activity_id: int) -> str:
    """Show who has come, who is asked about, and who is awaited; renewed while it is looked at."""
    activity = manageable(activity_id)
    now = clock.now()
    found = queries.overview(activity_id)
    chosen = request.args.get("presence", "")
    shown = [
        one
        for one in found.items
        if not chosen or (one.presence or AWAITED) == chosen or chosen not in dict(FILTERS)
    ]
    values = {
        "activity": activity,
        "counts": {**found.counts, AWAITED: sum(one.presence is None for one in found.items)},
        "total": len(found.items),
        "attendees": shown,
        "questions": [one for one in found.items if one.presence is Presence.QUESTION],
        "filters": FILTERS,
        "chosen": chosen,
        "begun": now >= activity.starts_at - OPENS_BEFORE,
        "running": activity.state == ActivityState.ANNOUNCED
        and now <= activity.ends_at + ENDS_AFTER,
    }
    if is_htmx():
        return render_template("console/partials/live_attendance.html", **values)
    return page("attendance", **values)


@console.post("/activities/<int:activity_id>/attendance/<uuid:person_id>")
@requires(*READERS)
def decide_attendance(activity_id: int, person_id: UUID) -> AnyResponse:
    """Say whether a person was there, or left; the office where the branch has not answered."""
    present = request.form.get("present") == "yes"
    phase = Phase.OUT if request.form.get("phase") == Phase.OUT.value else Phase.IN
    done = "已确认" if present else "已记为未到场" if phase is Phase.IN else "已撤销签退"
    step(
        lambda: service.decide(
            activity_id,
            person_id,
            present=present,
            phase=phase,
            actor=current_actor(),
            now=clock.now(),
        ),
        f"{done}，本人会收到通知。",
    )
    back = request.form.get("back")
    if back:
        return redirect(safe_next(back))
    return redirect(url_for("console.show_attendance", activity_id=activity_id))


@console.get("/activities/<int:activity_id>/check-in-pictures/<uuid:picture_id>")
@requires(Role.PARTY_STAFF)
def show_check_in_picture(activity_id: int, picture_id: UUID) -> Response:
    """Give a photo that somebody showed as evidence."""
    data = queries.check_in_picture(activity_id, picture_id, current_actor())
    return Response(data, mimetype="image/jpeg")
