"""The API's blueprints, one a domain."""

from server.activities.choice_routes import activity_choices
from server.activities.organiser_routes import organising
from server.activities.routes import activities
from server.attendance.routes import attendance
from server.campaigns.routes import campaigns
from server.evaluation.case_routes import receipt_case
from server.evaluation.desk_routes import case_photos, desk_ratings
from server.evaluation.figures_routes import review_figures
from server.evaluation.log_routes import log
from server.evaluation.paired_routes import pairings
from server.evaluation.routes import evaluation, platform_routes
from server.frontline.choice_routes import choices
from server.frontline.effect_routes import effects
from server.frontline.experience_routes import experiences
from server.frontline.routes import frontline
from server.identity.routes import identity
from server.membership.routes import membership
from server.notifications.phone_routes import desk_phone
from server.notifications.routes import notifications
from server.pictures.routes import pictures, shown_pictures
from server.publication.routes import publications
from server.quarterly.routes import quarters
from server.rectification.routes import desk_cases
from server.sources.routes import sources
from server.uptake.routes import uptake

API_BLUEPRINTS = (
    identity,
    pictures,
    shown_pictures,
    notifications,
    desk_phone,
    desk_cases,
    desk_ratings,
    case_photos,
    membership,
    campaigns,
    pairings,
    evaluation,
    receipt_case,
    log,
    review_figures,
    publications,
    quarters,
    platform_routes,
    sources,
    uptake,
    activities,
    organising,
    activity_choices,
    attendance,
    frontline,
    choices,
    experiences,
    effects,
)
