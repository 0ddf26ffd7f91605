"""Every domain's tables, imported so that migrations and tests see all of them."""

from server.activities import models as activities
from server.attendance import models as attendance
from server.audit import models as audit
from server.campaigns import models as campaigns
from server.evaluation import models as evaluation
from server.frontline import models as frontline
from server.identity import models as identity
from server.indicators import models as indicators
from server.membership import models as membership
from server.notifications import models as notifications
from server.pictures import models as pictures
from server.scoring import models as scoring
from server.settings import models as settings
from server.sources import models as sources

ALL = (
    audit,
    settings,
    identity,
    pictures,
    notifications,
    membership,
    indicators,
    campaigns,
    evaluation,
    sources,
    activities,
    attendance,
    frontline,
    scoring,
)
