"""Branches with their rosters, and each person: added, changed, moved, bound."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from server.console import qr
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import number, searched
from server.console.rendering import page
from server.console.slices import page_after
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.core.transaction import commits
from server.identity import queries as identity
from server.identity.queries import Organisation
from server.identity.rules import OrganisationKind, searchable
from server.membership import queries, service, sheets
from server.membership.queries import Person
from server.membership.rules import (
    BINDING_CODE_LIFE,
    PARTY_KINDS,
    POST_LABELS,
    READERS,
    Post,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
POSTS = [(post.value, label) for post, label in POST_LABELS.items()]
SLIPS_A_SHEET = 24
A_PAGE = 50
BRANCH_MESSAGES = {"invalid": "请选择支部。", "required": "请选择支部。"}


class PersonSchema(FormSchema):
    """What can be said about a person."""

    name = CleanText(required=True, validate=length(50, 1))
    phone = CleanText(load_default="", validate=length(30))
    code = CleanText(load_default="", validate=length(40))
    post = fields.Enum(Post, by_value=True, load_default=Post.MEMBER)
    groups = fields.List(RowId(), load_default=list)


class BranchSchema(FormSchema):
    """The branch that somebody goes to."""

    branch_id = RowId(required=True, error_messages=BRANCH_MESSAGES)


class PostSchema(FormSchema):
    """The post that somebody takes over."""

    post = fields.Enum(Post, by_value=True, required=True)


@console.get("/branches")
@requires(*READERS)
def list_branches() -> str:
    """List the Party organisations in reach, with how many persons each has."""
    q = searched()
    branches = [one for one in _branches() if searchable(q) in one.search_key]
    shown = page_after(branches, lambda one: one.id, request.args.get("cursor"), A_PAGE)
    return page(
        "branches",
        branches=shown,
        parents=identity.organisation_names(
            {one.parent_id for one in shown.items if one.parent_id}
        ),
        counts=queries.branch_counts([one.id for one in shown.items]),
        q=q,
    )


def _branches() -> list[Organisation]:
    actor = current_actor()
    return [
        one
        for one in identity.upper_organisations()
        if OrganisationKind(one.kind) in PARTY_KINDS and actor.reaches(one.path, *READERS)
    ]


def _branch(organisation_id: int) -> Organisation:
    """Return an organisation whose roster the signed-in account may read."""
    found = identity.organisation(organisation_id)
    current_actor().require(found.path, *READERS)
    return found


@console.get("/branches/<int:organisation_id>/roster")
@requires(*READERS)
def show_roster(organisation_id: int) -> str:
    """Show a branch's persons, with search and filters."""
    branch = _branch(organisation_id)
    q, bound = searched(), request.args.get("bound", "")
    left = request.args.get("active") == "no"
    group_id = number("group")
    rows = [
        row
        for row in queries.roster(organisation_id, q=q, active=not left)
        if (group_id is None or group_id in row.groups)
        and (bound not in {"yes", "no"} or row.bound == (bound == "yes"))
    ]
    shown = page_after(rows, lambda row: row.id, request.args.get("cursor"), A_PAGE)
    return page(
        "roster",
        branch=branch,
        people=shown,
        numbered=any(row.code for row in rows),
        total=queries.branch_counts([organisation_id]).get(organisation_id, (0, 0)),
        groups=queries.group_names(),
        group_id=group_id or "",
        bound=bound,
        left=left,
        q=q,
    )


@console.get("/branches/<int:organisation_id>/roster.xlsx")
@requires(*READERS)
@commits
def export_roster(organisation_id: int) -> Response:
    """Give a branch's roster as a spreadsheet; who took it along is recorded."""
    branch = _branch(organisation_id)
    rows = service.export_roster(organisation_id, actor=current_actor(), now=clock.now())
    data = sheets.roster(branch.name, rows, queries.group_names())
    return spreadsheet(data, f"党员花名册-{branch.name}-{clock.today()}.xlsx")


def spreadsheet(data: bytes, name: str) -> Response:
    """Return a workbook to be saved under a name, and kept by no cache on the way."""
    return Response(
        data,
        mimetype=XLSX,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
        },
    )


@console.get("/branches/<int:organisation_id>/persons/new")
@requires(Role.PARTY_STAFF)
def new_person(organisation_id: int) -> str:
    """Show an empty form."""
    return _form_page(Form(PersonSchema()), _branch(organisation_id))


@console.post("/branches/<int:organisation_id>/persons")
@requires(Role.PARTY_STAFF)
def create_person(organisation_id: int) -> AnyResponse | tuple[str, int]:
    """Take a person into a branch."""

    def create(**wanted: Any) -> UUID:
        return service.add_person(
            branch_id=organisation_id, **wanted, actor=current_actor(), now=clock.now()
        ).id

    form = Form.posted(PersonSchema())
    person_id = form.submit(create)
    if person_id is None:
        return _form_page(form, _branch(organisation_id)), 422
    flash("党员已登记。", "success")
    return redirect(url_for("console.show_person", person_id=person_id))


def _form_page(form: Form, branch: Organisation, person: Person | None = None) -> str:
    held = set(person.groups) if person else set()
    return page(
        "person_form",
        form=form,
        branch=branch,
        person=person,
        posts=POSTS,
        groups=[
            (one.id, one.name)
            for one in queries.groups(active=None)
            if one.active or one.id in held
        ],
    )


@console.get("/persons/<uuid:person_id>")
@requires(*READERS)
def show_person(person_id: UUID) -> str:
    """Show a person: what is known, where it has been, its phone."""
    return page("person", **_context(person_id))


def _context(person_id: UUID) -> dict[str, Any]:
    person = queries.person(person_id)
    branch = _branch(person.branch_id)
    moves = queries.moves(person_id)
    places = {one for move in moves for one in (move.from_branch_id, move.to_branch_id) if one}
    number_shown = queries.phone_of(person)
    return {
        "person": person,
        "name": queries.name_of(person),
        # Enough to tell two apart; the whole number stands in the form of who keeps the register.
        "phone": f"{number_shown[:3]}****{number_shown[-4:]}" if number_shown else "",
        "branch": branch,
        "groups": queries.group_names(),
        "moves": moves,
        "places": identity.organisation_names(places),
        "people": names_of(move.moved_by for move in moves),
        "code": queries.open_code(person_id),
        "secretary": queries.secretary_of(branch.id),
        "posts": POSTS,
        "branches": [(one.id, one.name) for one in _branches() if one.id != person.branch_id],
        "now": clock.now(),
    }


@console.get("/persons/<uuid:person_id>/edit")
@requires(Role.PARTY_STAFF)
def edit_person(person_id: UUID) -> str:
    """Show a person to change."""
    person = queries.person(person_id)
    branch = _branch(person.branch_id)
    values = {
        "name": queries.name_of(person),
        "phone": queries.phone_of(person),
        "code": person.code,
        "post": person.post,
        "groups": person.groups,
    }
    return _form_page(Form(PersonSchema(), values), branch, person)


@console.post("/persons/<uuid:person_id>/edit")
@requires(Role.PARTY_STAFF)
def update_person(person_id: UUID) -> AnyResponse | tuple[str, int]:
    """Save what was changed."""

    def update(**wanted: Any) -> object:
        return service.change_person(person_id, **wanted, actor=current_actor(), now=clock.now())

    form = Form.posted(PersonSchema())
    if form.submit(update) is None:
        person = queries.person(person_id)
        return _form_page(form, _branch(person.branch_id), person), 422
    flash("已保存。", "success")
    return redirect(url_for("console.show_person", person_id=person_id))


def _taken(form: Form, action: Any, done: str, person_id: UUID) -> AnyResponse:
    """Carry out a small form's action, and tell on the person's page how it went."""
    if form.submit(action) is None:
        flash("；".join(form.errors.values()), "danger")
    else:
        flash(done, "success")
    return redirect(url_for("console.show_person", person_id=person_id))


@console.post("/persons/<uuid:person_id>/move")
@requires(Role.PARTY_STAFF)
def move_person(person_id: UUID) -> AnyResponse:
    """Move a person to another branch."""

    def move(branch_id: int) -> object:
        return service.move_person(person_id, branch_id, actor=current_actor(), now=clock.now())

    return _taken(Form.posted(BranchSchema()), move, "已转接到新的支部。", person_id)


@console.post("/persons/<uuid:person_id>/return")
@requires(Role.PARTY_STAFF)
def return_person(person_id: UUID) -> AnyResponse:
    """Take back a person who had left."""

    def take_back(branch_id: int) -> object:
        return service.return_person(person_id, branch_id, actor=current_actor(), now=clock.now())

    return _taken(Form.posted(BranchSchema()), take_back, "已恢复。", person_id)


@console.post("/persons/<uuid:person_id>/succession")
@requires(Role.PARTY_STAFF)
def succeed(person_id: UUID) -> AnyResponse:
    """Put a person into a post; a former secretary steps down."""

    def take_over(post: Post) -> object:
        return service.succeed(person_id, post, actor=current_actor(), now=clock.now())

    return _taken(Form.posted(PostSchema()), take_over, "已接任，权限随之交接。", person_id)


@console.post("/persons/<uuid:person_id>/departure")
@requires(Role.PARTY_STAFF)
def remove_person(person_id: UUID) -> AnyResponse:
    """Note that a person has left."""
    step(
        lambda: service.remove_person(person_id, actor=current_actor(), now=clock.now()),
        "已登记离开，微信绑定已解除，手机号已删除。",
    )
    return redirect(url_for("console.show_person", person_id=person_id))


@console.post("/persons/<uuid:person_id>/unbinding")
@requires(Role.PARTY_STAFF)
def unbind_person(person_id: UUID) -> AnyResponse:
    """Unbind a person's phone."""
    step(
        lambda: service.unbind(person_id, actor=current_actor(), now=clock.now()),
        "已解除微信绑定。",
    )
    return redirect(url_for("console.show_person", person_id=person_id))


@console.post("/persons/<uuid:person_id>/binding-code")
@requires(Role.PARTY_STAFF)
@commits
def issue_slip(person_id: UUID) -> str:
    """Issue a one-time code, and show its slip this once: only its hash is kept."""
    now = clock.now()
    code = service.issue_binding_code(person_id, actor=current_actor(), now=now)
    person = queries.person(person_id)
    slips = [(queries.name_of(person), code)]
    back = url_for("console.show_person", person_id=person_id)
    return _slips_page(slips, identity.organisation(person.branch_id), back)


@console.post("/branches/<int:organisation_id>/slips")
@requires(Role.PARTY_STAFF)
@commits
def issue_slips(organisation_id: int) -> str:
    """Issue a code to everybody of a branch who has no phone bound, to be printed and cut."""
    branch = _branch(organisation_id)
    slips = [
        (row.name, service.issue_binding_code(row.id, actor=current_actor(), now=clock.now()))
        for row in queries.roster(organisation_id)
        if not row.bound
    ]
    back = url_for("console.show_roster", organisation_id=organisation_id)
    return _slips_page(slips, branch, back)


def _slips_page(slips: list[tuple[str, str]], branch: Organisation, back: str) -> str:
    return page(
        "binding_slips",
        branch=branch,
        back=back,
        ends=clock.now() + BINDING_CODE_LIFE,
        draw=qr.inline_svg,
        sheets=[slips[at : at + SLIPS_A_SHEET] for at in range(0, len(slips), SLIPS_A_SHEET)],
    )
