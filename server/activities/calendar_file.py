"""An activity as a calendar file (RFC 5545)."""

from datetime import datetime
from urllib.parse import quote, urlsplit

from flask import Response, current_app
from icalendar import Calendar, Event

from server.activities.models import Activity
from server.activities.rules import ActivityState
from server.identity import queries as identity

PRODUCT = "-//Ronghe//Activities//ZH"
MEDIA_TYPE = "text/calendar"


def calendar_file(activity: Activity, *, organiser: str, site: str, now: datetime) -> bytes:
    """Return an activity as a file that any calendar takes.

    The UID stays and SEQUENCE is the activity's revision, so that a calendar replaces what it took
    before; a cancelled one is struck out. ``site`` is the public address of this system.
    """
    cancelled = activity.state == ActivityState.CANCELLED
    event = Event()
    event.add("uid", f"activity-{activity.id}@{urlsplit(site).hostname or 'ronghe'}")
    event.add("sequence", activity.revision)
    event.add("dtstamp", now)
    event.add("dtstart", activity.starts_at)
    event.add("dtend", activity.ends_at)
    event.add("summary", f"已取消：{activity.title}" if cancelled else activity.title)
    event.add("location", activity.place)
    event.add("description", _description(activity, organiser))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data


def calendar_answer(activity: Activity, now: datetime) -> Response:
    """Return an activity's calendar file as phones and desks take it along, named by its title."""
    data = calendar_file(
        activity,
        organiser=identity.organisation(activity.organiser_id).name,
        site=current_app.config["CONFIGURATION"].public_url,
        now=now,
    )
    # The plain name is for readers that don't know the other form (RFC 6266).
    plain, titled = f"activity-{activity.id}.ics", f"{quote(activity.title, safe='')}.ics"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{titled}"
    return Response(
        data,
        content_type=f"{MEDIA_TYPE}; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def _description(activity: Activity, organiser: str) -> str:
    parts = [f"主办：{organiser}", activity.description]
    if activity.bring:
        parts.append(f"请携带：{activity.bring}")
    if activity.cancel_reason:
        parts.append(f"取消原因：{activity.cancel_reason}")
    return "\n".join(part for part in parts if part)
