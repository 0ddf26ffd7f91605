"""Every domain's tables, imported so that migrations and tests see all of them."""

from server.activities import models as activities
from server.appeals import models as appeals
from server.assessment import models as assessment
from server.attendance import models as attendance
from server.audit import models as audit
from server.campaigns import models as campaigns
from server.evaluation import models as evaluation
from server.feedback import models as feedback
from server.figures import models as figures
from server.frontline import models as frontline
from server.identity import models as identity
from server.indicators import models as indicators
from server.integrity import models as integrity
from server.ledger import models as ledger
from server.membership import models as membership
from server.notifications import models as notifications
from server.pairings import models as pairings
from server.pictures import models as pictures
from server.publication import models as publication
from server.quarterly import models as quarterly
from server.rectification import models as rectification
from server.register import models as register
from server.sampling import models as sampling
from server.scoring import models as scoring
from server.settings import models as settings
from server.sources import models as sources
from server.uptake import models as uptake

ALL = (
    audit,
    settings,
    identity,
    pictures,
    notifications,
    membership,
    indicators,
    campaigns,
    register,
    pairings,
    ledger,
    rectification,
    evaluation,
    sources,
    sampling,
    integrity,
    appeals,
    activities,
    attendance,
    frontline,
    scoring,
    publication,
    figures,
    quarterly,
    feedback,
    uptake,
    assessment,
)
