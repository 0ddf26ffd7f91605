"""The place: judged at once and forgotten; marked, not punished; never needed."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from server.activities.rules import EvidenceKind
from server.attendance.models import Evidence
from server.attendance.rules import DOUBT_MESSAGES, OUTSIDE_MESSAGE, Doubt, Phase
from server.attendance.service import Claim, Position
from server.core import clock
from server.core.database import db
from tests.attendance.conftest import SQUARE, Hall, HallFactory

METRES_A_DEGREE = 111_195


def north(metres: float) -> float:
    """The latitude so many metres north of the fence's middle."""
    return SQUARE[1] + metres / METRES_A_DEGREE


def stored() -> Evidence:
    db.session.rollback()
    return db.session.scalars(select(Evidence)).one()


def test_who_is_inside_is_present(hall: Hall) -> None:
    answer = hall.at_place(hall.guest("anna"))
    assert (answer.json["presence"], answer.json["kinds"]) == ("present", ["place"])
    row = stored()
    assert (row.accuracy_m, row.coarse, row.mock) == (20, False, False)


def test_who_is_outside_is_told_kindly_and_nothing_is_stored(hall: Hall) -> None:
    answer = hall.at_place(hall.guest("anna"), latitude=north(900))
    assert answer.status_code == 200
    assert answer.json["presence"] is None
    assert answer.json["message"] == OUTSIDE_MESSAGE
    db.session.rollback()
    assert db.session.scalars(select(Evidence)).all() == []
    assert hall.overview()["items"][0]["presence"] is None


def test_who_may_be_inside_within_the_accuracy_is_a_question(hall: Hall) -> None:
    answer = hall.at_place(hall.guest("anna"), latitude=north(230), accuracy=60)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["edge_of_place"])
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.EDGE_OF_PLACE]


def test_just_outside_with_a_sharp_position_is_outside(hall: Hall) -> None:
    assert (
        hall.at_place(hall.guest("anna"), latitude=north(230), accuracy=10).json["presence"] is None
    )


@pytest.mark.parametrize(
    ("sent", "marks"),
    [({"accuracy": 1500}, ["coarse"]), ({"mock": True}, ["mock"])],
)
def test_a_coarse_or_mock_position_is_marked_and_not_punished(
    hall: Hall, sent: dict[str, Any], marks: list[str]
) -> None:
    assert hall.at_place(hall.guest("anna"), **sent).json["presence"] == "present"
    assert hall.overview()["items"][0]["marks"] == marks


def test_the_phones_own_verdict_without_network_is_a_question(hall: Hall) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    answer = hall.send(anna, kind="place", inside=True, accuracy=20)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["judged_by_phone"])
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.JUDGED_BY_PHONE]
    outside = hall.send(ben, kind="place", inside=False)
    assert (outside.json["presence"], outside.json["message"]) == (None, OUTSIDE_MESSAGE)


def test_a_clock_that_is_hours_ahead_is_named(hall: Hall) -> None:
    ahead = (clock.now() + timedelta(hours=5)).isoformat()
    answer = hall.send(hall.guest("anna"), kind="place", inside=True, happened_at=ahead)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["clock_wrong"])
    assert answer.json["message"] == DOUBT_MESSAGES[Doubt.CLOCK_WRONG]


def test_a_clock_that_is_minutes_ahead_is_no_matter(hall: Hall) -> None:
    ahead = (clock.now() + timedelta(minutes=10)).isoformat()
    answer = hall.at_place(hall.guest("anna"), happened_at=ahead)
    assert answer.json["presence"] == "present"


def test_a_position_is_of_the_moment_in_which_it_arrives_whatever_it_claims(hall: Hall) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    claimed = (clock.now() - timedelta(minutes=50)).isoformat()
    came = datetime.fromisoformat(hall.at_place(anna, happened_at=claimed).json["came_at"])
    assert clock.now() - came < timedelta(minutes=1)
    hall.ended(timedelta(hours=5))
    during = (clock.now() - timedelta(hours=6)).isoformat()
    answer = hall.at_place(ben, happened_at=during)
    assert (answer.json["presence"], answer.json["doubts"]) == ("question", ["outside_times"])


def test_yesterdays_visit_is_outside_the_times(hall: Hall) -> None:
    before = (clock.now() - timedelta(days=1)).isoformat()
    answer = hall.send(hall.guest("anna"), kind="place", inside=True, happened_at=before)
    assert answer.json["doubts"] == ["outside_times"]


def test_refusing_location_leaves_every_other_way(make_hall: HallFactory) -> None:
    hall = make_hall(evidence=["place"])
    anna = hall.guest("anna")
    assert hall.send(anna, kind="place").json["code"] == "position_missing"
    assert hall.decide(anna).json["presence"] == "present"


def test_no_position_is_kept_in_the_database_or_told_to_the_log(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    longitude, latitude = 120.15512345, 30.27412345
    with caplog.at_level(logging.DEBUG):
        anna = hall.guest("anna")
        hall.at_place(anna, longitude=longitude, latitude=north(900) + 0.00012345)
        hall.at_place(anna, longitude=longitude, latitude=latitude)
        hall.at_place(hall.guest("ben"), longitude=longitude, latitude=95.12345)
    db.session.rollback()
    for table in db.metadata.sorted_tables:
        rows = db.session.execute(text(f'SELECT t::text FROM "{table.name}" AS t')).scalars()
        assert not [row for row in rows if "12345" in row and table.name != "activity"]
    jobs = db.session.execute(text("SELECT args::text FROM procrastinate_jobs")).scalars().all()
    assert not [row for row in jobs if "12345" in row]
    assert "12345" not in caplog.text


@pytest.mark.parametrize(
    "sent",
    [
        {"longitude": 181},
        {"latitude": -91},
        {"latitude": "NaN"},
        {"latitude": None},
        {"accuracy": -1},
        {"accuracy": 10_000_000},
        {"longitude": "120.15512345x"},
        {"mock": "perhaps"},
    ],
)
def test_what_is_no_position_is_refused_without_being_repeated(
    hall: Hall, sent: dict[str, Any]
) -> None:
    answer = hall.at_place(hall.guest("anna"), **sent)
    assert answer.status_code == 422
    assert "12345" not in answer.text


def test_a_position_hides_itself_from_traces() -> None:
    position = Position(longitude=120.12345, latitude=30.12345, accuracy=5)
    claim = Claim(uuid4(), EvidenceKind.PLACE, Phase.IN, clock.now(), position=position)
    assert "12345" not in repr(claim)
