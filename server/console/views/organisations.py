"""Organisations: the list, one with its place in the tree, and the form."""

from typing import Any

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, Lines, step
from server.console.query import number, searched
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput
from server.core.paging import Page
from server.core.schemas import RowId, choice, length
from server.core.text import CleanText
from server.identity import queries, service
from server.identity.queries import Organisation
from server.identity.rules import KIND_LABELS, REPRESENTATIONS, OrganisationKind, role_fits
from server.indicators.rules import DUTIES
from server.membership import service as membership

INVITED_TO = {
    Role.ENTERPRISE_REPRESENTATIVE: (
        "企业代表在小程序“我的”里输入邀请码，即可以企业名义评价涉企部门。"
    ),
    Role.COMMUNITY_REPRESENTATIVE: (
        "社区（村）代表在小程序“我的”里输入邀请码，即可以本单位名义评价结对的部门。"
    ),
}
KINDS = [(kind.value, label) for kind, label in KIND_LABELS.items()]


class OrganisationSchema(FormSchema):
    """What can be said about an organisation."""

    name = CleanText(required=True, validate=length(100, 1))
    short_name = CleanText(load_default="", validate=length(30))
    parent_id = RowId(
        load_default=None, allow_none=True, error_messages={"invalid": "请选择上级。"}
    )
    aliases = Lines(load_default=list)
    duties = fields.List(fields.String(validate=choice(*DUTIES)), load_default=list)
    enterprise_facing = fields.Boolean(load_default=False)


class NewSchema(OrganisationSchema):
    """A new organisation; its kind stays."""

    kind = fields.Enum(OrganisationKind, by_value=True, required=True)


@console.get("/organisations")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def list_organisations() -> str:
    """List organisations by pinyin; search finds names, aliases, pinyin and initials."""
    kind = request.args.get("kind", "")
    below = number("below")
    q = searched()
    above = queries.organisation(below) if below else None
    found = queries.organisations(
        q=q,
        kind=OrganisationKind(kind) if kind in KIND_LABELS else None,
        under_path=above.path if above else "",
        cursor=request.args.get("cursor"),
        limit=30,
        active=request.args.get("active") != "no",
    )
    return page(
        "organisations",
        organisations=found,
        above=above,
        parents=_parents(found.items),
        kinds=KINDS,
        kind=kind,
        q=q,
        active=request.args.get("active", ""),
    )


def _parents(organisations: Any) -> dict[int, str]:
    wanted = {one.parent_id for one in organisations if one.parent_id}
    return queries.organisation_names(wanted) if wanted else {}


@console.get("/organisations/<int:organisation_id>")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def show_organisation(organisation_id: int) -> str:
    """Show an organisation, what is above and below it, and who may speak for it."""
    organisation = queries.organisation(organisation_id)
    return page("organisation", **context(organisation))


def context(organisation: Organisation) -> dict[str, Any]:
    """Return what the page of an organisation shows."""
    ids = [int(part) for part in organisation.path.split(".") if part]
    role = represented_by(organisation)
    names = queries.organisation_names(set(ids))
    invitations = (
        queries.invitation_page(organisation.id, cursor=request.args.get("cursor"))
        if role
        else Page([], None)
    )
    return {
        "organisation": organisation,
        "above": [(one, names[one]) for one in ids[:-1]],
        "below": queries.children(organisation.id),
        "represented": role is not None,
        "representatives": queries.representations(organisation.id) if role else [],
        "taken_over": queries.hand_over_moments(organisation.id) if role else set(),
        "invitations": invitations,
        "invited_to": INVITED_TO.get(role, "") if role else "",
        "now": clock.now(),
    }


def represented_by(organisation: Organisation) -> Role | None:
    """Return the role of those who speak for an organisation, or None where nobody does."""
    kind = OrganisationKind(organisation.kind)
    return next((role for role in sorted(REPRESENTATIONS) if role_fits(role, kind)), None)


def _form_page(form: Form, organisation: Organisation | None = None) -> str:
    own_path = organisation.path if organisation else None
    return page(
        "organisation_form",
        form=form,
        organisation=organisation,
        kinds=KINDS,
        parents=[
            (one.id, "　" * (one.path.count(".") - 1) + one.name)
            for one in queries.upper_organisations()
            if own_path is None or not one.path.startswith(own_path)
        ],
        duties=DUTIES.items(),
    )


def _below_something(parent_id: int | None) -> int:
    """Return the chosen parent: only the city, which is there from the start, has none."""
    if parent_id is None:
        raise InvalidInput([{"field": "parent_id", "message": "请选择上级。"}])
    return parent_id


@console.get("/organisations/new")
@requires(Role.ADMINISTRATOR)
def new_organisation() -> str:
    """Show an empty form below the organisation one came from."""
    values = {"parent_id": request.args.get("parent", ""), "kind": OrganisationKind.DEPARTMENT}
    return _form_page(Form(NewSchema(), values))


@console.post("/organisations")
@requires(Role.ADMINISTRATOR)
def create_organisation() -> Response | tuple[str, int]:
    """Save a new organisation."""

    def create(parent_id: int | None, **wanted: Any) -> int:
        above = _below_something(parent_id)
        return service.create_organisation(
            **wanted, parent_id=above, actor=current_actor(), now=clock.now()
        ).id

    form = Form.posted(NewSchema())
    organisation_id = form.submit(create)
    if organisation_id is None:
        return _form_page(form), 422
    flash("单位已新建。", "success")
    return redirect(url_for("console.show_organisation", organisation_id=organisation_id))


@console.get("/organisations/<int:organisation_id>/edit")
@requires(Role.ADMINISTRATOR)
def edit_organisation(organisation_id: int) -> str:
    """Show an organisation to change."""
    organisation = queries.organisation(organisation_id)
    form = Form(
        OrganisationSchema(),
        {
            "name": organisation.name,
            "short_name": organisation.short_name,
            "parent_id": organisation.parent_id,
            "aliases": "\n".join(organisation.aliases),
            "duties": organisation.duties,
            "enterprise_facing": organisation.enterprise_facing,
        },
    )
    return _form_page(form, organisation)


@console.post("/organisations/<int:organisation_id>/edit")
@requires(Role.ADMINISTRATOR)
def update_organisation(organisation_id: int) -> Response | tuple[str, int]:
    """Save what was changed, its place in the tree included."""

    def update(parent_id: int | None, **wanted: Any) -> object:
        is_root = queries.organisation(organisation_id).parent_id is None
        above = parent_id if is_root else _below_something(parent_id)
        return service.update_organisation(
            organisation_id, **wanted, parent_id=above, actor=current_actor(), now=clock.now()
        )

    form = Form.posted(OrganisationSchema())
    if form.submit(update) is None:
        return _form_page(form, queries.organisation(organisation_id)), 422
    flash("单位已保存。", "success")
    return redirect(url_for("console.show_organisation", organisation_id=organisation_id))


@console.post("/organisations/<int:organisation_id>/deactivation")
@requires(Role.ADMINISTRATOR)
def deactivate_organisation(organisation_id: int) -> Response:
    """Take an organisation out of use; what is recorded about it stays."""
    step(
        lambda: membership.retire_organisation(
            organisation_id, actor=current_actor(), now=clock.now()
        ),
        "单位已停用。",
    )
    return redirect(url_for("console.show_organisation", organisation_id=organisation_id))


@console.post("/organisations/<int:organisation_id>/activation")
@requires(Role.ADMINISTRATOR)
def activate_organisation(organisation_id: int) -> Response:
    """Take an organisation back into use."""
    step(
        lambda: service.set_organisation_active(
            organisation_id, active=True, actor=current_actor(), now=clock.now()
        ),
        "单位已启用。",
    )
    return redirect(url_for("console.show_organisation", organisation_id=organisation_id))
