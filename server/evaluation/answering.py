"""Which drawn persons' links were used: the one question that the sample survey asks of ratings.

Pseudonyms are worked out here and stay here. What is told is yes or no for a link: not which
departments were rated, how many, when, or how.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import LargeBinary, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from server.campaigns import queries as campaigns
from server.campaigns.models import SampleLink
from server.campaigns.rules import Channel, key_name
from server.core.database import db
from server.core.keyring import key_ring
from server.evaluation.models import Evaluation
from server.evaluation.raters import Rater, sample_identity
from server.evaluation.rules import EvaluationState

# With ten departments each, some thousands of pseudonyms a question: little memory at any size.
LINKS_AT_ONCE = 500


def answered(campaign_id: int, codes: Sequence[str]) -> Iterator[bool]:
    """Tell of each link whether a rating was given by it that was not withdrawn.

    In the codes' order. Raises KeyMissingError where the campaign's key is gone.
    """
    key = key_ring().get(key_name(campaign_id))
    rest = iter(codes)
    while some := list(islice(rest, LINKS_AT_ONCE)):
        links = campaigns.sample_links(some)
        names = [_names(key, code, link) for code, link in zip(some, links, strict=True)]
        found = _stored(campaign_id, [name for one in names for name in one])
        yield from (any(name in found for name in one) for one in names)


def _names(key: bytes, code: str, link: SampleLink | None) -> list[bytes]:
    if link is None:
        return []
    rater = Rater(sample_identity(code), Channel.SAMPLE, cell=link.cell)
    return [rater.pseudonym(key, department_id) for department_id in link.departments]


def _stored(campaign_id: int, names: list[bytes]) -> set[bytes]:
    rows = db.session.scalars(
        select(Evaluation.pseudonym).where(
            Evaluation.campaign_id == campaign_id,
            # One array, not a parameter for each: there are more than a statement takes.
            Evaluation.pseudonym == any_(literal(names, ARRAY(LargeBinary))),
            Evaluation.state != EvaluationState.WITHDRAWN,
        )
    )
    return set(rows)
