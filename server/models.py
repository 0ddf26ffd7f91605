"""Every domain's tables, imported so that migrations and tests see all of them."""

from server.audit import models as audit
from server.campaigns import models as campaigns
from server.evaluation import models as evaluation
from server.identity import models as identity
from server.indicators import models as indicators
from server.settings import models as settings

ALL = (audit, settings, identity, indicators, campaigns, evaluation)
