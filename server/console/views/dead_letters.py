"""Messages that could not be sent: what they were about, without names, and sending them again."""

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import step
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.notifications import queries, service
from server.notifications.rules import FAULT_LABELS, NOTICE_LABELS, Fault, NoticeKind


def _kind() -> NoticeKind | None:
    code = request.values.get("kind", "")
    return NoticeKind(code) if code in set(NoticeKind) else None


@console.get("/dead-letters")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def list_dead_letters() -> str:
    """List what could not be sent, newest first."""
    kind = _kind()
    return page(
        "dead_letters",
        letters=queries.dead_letters(kind=kind, cursor=request.args.get("cursor")),
        counts=queries.dead_letter_counts(),
        kinds=[(one.value, label) for one, label in NOTICE_LABELS.items()],
        kind=kind.value if kind else "",
        error=error_words,
    )


def error_words(error: str) -> str:
    """Return why a message did not go out, with WeChat's code where it gave one."""
    fault, _, code = error.partition(" ")
    words = FAULT_LABELS[Fault(fault)] if fault in set(Fault) else "原因不明"
    return f"{words}（错误码 {code}）" if code else words


@console.post("/dead-letters/<uuid:notice_id>/sending")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def send_again(notice_id: UUID) -> Response:
    """Send one again."""
    step(
        lambda: service.send_again(notice_id, actor=current_actor(), now=clock.now()),
        "已重新排队，稍后发送。",
    )
    return redirect(url_for("console.list_dead_letters", kind=_kind()))


@console.post("/dead-letters/sending")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def send_all_again() -> Response:
    """Send all again, or all of a kind."""
    step(
        lambda: service.send_all_again(_kind(), actor=current_actor(), now=clock.now()),
        "已全部重新排队，稍后发送。",
    )
    return redirect(url_for("console.list_dead_letters", kind=_kind()))
