"""What the law rules out and no setting switches: held here against every later change."""

import ast
import inspect
import re
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
from apiflask import APIFlask
from marshmallow import Schema, fields
from sqlalchemy import inspect as inspect_models
from sqlalchemy import select

from server.activities.models import Participation
from server.activities.rules import ALWAYS_ENOUGH, OPTIONAL_KINDS, EvidenceKind
from server.attendance import models, queries, service, tasks
from server.attendance.models import Attendance, Evidence
from server.attendance.schemas import ConfirmedSchema, OverviewSchema, StandingSchema
from server.attendance.service import retention
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership.rules import Post
from server.settings import rules as settings
from tests.attendance.conftest import Hall, HallFactory, make_activity
from tests.console.conftest import Desk
from tests.factories.city import City
from tests.factories.members import PersonFactory

SERVER = Path(__file__).parents[2] / "server"
OF_PERSONS = ("rank", "points", "score", "leader", "积分", "排名", "排行", "名次")


def hours_words(text: str) -> bool:
    return "hours" in text.lower() or "时长" in text


# No hours, points or ranking of persons


def test_the_only_hours_are_those_of_units() -> None:
    named = [name for name, _ in inspect.getmembers(queries) if hours_words(name)]
    assert sorted(named) == ["BranchHours", "Hours", "_HOURS", "hours_by_branch"]
    assert set(queries.BranchHours.__dataclass_fields__) == {"branch_id", "branch", "hours"}
    assert set(queries.Hours.__dataclass_fields__) == {"branches", "total"}
    assert "person" not in inspect.signature(queries.hours_by_branch).parameters


@pytest.mark.parametrize("module", [models, queries, service], ids=lambda one: one.__name__)
def test_nothing_is_named_for_a_ranking_or_points(module: ModuleType) -> None:
    named = [name.lower() for name in vars(module)]
    assert not [name for name in named if any(word in name for word in OF_PERSONS)]


def test_no_route_of_activities_gives_hours_or_an_order_of_persons(migrated_app: APIFlask) -> None:
    rules = [rule.rule for rule in migrated_app.url_map.iter_rules()]
    about = [rule for rule in rules if "activit" in rule or "attendance" in rule]
    assert not [rule for rule in about if "rank" in rule or "point" in rule]
    assert not [rule for rule in about if "hours" in rule and "person" in rule]


def test_no_statement_adds_up_or_orders_by_what_persons_did() -> None:
    for path in (SERVER / "attendance").rglob("*.py"):
        for text in _texts(path):
            lowered = text.lower()
            if "group by" in lowered and "attendance" in lowered:
                assert "group by branch" in lowered, path
            for column in ("hours", "presence", "came_at", "left_at"):
                assert f"order by {column}" not in lowered, path


def _texts(path: Path) -> list[str]:
    return [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_the_roster_is_in_the_order_of_turn_whoever_came_first(hall: Hall) -> None:
    guests = [hall.guest(key) for key in ("anna", "ben", "carl")]
    hall.send(guests[2])
    hall.send(guests[1])
    items = hall.overview()["items"]
    assert [item["person"] for item in items] == [str(guest.id) for guest in guests]


# No time of a person's coming or going for anybody else


CAME = datetime(2026, 3, 5, 9, 17, 23, tzinfo=clock.SHANGHAI)
LEFT = datetime(2026, 3, 5, 10, 41, 37, tzinfo=clock.SHANGHAI)
# However a time is written: 09:17, 9:17, 09时17分, or as UTC, or as seconds.
TELLING = re.compile(r"0?9[:时]17|10[:时]41|01:17|02:41|1772673443|1772678497")


@pytest.fixture
def long_over(make_hall: HallFactory) -> Hall:
    """An activity at which one was present and one is asked about, at known minutes."""
    nine = CAME.replace(minute=0, second=0)
    hall = make_hall(
        check_out=True, starts_at=nine, ends_at=nine + timedelta(hours=2), join_until=nine
    )
    for key, presence, outcome in (("anna", "present", "good"), ("ben", "question", "doubtful")):
        guest = hall.guest(key, joined=False)
        who = {"activity_id": hall.id, "person_id": guest.id}
        branch = {"branch_id": guest.branch_id}
        turn = {"standing": "walk_in", "number": len(hall.guests), "ticket": uuid4().bytes[:8]}
        shown = {"kind": "code", "outcome": outcome, "doubt": "late" if key == "ben" else None}
        with transaction():
            db.session.add(Participation(**who, **branch, **turn, joined_at=CAME, changed_at=LEFT))
            times = {"came_at": CAME, "left_at": LEFT, "changed_at": LEFT}
            db.session.add(Attendance(**who, **branch, presence=presence, **times))
            for phase, at in (("in", CAME), ("out", LEFT)):
                piece = {"id": uuid4(), "phase": phase, "happened_at": at, "received_at": at}
                db.session.add(Evidence(**who, **piece, **shown))
    return hall


def test_times_are_the_persons_own_to_see(long_over: Hall) -> None:
    mine = long_over.mine(long_over.guests[0])["my"]
    assert (mine["came_at"], mine["left_at"]) == (CAME.isoformat(), LEFT.isoformat())


def test_no_api_answer_tells_others_when_somebody_came_or_left(long_over: Hall) -> None:
    item = long_over.overview()["items"][0]
    assert (item["presence"], item["left"]) == ("present", True)
    address, headers = long_over.address, long_over.organiser.headers
    for path in (address, f"{address}/attendance", "/api/v1/frontline/review-queue"):
        answer = long_over.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        assert not TELLING.search(answer.text), path


def test_no_decision_or_proof_tells_others_when_somebody_came_or_left(
    make_hall: HallFactory,
) -> None:
    hall = make_hall(check_out=True)
    anna = hall.guest("anna")
    proof = hall.proof(hall.own_code(anna))
    delivered = hall.deliver(proof, hall.organiser).json
    assert (delivered["presence"], delivered["came_at"], delivered["left_at"]) == (
        "present",
        None,
        None,
    )
    assert hall.deliver(proof, anna).json["came_at"]
    decided = hall.decide(anna, phase="out").json
    assert decided["left"]
    assert not {"came_at", "left_at"} & decided.keys()


def test_no_page_or_export_of_the_desk_tells_when_somebody_came_or_left(
    app: APIFlask, city: City, long_over: Hall
) -> None:
    client, account = app.test_client(), city.accounts["party"]
    with client.session_transaction("/console/") as session:
        session["account"] = {"id": str(account.id), "epoch": account.session_epoch}
    desk, activity = Desk(client), f"/activities/{long_over.id}"
    pages = ("", "/attendance", "/roster", "/paper", "/paper/print", "/paper.csv")
    for path in ["/frontline/review", *(activity + one for one in pages)]:
        assert not TELLING.search(desk.read(path)), path
    assert "已签退" in desk.read(f"{activity}/attendance")
    for subject in ("activities", "turnout", "entries"):
        period = {"frm": "2026-03-01", "to": "2026-03-31", "quarter": "2026-1"}
        made = desk.post(f"/exports/{subject}", kind="csv", **period)
        assert made.status_code == 200, made.text
        assert not TELLING.search(made.text), subject


def test_what_is_answered_for_others_has_no_field_for_a_time() -> None:
    for schema in (StandingSchema, ConfirmedSchema, OverviewSchema):
        assert not [name for name in _fields_of(schema()) if name.endswith("_at")]
    assert not [name for name in queries.Attendee.__dataclass_fields__ if name.endswith("_at")]


def _fields_of(schema: Schema) -> list[str]:
    found = []
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        found += [name, *(_fields_of(inner.schema) if isinstance(inner, fields.Nested) else [])]
    return found


# No track, no position


def test_no_table_has_a_place_for_a_position() -> None:
    words = ("longitude", "latitude", "position", "coordinate", "track", "address")
    for model in (Attendance, Evidence):
        columns = inspect_models(model).columns.keys()
        assert not [one for one in columns if any(word in one for word in words)]


# Never mandatory, and no setting


def test_the_organisers_word_suffices_whatever_is_asked_for() -> None:
    assert frozenset({EvidenceKind.ORGANISER}) == ALWAYS_ENOUGH
    assert frozenset({EvidenceKind.PLACE, EvidenceKind.PHOTO}) == OPTIONAL_KINDS


@pytest.mark.parametrize("kinds", [["place"], ["photo"], ["photo", "place"]])
def test_who_refuses_location_and_photo_is_present_by_another_way(
    make_hall: HallFactory, kinds: list[str]
) -> None:
    hall = make_hall(evidence=kinds, evidence_needed=len(kinds))
    assert hall.decide(hall.guest("cleo")).json["presence"] == "present"


def test_no_setting_touches_check_in() -> None:
    words = ("check_in", "attendance", "evidence", "location", "photo", "hours", "rank", "points")
    keys = [value for value in vars(settings).values() if isinstance(value, str)]
    assert settings.SMALLEST_GROUP in keys
    # In the quiet hours no message is sent: they count for nobody.
    keys.remove(settings.QUIET_HOURS)
    assert not [key for key in keys if any(word in key for word in words)]


# Retention


def test_evidence_goes_ninety_days_after_the_end_and_presence_stays(
    make_hall: HallFactory,
) -> None:
    old, recent = make_hall(), make_hall()
    anna, ben = old.guest("anna"), recent.guest("ben")
    old.send(anna)
    recent.send(ben)
    old.ended(timedelta(days=90, hours=1))
    recent.ended(timedelta(days=89))
    tasks.forget_evidence(0)
    db.session.rollback()
    assert db.session.scalars(select(Evidence.activity_id)).all() == [recent.id]
    assert old.mine(anna)["my"]["presence"] == "present"


def test_whose_word_it_was_goes_with_the_evidence_and_the_decision_stays(hall: Hall) -> None:
    anna = hall.guest("anna")
    hall.decide(anna)
    hall.ended(timedelta(days=90, hours=1))
    tasks.forget_evidence(0)
    db.session.rollback()
    row = db.session.scalars(select(Attendance)).one()
    assert (row.presence, row.decided_by) == ("present", None)
    assert row.decided_at is not None


def test_deleting_goes_on_until_nothing_is_left(
    branch: Organisation, person: PersonFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST_ACTIVITIES", 2)
    who = person(branch.id, "张三", post=Post.MEMBER)
    ended = clock.now() - timedelta(days=100)
    for _ in range(5):
        activity = make_activity(
            branch.id, starts_at=ended - timedelta(hours=1), ends_at=ended, join_until=ended
        )
        with transaction():
            db.session.add(
                Evidence(
                    id=uuid4(),
                    activity_id=activity,
                    person_id=who.id,
                    kind="code",
                    phase="in",
                    outcome="good",
                    happened_at=ended,
                    received_at=ended,
                )
            )
    tasks.forget_evidence(0)
    db.session.rollback()
    assert db.session.scalars(select(Evidence.id)).all() == []
