"""The API of a member's notices and of the consents to messages."""

from typing import Any

from apiflask import APIBlueprint
from flask import current_app

from server.core import clock
from server.core.access import anyone, signed_in, signed_in_member
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.transaction import commits
from server.notifications import queries, service
from server.notifications.rules import MOST_CONSENTS, NOTICE_LABELS, Mode, NoticeKind
from server.notifications.schemas import (
    InboxQuery,
    InboxSchema,
    MessageConsentInput,
    PreferenceInput,
    PreferencesSchema,
    ReadingInput,
    TemplatesSchema,
)
from server.notifications.templates import templates
from server.settings import queries as settings
from server.settings.rules import QUIET_HOURS

notifications = APIBlueprint("notifications", __name__, url_prefix="/api/v1")


@notifications.get("/me/notices")
@signed_in
@limited("read")
@notifications.input(InboxQuery, location="query")
@notifications.output(InboxSchema)
@notifications.doc(responses=refusals(401))
def inbox(query_data: dict[str, Any]) -> dict[str, Any]:
    """Show the member's notices, newest first."""
    page = queries.inbox(signed_in_member(), cursor=query_data["cursor"])
    return {
        "items": [_describe(notice) for notice in page.items],
        "unread": queries.unread(signed_in_member()),
        "next_cursor": page.next_cursor,
    }


def _describe(notice: queries.Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "kind_label": NOTICE_LABELS[NoticeKind(notice.kind)],
        "title": notice.title,
        "body": notice.body,
        "page": notice.page,
        "created_at": notice.created_at,
        "read": notice.read_at is not None,
    }


@notifications.post("/me/notices/readings")
@signed_in
@limited("write")
@notifications.input(ReadingInput)
@notifications.output({}, 204)
@notifications.doc(responses=refusals(401))
@commits
def mark_read(json_data: dict[str, Any]) -> str:
    """Mark notices as read."""
    service.mark_read(signed_in_member(), json_data["ids"], now=clock.now())
    return ""


@notifications.get("/message-templates")
@anyone
@limited("read")
@notifications.output(TemplatesSchema)
def message_templates() -> dict[str, Any]:
    """Show which template each kind of message uses, for the phone to ask the member's consent."""
    found = templates(current_app.config["CONFIGURATION"])
    return {"items": [{"kind": kind.value, "template_id": one.id} for kind, one in found.items()]}


@notifications.post("/me/message-consents")
@signed_in
@limited("write")
@notifications.input(MessageConsentInput)
@notifications.output({}, 204)
@notifications.doc(responses=refusals(401))
@commits
def consent(json_data: dict[str, Any]) -> str:
    """Note the messages that the member has just agreed to in WeChat."""
    service.consent(signed_in_member(), [NoticeKind(kind) for kind in json_data["kinds"]])
    return ""


@notifications.get("/me/notice-preferences")
@signed_in
@limited("read")
@notifications.output(PreferencesSchema)
@notifications.doc(responses=refusals(401))
def preferences() -> dict[str, Any]:
    """Show every kind of notice, what the member wants of it, and how many messages are left."""
    member_id = signed_in_member()
    found = templates(current_app.config["CONFIGURATION"])
    left = queries.consents_left(member_id)
    return {
        "items": [
            {
                "kind": kind.value,
                "kind_label": NOTICE_LABELS[kind],
                "mode": mode.value,
                "messages_left": left.get(kind.value, 0),
                "template_id": found[kind].id if kind in found else None,
            }
            for kind, mode in queries.of_member(member_id).items()
        ],
        "quiet_hours": settings.value(QUIET_HOURS),
        "most_messages": MOST_CONSENTS,
    }


@notifications.put("/me/notice-preferences/<kind>")
@signed_in
@limited("write")
@notifications.input(PreferenceInput)
@notifications.output({}, 204)
@notifications.doc(responses=refusals(401, 404))
@commits
def choose(kind: str, json_data: dict[str, Any]) -> str:
    """Set how much of a kind the member wants: notice and message, the notice alone, or nothing."""
    if kind not in set(NoticeKind):
        raise Refusal("not_found", 404)
    service.choose_as_member(
        signed_in_member(), NoticeKind(kind), Mode(json_data["mode"]), now=clock.now()
    )
    return ""
