"""A computation of scores, finished."""

from uuid import UUID

from server.campaigns.models import Campaign
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.scoring import service as scoring
from server.scoring import tasks as scoring_tasks
from tests.factories.city import City
from tests.scoring.cities import stored_scheme


def scored_run(city: City, campaign: Campaign) -> UUID:
    """Compute a settled campaign's scores by the tests' scheme."""
    scheme = stored_scheme(city)
    with transaction():
        run = scoring.request_run(campaign.id, scheme, actor=SYSTEM, now=clock.now())
    scoring_tasks.work(str(run.id))
    return run.id
