"""Batches by API: whose they are, that they are fresh and new, and what came of their rows."""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy.dialects.postgresql import insert
from werkzeug.datastructures import Headers

from server.audit import service as audit
from server.core.access import SYSTEM
from server.core.crypto import hmac_sha256, unseal
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.sources import intake, joining, queries
from server.sources.models import Source, SourceNonce, SourceRun
from server.sources.rows import NAMES, storable
from server.sources.rules import (
    KEY_NAME,
    LONGEST_TICKET,
    NONCE_LIFE,
    SECRET_PURPOSE,
    SIGNATURE_WINDOW,
    RunState,
    Way,
)
from server.sources.service.runs import lock_source, reader_of

TIMESTAMP = "Ronghe-Timestamp"
NONCE = "Ronghe-Nonce"
SIGNATURE = "Ronghe-Signature"
FORMS = {
    TIMESTAMP: re.compile(r"[0-9]{1,10}"),
    NONCE: re.compile(r"[A-Za-z0-9_-]{16,64}"),
    SIGNATURE: re.compile(r"[0-9a-f]{64}"),
}


@dataclass
class _Listed:
    """Refused rows as they are answered: the sender has the content."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: int, values: dict[str, str], faults: Iterable[tuple[str, str]]) -> None:
        listed = [{"field": name, "message": message} for name, message in faults]
        ticket = storable(values.get("ticket", ""))[:LONGEST_TICKET]
        self.rows.append({"row": line, "ticket": ticket, "errors": listed})


def signed(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of a batch: HMAC-SHA-256 over timestamp, nonce and body, in hex."""
    message = timestamp.encode() + b"\n" + nonce.encode() + b"\n" + body
    return hmac_sha256(secret.encode(), message).hex()


def verified(source_id: int, headers: Headers, body: bytes, *, now: datetime) -> str:
    """Return the nonce of a batch that the source signed just now; refuse any other."""
    values = {}
    for name, form in FORMS.items():
        values[name] = headers.get(name, "")
        if not form.fullmatch(values[name]):
            raise Refusal("batch_header_missing", 400, name=name)
    source = db.session.get(Source, source_id)
    # An unknown source is answered like a wrong secret, in the same steps.
    sealed = source.secret_sealed if source is not None else None
    secret = unseal(standing_key(KEY_NAME), sealed, SECRET_PURPOSE).decode() if sealed else ""
    expected = signed(secret, values[TIMESTAMP], values[NONCE], body)
    if not hmac.compare_digest(expected, values[SIGNATURE]) or not secret:
        raise Refusal("batch_signature_wrong", 401)
    moment = datetime.fromtimestamp(int(values[TIMESTAMP]), UTC)
    if abs(now - moment) > SIGNATURE_WINDOW:
        raise Refusal("batch_too_old", 401)
    return values[NONCE]


def take_batch(
    source_id: int,
    rows: Sequence[Mapping[str, str]],
    *,
    nonce: str,
    body: bytes,
    now: datetime,
) -> tuple[dict[str, Any], bool]:
    """Take a batch in that ``verified``; return what came of it, and whether it is new.

    The same batch sent again gets the first answer and changes nothing; its nonce with another
    body is refused.
    """
    body_hash = sha256(body).digest()
    lock_source(source_id, wait=False)
    added = db.session.execute(
        insert(SourceNonce)
        .values(
            source_id=source_id,
            nonce=nonce,
            body_hash=body_hash,
            answer={},
            expires_at=now + NONCE_LIFE,
        )
        .on_conflict_do_nothing()
        .returning(SourceNonce.nonce)
    ).first()
    kept = db.session.get_one(SourceNonce, (source_id, nonce))
    if added is None:
        if kept.body_hash != body_hash:
            raise Refusal("batch_nonce_reused", 409)
        return kept.answer, False
    kept.answer = _take_in(queries.source(source_id, SYSTEM), rows, body_hash, now)
    return kept.answer, True


def _take_in(
    source: Source, rows: Sequence[Mapping[str, str]], body_hash: bytes, now: datetime
) -> dict[str, Any]:
    run = SourceRun(
        id=uuid4(),
        source_id=source.id,
        way=Way.API.value,
        state=RunState.RUNNING.value,
        file_hash=body_hash,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    refused = _Listed()
    places = joining.Places(source, now=now)
    cells = (tuple(row.get(name, "") for name in NAMES) for row in rows)
    tally = intake.stage(
        enumerate(cells, start=1),
        reader_of(queries.mapping(source.id), now),
        places,
        source_id=source.id,
        refused=refused,
        progress=lambda _rows: None,
    )
    report = tally.report() | joining.forecast(places, tally.joined)
    intake.merge(source, run.id, tally, places, now=now, step=lambda: None)
    run.report, run.rows_read, run.progress = report, tally.read, 100
    run.state, run.finished_at = RunState.DONE.value, now
    audit.record(SYSTEM, "source.batch", ("source", source.id), at=now, counts=report["counts"])
    return {"id": str(run.id), "counts": report["counts"], "refused": refused.rows}
