"""The first page: what one can do here."""

from flask import Response

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.core import clock
from server.core.access import anyone
from server.core.limits import limited
from server.public.blueprint import public
from server.public.rendering import page


@public.get("/")
@anyone
@limited("read")
def home() -> Response:
    """Show the ways in, and what is being rated now."""
    now = clock.now()
    under_way = [
        campaign
        for campaign in campaigns.campaigns(states=[CampaignState.OPEN])
        if campaign.opens_at <= now < campaign.closes_at
    ]
    return page("home", campaigns=under_way)
