"""What an account is told: the list behind the bell, and what it wants to hear of."""

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import step
from server.console.own import own_account
from server.console.rendering import page
from server.console.session import safe_next
from server.core import clock
from server.core.access import requires
from server.core.errors import Refusal
from server.core.transaction import commits
from server.identity import queries as identity
from server.notifications import queries, service
from server.notifications.rules import ALWAYS_TOLD, DESK_LABELS, MODE_LABELS, DeskKind, Mode
from server.settings import queries as settings
from server.settings.rules import QUIET_HOURS


@console.get("/notices")
@requires()
def list_notices() -> str:
    """List what the account was told, newest first."""
    kind = request.args.get("kind", "")
    unread = request.args.get("unread", "")
    return page(
        "notices",
        notices=queries.desk_notices(
            own_account(),
            kind=DeskKind(kind) if kind in set(DeskKind) else None,
            unread=bool(unread),
            cursor=request.args.get("cursor"),
        ),
        kinds=[(one.value, label) for one, label in DESK_LABELS.items()],
        kind=kind,
        unread=unread,
    )


@console.post("/notices/readings")
@requires()
@commits
def read_notices() -> Response:
    """Mark everything as read."""
    service.read_at_desk(own_account(), None, now=clock.now())
    return redirect(url_for("console.list_notices"))


@console.post("/notices/<uuid:notice_id>/reading")
@requires()
@commits
def open_notice(notice_id: UUID) -> Response:
    """Mark a notice as read, and go to what it is about."""
    notice = queries.desk_notice(own_account(), notice_id)
    if notice is None:
        raise Refusal("not_found", 404)
    service.read_at_desk(own_account(), [notice_id], now=clock.now())
    return redirect(safe_next(notice.page))


@console.get("/notices/preferences")
@requires()
def show_preferences() -> str:
    """Show every kind, and what the account wants of it."""
    account_id = own_account()
    return page(
        "notice_preferences",
        chosen=queries.of_account(account_id),
        modes=MODE_LABELS,
        always=ALWAYS_TOLD,
        linked=identity.linked_at(account_id),
        quiet_hours=settings.value(QUIET_HOURS),
    )


@console.post("/notices/preferences")
@requires()
def save_preferences() -> Response:
    """Take the choices of all kinds."""
    account_id = own_account()

    def save() -> None:
        for kind in DeskKind:
            mode = request.form.get(kind.value, "")
            if mode in set(Mode):
                service.choose_as_account(account_id, kind, Mode(mode), now=clock.now())

    step(save, "通知设置已保存。")
    return redirect(url_for("console.show_preferences"))
