"""The API's blueprints, one a domain."""

from server.activities.choice_routes import activity_choices
from server.activities.organiser_routes import organising
from server.activities.routes import activities
from server.attendance.routes import attendance
from server.campaigns.routes import campaigns
from server.evaluation.figures_routes import review_figures
from server.evaluation.paired_routes import pairings
from server.evaluation.routes import evaluation, platform_routes
from server.frontline.choice_routes import choices
from server.frontline.effect_routes import effects
from server.frontline.experience_routes import experiences
from server.frontline.routes import frontline
from server.identity.routes import identity
from server.membership.routes import membership
from server.notifications.routes import notifications
from server.pictures.routes import pictures, shown_pictures
from server.publication.routes import publications
from server.sources.routes import sources

API_BLUEPRINTS = (
    identity,
    pictures,
    shown_pictures,
    notifications,
    membership,
    campaigns,
    pairings,
    evaluation,
    review_figures,
    publications,
    platform_routes,
    sources,
    activities,
    organising,
    activity_choices,
    attendance,
    frontline,
    choices,
    experiences,
    effects,
)
