"""Accounts: creating one, first and new passwords, use and disuse, roles in organisations."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import searched
from server.console.rendering import page
from server.core import clock
from server.core.access import DESK_ROLES, ROLE_LABELS, Role, current_actor, requires
from server.core.schemas import RowId, choice, length
from server.core.text import CleanText
from server.core.transaction import commits
from server.identity import queries, service

ROLES = [(role.value, ROLE_LABELS[role]) for role in Role if role in DESK_ROLES]


class AccountSchema(FormSchema):
    """A new account's name, and whose it is."""

    name = CleanText(
        required=True,
        validate=validate.Regexp(
            r"^[A-Za-z0-9._-]{2,40}$", error="2 至 40 个字母、数字、点、横线或下划线。"
        ),
    )
    display_name = CleanText(required=True, validate=length(40, 1))


class GrantSchema(FormSchema):
    """A role and where."""

    role = fields.String(required=True, validate=choice(*[code for code, _ in ROLES]))
    organisation_id = RowId(
        required=True, error_messages={"invalid": "请选择单位。", "required": "请选择单位。"}
    )


@console.get("/accounts")
@requires(Role.ADMINISTRATOR)
def list_accounts() -> str:
    """List accounts with their roles."""
    q = searched()
    found = queries.accounts(q=q, cursor=request.args.get("cursor"))
    return page("accounts", accounts=found, q=q)


@console.get("/accounts/new")
@requires(Role.ADMINISTRATOR)
def new_account() -> str:
    """Show an empty form."""
    return page("account_form", form=Form(AccountSchema()))


@console.post("/accounts")
@requires(Role.ADMINISTRATOR)
def create_account() -> str | tuple[str, int]:
    """Create an account, and show its first password this once."""

    def create(**wanted: str) -> tuple[UUID, str]:
        account, password = service.create_account(**wanted, actor=current_actor(), now=clock.now())
        return account.id, password

    form = Form.posted(AccountSchema())
    created = form.submit(create)
    if created is None:
        return page("account_form", form=form), 422
    return page("password_shown", account=queries.account(created[0]), password=created[1])


@console.get("/accounts/<uuid:account_id>")
@requires(Role.ADMINISTRATOR)
def show_account(account_id: UUID) -> str:
    """Show an account and its roles."""
    return _page(account_id, Form(GrantSchema()))


def _page(account_id: UUID, form: Form) -> str:
    grants = queries.grants_of_account(account_id)
    return page(
        "account",
        account=queries.account(account_id),
        grants=grants,
        people=names_of(grant.granted_by for grant in grants),
        form=form,
        roles=ROLES,
        places=[
            (one.id, "　" * (one.path.count(".") - 1) + one.name)
            for one in queries.upper_organisations()
        ],
        is_self=account_id == current_actor().id,
    )


@console.post("/accounts/<uuid:account_id>/password")
@requires(Role.ADMINISTRATOR)
@commits
def reset_password(account_id: UUID) -> str:
    """Give an account a new one-time password, and show it this once."""
    password = service.reset_password(account_id, actor=current_actor(), now=clock.now())
    return page("password_shown", account=queries.account(account_id), password=password)


def _back(account_id: UUID) -> Response:
    return redirect(url_for("console.show_account", account_id=account_id))


def _set_active(account_id: UUID, *, active: bool, done: str) -> Response:
    step(
        lambda: service.set_active(account_id, active, actor=current_actor(), now=clock.now()),
        done,
    )
    return _back(account_id)


@console.post("/accounts/<uuid:account_id>/deactivation")
@requires(Role.ADMINISTRATOR)
def deactivate_account(account_id: UUID) -> Response:
    """Close an account; its sessions end at once."""
    return _set_active(account_id, active=False, done="账号已停用，它的登录已全部退出。")


@console.post("/accounts/<uuid:account_id>/activation")
@requires(Role.ADMINISTRATOR)
def activate_account(account_id: UUID) -> Response:
    """Open an account again."""
    return _set_active(account_id, active=True, done="账号已启用。")


@console.post("/accounts/<uuid:account_id>/grants")
@requires(Role.ADMINISTRATOR)
def grant_role(account_id: UUID) -> Response | tuple[str, int]:
    """Give an account a role in an organisation."""

    def grant(role: str, organisation_id: int) -> object:
        return service.grant_role(
            Role(role),
            organisation_id,
            account_id=account_id,
            actor=current_actor(),
            now=clock.now(),
        )

    form = Form.posted(GrantSchema())
    if form.submit(grant) is None:
        return _page(account_id, form), 422
    flash("角色已授予。", "success")
    return _back(account_id)


@console.post("/accounts/<uuid:account_id>/grants/<int:grant_id>/revocation")
@requires(Role.ADMINISTRATOR)
def revoke_grant(account_id: UUID, grant_id: int) -> Response:
    """Take a role away."""
    step(
        lambda: service.revoke_grant(grant_id, actor=current_actor(), now=clock.now()),
        "角色已取消。",
    )
    return _back(account_id)
