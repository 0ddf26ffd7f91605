"""The API of the log: proofs for whoever holds a commitment; no receipt is needed."""

import re
from typing import Any

from apiflask import APIBlueprint

from server.core.access import anyone
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.evaluation.log_check import campaign_of
from server.evaluation.log_schemas import (
    ConsistencyQuery,
    ConsistencySchema,
    EvidenceQuery,
    EvidenceSchema,
    LogKeySchema,
)
from server.ledger import queries as ledger
from server.ledger.proofs import evidence
from server.ledger.signing import signer

log = APIBlueprint("log", __name__, url_prefix="/api/v1/log")
COMMITMENT = re.compile(r"[0-9a-f]{64}")


@log.get("/proofs/<commitment>")
@anyone
@limited("read")
@log.input(EvidenceQuery, location="query")
@log.output(EvidenceSchema)
@log.doc(responses=refusals(404))
def proofs(commitment: str, query_data: dict[str, Any]) -> dict[str, Any]:
    """Prove that a commitment is in the log and what counts of it.

    Asking leaves no line in the access log: its time would join an address with a rating.
    """
    if not COMMITMENT.fullmatch(commitment):
        raise Refusal("not_found", 404)
    committed = bytes.fromhex(commitment)
    campaign = query_data["campaign"] or campaign_of(committed)
    if campaign is None:
        raise Refusal("not_found", 404)
    return evidence(campaign, committed, since=query_data["since"])


@log.get("/consistency")
@anyone
@limited("read")
@log.input(ConsistencyQuery, location="query")
@log.output(ConsistencySchema)
@log.doc(responses=refusals(404))
def consistency(query_data: dict[str, Any]) -> dict[str, Any]:
    """Prove that the log only grew from one size to another."""
    old, new = query_data["old"], query_data["new"]
    if not 0 <= old <= new <= ledger.head().size:
        raise Refusal("not_found", 404)
    return {"old": old, "new": new, "path": [one.hex() for one in ledger.consistency(old, new)]}


@log.get("/key")
@anyone
@limited("read")
@log.output(LogKeySchema)
def key() -> dict[str, str]:
    """Show the key that the log is signed with; a phone keeps the first one it sees."""
    return {"key": str(signer().key)}
