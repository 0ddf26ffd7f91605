"""The API of experiences."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from server.core import clock
from server.core.access import current_actor, signed_in
from server.core.apidocs import refusals
from server.core.limits import limited
from server.core.transaction import commits
from server.frontline import queries, service
from server.frontline.schemas import (
    ExperienceInput,
    ExperienceListQuery,
    ExperiencePageSchema,
    ExperienceSchema,
    ReviewInput,
    UseInput,
    experience_of,
)

experiences = APIBlueprint("experiences", __name__, url_prefix="/api/v1/experiences")
EXPERIENCE = "/<uuid:experience_id>"


@experiences.get("")
@signed_in
@limited("read")
@experiences.input(ExperienceListQuery, location="query")
@experiences.output(ExperiencePageSchema)
@experiences.doc(responses=refusals(401))
def list_experiences(query_data: dict[str, Any]) -> dict[str, Any]:
    """List experiences: the shared collection with its tags, one's own, or those to review."""
    actor, scope, cursor = current_actor(), query_data["scope"], query_data["cursor"]
    if scope == "review":
        waiting = queries.waiting_experiences(actor, cursor=cursor)
        items = [item.experience for item in waiting.items]
        return {"items": items, "tags": [], "next_cursor": waiting.next_cursor}
    if scope == "shared":
        found = queries.shared_experiences(
            actor, q=query_data["q"], tag=query_data["tag"], cursor=cursor
        )
    elif scope == "branch":
        found = queries.branch_experiences(actor, cursor=cursor)
    else:
        found = queries.my_experiences(actor, cursor=cursor)
    tags = queries.experience_tags(actor) if scope == "shared" else []
    return {"items": found.items, "tags": tags, "next_cursor": found.next_cursor}


@experiences.get(EXPERIENCE)
@signed_in
@limited("read")
@experiences.output(ExperienceSchema)
@experiences.doc(responses=refusals(401, 404))
def show_experience(experience_id: UUID) -> Any:
    """Show one experience, with the branches that made use of it."""
    return queries.shown_experience(experience_id, current_actor())


@experiences.put(EXPERIENCE)
@signed_in
@limited("write")
@experiences.input(ExperienceInput)
@experiences.output(ExperienceSchema, 201)
@experiences.doc(
    responses={200: "The same, where the experience was there.", **refusals(401, 403, 409)}
)
@commits
def put_experience(experience_id: UUID, json_data: dict[str, Any]) -> Any:
    """Store a draft under the phone's own id, or change it. A retry gets the same answer."""
    _, created = service.put_experience(
        experience_id,
        experience_of(json_data),
        revision=json_data["revision"],
        actor=current_actor(),
        now=clock.now(),
    )
    return queries.shown_experience(experience_id, current_actor()), 201 if created else 200


@experiences.post(EXPERIENCE + "/submission")
@signed_in
@limited("write")
@experiences.output(ExperienceSchema)
@experiences.doc(responses=refusals(401, 404, 409, 422))
@commits
def submit_experience(experience_id: UUID) -> Any:
    """Send a draft or a returned experience to review."""
    service.submit_experience(experience_id, actor=current_actor(), now=clock.now())
    return queries.shown_experience(experience_id, current_actor())


@experiences.post(EXPERIENCE + "/reviews")
@signed_in
@limited("write")
@experiences.input(ReviewInput)
@experiences.output(ExperienceSchema, 201)
@experiences.doc(responses=refusals(401, 403, 404, 409))
@commits
def review_experience(experience_id: UUID, json_data: dict[str, Any]) -> Any:
    """Approve an experience or return it with a reason."""
    json_data.pop("into")
    actor = current_actor()
    service.review_experience(experience_id, **json_data, actor=actor, now=clock.now())
    return queries.shown_experience(experience_id, actor)


@experiences.post(EXPERIENCE + "/uses")
@signed_in
@limited("write")
@experiences.input(UseInput)
@experiences.output(ExperienceSchema, 201)
@experiences.doc(responses=refusals(401, 403, 404, 409))
@commits
def use_experience(experience_id: UUID, json_data: dict[str, Any]) -> Any:
    """Note that a branch made use of a shared experience."""
    actor = current_actor()
    service.use_experience(
        experience_id,
        note=json_data["note"],
        branch_id=json_data["branch"],
        actor=actor,
        now=clock.now(),
    )
    return queries.shown_experience(experience_id, actor)


@experiences.post(EXPERIENCE + "/withdrawal")
@signed_in
@limited("write")
@experiences.output(ExperienceSchema)
@experiences.doc(responses=refusals(401, 404))
@commits
def withdraw_experience(experience_id: UUID) -> Any:
    """Take an experience back, also from the collection."""
    service.withdraw_experience(experience_id, actor=current_actor())
    return queries.shown_experience(experience_id, current_actor())
