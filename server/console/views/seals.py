"""Breaking an open survey's seal: asked for by one person of the office, decided by another."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.query import searched
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.evaluation import seals


class SealSchema(FormSchema):
    """Which survey, and why."""

    campaign = RowId(required=True)
    reason = CleanText(required=True, validate=length(seals.LONGEST_REASON, 1))


@console.get("/seals")
@requires(Role.OFFICE)
def list_seals() -> str:
    """List what was asked, decided and refused, with the form for asking."""
    return _page(Form(SealSchema(), {"campaign": request.args.get("campaign", "")}))


@console.post("/seals")
@requires(Role.OFFICE)
def ask_seal() -> Response | tuple[str, int]:
    """Ask to break a seal."""

    def ask(campaign: int, reason: str) -> object:
        return seals.ask(campaign, reason, actor=current_actor(), now=clock.now())

    form = Form.posted(SealSchema())
    if not request.form.get("known"):
        form.errors["known"] = "请勾选，确认您知道解除封存会公布。"
        return _page(form), 422
    if form.submit(ask) is None:
        return _page(form), 422
    flash("已提出解除封存，等待另一位工作人员确认。", "success")
    return redirect(url_for("console.list_seals"))


@console.post("/seals/<uuid:break_id>/confirmation")
@requires(Role.OFFICE)
def confirm_seal(break_id: UUID) -> Response:
    """Break the seal, as a second person."""
    step(
        lambda: seals.confirm(break_id, actor=current_actor(), now=clock.now()),
        "封存已解除，并已在晾晒页面公布。每次查看结果都会记录。",
    )
    return redirect(url_for("console.list_seals"))


@console.post("/seals/<uuid:break_id>/refusal")
@requires(Role.OFFICE)
def refuse_seal(break_id: UUID) -> Response:
    """Refuse what was asked, or take it back."""
    step(
        lambda: seals.refuse(break_id, actor=current_actor(), now=clock.now()),
        "没有解除封存，结果继续封存。",
    )
    return redirect(url_for("console.list_seals"))


def _page(form: Form) -> str:
    actor = current_actor()
    return page(
        "seals",
        form=form,
        surveys=[(one.id, one.title) for one in seals.sealed_surveys(actor)],
        found=seals.break_page(q=searched(), cursor=request.args.get("cursor")),
        q=searched(),
        own=actor.counts_as,
    )
