"""The demo city's Party life: bound phones, activities at every stage, a log under review."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.activities.models import Activity, Participation
from server.attendance.models import Attendance
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.demo import city as demo
from server.demo.activities import make_demo_activities
from server.demo.frontline import make_demo_log
from server.frontline.models import EffectRating, Entry, Experience
from server.frontline.rules import EntryState
from server.membership.models import Person
from tests.factories.rating import Phone


@pytest.fixture
def party(app: APIFlask) -> Iterator[None]:
    """The demo city with its Party life; its files are removed afterwards."""
    now = clock.now()
    with transaction():
        demo.make_demo_city(now)
        make_demo_log(make_demo_activities(now), now)
    yield
    folder: Path = app.config["CONFIGURATION"].var_dir
    for name in (demo.ACCOUNTS_FILE, demo.PEOPLE_FILE):
        (folder / name).unlink(missing_ok=True)


@pytest.mark.usefixtures("party")
def test_the_demo_s_members_are_bound_and_see_activities(client: FlaskClient) -> None:
    phone = Phone.of(client, "member-01")
    me = client.get("/api/v1/me/person", headers=phone.headers).json["person"]
    assert (me["name"], me["branch"]["name"]) == ("何勇", "登记注册处党支部")
    found = client.get("/api/v1/activities?when=upcoming", headers=phone.headers).json["items"]
    assert {item["kind"] for item in found} >= {"frontline", "study", "joint_building"}


@pytest.mark.usefixtures("party")
def test_an_unbound_person_of_the_demo_can_bind_by_phone_number(client: FlaskClient) -> None:
    phone = Phone.of(client, "袁梅")
    answer = client.post(
        "/api/v1/me/person-binding/phone",
        json={"phone_code": "sandbox:袁梅:1"},
        headers=phone.headers,
    )
    assert answer.status_code == 201, answer.text


@pytest.mark.usefixtures("party")
def test_the_demo_shows_every_stage() -> None:
    now = clock.now()
    activities = db.session.scalars(select(Activity)).all()
    assert any(one.starts_at <= now <= one.ends_at for one in activities)
    assert any(one.ends_at < now for one in activities)
    assert {one.state for one in activities} == {"announced", "cancelled"}
    assert "waiting" in db.session.scalars(select(Participation.standing)).all()
    assert "present" in db.session.scalars(select(Attendance.presence)).all()
    assert set(db.session.scalars(select(Entry.state))) == {
        EntryState.SUBMITTED,
        EntryState.BRANCH_APPROVED,
        EntryState.APPROVED,
        EntryState.RETURNED,
    }
    assert set(db.session.scalars(select(Experience.state))) == {"shared", "submitted"}
    # One effect above the smallest group, one below it.
    counts = db.session.execute(
        select(func.count()).select_from(EffectRating).group_by(EffectRating.entry_id)
    )
    assert sorted(row[0] for row in counts) == [3, 12]


@pytest.mark.usefixtures("party")
def test_the_demo_s_names_lie_sealed() -> None:
    assert all("袁梅".encode() not in one for one in db.session.scalars(select(Person.name_sealed)))
