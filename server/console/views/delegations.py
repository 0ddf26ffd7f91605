"""Delegations: naming who stands in on leave, seeing them at both ends, ending one."""

from datetime import date
from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, LocalDay, step
from server.console.own import own_account
from server.console.people import names_of
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.schemas import length
from server.core.text import CleanText
from server.identity import queries, service
from server.notifications.rules import DeskKind
from server.notifications.service import tell_desk

PATH = "/console/delegations"


class DelegationSchema(FormSchema):
    """Who stands in, and from which day to which."""

    delegate_id = fields.UUID(
        required=True,
        error_messages={"invalid_uuid": "请选择代办人。", "required": "请选择代办人。"},
    )
    begins_on = LocalDay(required=True)
    ends_on = LocalDay(required=True)
    reason = CleanText(load_default="", validate=length(100))


def _whose() -> UUID:
    """Return whose delegations are looked at: one's own, or for an administrator another's."""
    account_id = request.values.get("account", type=UUID)
    if account_id is None or account_id == own_account():
        return own_account()
    if not current_actor().has(Role.ADMINISTRATOR):
        raise Refusal("not_allowed", 403)
    return account_id


@console.get("/delegations")
@requires()
def list_delegations() -> str:
    """List delegations by and to an account, with the form for a new one."""
    today = clock.today().isoformat()
    return _page(_whose(), Form(DelegationSchema(), {"begins_on": today, "ends_on": today}))


def _page(account_id: UUID, form: Form) -> str:
    found = queries.delegation_page(account_id, cursor=request.args.get("cursor"))
    colleagues = queries.colleagues(account_id)
    return page(
        "delegations",
        account=queries.account(account_id),
        is_self=account_id == own_account(),
        delegations=found,
        people=names_of(
            who for one in found.items for who in (one.account_id, one.delegate_id, one.created_by)
        ),
        colleagues=colleagues,
        places=queries.organisation_names(
            {grant.organisation_id for one in colleagues for grant in one.grants}
        ),
        standing_in=queries.stood_in_for(account_id, clock.today()),
        today=clock.today(),
        form=form,
    )


@console.post("/delegations")
@requires()
def delegate() -> Response | tuple[str, int]:
    """Name a delegate, and tell both."""
    account_id, now = _whose(), clock.now()

    def name(delegate_id: UUID, begins_on: date, ends_on: date, reason: str) -> object:
        made = service.delegate(
            account_id,
            delegate_id,
            begins_on=begins_on,
            ends_on=ends_on,
            reason=reason,
            actor=current_actor(),
            now=now,
        )
        names = names_of([account_id, delegate_id])
        days = f"{begins_on:%Y-%m-%d} 至 {ends_on:%Y-%m-%d}"
        _tell(
            delegate_id,
            made.id,
            "made",
            "您被指定为代办人",
            f"{days}代{names[str(account_id)]}办理。",
        )
        if account_id != current_actor().id:
            _tell(
                account_id,
                made.id,
                "made",
                "已为您指定代办人",
                f"{days}由{names[str(delegate_id)]}代办。",
            )
        return made

    form = Form.posted(DelegationSchema())
    if form.submit(name) is None:
        return _page(account_id, form), 422
    flash("代办人已指定，双方都可以在这里查看和结束。", "success")
    return _back(account_id)


@console.post("/delegations/<uuid:delegation_id>/end")
@requires()
def end_delegation(delegation_id: UUID) -> Response:
    """End a delegation at once, and tell the other one."""
    account_id = _whose()

    def end() -> None:
        made = service.end_delegation(delegation_id, actor=current_actor(), now=clock.now())
        for who in {made.account_id, made.delegate_id} - {own_account()}:
            _tell(who, made.id, "ended", "代办已结束", "代办授权已提前结束，即刻起各办各的事项。")

    step(end, "代办已结束。")
    return _back(account_id)


def _tell(account_id: UUID, delegation_id: UUID, occasion: str, title: str, body: str) -> None:
    tell_desk(
        [account_id],
        DeskKind.DELEGATED,
        ("delegation", str(delegation_id)),
        title=title,
        body=body,
        page=PATH,
        now=clock.now(),
        occasion=occasion,
    )


def _back(account_id: UUID) -> Response:
    own = account_id == own_account()
    return redirect(url_for("console.list_delegations", account=None if own else account_id))
