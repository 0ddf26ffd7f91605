"""The desk's API of ratings: the one behind a case, its contact for calling back, held comments."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from server.campaigns.rules import CHANNEL_LABELS
from server.core import clock
from server.core.access import Role, anyone, current_actor, requires
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.schemas import PageQuery
from server.core.transaction import commits
from server.evaluation import casework, photo_addresses, photos, queries, review
from server.evaluation.desk_schemas import CaseContactSchema, CaseRatingSchema, HeldPageSchema
from server.evaluation.rules import (
    COMMENT_STATE_LABELS,
    LEVEL_LABELS,
    SHOWN_COMMENTS,
    UNKNOWN_LABEL,
    CommentState,
)
from server.rectification import queries as cases

desk_ratings = APIBlueprint("desk_ratings", __name__, url_prefix="/api/v1/desk")
ORIGIN = "/case-origins/<int:origin_id>"
HELD = "/held-comments/<int:campaign_id>/<uuid:evaluation_id>"
LEVELS = {**LEVEL_LABELS, 0: UNKNOWN_LABEL}


@desk_ratings.get(ORIGIN + "/rating")
@requires(*casework.READERS)
@limited("read")
@desk_ratings.output(CaseRatingSchema)
@desk_ratings.doc(responses=refusals(401, 403, 404))
def show_rating(origin_id: int) -> dict[str, Any]:
    """Show the rating that registered a case or joined it: that one, and no other."""
    shown = casework.rating_behind(cases.origin(origin_id), current_actor())
    told = shown.comment is not None or shown.comment_state is CommentState.NONE
    return {
        "campaign": shown.campaign_title,
        "channel_label": "" if shown.channel is None else CHANNEL_LABELS[shown.channel],
        "standing": shown.standing,
        "withheld": shown.withheld,
        "real_name": shown.real_name,
        "wish": shown.wish,
        "level": shown.overall,
        "level_label": "" if shown.overall is None else LEVELS[shown.overall],
        "answers": [
            {
                "question": one.question.question,
                "level": one.level,
                "level_label": LEVELS[one.level],
            }
            for one in shown.answers
        ],
        "tags": shown.tags,
        "comment": shown.comment,
        "comment_state_label": "" if told else COMMENT_STATE_LABELS[shown.comment_state],
        "photos": [
            {"id": one.id, "address": photo_addresses.address(shown.campaign_id, one.id)}
            for one in shown.photos
        ],
        "signed_by": shown.signed_by,
    }


@desk_ratings.post(ORIGIN + "/contact")
@requires(*casework.CALLERS)
@limited("write")
@desk_ratings.output(CaseContactSchema)
@desk_ratings.doc(responses=refusals(401, 403, 404, 409))
@commits
def show_contact(origin_id: int) -> dict[str, Any]:
    """Show a rater's contact for calling back; every look is recorded."""
    contact = casework.contact_of(cases.origin(origin_id), current_actor(), clock.now())
    return {"name": contact.name, "phone": contact.phone}


@desk_ratings.get("/held-comments")
@requires(Role.OFFICE)
@limited("read")
@desk_ratings.input(PageQuery, location="query")
@desk_ratings.output(HeldPageSchema)
@desk_ratings.doc(responses=refusals(401, 403))
def list_held(query_data: dict[str, Any]) -> dict[str, Any]:
    """List the comments that the content check held, for the office."""
    found = queries.held(actor=current_actor(), **query_data)
    return {
        "items": [
            {
                "campaign_id": one.campaign_id,
                "evaluation_id": one.evaluation_id,
                "campaign": one.campaign_title,
                "department": one.department_name,
                "comment": one.comment,
                "photos": len(one.photos),
                "level_label": "" if one.overall is None else LEVELS[one.overall],
            }
            for one in found.items
        ],
        "next_cursor": found.next_cursor,
    }


@desk_ratings.post(HELD + "/release")
@requires(Role.OFFICE)
@limited("write")
@desk_ratings.output({}, 204)
@desk_ratings.doc(responses=refusals(401, 403, 404, 409))
@commits
def release(campaign_id: int, evaluation_id: UUID) -> str:
    """Let a held comment be shown; a second tap changes nothing."""
    _decide(campaign_id, evaluation_id, review.release_comment, SHOWN_COMMENTS)
    return ""


@desk_ratings.post(HELD + "/refusal")
@requires(Role.OFFICE)
@limited("write")
@desk_ratings.output({}, 204)
@desk_ratings.doc(responses=refusals(401, 403, 404, 409))
@commits
def refuse(campaign_id: int, evaluation_id: UUID) -> str:
    """Keep a held comment from being shown; a second tap changes nothing."""
    _decide(campaign_id, evaluation_id, review.refuse_comment, (CommentState.REFUSED,))
    return ""


def _decide(
    campaign_id: int,
    evaluation_id: UUID,
    decide: Callable[..., Any],
    wanted: tuple[CommentState, ...],
) -> None:
    """Decide about a held comment; one that was decided so already is as it should be."""
    now: datetime = clock.now()
    try:
        decide(campaign_id, evaluation_id, actor=current_actor(), now=now)
    except Refusal as refusal:
        if refusal.code != "comment_not_held":
            raise
        if queries.comment_state(campaign_id, evaluation_id) not in wanted:
            raise


case_photos = APIBlueprint("case_photos", __name__, enable_openapi=False)


@case_photos.get("/case-photos/<token>")
@anyone
@limited("read")
def show_photo(token: str) -> Response:
    """Show a picture by the signed address that the readers of its case are given."""
    campaign_id, photo_id = photo_addresses.photo_of(token)
    return Response(
        photos.read(photos.photo(campaign_id, photo_id)),
        mimetype="image/jpeg",
        headers={"Cache-Control": "private, no-store"},
    )
