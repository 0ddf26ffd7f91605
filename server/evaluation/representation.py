"""Whether somebody speaks for the organisation behind a rating, today.

An organisation's rating is its own: who gave it in its name and has handed over since can look at
the receipt, and change nothing any more.
"""

from uuid import UUID

from server.campaigns.rules import SIGNED, Channel, key_name
from server.core.access import Role
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.evaluation import forms, raters
from server.evaluation.models import Evaluation
from server.identity import queries as identity

OF_ORGANISATIONS = SIGNED | {Channel.ENTERPRISE_ONLINE}


def refuse_unless_representative(evaluation: Evaluation, member_id: UUID | None) -> None:
    """Refuse with 403 whoever does not speak for the organisation; a person's rating is let by."""
    if Channel(evaluation.channel) not in OF_ORGANISATIONS:
        return
    if member_id is None or not _speaks(evaluation, member_id):
        raise Refusal("receipt_not_representative", 403)


def _speaks(evaluation: Evaluation, member_id: UUID) -> bool:
    if evaluation.organisation_id is not None:
        return identity.represents(
            member_id, evaluation.organisation_id, Role.COMMUNITY_REPRESENTATIVE
        )
    # Which enterprise rated is not stored: the pseudonym tells whether it was one of the member's.
    try:
        key = key_ring().get(key_name(evaluation.campaign_id))
    except KeyMissingError as error:
        raise Refusal("campaign_paused", 503, headers={"Retry-After": "300"}) from error
    form = forms.form(evaluation.campaign_id, evaluation.department_id)
    return any(
        raters.of_enterprise(form, grant.organisation_id, evaluation.rated_on).pseudonym(
            key, evaluation.department_id
        )
        == evaluation.pseudonym
        for grant in identity.grants_of_member(member_id)
        if grant.role == Role.ENTERPRISE_REPRESENTATIVE
    )
