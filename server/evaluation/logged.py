"""What happens to a rating after it was taken in, told to the log in the same transaction.

The caller holds the rating's row locked. A rating from before the log is bound here when something
first happens to it; the others of its campaign are bound at the close (``adopting``).
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select, text

from server.campaigns import queries as campaigns
from server.campaigns.rules import Channel
from server.core.database import db
from server.evaluation.commitments import commitment_of, digest_of_words, new_salt
from server.evaluation.models import Evaluation
from server.evaluation.rules import ExclusionReason
from server.ledger import service as ledger
from server.ledger.commitments import COMMITMENT_SQL, SALT_BYTES
from server.ledger.rules import Event

NOTE_MANY = f"""
    INSERT INTO ledger_pending (campaign_id, event, previous, reason, at_close)
    SELECT campaign_id, {int(Event.EXCLUDED)}, {COMMITMENT_SQL}, :reason,
        channel = {int(Channel.SAMPLE)}
    FROM evaluation
    WHERE campaign_id = :campaign AND id = ANY (:ids) AND salt IS NOT NULL
"""  # noqa: S608 made of constants


def bind(rating: Evaluation, given: bytes | None) -> bytes:
    """Give a rating a salt and the digest of its words as they are now; return its commitment."""
    words = bool(rating.tags or rating.comment)
    rating.salt = new_salt(given, rating.receipt_key, rating.revision, words=words)
    rating.words_digest = digest_of_words(rating.salt, rating.tags, rating.comment)
    committed = commitment_of(rating)
    assert committed is not None  # noqa: S101 it has a salt, and a level as it isn't withdrawn
    return committed


def accepted(rating: Evaluation, given: bytes | None = None) -> bytes:
    """Bind a rating that the log does not know, and note it; return its commitment."""
    committed = bind(rating, given)
    ledger.note(
        rating.campaign_id, Event.ACCEPTED, commitment=committed, at_close=_at_close(rating)
    )
    return committed


def corrected(rating: Evaluation, previous: bytes | None, given: bytes | None) -> None:
    """Bind a rating anew, and note that it takes the place of what it was before.

    ``previous`` is None of one that was withdrawn, or is older than the log: it is a new one there.
    """
    if previous is None:
        accepted(rating, given)
        return
    ledger.note(
        rating.campaign_id,
        Event.CORRECTED,
        commitment=bind(rating, given),
        previous=previous,
        at_close=_at_close(rating),
    )


def withdrawn(rating: Evaluation, previous: bytes | None) -> None:
    """Erase a rating's salt, so that nobody can open its commitment, and note the withdrawal."""
    rating.salt = None
    rating.words_digest = None
    if previous is not None:
        ledger.note(
            rating.campaign_id, Event.WITHDRAWN, previous=previous, at_close=_at_close(rating)
        )


def excluded(rating: Evaluation, reason: ExclusionReason) -> None:
    """Note that a rating was set apart, and why.

    A campaign that was settled before there was a log stays out of it.
    """
    previous = commitment_of(rating)
    if previous is None:
        if _is_settled(rating.campaign_id):
            return
        previous = accepted(rating)
    ledger.note(
        rating.campaign_id,
        Event.EXCLUDED,
        previous=previous,
        reason=reason.value,
        at_close=_at_close(rating),
    )


def excluded_many(campaign_id: int, reasons: Mapping[ExclusionReason, list[UUID]]) -> None:
    """Note that many ratings of a campaign were set apart, by their reasons."""
    for reason, ids in reasons.items():
        if not _is_settled(campaign_id):
            for rating in _unbound(campaign_id, ids):
                accepted(rating)
        db.session.flush()
        values = {"campaign": campaign_id, "ids": ids, "reason": reason.value}
        db.session.execute(text(NOTE_MANY).bindparams(**values))


def erase_words(rating: Evaluation) -> None:
    """Cut the salt of the words away: their digest stays, and says nothing any more."""
    if rating.salt is not None:
        rating.salt = rating.salt[:SALT_BYTES]


def _unbound(campaign_id: int, ids: Sequence[UUID]) -> list[Evaluation]:
    wanted = Evaluation.id == any_(literal(list(ids), ARRAY(Uuid)))
    mine = (Evaluation.campaign_id == campaign_id, wanted, Evaluation.salt.is_(None))
    return list(db.session.scalars(select(Evaluation).where(*mine).order_by(Evaluation.id)))


def _is_settled(campaign_id: int) -> bool:
    return campaigns.campaign(campaign_id).settled_at is not None


def _at_close(rating: Evaluation) -> bool:
    return rating.channel == Channel.SAMPLE
