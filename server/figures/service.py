"""Asking for the count of a campaign's words, and counting them."""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert

from server.campaigns import queries as campaigns
from server.core.database import db
from server.core.errors import Refusal
from server.figures import queries
from server.figures.models import CommentWords
from server.figures.word_counts import TopicTree, word_document
from server.sources import queries as sources
from server.sources import service as sources_service

# A job that was asked for longer ago than this is lost: it may be asked for again.
LOST_AFTER = timedelta(minutes=10)


def is_lost(asked_at: datetime | None, now: datetime) -> bool:
    """Tell whether a job that was asked for can't come any more."""
    return asked_at is not None and asked_at < now - LOST_AFTER


def ask_words(campaign_id: int, *, now: datetime) -> bool:
    """Note that a settled campaign's words are wanted; tell whether a job is to be stored.

    Refuses a campaign that is not settled with ``campaign_not_settled``. Somebody who asks while a
    job is under way gets that one.
    """
    if campaigns.public_campaign(campaign_id).settled_at is None:
        raise Refusal("campaign_not_settled", 409)
    asked = (
        insert(CommentWords)
        .values(campaign_id=campaign_id, basis="", asked_at=now, failed=False)
        .on_conflict_do_update(
            index_elements=[CommentWords.campaign_id],
            set_={"asked_at": now, "failed": False},
            where=CommentWords.asked_at.is_(None) | (CommentWords.asked_at < now - LOST_AFTER),
        )
        .returning(CommentWords.campaign_id)
    )
    return db.session.scalar(asked) is not None


def count_words(campaign_id: int, *, now: datetime) -> None:
    """Count a campaign's words anew: whole, or not at all.

    The basis is read first: a comment refused meanwhile makes it another one, and the words are
    counted again.
    """
    basis = queries.word_basis(campaign_id)
    document = word_document(
        queries.word_comments(campaign_id), _topic_tree(), smallest=queries.smallest_group()
    )
    counted = {
        "basis": basis,
        "document": document,
        "counted_at": now,
        "asked_at": None,
        "failed": False,
    }
    db.session.execute(
        insert(CommentWords)
        .values(campaign_id=campaign_id, **counted)
        .on_conflict_do_update(index_elements=[CommentWords.campaign_id], set_=counted)
    )
    db.session.expire_all()


def give_up(campaign_id: int) -> None:
    """Note that counting broke; what was counted before stands."""
    broken = {"asked_at": None, "failed": True}
    db.session.execute(
        insert(CommentWords)
        .values(campaign_id=campaign_id, basis="", **broken)
        .on_conflict_do_update(index_elements=[CommentWords.campaign_id], set_=broken)
    )
    db.session.expire_all()


def _topic_tree() -> TopicTree | None:
    """Return the tree that the office read in for tickets, if it did."""
    leaves = sources.categories()
    if not leaves:
        return None
    return TopicTree(
        sources_service.topics(),
        {one.id: f"{one.first} / {one.second} / {one.third}" for one in leaves},
    )
