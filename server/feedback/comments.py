"""Comments in anonymous form: which ones a sheet names, and their words as they stand today.

A sheet keeps a hash of a rating's id, never its words, its day, its channel or its level. Words
that their rater had erased, or that were refused later, are gone from every version of a sheet.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.campaigns.rules import channel_of
from server.core.database import db
from server.evaluation.models import Evaluation
from server.evaluation.rules import SHOWN_COMMENTS, EvaluationState
from server.feedback.rules import MOST_COMMENTS

REF_DIGITS = 32
Node = Mapping[str, Any]


def chosen(department_id: int, publications: Mapping[int, Node]) -> dict[str, Any]:
    """Return how many comments may be shown to a department, and which ones a sheet names.

    Args:
        department_id: whose.
        publications: the documents of the quarter's publications, by campaign.
    """
    refs = [
        {"campaign": campaign, "ref": ref}
        for campaign, document in publications.items()
        for ref in _words(campaign, department_id, open_channels(document, department_id))
    ]
    # The hash has nothing to do with when or through which channel somebody wrote: its order
    # tells nothing, and is the same the next time.
    refs.sort(key=lambda one: (one["ref"], one["campaign"]))
    return {"total": len(refs), "refs": refs[:MOST_COMMENTS]}


def texts(department_id: int, named: Iterable[Node], publications: Mapping[int, Node]) -> list[str]:
    """Return the words of the comments that a sheet names and that may still be shown."""
    wanted: dict[int, set[str]] = {}
    for one in named:
        wanted.setdefault(one["campaign"], set()).add(one["ref"])
    found: dict[str, str] = {}
    for campaign, refs in wanted.items():
        channels = open_channels(publications.get(campaign), department_id)
        words = _words(campaign, department_id, channels)
        found |= {ref: words[ref] for ref in refs & words.keys()}
    return [found[ref] for ref in sorted(found)]


def open_channels(document: Node | None, department_id: int) -> list[int]:
    """Return the channels whose group is published and not smaller than the smallest one shown."""
    for node in () if document is None else document["departments"]:
        if node["id"] == department_id:
            smallest = document["smallest_group"]  # type: ignore[index] # there is a document
            return [
                int(channel_of(one["channel"]))
                for one in node["channels"]
                if "withheld" not in one and one["count"] >= smallest
            ]
    return []


def _words(campaign_id: int, department_id: int, channels: list[int]) -> dict[str, str]:
    """Return the comments that may be shown, by the hash that names them."""
    if not channels:
        return {}
    return dict(_read(campaign_id, department_id, channels))


def _read(campaign_id: int, department_id: int, channels: list[int]) -> Iterator[tuple[str, str]]:
    rows = db.session.execute(
        select(Evaluation.id, Evaluation.comment).where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.department_id == department_id,
            Evaluation.state == EvaluationState.COUNTED,
            Evaluation.channel.in_(channels),
            Evaluation.comment_state.in_([int(state) for state in SHOWN_COMMENTS]),
            Evaluation.comment.is_not(None),
        )
    )
    for identifier, comment in rows:
        if comment and comment.strip():
            yield ref_of(identifier), comment


def ref_of(evaluation_id: UUID) -> str:
    """Return by what a sheet names a rating's comment."""
    return sha256(b"ronghe-feedback-v1\n" + evaluation_id.bytes).hexdigest()[:REF_DIGITS]
