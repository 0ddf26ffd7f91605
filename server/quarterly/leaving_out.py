"""Which cases don't count in an edition: those that ratings of withheld groups registered alone.

Nothing of these ratings goes into the case figures at all, so no figure, of any edition or quarter,
can tell how many poor ones there were among them, whatever else somebody knows. A group that isn't
published yet is left out in the same way; a later edition takes it in.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    SmallInteger,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import UUID

from server.campaigns.rules import channel_of
from server.core.database import db
from server.evaluation.models import Evaluation
from server.evaluation.rules import POOR
from server.quarterly.figures import Node
from server.rectification.models import Case, CaseOrigin
from server.rectification.rules import OriginKind
from server.sources.models import Source, SourceMatter
from server.sources.rules import SourceKind

# Campaign, department and channel.
Group = tuple[int, int, int]


def shown_groups(documents: Mapping[int, Node]) -> set[Group]:
    """Return the groups whose ratings are published, by the campaigns' newest documents. Pure."""
    return {
        (campaign, department["id"], int(channel_of(channel["channel"])))
        for campaign, document in documents.items()
        for department in document["departments"]
        for channel in department["channels"]
        if "withheld" not in channel
    }


def left_out(quarter: str, shown: Iterable[Group]) -> set[int]:
    """Return the origins of a quarter's cases that are ratings of groups that aren't shown."""
    groups = sorted(shown)
    return _ratings(quarter, groups) | _matters(quarter, groups)


def _ratings(quarter: str, shown: Sequence[Group]) -> set[int]:
    name = CaseOrigin.origin_id
    # Only a rating's name has this form, and PostgreSQL may look at it before it looks at the kind.
    is_rating = CaseOrigin.kind == OriginKind.EVALUATION.value
    campaign = cast(case((is_rating, func.split_part(name, ":", 1))), Integer)
    rating = cast(case((is_rating, func.split_part(name, ":", 2))), UUID(as_uuid=True))
    found = (
        select(CaseOrigin.id)
        .join(Case, Case.id == CaseOrigin.case_id)
        .outerjoin(Evaluation, and_(Evaluation.campaign_id == campaign, Evaluation.id == rating))
        .where(
            Case.quarter == quarter,
            is_rating,
            or_(
                Evaluation.id.is_(None),
                ~_among(
                    (Evaluation.campaign_id, Evaluation.department_id, Evaluation.channel), shown
                ),
            ),
        )
    )
    return set(db.session.scalars(found))


def _matters(quarter: str, shown: Sequence[Group]) -> set[int]:
    """Return the matters with a poor rating; one without any tells nothing of a rater."""
    is_matter = CaseOrigin.kind == OriginKind.MATTER.value
    # What a rating registered is known by its matter's number and a mark.
    name = func.split_part(CaseOrigin.origin_id, ":", 1)
    number = cast(case((is_matter, name)), BigInteger)
    channel = case(*((Source.kind == kind.value, int(kind.channel)) for kind in SourceKind))
    where = (SourceMatter.campaign_id, SourceMatter.department_id, cast(channel, SmallInteger))
    found = (
        select(CaseOrigin.id)
        .join(Case, Case.id == CaseOrigin.case_id)
        .join(SourceMatter, SourceMatter.id == number)
        .join(Source, Source.id == SourceMatter.source_id)
        .where(
            Case.quarter == quarter,
            is_matter,
            SourceMatter.level <= POOR,
            or_(
                SourceMatter.campaign_id.is_(None),
                SourceMatter.department_id.is_(None),
                ~_among(where, shown),
            ),
        )
    )
    return set(db.session.scalars(found))


def _among(columns: tuple[Any, ...], groups: Sequence[Group]) -> ColumnElement[bool]:
    return tuple_(*columns).in_(groups) if groups else false()
