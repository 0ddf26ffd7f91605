"""Which ratings that a source handed over were set apart, by the names of their tickets."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, LargeBinary, any_, literal, select

from server.campaigns.rules import key_name
from server.core.crypto import Macs
from server.core.database import db
from server.core.keyring import KeyMissingError, key_ring
from server.evaluation.models import Evaluation
from server.evaluation.rules import EvaluationState


def excluded_tickets(campaign_id: int, names: Sequence[bytes]) -> set[bytes]:
    """Return the names, source and ticket, whose ratings a campaign does not count any more.

    Once a campaign is settled its key is gone, and nothing joins a rating with its ticket: then
    none is found.
    """
    try:
        macs = Macs(key_ring().get(key_name(campaign_id)), b"imported")
    except KeyMissingError:
        return set()
    pseudonyms = {macs.mac(name): name for name in names}
    found = db.session.scalars(
        select(Evaluation.pseudonym).where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.pseudonym == any_(literal(list(pseudonyms), ARRAY(LargeBinary))),
            Evaluation.state == EvaluationState.EXCLUDED,
        )
    )
    return {pseudonyms[bytes(one)] for one in found}
