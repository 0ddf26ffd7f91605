"""The submission: one statement that stores a rating, finds its retry, or says why not.

Order of the questions, as a rater would want them answered: has this receipt been taken in before
(then the first answer, also after the close); does the campaign take ratings; is the content
complete; has this rater rated before. The last word on the first and the last is a UNIQUE
constraint. docs/locking.md tells why the statement names the partition itself.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from flask import current_app

from server.campaigns import queries as campaign_queries
from server.campaigns import service as campaigns
from server.campaigns.rules import CampaignKind, Channel, key_name, partition_name
from server.core import clock
from server.core.access import SYSTEM
from server.core.crypto import seal
from server.core.database import PARTITION_SCHEMA
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.core.transaction import Row, single_statement, stored_with_others, transaction
from server.evaluation import forms, raters
from server.evaluation.content import Content, content_mac, levels_in_order, seal_contact
from server.evaluation.origin import UNKNOWN_ORIGIN, Origin
from server.evaluation.rules import CommentState, PhotoState
from server.identity import queries as identity

OPENID_PURPOSE = "evaluation.check_openid"


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


@lru_cache(maxsize=256)
def _statement(campaign_id: int, photos: int) -> str:
    campaign = int(campaign_id)
    partition = f"{PARTITION_SCHEMA}.{partition_name(campaign)}"
    claimed, claimable = "", ""
    if photos:
        claimable = f""",
        claimable AS (
            SELECT id FROM photo WHERE campaign_id = {campaign} AND id = ANY(%(photos)s)
            AND evaluation_id IS NULL FOR UPDATE
        )"""
        claimed = f""",
        claimed AS (
            UPDATE photo SET evaluation_id = added.id, state = {int(PhotoState.WAITING)},
                position = array_position(%(photos)s, photo.id)
            FROM added WHERE photo.campaign_id = {campaign} AND photo.id = ANY(%(photos)s)
        )"""
    enough = f"AND (SELECT count(*) FROM claimable) = {int(photos)}" if photos else ""
    return f"""
        WITH found AS (
            SELECT department_id, channel, rated_on, content_mac FROM {partition}
            WHERE campaign_id = {campaign} AND receipt_key = %(receipt_key)s
        ),
        rated AS (
            SELECT 1 FROM {partition}
            WHERE campaign_id = {campaign} AND pseudonym = %(pseudonym)s
        ),
        gate AS (
            SELECT 1 FROM campaign WHERE id = {campaign} AND state = 'open'
            AND pause_reason IS NULL AND %(now)s >= opens_at AND %(now)s < closes_at
        ){claimable},
        added AS (
            INSERT INTO {partition} (campaign_id, state, photo_count, revision,
                id, department_id, counter_id, rated_on, channel,
                overall, comment_state, levels, pseudonym, receipt_key,
                content_mac, rater_tag, tags, comment,
                contact_sealed, check_openid,
                cell, organisation_id, risk_rank, address_block)
            SELECT {campaign}, 1, {int(photos)}, 1,
                %(id)s, %(department_id)s, %(counter_id)s, %(rated_on)s, %(channel)s,
                %(overall)s, %(comment_state)s, %(levels)s, %(pseudonym)s, %(receipt_key)s,
                %(content_mac)s, %(rater_tag)s, %(tags)s, %(comment)s,
                %(contact_sealed)s, %(check_openid)s,
                %(cell)s, %(organisation_id)s, %(risk_rank)s, %(address_block)s
            FROM gate WHERE NOT EXISTS (SELECT FROM found) {enough}
            ON CONFLICT DO NOTHING RETURNING id
        ){claimed}
        SELECT EXISTS (SELECT FROM added) AS added, EXISTS (SELECT FROM gate) AS open,
            EXISTS (SELECT FROM rated) AS rated,
            found.department_id, found.channel, found.rated_on, found.content_mac
        FROM (SELECT) AS one LEFT JOIN found ON true
    """


@lru_cache(maxsize=256)
def _statement_for_many(campaign_id: int) -> str:
    campaign = int(campaign_id)
    # In one order everywhere, so that two statements with the same raters never wait for each
    # other crosswise.
    return f"""
        INSERT INTO {PARTITION_SCHEMA}.{partition_name(campaign)} (campaign_id, state,
            photo_count, revision, id, department_id, counter_id, rated_on, channel,
            overall, comment_state, levels, pseudonym, receipt_key,
            content_mac, rater_tag, tags, comment,
            contact_sealed, check_openid,
            cell, organisation_id, risk_rank, address_block)
        SELECT {campaign}, 1,
            0, 1, asked.id, department_id, counter_id, rated_on, channel,
            overall, comment_state, levels, pseudonym, receipt_key,
            content_mac, rater_tag, tags, comment,
            contact_sealed, check_openid,
            cell, organisation_id, risk_rank, address_block
        FROM campaign, json_to_recordset(%(rows)s) AS asked (
            id uuid, department_id integer, counter_id integer, rated_on date,
            channel smallint, overall smallint, comment_state smallint, levels smallint[],
            pseudonym bytea, receipt_key bytea, content_mac bytea, rater_tag bytea,
            tags text[], comment text, contact_sealed bytea, check_openid bytea,
            cell smallint, organisation_id integer, risk_rank smallint, address_block bytea,
            now timestamptz)
        WHERE campaign.id = {campaign} AND campaign.state = 'open' AND pause_reason IS NULL
            AND now >= opens_at AND now < closes_at
        ORDER BY pseudonym
        ON CONFLICT DO NOTHING RETURNING id
    """


@lru_cache(maxsize=256)
def _search(campaign_id: int) -> str:
    campaign = int(campaign_id)
    return f"""
        SELECT department_id, channel, rated_on, content_mac
        FROM {PARTITION_SCHEMA}.{partition_name(campaign)}
        WHERE campaign_id = {campaign} AND receipt_key = %(receipt_key)s
    """


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
        "now": now,
    }
    if not photos and stored_with_others(_statement_for_many(form.campaign_id), values):
        return _accepted(form, rater.channel, rated_on)
    values |= {"id": uuid4(), "photos": photos}
    # Alone, also to learn why it wasn't stored: a retry, another rating, or no open campaign.
    row = single_statement(_statement(form.campaign_id, len(photos)), values, keep_plan=False)
    assert row is not None  # noqa: S101 the statement always gives one row
    if row["added"]:
        return _accepted(form, rater.channel, rated_on)
    if row["department_id"] is not None:
        return _first_answer(submission, row, mac)
    return _not_added(submission, form, mac, open_=row["open"], rated=row["rated"], now=now)


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
        _search(form.campaign_id), {"receipt_key": submission.receipt_key}, keep_plan=False
    )
    return None if row is None else _first_answer(submission, row, mac)


def _first_answer(submission: Submission, found: Row, mac: bytes | None) -> Accepted:
    # Erased at the close, and not to be worked out without the key: then the receipt alone counts.
    kept = found["content_mac"]
    if kept is not None and mac is not None and kept != mac:
        raise Refusal("idempotency_key_reused", 422, field="Idempotency-Key")
    form = forms.form(submission.campaign_id, found["department_id"])
    return _accepted(form, Channel(found["channel"]), found["rated_on"])


def _accepted(form: forms.Form, channel: Channel, rated_on: date) -> Accepted:
    return Accepted(
        campaign_id=form.campaign_id,
        title=form.title,
        department_id=form.department_id,
        department_name=form.department_name,
        channel=channel,
        rated_on=rated_on,
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
