"""The file of openings of a settled campaign, for the two auditors of its tally and nobody else.

Levels by department and channel, each with the salt that opens its commitment; no words, no rater,
no receipt. In the order of the commitments, so that it is the same file each time.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import IO

from server.campaigns.rules import partition_name
from server.core.database import PARTITION_SCHEMA, db, session_connection
from server.core.errors import Refusal
from server.evaluation.rules import EvaluationState
from server.ledger import openings, queries, tallyroot
from server.ledger.commitments import COMMITMENT_SQL, Opening, commitment
from server.ledger.openings import Header

COUNTED = """
    SELECT {commitment} AS commitment, salt, department_id, channel, cell, organisation_id,
        rated_on, overall, levels, words_digest
    FROM {schema}.{partition}
    WHERE campaign_id = {campaign} AND state = {counted} AND salt IS NOT NULL
    ORDER BY commitment
"""
ROWS_AT_ONCE = 20_000


def write(file: IO[bytes], campaign_id: int, edition: int) -> bytes:
    """Write a tally's openings into a file; return their SHA-256.

    Refuses with ``audit_openings_changed`` where what counts now is not what the tally says.
    """
    tally = queries.tally(campaign_id, edition)
    digest = sha256()
    header = Header(campaign_id, edition, tally.root)
    for line in openings.lines(header, _rated(campaign_id)):
        data = line.encode("ascii")
        digest.update(data)
        file.write(data)
    found = tallyroot.root_over(commitment(*one) for one in _rated(campaign_id))
    if found != (tally.counted, tally.root):
        raise Refusal("audit_openings_changed", 409)
    return digest.digest()


def _rated(campaign_id: int) -> Iterator[tuple[bytes, Opening]]:
    db.session.flush()
    statement = COUNTED.format(
        commitment=COMMITMENT_SQL,
        schema=PARTITION_SCHEMA,
        partition=partition_name(campaign_id),
        campaign=int(campaign_id),
        counted=int(EvaluationState.COUNTED),
    )
    with session_connection().cursor(f"openings_{campaign_id}", binary=True) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(statement)
        for _, salt, department, channel, cell, organisation, day, overall, levels, words in cursor:
            yield (
                salt,
                Opening(
                    campaign_id=campaign_id,
                    department_id=department,
                    channel=channel,
                    cell=cell,
                    organisation_id=organisation,
                    rated_on=day,
                    overall=overall,
                    levels=levels,
                    words=words,
                ),
            )
