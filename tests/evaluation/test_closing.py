"""Closing and settling: nothing late gets in, and nothing kept joins a person with a rating."""

import shutil
import threading
from collections.abc import Callable

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server.campaigns import queries as campaigns
from server.campaigns import service as setup
from server.campaigns.rules import CampaignKind, key_name
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError
from server.core.transaction import transaction
from server.evaluation import photos, service, tasks
from server.evaluation.models import Evaluation, GroupSize, Photo
from tests.evaluation.test_photos import picture
from tests.factories.city import City
from tests.factories.rating import Phone, new_receipt

People = Callable[[str], Phone]


def close(campaign: int) -> None:
    with transaction():
        service.close_campaign(campaign, actor=SYSTEM, now=clock.now())


def test_a_submission_that_waited_for_the_close_stores_nothing(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    body = anna.body(campaign, department)
    anna.rate(campaign, city.departments[1].id)
    service.close_campaign(campaign, actor=SYSTEM, now=clock.now())
    answers = []

    def rate() -> None:
        other = Phone(app.test_client(), anna.token)
        answers.append(other.send(campaign, body, new_receipt()))

    rater = threading.Thread(target=rate)
    rater.start()
    rater.join(0.5)
    assert rater.is_alive(), "the submission waits for the close"
    db.session.commit()
    rater.join(10)
    assert answers[0].json["code"] == "campaign_closed"
    rows = db.session.scalars(select(Evaluation).where(Evaluation.campaign_id == campaign)).all()
    assert len(rows) == 1


def test_settling_rewrites_the_rows_in_the_order_of_their_random_ids(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    for place in range(12):
        phone(f"p{place}").rate(campaign, department)
    close(campaign)
    tasks.settle(campaign)
    rows = db.session.execute(
        text(f"SELECT id, xmin::text FROM part.evaluation_{campaign} ORDER BY ctid")
    ).all()
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert len({row[1] for row in rows}) == 1, "one transaction wrote them all"
    assert len(rows) == 12


def test_settling_destroys_the_key_and_says_so(app: APIFlask, phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    phone("anna").rate(campaign, department, comment="很好")
    close(campaign)
    tasks.settle(campaign)
    with pytest.raises(KeyMissingError):
        app.extensions["key_ring"].get(key_name(campaign))
    settled = campaigns.campaign(campaign)
    assert settled.key_destroyed_at is not None
    actions = db.session.scalars(text("SELECT action FROM audit_entry ORDER BY id")).all()
    assert actions[-2:] == ["campaign.key_destroyed", "publication.published"]
    row = db.session.scalars(select(Evaluation)).one()
    assert row.check_openid is None
    assert row.comment_state == 3, "an unchecked comment waits for a person"


def test_settling_counts_persons_not_ratings_and_forgets_who_they_were(
    phone: People, city: City
) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE).id
    department = city.departments[0].id
    with transaction():
        counters = [
            setup.add_counter(department, f"{place} 号窗口", actor=SYSTEM, now=clock.now()).code
            for place in range(3)
        ]
    for counter in counters:
        phone("anna").rate(campaign, department, counter=counter)
    phone("bo").rate(campaign, department, counter=counters[0])
    close(campaign)
    tasks.settle(campaign)
    group = db.session.scalars(select(GroupSize)).one()
    assert group.raters == 2
    rows = db.session.scalars(select(Evaluation)).all()
    assert len(rows) == 4
    assert {row.rater_tag for row in rows} == {None}


def test_settling_again_after_a_crash_changes_nothing(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    phone("anna").rate(campaign, department)
    close(campaign)
    with transaction():
        service.rewrite_closed(campaign)
    tasks.settle(campaign)
    tasks.settle(campaign)
    assert db.session.scalars(select(GroupSize)).one().raters == 1
    assert campaigns.campaign(campaign).settled_at is not None


def test_a_campaign_closes_once(city: City) -> None:
    campaign = city.campaign().id
    close(campaign)
    with pytest.raises(Refusal, match="campaign_already_closed"):
        close(campaign)
    db.session.rollback()


def test_a_campaign_whose_time_is_over_is_closed_by_the_job(phone: People, city: City) -> None:
    campaign = city.campaign()
    with transaction():
        db.session.merge(campaign).closes_at = clock.now()
    late = phone("anna")
    tasks.close_due(0)
    assert campaigns.campaign(campaign.id).state == "closed"
    body = {"department": city.departments[0].id, "overall": 5, "levels": {}}
    assert late.send(campaign.id, body, new_receipt()).json["code"] == "campaign_closed"


def test_settling_writes_photos_anew_so_that_files_and_rows_forget_the_order(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    kept = {}
    for place in range(6):
        person = phone(f"p{place}")
        photo = person.upload(campaign, picture()).json["id"]
        person.rate(campaign, department, photos=[photo])
    for row in db.session.scalars(select(Photo)):
        kept[row.id] = photos.path_of(row).stat().st_ctime_ns
    unclaimed = phone("p9").upload(campaign, picture()).json["id"]
    close(campaign)
    tasks.settle(campaign)
    tasks.settle(campaign)
    ordered = db.session.scalars(text("SELECT id FROM photo ORDER BY ctid")).all()
    assert list(ordered) == sorted(ordered)
    for row in db.session.scalars(select(Photo).where(Photo.evaluation_id.is_not(None))):
        assert photos.path_of(row).stat().st_ctime_ns > max(kept.values())
        assert photos.read(row).startswith(b"\xff\xd8")
    folder = photos.path_of(row).parents[1]
    assert not list(folder.rglob(f"{unclaimed}*"))
    assert [path.name for path in folder.parent.iterdir() if path.suffix] == []


def test_a_rewrite_of_photos_that_was_cut_off_is_finished(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign = city.campaign().id
    anna = phone("anna")
    photo = anna.upload(campaign, picture()).json["id"]
    anna.rate(campaign, city.departments[0].id, photos=[photo])
    row = db.session.scalars(select(Photo)).one()
    folder = photos.path_of(row).parents[1]
    shutil.copytree(folder, folder.with_suffix(".new"))
    folder.rename(folder.with_suffix(".old"))
    photos.rewrite(campaign)
    assert photos.read(row)
    assert not folder.with_suffix(".old").exists()
