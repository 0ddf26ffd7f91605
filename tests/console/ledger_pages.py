"""The pages of audits, filled."""

import secrets

from sqlalchemy import select

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.ledger import audits
from server.ledger.models import CampaignAudit
from tests.console.conftest import Desk
from tests.factories.audited import add_auditor
from tests.factories.city import City
from tests.factories.logged import note_accepted, tally


def ledger_pages(city: City, auditor: Desk) -> list[str]:
    """Have an audit asked for and agreed to; return the addresses of the pages."""
    add_auditor(city)
    campaign = city.campaign().id
    tally(campaign, note_accepted(campaign, 12))
    asked = auditor.post("/ledger-audits", campaign=str(campaign))
    assert asked.status_code == 302, asked.text
    key = secrets.token_bytes(32).hex()
    assert auditor.post("/ledger-audits/key", public_key=key).status_code == 302
    waiting = asked.headers["Location"].removeprefix("/console")
    auditor.read(waiting)
    audit = db.session.scalars(select(CampaignAudit.id)).one()
    with transaction():
        audits.agree(audit, actor=city.actors["auditor2"], now=clock.now())
    return ["/ledger-audits", f"/ledger-audits?campaign={campaign}", waiting]
