"""The API of pairings: what a representative may rate in the name of a community or village."""

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from sqlalchemy import select

from server.core import clock
from server.core.access import signed_in, signed_in_member
from server.core.apidocs import refusals
from server.core.database import db
from server.core.limits import limited
from server.evaluation.models import Evaluation
from server.evaluation.paired_schemas import OwnPairingsSchema
from server.identity.queries import Organisation
from server.identity.rules import OrganisationKind
from server.pairings import queries
from server.pairings.queries import CampaignPairings
from server.pairings.rules import SIGNING_CHANNELS

pairings = APIBlueprint("pairings", __name__, url_prefix="/api/v1")


@pairings.get("/me/pairings")
@signed_in
@limited("read")
@pairings.output(OwnPairingsSchema)
@pairings.doc(responses=refusals(401))
def own_pairings() -> dict[str, Any]:
    """Show the member's communities and villages, with the departments to rate in open campaigns.

    That an organisation has rated a department is told to those who represent it, whoever of them
    did: it is the organisation's own rating. What it said is told to nobody.
    """
    organisations = queries.signing_of_member(signed_in_member())
    found = queries.open_campaigns_of(organisations, clock.now())
    return {
        "items": [
            {
                "id": organisation.id,
                "name": organisation.name,
                "kind": organisation.kind,
                "campaigns": [
                    _campaign(organisation, one) for one in found.get(organisation.id, [])
                ],
            }
            for organisation in organisations
        ]
    }


def _campaign(organisation: Organisation, found: CampaignPairings) -> dict[str, Any]:
    campaign = found.campaign
    rated = _rated(organisation, campaign.id, [one.id for one in found.departments])
    return {
        "id": campaign.id,
        "title": campaign.title,
        "closes_at": campaign.closes_at,
        "paused": campaign.pause_reason is not None,
        "departments": [
            {"id": one.id, "name": one.name, "rated": one.id in rated} for one in found.departments
        ],
    }


def _rated(
    organisation: Organisation, campaign_id: int, department_ids: Sequence[int]
) -> frozenset[int]:
    """Return which departments have the organisation's rating; one withdrawn is one as well."""
    channel = SIGNING_CHANNELS[OrganisationKind(organisation.kind)]
    return frozenset(
        db.session.scalars(
            select(Evaluation.department_id).where(
                Evaluation.campaign_id == campaign_id,
                Evaluation.department_id.in_(department_ids),
                Evaluation.channel == int(channel),
                Evaluation.organisation_id == organisation.id,
            )
        )
    )
