"""The API of persons: one's own binding, a branch's roster for who leads it."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint

from server.core import clock
from server.core.access import current_actor, requires, signed_in, signed_in_member
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.transaction import commits
from server.identity import queries as identity
from server.membership import queries, service
from server.membership.queries import Person
from server.membership.rules import (
    BINDING_CODE_LIFE,
    BRANCH_KEEPERS,
    BRANCH_READERS,
    POST_LABELS,
    Post,
)
from server.membership.schemas import (
    BindingCodeSchema,
    BindingInput,
    GroupsSchema,
    MyPersonSchema,
    PersonSchema,
    PhoneBindingInput,
    RosterQuery,
    RosterSchema,
)
from server.wechat.platform import current_platform

membership = APIBlueprint("membership", __name__, url_prefix="/api/v1")


def _describe(person: Person) -> dict[str, Any]:
    """Return a person in the form of PersonSchema."""
    names = queries.group_names()
    return {
        "id": person.id,
        "name": queries.name_of(person),
        "branch": identity.organisation(person.branch_id),
        "post": person.post,
        "post_label": POST_LABELS[Post(person.post)],
        "groups": [{"id": one, "name": names[one]} for one in person.groups if one in names],
    }


@membership.get("/me/person")
@signed_in
@limited("read")
@membership.output(MyPersonSchema)
@membership.doc(responses=refusals(401))
def show_person() -> dict[str, Any]:
    """Show the person that this phone is bound to."""
    person = queries.person_of_member(signed_in_member())
    return {"person": _describe(person) if person else None}


@membership.post("/me/person-binding")
@signed_in
@limited("guess")
@membership.input(BindingInput)
@membership.output(PersonSchema, 201)
@membership.doc(responses=refusals(401, 404, 409))
@commits
def bind_with_code(json_data: dict[str, Any]) -> dict[str, Any]:
    """Bind this phone with a one-time code; a phone that the person had before is unbound."""
    return _describe(service.bind_with_code(json_data["code"], signed_in_member(), clock.now()))


@membership.post("/me/person-binding/phone")
@signed_in
@limited("guess")
@membership.input(PhoneBindingInput)
@membership.output(PersonSchema, 201)
@membership.doc(responses=refusals(401, 404, 409, 503))
@commits
def bind_with_phone(json_data: dict[str, Any]) -> dict[str, Any]:
    """Bind this phone by the number that its owner agreed to show; the number is not kept."""
    return _describe(
        service.bind_with_phone(
            json_data["phone_code"], signed_in_member(), current_platform(), clock.now()
        )
    )


@membership.delete("/me/person-binding")
@signed_in
@limited("write")
@membership.output({}, 204)
@membership.doc(responses=refusals(401))
@commits
def unbind() -> str:
    """Unbind this phone."""
    service.unbind_self(signed_in_member(), clock.now())
    return ""


@membership.get("/branches/<int:organisation_id>/roster")
@requires(*BRANCH_READERS)
@limited("read")
@membership.input(RosterQuery, location="query")
@membership.output(RosterSchema)
@membership.doc(responses=refusals(401, 403, 404))
def show_roster(organisation_id: int, query_data: dict[str, Any]) -> dict[str, Any]:
    """Show a branch's persons by pinyin to who may organise for it."""
    current_actor().require(identity.organisation(organisation_id).path, *BRANCH_READERS)
    names = queries.group_names()
    return {
        "items": [
            {
                "id": row.id,
                "name": row.name,
                "post_label": POST_LABELS[row.post],
                "groups": [names[one] for one in row.groups if one in names],
                "bound": row.bound,
            }
            for row in queries.roster(organisation_id, q=query_data["q"])
        ]
    }


def _of_branch(organisation_id: int, person_id: UUID) -> None:
    """Refuse a person of another branch as one that is not there."""
    if queries.person(person_id).branch_id != organisation_id:
        raise Refusal("person_unknown", 404)


@membership.post("/branches/<int:organisation_id>/roster/<uuid:person_id>/binding-codes")
@requires(*BRANCH_KEEPERS)
@limited("write")
@membership.output(BindingCodeSchema, 201)
@membership.doc(responses=refusals(401, 403, 404, 409))
@commits
def issue_binding_code(organisation_id: int, person_id: UUID) -> dict[str, Any]:
    """Issue a one-time code for a person of one's branch; codes issued before end."""
    current_actor().require(identity.organisation(organisation_id).path, *BRANCH_KEEPERS)
    _of_branch(organisation_id, person_id)
    now = clock.now()
    code = service.issue_binding_code(person_id, actor=current_actor(), now=now)
    return {"code": code, "expires_at": now + BINDING_CODE_LIFE}


@membership.delete("/branches/<int:organisation_id>/roster/<uuid:person_id>/binding")
@requires(*BRANCH_KEEPERS)
@limited("write")
@membership.output({}, 204)
@membership.doc(responses=refusals(401, 403, 404))
@commits
def unbind_person(organisation_id: int, person_id: UUID) -> str:
    """Unbind the phone of a person of one's branch, which is told."""
    current_actor().require(identity.organisation(organisation_id).path, *BRANCH_KEEPERS)
    _of_branch(organisation_id, person_id)
    service.unbind(person_id, actor=current_actor(), now=clock.now())
    return ""


@membership.get("/person-groups")
@signed_in
@limited("read")
@membership.output(GroupsSchema)
@membership.doc(responses=refusals(401))
def list_groups() -> dict[str, Any]:
    """List the groups of persons."""
    return {"items": queries.groups()}
