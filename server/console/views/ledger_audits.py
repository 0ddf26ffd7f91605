"""Audits of the log: two auditors recount a tally from its sealed openings and sign the result."""

from tempfile import TemporaryFile
from uuid import UUID

from flask import flash, redirect, request, send_file, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.campaigns import queries as campaigns
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.people import names_of
from server.console.query import number
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import RowId, length
from server.core.transaction import transaction
from server.evaluation import openings
from server.ledger import audit_queries, audits, queries

LARGEST_RESULT = 4000
LARGEST_SIGNATURE = 200


class AskingSchema(FormSchema):
    """Of which campaign."""

    campaign = RowId(required=True)


class KeySchema(FormSchema):
    """An auditor's public key, as ``keygen`` prints it."""

    public_key = fields.String(required=True, validate=length(100, 1))


class StatementSchema(FormSchema):
    """What ``recount`` wrote, and what ``sign`` printed."""

    result = fields.String(required=True, validate=length(LARGEST_RESULT, 1))
    signature = fields.String(required=True, validate=length(LARGEST_SIGNATURE, 1))


@console.get("/ledger-audits")
@requires(Role.AUDITOR, Role.OFFICE)
def list_ledger_audits() -> str:
    """List audits, the newest first; an auditor can ask for one and register a key."""
    return _list(Form(AskingSchema()), _key_form())


@console.post("/ledger-audits")
@requires(Role.AUDITOR)
def ask_ledger_audit() -> Response | tuple[str, int]:
    """Ask for an audit."""
    form = Form.posted(AskingSchema())
    found = form.submit(
        lambda campaign: audits.ask(campaign, actor=current_actor(), now=clock.now()).id
    )
    if found is None:
        return _list(form, _key_form()), 422
    flash("已提出审计，请另一名审计员同意。", "success")
    return redirect(url_for("console.show_ledger_audit", audit_id=found))


@console.post("/ledger-audits/key")
@requires(Role.AUDITOR)
def set_auditor_key() -> Response | tuple[str, int]:
    """Register one's own public key."""
    form = Form.posted(KeySchema())

    def carry_out(public_key: str) -> object:
        return audits.set_key(public_key, actor=current_actor(), now=clock.now())

    if form.submit(carry_out) is None:
        return _list(Form(AskingSchema()), form), 422
    flash("公钥已登记，以后用它核对您的签名。", "success")
    return redirect(url_for("console.list_ledger_audits"))


@console.get("/ledger-audits/<uuid:audit_id>")
@requires(Role.AUDITOR, Role.OFFICE)
def show_ledger_audit(audit_id: UUID) -> str:
    """Show an audit with what can be done next."""
    return _detail(audit_id, Form(StatementSchema()))


@console.post("/ledger-audits/<uuid:audit_id>/agreement")
@requires(Role.AUDITOR)
def agree_ledger_audit(audit_id: UUID) -> Response:
    """Agree as the second auditor."""
    step(
        lambda: audits.agree(audit_id, actor=current_actor(), now=clock.now()),
        "已同意，两名审计员现在可以取开封文件。",
    )
    return redirect(url_for("console.show_ledger_audit", audit_id=audit_id))


@console.post("/ledger-audits/<uuid:audit_id>/end")
@requires(Role.AUDITOR)
def end_ledger_audit(audit_id: UUID) -> Response:
    """End an audit that is not finished."""
    step(
        lambda: audits.end(audit_id, actor=current_actor(), now=clock.now()),
        "审计已结束，开封文件不能再取。",
    )
    return redirect(url_for("console.show_ledger_audit", audit_id=audit_id))


@console.post("/ledger-audits/<uuid:audit_id>/openings")
@requires(Role.AUDITOR)
def download_openings(audit_id: UUID) -> Response:
    """Give one of the two auditors the file of openings; each time is on record."""
    with transaction():
        audit = audits.openings_for(audit_id, actor=current_actor(), now=clock.now())
        file = TemporaryFile()  # noqa: SIM115 closed when the answer has been sent
        audits.fix_openings(audit_id, openings.write(file, audit.campaign_id, audit.edition))
        file.seek(0)
        name = f"openings-{audit.campaign_id}-{audit.edition}.jsonl"
    return send_file(file, mimetype="application/x-ndjson", as_attachment=True, download_name=name)


@console.post("/ledger-audits/<uuid:audit_id>/statements")
@requires(Role.AUDITOR)
def hand_in_statement(audit_id: UUID) -> Response | tuple[str, int]:
    """Take in what an auditor found and signed."""
    form = Form.posted(StatementSchema())

    def carry_out(result: str, signature: str) -> object:
        # A browser sends a text field's lines with CR LF.
        text = result.replace("\r\n", "\n").strip("\n") + "\n"
        return audits.hand_in(
            audit_id,
            result=text,
            signature=signature,
            actor=current_actor(),
            now=clock.now(),
        )

    if form.submit(carry_out) is None:
        return _detail(audit_id, form), 422
    flash("签名有效。两人都签名后，结论公布在评价日志页面。", "success")
    return redirect(url_for("console.show_ledger_audit", audit_id=audit_id))


def _list(asking: Form, key: Form) -> str:
    actor = current_actor()
    asked = number("campaign") if request.method == "GET" else None
    found = audit_queries.audits(
        campaign_ids=[asked] if asked else None, cursor=request.args.get("cursor")
    )
    tallied = audit_queries.tallied_campaigns()
    titles = campaigns.titles({*tallied, *(one.campaign_id for one in found.items)})
    return page(
        "ledger_audits",
        audits=found,
        titles=titles,
        choices=[(one, titles[one]) for one in tallied],
        chosen=asked,
        people=names_of(person for one in found.items for person in (one.asked_by, one.agreed_by)),
        is_auditor=actor.has(Role.AUDITOR),
        own_key=audit_queries.key_of(actor.id),
        asking=asking,
        key=key,
    )


def _key_form() -> Form:
    own = audit_queries.key_of(current_actor().id)
    return Form(KeySchema(), {"public_key": own.public_key.hex() if own else ""})


def _detail(audit_id: UUID, form: Form) -> str:
    audit = audit_queries.audit(audit_id)
    actor = current_actor()
    signed = audit_queries.statements(audit_id)
    over = audit.state in audit_queries.OVER
    # Each counts for himself: what the other one found is shown when both have signed.
    statements = [one for one in signed if over or one.account_id == actor.id]
    newest = queries.newest_tally(audit.campaign_id)
    return page(
        "ledger_audit",
        audit=audit,
        tally=queries.tally(audit.campaign_id, audit.edition),
        title=campaigns.titles([audit.campaign_id])[audit.campaign_id],
        statements=statements,
        signed=len(signed),
        over=over,
        people=names_of([audit.asked_by, audit.agreed_by, *(one.account_id for one in statements)]),
        own_id=actor.id,
        is_auditor=actor.has(Role.AUDITOR),
        is_mine=actor.id in {audit.asked_by, audit.agreed_by},
        has_signed=actor.id in {one.account_id for one in signed},
        own_key=audit_queries.key_of(actor.id),
        outdated=newest is not None and newest.edition != audit.edition,
        form=form,
    )
