"""Publishing a quarter, killed in the middle: nobody sees or hears of it before the next run."""

from pathlib import Path

import pytest
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.campaigns.rules import Channel
from server.core import clock
from server.core.config import Configuration
from server.core.database import db
from server.core.transaction import transaction
from server.notifications.models import DeskNotice
from server.notifications.rules import DeskKind
from server.quarterly import checking, queries, service, tasks
from server.quarterly.rules import EditionState
from tests.factories.city import City
from tests.factories.doomed import killed_while_waiting_for
from tests.factories.quarters import campaign_with, freeze, this_quarter

# With the edition published, before that is in the log; with that, before anybody is told.
PLACES = {
    "the log": "LOCK TABLE audit_entry IN SHARE MODE",
    "the desks": "LOCK TABLE desk_notice IN SHARE MODE",
}


def recorded() -> int:
    entries = select(AuditEntry).where(AuditEntry.action == "quarter.published")
    return len(db.session.scalars(entries).all())


def told() -> list[object]:
    notices = select(DeskNotice.account_id).where(
        DeskNotice.kind == DeskKind.QUARTER_PUBLISHED.value
    )
    return list(db.session.scalars(notices))


@pytest.mark.parametrize("place", PLACES)
def test_a_quarter_whose_publication_is_killed_is_published_by_the_next_run_once(
    city: City, configuration: Configuration, tmp_path: Path, place: str
) -> None:
    campaign_with(city, {(0, Channel.OPEN): [5] * 12, (1, Channel.OPEN): [4] * 14})
    frozen, now = freeze(city), clock.now()
    with transaction():
        service.approve(frozen.id, publish_at=now, actor=city.actors["office2"], now=now)
    lock, keys = PLACES[place], tmp_path / "keys"
    with killed_while_waiting_for(lock, "publish_quarters", 0, configuration, keys):
        left = queries.edition(frozen.id)
        assert (left.state, left.checkpoint) == (EditionState.APPROVED, "")
        assert queries.published_editions(this_quarter()) == []
        assert (recorded(), told()) == (0, [])
    for _ in range(2):
        tasks.publish_quarters(0)
    (published,) = queries.published_editions(this_quarter())
    assert published.digest == frozen.digest
    assert checking.faults(published) == []
    assert recorded() == 1
    assert city.actors["office1"].id in told()
    assert len(told()) == len(set(told()))
