"""How frames and imports end: persons erased in time, frames deleted, files forgotten."""

from datetime import datetime, timedelta

import pytest

from server.campaigns.models import Campaign
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.sampling import frame_tasks, queries, service
from server.sampling.models import SampleFrame
from server.sampling.rules import ImportState
from server.settings.rules import FRAME_DAYS, SETTINGS
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.sampling import make_draw, make_frame, sample_campaign
from tests.sampling.files import as_csv, residents
from tests.sampling.test_frames import checked, units


def erased(frame: SampleFrame) -> bool:
    db.session.expire_all()
    rows = units(frame)
    gone = [row.person_sealed is None and row.person_key is None for row in rows]
    assert all(gone) or not any(gone)
    return frame.erased_at is not None and all(gone)


def settle(campaign: Campaign, at: datetime) -> None:
    """Settle a campaign, as if at another time."""
    close_and_settle(campaign.id)
    with transaction():
        campaign.settled_at = at


def test_persons_are_erased_some_days_after_the_last_campaign_settled(city: City) -> None:
    frame, now = make_frame(city), clock.now()
    days = timedelta(days=int(SETTINGS[FRAME_DAYS].default))
    first, second = (sample_campaign(city, is_open=True) for _ in range(2))
    for campaign in (first, second):
        make_draw(city, campaign, frame)
    settle(first, now - days - timedelta(days=1))
    frame_tasks.erase_frames(0)
    assert not erased(frame)
    settle(second, now - days + timedelta(days=1))
    frame_tasks.erase_frames(0)
    assert not erased(frame)
    settle_again = now - days - timedelta(minutes=1)
    with transaction():
        second.settled_at = settle_again
    frame_tasks.erase_frames(0)
    assert erased(frame)
    assert units(frame)[0].categories == ["东区", "18至35岁"]


def test_a_frame_that_nobody_drew_from_is_erased_after_a_year(city: City) -> None:
    old = make_frame(city, now=clock.now() - timedelta(days=366))
    young = make_frame(city, now=clock.now() - timedelta(days=364))
    frame_tasks.erase_frames(0)
    assert (erased(old), erased(young)) == (True, False)


def test_the_office_erases_only_what_no_running_campaign_needs(city: City) -> None:
    frame, office = make_frame(city), city.actors["office1"]
    campaign = sample_campaign(city, is_open=True)
    sample = make_draw(city, campaign, frame)
    with pytest.raises(Refusal, match="frame_needed_still"), transaction():
        service.erase_persons(frame.id, actor=office, now=clock.now())
    close_and_settle(campaign.id)
    with transaction():
        service.erase_persons(frame.id, actor=office, now=clock.now())
    assert erased(frame)
    assert queries.contacts(sample, [0]) == {0: None}
    with pytest.raises(Refusal, match="frame_erased"):
        make_draw(city, sample_campaign(city), frame)


def test_only_a_frame_without_draws_is_deleted(city: City) -> None:
    used, unused = make_frame(city), make_frame(city)
    make_draw(city, sample_campaign(city), used)
    office = city.actors["office1"]
    with pytest.raises(Refusal, match="frame_in_use"), transaction():
        service.delete_frame(used.id, actor=office, now=clock.now())
    with transaction():
        service.delete_frame(unused.id, actor=office, now=clock.now())
    assert not units(unused)


def test_imports_that_came_to_nothing_are_forgotten_after_a_week(city: City) -> None:
    found = checked(city, as_csv(residents()))
    import_id = found.id
    with transaction():
        found.created_at = clock.now() - timedelta(days=8)
    frame_tasks.erase_frames(0)
    with pytest.raises(Refusal, match="frame_import_unknown"):
        queries.frame_import(import_id, SYSTEM)


def test_a_broken_import_is_told_and_logged_without_anybody(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = checked(city, as_csv(residents()))
    office = city.actors["office1"]
    with transaction():
        service.apply_import(found.id, actor=office, now=clock.now())

    def broken(*_: object, **__: object) -> None:
        message = "张1 13800000001"
        raise RuntimeError(message)

    monkeypatch.setattr(service, "work", broken)
    frame_tasks.work(str(found.id))
    db.session.expire_all()
    assert found.state == ImportState.FAILED
    assert "系统出错" in found.failure
    assert "RuntimeError" in caplog.text
    assert "13800000001" not in caplog.text
