"""The API's blueprints, one a domain."""

from server.campaigns.routes import campaigns
from server.evaluation.results_routes import results
from server.evaluation.routes import evaluation, platform_routes
from server.identity.routes import identity

API_BLUEPRINTS = (identity, campaigns, evaluation, results, platform_routes)
