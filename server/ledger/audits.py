"""Audits: two auditors recount a tally from its sealed openings, each for himself, and sign.

One asks, another one agrees; then both may have the openings, and nobody else. The log's key plays
no part in it: an auditor signs with a key of his own, whose private half the system never sees.
"""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from server.audit.service import record
from server.campaigns import queries as campaigns
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import lock
from server.ledger import queries
from server.ledger.findings import Finding, MalformedFindingError, read_finding
from server.ledger.models import AuditorKey, AuditStatement, CampaignAudit
from server.ledger.notes import VerifierKey
from server.ledger.rules import AuditState
from server.ledger.signing import origin
from server.ledger.tree import HASH_BYTES

AUDITORS = 2
SUBJECT = "ledger_audit"


def ask(campaign_id: int, *, actor: Actor, now: datetime) -> CampaignAudit:
    """Ask for an audit of a campaign's newest tally; another auditor has to agree."""
    account = _auditor(campaign_id, actor)
    lock(f"audit of campaign {campaign_id}")
    tally = queries.newest_tally(campaign_id)
    if tally is None:
        raise Refusal("audit_without_tally", 409, field="campaign")
    running = select(CampaignAudit.id).where(
        CampaignAudit.campaign_id == campaign_id,
        CampaignAudit.state.in_((AuditState.ASKED.value, AuditState.OPEN.value)),
    )
    if db.session.scalar(running):
        raise Refusal("audit_running", 409, field="campaign")
    found = CampaignAudit(
        campaign_id=campaign_id,
        edition=tally.edition,
        state=AuditState.ASKED.value,
        asked_by=account,
        asked_at=now,
    )
    db.session.add(found)
    db.session.flush()
    record(
        actor,
        "ledger_audit.asked",
        (SUBJECT, found.id),
        at=now,
        campaign=campaign_id,
        version=tally.edition,
    )
    return found


def agree(audit_id: UUID, *, actor: Actor, now: datetime) -> CampaignAudit:
    """Agree to an audit as the second auditor: the openings are open to both from now on."""
    found = _locked(audit_id)
    account = _auditor(found.campaign_id, actor)
    if found.state != AuditState.ASKED.value:
        raise Refusal("audit_not_waiting", 409)
    if account == found.asked_by:
        raise Refusal("audit_second_person", 409)
    found.state = AuditState.OPEN.value
    found.agreed_by, found.agreed_at = account, now
    _record(found, "agreed", actor, now)
    return found


def end(audit_id: UUID, *, actor: Actor, now: datetime) -> CampaignAudit:
    """End an audit that is not finished: the openings are closed again, statements stay."""
    found = _locked(audit_id)
    _auditor(found.campaign_id, actor)
    if found.state not in {AuditState.ASKED.value, AuditState.OPEN.value}:
        raise Refusal("audit_over", 409)
    found.state = AuditState.ENDED.value
    found.ended_at = now
    _record(found, "ended", actor, now)
    return found


def openings_for(audit_id: UUID, *, actor: Actor, now: datetime) -> CampaignAudit:
    """Let one of the two auditors have the openings, on record; refuse everybody else."""
    found = _locked(audit_id)
    _one_of_two(found, actor)
    _record(found, "openings_read", actor, now)
    return found


def fix_openings(audit_id: UUID, digest: bytes) -> None:
    """Keep the digest of the openings at the first time, and refuse other ones afterwards."""
    found = _locked(audit_id)
    if found.openings_digest is None:
        found.openings_digest = digest
    elif found.openings_digest != digest:
        raise Refusal("audit_openings_changed", 409)


def set_key(public_key: str, *, actor: Actor, now: datetime) -> AuditorKey:
    """Register an auditor's own public key, in place of an earlier one."""
    account = _account(actor)
    try:
        material = bytes.fromhex(public_key.strip())
    except ValueError as error:
        raise Refusal("auditor_key_malformed", 422, field="public_key") from error
    if len(material) != HASH_BYTES:
        raise Refusal("auditor_key_malformed", 422, field="public_key")
    taken = select(AuditorKey.account_id).where(
        AuditorKey.public_key == material, AuditorKey.account_id != account
    )
    if db.session.scalar(taken):
        raise Refusal("auditor_key_taken", 409, field="public_key")
    found = db.session.get(AuditorKey, account)
    if found is None:
        found = AuditorKey(account_id=account, public_key=material, added_at=now)
        db.session.add(found)
    else:
        found.public_key, found.added_at = material, now
    record(actor, "ledger_audit.key_set", ("account", account), at=now, digest=material.hex())
    return found


def hand_in(
    audit_id: UUID, *, result: str, signature: str, actor: Actor, now: datetime
) -> AuditStatement:
    """Take in what an auditor found and signed; with the second one the audit is finished.

    ``signature`` is base64, over the result's bytes. What is published is exactly this.
    """
    audit = _locked(audit_id)
    account = _one_of_two(audit, actor)
    key = db.session.get(AuditorKey, account)
    if key is None:
        raise Refusal("auditor_key_missing", 409)
    if db.session.get(AuditStatement, (audit_id, account)):
        raise Refusal("audit_already_signed", 409)
    finding = _fitting(audit, result)
    statement = AuditStatement(
        audit_id=audit_id,
        account_id=account,
        result=result,
        signature=_verified(result, signature, key),
        public_key=key.public_key,
        agrees=finding.agrees,
        signed_at=now,
    )
    db.session.add(statement)
    db.session.flush()
    _record(audit, "signed", actor, now)
    _finish(audit, now)
    return statement


def _finish(audit: CampaignAudit, now: datetime) -> None:
    signed = select(func.count()).where(AuditStatement.audit_id == audit.id)
    if db.session.scalar(signed) == AUDITORS:
        audit.state = AuditState.SIGNED.value
        audit.ended_at = now


def _fitting(audit: CampaignAudit, result: str) -> Finding:
    """Read a result, which must be of this very audit."""
    try:
        finding = read_finding(result)
    except MalformedFindingError as error:
        raise Refusal("audit_result_malformed", 422, field="result") from error
    tally = queries.tally(audit.campaign_id, audit.edition)
    wanted = (origin(), audit.campaign_id, audit.edition, tally.root, audit.openings_digest)
    given = (
        finding.log,
        finding.campaign_id,
        finding.edition,
        finding.root,
        finding.openings_digest,
    )
    if given != wanted:
        raise Refusal("audit_result_of_another", 422, field="result")
    return finding


def _verified(result: str, signature: str, key: AuditorKey) -> bytes:
    try:
        material = base64.b64decode("".join(signature.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise Refusal("audit_signature_wrong", 422, field="signature") from error
    if not VerifierKey("auditor", key.public_key).verifies(result.encode(), material):
        raise Refusal("audit_signature_wrong", 422, field="signature")
    return material


def _locked(audit_id: UUID) -> CampaignAudit:
    found = db.session.scalar(
        select(CampaignAudit).where(CampaignAudit.id == audit_id).with_for_update()
    )
    if found is None:
        raise Refusal("not_found", 404)
    return found


def _one_of_two(audit: CampaignAudit, actor: Actor) -> UUID:
    account = _auditor(audit.campaign_id, actor)
    if audit.state != AuditState.OPEN.value:
        raise Refusal("audit_not_open", 409)
    if account not in {audit.asked_by, audit.agreed_by}:
        raise Refusal("audit_of_others", 409)
    return account


def _auditor(campaign_id: int, actor: Actor) -> UUID:
    """Return the auditor's account; all departments of the campaign must be in reach."""
    campaigns.public_campaign(campaign_id)
    for path in campaigns.department_paths(campaign_id):
        actor.require(path, Role.AUDITOR)
    return _account(actor)


def _account(actor: Actor) -> UUID:
    if actor.id is None or not actor.has(Role.AUDITOR):
        raise Refusal("not_allowed", 403)
    return actor.id


def _record(audit: CampaignAudit, act: str, actor: Actor, now: datetime) -> None:
    record(
        actor,
        f"ledger_audit.{act}",
        (SUBJECT, audit.id),
        at=now,
        campaign=audit.campaign_id,
        version=audit.edition,
    )
