"""Audits of the log, as the auditors signed them."""

import base64
from typing import Any
from uuid import UUID

from flask import Response, json

from server.campaigns import queries as campaigns
from server.core.access import anyone
from server.core.limits import limited
from server.identity import queries as identity
from server.ledger import audit_queries
from server.ledger.findings import read_finding
from server.ledger.models import AuditStatement
from server.public.blueprint import public
from server.public.board import download
from server.public.rendering import PUBLISHED, page


@public.get("/log/audits/<uuid:audit_id>")
@anyone
@limited("read")
def log_audit(audit_id: UUID) -> Response:
    """Show what each auditor found, in words and as signed."""
    audit = audit_queries.public_audit(audit_id)
    statements = audit_queries.statements(audit_id)
    findings = {one.account_id: read_finding(one.result) for one in statements}
    return page(
        "log_audit",
        cache=PUBLISHED,
        audit=audit,
        title=campaigns.titles([audit.campaign_id]).get(audit.campaign_id, ""),
        statements=statements,
        findings=findings,
        alike=len({one.counts_digest for one in findings.values()}) == 1,
        names=identity.account_names({one.account_id for one in statements}),
        signature=_base64,
    )


@public.get("/log/audits/<uuid:audit_id>.json")
@anyone
@limited("read")
def log_audit_json(audit_id: UUID) -> Response:
    """Give the statements with keys and signatures, so that anybody can check them."""
    audit = audit_queries.public_audit(audit_id)
    statements = audit_queries.statements(audit_id)
    names = identity.account_names({one.account_id for one in statements})
    body = {
        "campaign": audit.campaign_id,
        "edition": audit.edition,
        "state": audit.state,
        "statements": [_statement(one, names) for one in statements],
    }
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return download(text, "application/json", f"audit-{audit_id}.json")


def _statement(statement: AuditStatement, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "auditor": names.get(statement.account_id, ""),
        "public_key": statement.public_key.hex(),
        "result": statement.result,
        "signature": _base64(statement.signature),
        "agrees": statement.agrees,
    }


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
