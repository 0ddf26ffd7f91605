"""The submission: one statement that stores a rating, finds its retry, or says why not.

Order of the questions, as a rater would want them answered: has this receipt been taken in before
(then the first answer, also after the close); does the campaign take ratings; is the content
complete; has this rater rated before. The last word on the first and the last is a UNIQUE
constraint. The statement itself is in ``statements``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from flask import current_app

from server.campaigns import queries as campaign_queries
from server.campaigns import service as campaigns
from server.campaigns.rules import CampaignKind, Channel, key_name
from server.core import clock
from server.core.access import SYSTEM
from server.core.crypto import seal
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.core.transaction import Row, single_statement, stored_with_others, transaction
from server.evaluation import forms, raters, wishes
from server.evaluation.commitments import (
    Record,
    commitment_of,
    digest_of_words,
    new_salt,
    record,
    record_of,
)
from server.evaluation.content import Content, content_mac, levels_in_order, seal_contact
from server.evaluation.origin import UNKNOWN_ORIGIN, Origin
from server.evaluation.rules import CommentState
from server.evaluation.statements import search, statement, statement_for_many
from server.identity import queries as identity

OPENID_PURPOSE = "evaluation.check_openid"
FIRST_REVISION = 1


@dataclass(frozen=True)
class Submission:
    """A rating as it arrives. ``receipt_key`` is 16 bytes; ``member_id`` None on the web."""

    campaign_id: int
    department_id: int
    content: Content
    receipt_key: bytes
    claim: raters.Claim
    member_id: UUID | None = None
    origin: Origin = UNKNOWN_ORIGIN


@dataclass(frozen=True)
class Accepted:
    """The first answer, and that of every retry."""

    campaign_id: int
    title: str
    department_id: int
    department_name: str
    channel: Channel
    rated_on: date
    cell: int
    organisation_id: int | None
    record: Record | None


def submit(submission: Submission, *, now: datetime) -> Accepted:
    """Store a rating, or return the first answer of its receipt.

    Raises Refusal (see the module's text for the order) or InvalidInput.
    """
    form = forms.form(submission.campaign_id, submission.department_id)
    key = _key(form.campaign_id)
    mac = None if key is None else content_mac(key, submission.content, _target(submission))
    try:
        form.refuse_unless_open(now)
        if key is None or mac is None:
            return _earlier(submission, None) or _pause(form, now)
        levels = levels_in_order(submission.content, form.leaves)
        rater = raters.resolve(form, submission.claim, submission.member_id, clock.local_date(now))
    except Refusal:
        # A retry is a retry, whatever has changed since.
        earlier = _earlier(submission, mac)
        if earlier is None:
            raise
        return earlier
    return _store(submission, form, rater, levels, key=key, mac=mac, now=now)


def _key(campaign_id: int) -> bytes | None:
    try:
        return key_ring().get(key_name(campaign_id))
    except KeyMissingError:
        return None


def _target(submission: Submission) -> list[object]:
    claim = submission.claim
    target: list[object] = [submission.department_id, claim.enterprise, claim.counter, claim.code]
    # Left out where it isn't given, so that retries of ratings made before it existed still match.
    return target if claim.organisation is None else [*target, claim.organisation]


def _store(
    submission: Submission,
    form: forms.Form,
    rater: raters.Rater,
    levels: list[int],
    *,
    key: bytes,
    mac: bytes,
    now: datetime,
) -> Accepted:
    content = submission.content
    photos = [*content.photos]
    rated_on = _day(form, rater.channel, now)
    values: dict[str, Any] = {
        "department_id": form.department_id,
        "counter_id": rater.counter_id,
        "rated_on": rated_on,
        "channel": int(rater.channel),
        "overall": content.overall,
        "comment_state": int(comment_state(content, submission.member_id)),
        "levels": levels,
        "pseudonym": rater.pseudonym(key, form.department_id),
        "receipt_key": submission.receipt_key,
        "content_mac": mac,
        "rater_tag": (
            rater.tag(key, form.department_id) if form.kind is CampaignKind.SERVICE else None
        ),
        "tags": list(content.tags) or None,
        "comment": content.comment or None,
        "contact_sealed": seal_contact(form.campaign_id, content.contact),
        "check_openid": sealed_openid(content, submission.member_id, key),
        "cell": rater.cell,
        "organisation_id": rater.organisation_id,
        "risk_rank": submission.origin.risk_rank,
        "address_block": submission.origin.block(key),
        "handle_now": wishes.granted(content, form.kind, rater.channel),
        "now": now,
    }
    values |= _bound(form.campaign_id, values, content.salt)
    if not photos and stored_with_others(statement_for_many(form.campaign_id), values):
        return _just_stored(form, values)
    values |= {"id": uuid4(), "photos": photos}
    # Alone, also to learn why it wasn't stored: a retry, another rating, or no open campaign.
    row = single_statement(statement(form.campaign_id, len(photos)), values, keep_plan=False)
    assert row is not None  # noqa: S101 the statement always gives one row
    if row["added"]:
        return _just_stored(form, values)
    if row["department_id"] is not None:
        return _first_answer(submission, row, mac)
    return _not_added(submission, form, mac, open_=row["open"], rated=row["rated"], now=now)


def _bound(campaign_id: int, values: dict[str, Any], given: bytes | None) -> dict[str, Any]:
    """Return what binds a rating to the log. Of the sample survey no time is told: at the close."""
    has_words = values["tags"] is not None or values["comment"] is not None
    salt = new_salt(given, values["receipt_key"], FIRST_REVISION, words=has_words)
    words = digest_of_words(salt, values["tags"], values["comment"])
    binding = {"campaign_id": campaign_id, "salt": salt, "words_digest": words}
    committed = commitment_of(SimpleNamespace(**{**values, **binding}))
    at_close = values["channel"] == Channel.SAMPLE
    return {"salt": salt, "words_digest": words, "commitment": committed, "at_close": at_close}


def _not_added(
    submission: Submission,
    form: forms.Form,
    mac: bytes,
    *,
    open_: bool,
    rated: bool,
    now: datetime,
) -> Accepted:
    # The same request may have been stored by another thread after this statement's snapshot.
    earlier = _earlier(submission, mac)
    if earlier is not None:
        return earlier
    if not open_:
        forms.forget(form.campaign_id)
        forms.form(form.campaign_id, form.department_id).refuse_unless_open(now)
        raise Refusal("campaign_closed", 409)
    if submission.content.photos and not rated and not _photos_free(submission):
        raise Refusal("photo_unknown", 422, field="photos")
    if submission.claim.code is not None:
        # A drawn person's link is for several departments, each of them once.
        link = campaign_queries.sample_link(submission.claim.code)
        raise Refusal("department_rated" if link else "code_used", 409, field="code")
    raise Refusal("already_rated", 409)


def _photos_free(submission: Submission) -> bool:
    row = single_statement(
        "SELECT count(*) AS free FROM photo WHERE campaign_id = %(campaign_id)s"
        " AND id = ANY(%(photos)s) AND evaluation_id IS NULL",
        {"campaign_id": submission.campaign_id, "photos": list(submission.content.photos)},
    )
    return row is not None and row["free"] == len(submission.content.photos)


def _day(form: forms.Form, channel: Channel, now: datetime) -> date:
    """Return the day that is kept: of a sample rating no more than the campaign's first.

    Who had answered by which day can be known (reminders, an envelope that was handed over): with
    the day a rating of a small cell would have a name.
    """
    return clock.local_date(form.opens_at if channel is Channel.SAMPLE else now)


def _earlier(submission: Submission, mac: bytes | None) -> Accepted | None:
    """Return the first answer of this receipt, also when the campaign's key is gone."""
    form = forms.form(submission.campaign_id, submission.department_id)
    row = single_statement(
        search(form.campaign_id), {"receipt_key": submission.receipt_key}, keep_plan=False
    )
    return None if row is None else _first_answer(submission, row, mac)


def _first_answer(submission: Submission, found: Row, mac: bytes | None) -> Accepted:
    # Erased at the close, and not to be worked out without the key: then the receipt alone counts.
    kept = found["content_mac"]
    if kept is not None and mac is not None and kept != mac:
        raise Refusal("idempotency_key_reused", 422, field="Idempotency-Key")
    form = forms.form(submission.campaign_id, found["department_id"])
    stored = SimpleNamespace(campaign_id=form.campaign_id, **found)
    return _accepted(form, found, record_of(stored))


def _just_stored(form: forms.Form, values: dict[str, Any]) -> Accepted:
    kept = record(form.campaign_id, values["commitment"], values["rated_on"])
    return _accepted(form, values, kept)


def _accepted(form: forms.Form, row: Row, kept: Record | None) -> Accepted:
    return Accepted(
        campaign_id=form.campaign_id,
        title=form.title,
        department_id=form.department_id,
        department_name=form.department_name,
        channel=Channel(row["channel"]),
        rated_on=row["rated_on"],
        cell=row["cell"],
        organisation_id=row["organisation_id"],
        record=kept,
    )


def comment_state(content: Content, member_id: UUID | None) -> CommentState:
    """Return where a new comment starts: with the platform's check, or with a person.

    The check needs the openid of somebody who was in the mini-program lately. Text from people
    without WeChat waits for review.
    """
    if not content.comment:
        return CommentState.NONE
    return CommentState.WAITING if member_id else CommentState.HELD


def sealed_openid(content: Content, member_id: UUID | None, key: bytes) -> bytes | None:
    """Seal what the content check needs under the campaign's key; it is erased after the check."""
    if member_id is None or not (content.comment or content.photos):
        return None
    return seal(key, identity.openid(member_id).encode(), OPENID_PURPOSE)


def _pause(form: forms.Form, now: datetime) -> Accepted:
    # The kept form may be older than a close, which destroys the key on purpose.
    forms.forget(form.campaign_id)
    forms.form(form.campaign_id, form.department_id).refuse_unless_open(now)
    current_app.logger.error("campaign %s: key missing, campaign paused", form.campaign_id)
    with transaction():
        campaigns.pause_for_lost_key(form.campaign_id, actor=SYSTEM, now=now)
    forms.forget(form.campaign_id)
    raise Refusal("campaign_paused", 503, headers={"Retry-After": "300"})
