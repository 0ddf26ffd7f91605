"""An import killed in the middle, wherever that is: nothing of it is there, and it begins again."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from server.campaigns.models import Campaign
from server.core.config import Configuration
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import counts
from server.evaluation.models import RATING_CHANGE, Evaluation
from server.sources import service, tasks
from server.sources.models import SourceMatter
from tests.factories.city import City
from tests.factories.doomed import killed_while_waiting_for
from tests.sources.conftest import Send, fresh
from tests.sources.files import rated
from tests.sources.test_runs import campaign, just_now

__all__ = ["campaign"]

ROWS = 300
# Takes the short way (``direct``), and is stored in several turns.
LARGE = 12_000
# Where the import waits: before its matters are stored; with them stored, before their ratings are.
PLACES = {
    "matters": "LOCK TABLE source_matter IN SHARE MODE",
    "ratings": "LOCK TABLE part.evaluation_{campaign} IN SHARE MODE",
}


def stored(table: object) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("rows", [ROWS, LARGE])
@pytest.mark.parametrize("place", PLACES)
def test_an_import_that_is_killed_leaves_nothing_and_begins_again(
    send: Send,
    city: City,
    campaign: Campaign,
    configuration: Configuration,
    tmp_path: Path,
    place: str,
    rows: int,
) -> None:
    moment = just_now()
    tickets = [f"T{number},{moment},公安局,满意,好,138000{number:05}" for number in range(rows)]
    run = send(rated(*tickets), apply=False)
    with transaction():
        service.apply_run(run.id, actor=city.actors["office1"], now=run.created_at)
    lock = PLACES[place].format(campaign=campaign.id)
    with killed_while_waiting_for(lock, "import", run.id, configuration, tmp_path / "keys"):
        assert stored(SourceMatter) == stored(Evaluation) == stored(RATING_CHANGE) == 0
        assert fresh(run.id).state == "running"
    tasks.work(str(run.id))
    assert fresh(run.id).state == "done"
    assert stored(SourceMatter) == stored(Evaluation) == rows
    assert counts.counts_of(campaign.id, place=0) == {
        (city.departments[1].id, 5, 0): {0: {4: rows}}
    }
