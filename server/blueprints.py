"""The API's blueprints, one a domain."""

from server.campaigns.routes import campaigns
from server.evaluation.results_routes import results
from server.evaluation.routes import evaluation, platform_routes
from server.identity.routes import identity
from server.notifications.routes import notifications
from server.pictures.routes import pictures, shown_pictures

API_BLUEPRINTS = (
    identity,
    pictures,
    shown_pictures,
    notifications,
    campaigns,
    evaluation,
    results,
    platform_routes,
)
