"""The API of entries and of the review queue."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from server.attendance.rules import DOUBT_LABELS
from server.core import clock
from server.core.access import current_actor, signed_in
from server.core.apidocs import refusals
from server.core.limits import limited
from server.core.paging import Page
from server.core.schemas import PageQuery
from server.core.transaction import commits
from server.frontline import queries, service
from server.frontline.queries import QueueItem
from server.frontline.schemas import (
    EntryInput,
    EntryListQuery,
    EntryPageSchema,
    FrontlineEntrySchema,
    QueueSchema,
    ReviewInput,
    entry_of,
)

frontline = APIBlueprint("frontline", __name__, url_prefix="/api/v1/frontline")
ENTRY = "/entries/<uuid:entry_id>"


@frontline.get("/entries")
@signed_in
@limited("read")
@frontline.input(EntryListQuery, location="query")
@frontline.output(EntryPageSchema)
@frontline.doc(responses=refusals(401))
def list_entries(query_data: dict[str, Any]) -> Any:
    """List entries: one's own, the branch's, or those that wait for one's verdict."""
    actor, cursor = current_actor(), query_data["cursor"]
    if query_data["scope"] == "review":
        waiting = queries.waiting_entries(actor, cursor=cursor)
        return Page([item.entry for item in waiting.items], waiting.next_cursor)
    if query_data["scope"] == "branch":
        return queries.branch_entries(actor, cursor=cursor)
    return queries.my_entries(actor, cursor=cursor)


@frontline.get(ENTRY)
@signed_in
@limited("read")
@frontline.output(FrontlineEntrySchema)
@frontline.doc(responses=refusals(401, 404))
def show_entry(entry_id: UUID) -> Any:
    """Show one entry."""
    return queries.shown_entry(entry_id, current_actor())


@frontline.put(ENTRY)
@signed_in
@limited("write")
@frontline.input(EntryInput)
@frontline.output(FrontlineEntrySchema, 201)
@frontline.doc(responses={200: "The same, where the entry was there.", **refusals(401, 403, 409)})
@commits
def put_entry(entry_id: UUID, json_data: dict[str, Any]) -> Any:
    """Send in an entry under the phone's own id, or correct it. A retry gets the same answer."""
    _, created = service.put_entry(
        entry_id,
        entry_of(json_data),
        revision=json_data["revision"],
        actor=current_actor(),
        now=clock.now(),
    )
    return queries.shown_entry(entry_id, current_actor()), 201 if created else 200


@frontline.delete(ENTRY)
@signed_in
@limited("write")
@frontline.output(FrontlineEntrySchema)
@frontline.doc(responses=refusals(401, 404, 409))
@commits
def withdraw_entry(entry_id: UUID) -> Any:
    """Take an entry back before the office has approved it."""
    service.withdraw_entry(entry_id, actor=current_actor(), now=clock.now())
    return queries.shown_entry(entry_id, current_actor())


@frontline.post(ENTRY + "/reviews")
@signed_in
@limited("write")
@frontline.input(ReviewInput)
@frontline.output(FrontlineEntrySchema, 201)
@frontline.doc(responses=refusals(401, 403, 404, 409))
@commits
def review_entry(entry_id: UUID, json_data: dict[str, Any]) -> Any:
    """Approve an entry, return it with a reason, or merge it into another of the same problem."""
    actor = current_actor()
    service.review_entry(entry_id, **json_data, actor=actor, now=clock.now())
    return queries.shown_entry(entry_id, actor)


@frontline.get("/review-queue")
@signed_in
@limited("read")
@frontline.input(PageQuery, location="query")
@frontline.output(QueueSchema)
@frontline.doc(responses=refusals(401))
def review_queue(query_data: dict[str, Any]) -> dict[str, Any]:
    """List what waits for the caller's verdict, oldest first."""
    found = queries.review_queue(current_actor(), **query_data, now=clock.now())
    return {"items": [_item(item) for item in found.items], "next_cursor": found.next_cursor}


def _item(item: QueueItem) -> dict[str, Any]:
    question = item.check_in
    check_in = question and {
        "activity": {"id": question.activity_id, "name": question.title},
        "person": question.person,
        "name": question.name,
        "branch": question.branch,
        "doubts": question.doubts,
        "doubt_labels": [DOUBT_LABELS[doubt] for doubt in question.doubts],
    }
    return {
        "kind": item.kind,
        "since": item.since,
        "entry": item.entry,
        "experience": item.experience,
        "check_in": check_in,
    }
