"""An activity that runs now, with people who hold places, and phones that make codes."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.activities import queries as activities
from server.activities import service as activity_service
from server.activities.models import Activity, ActivityPlaces
from server.activities.rules import ActivityKind, ActivityState, Audience
from server.attendance import codes, keys
from server.attendance.rules import Phase
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership.rules import Post
from tests.factories.members import Comrade, PersonFactory

SQUARE = [120.155, 30.274]
FENCE = {"name": "广场", "shape": "circle", "centre": SQUARE, "radius": 200}


@dataclass
class Hall:
    """An activity, its organiser's phone, and what the two kinds of phone do with codes."""

    client: FlaskClient
    id: int
    organiser: Comrade
    person: PersonFactory
    branch: Organisation
    guests: list[Comrade] = field(default_factory=list)

    def guest(self, key: str, name: str = "", *, joined: bool = True) -> Comrade:
        """Make a bound person of the branch, who holds a place unless told otherwise."""
        made = self.person(self.branch.id, name or f"党员{key}", key=f"{self.id}-{key}")
        if joined:
            with transaction():
                activity_service.join(self.id, made.id, clock.now())
        self.guests.append(made)
        return made

    @property
    def address(self) -> str:
        return f"/api/v1/activities/{self.id}"

    # Codes, as phones make them

    def code(self, moment: datetime | None = None, activity_id: int | None = None) -> str:
        """The rotating code of a moment."""
        activity = activity_id or self.id
        step = codes.step_of(moment or clock.now())
        return codes.rotating_code(keys.of_activity(activity), activity, step)

    def own_code(
        self, guest: Comrade, moment: datetime | None = None, phase: Phase = Phase.IN
    ) -> str:
        """A fresh one-time code of a guest's phone."""
        participation = activities.participation(self.id, guest.id)
        assert participation is not None
        return codes.member_code(
            keys.of_ticket(self.id, participation.ticket),
            activity_id=self.id,
            ticket=participation.ticket,
            phase=phase,
            step=codes.step_of(moment or clock.now()),
            nonce=secrets.token_bytes(codes.NONCE_BYTES),
        )

    def proof(self, code: str, moment: datetime | None = None) -> str:
        """A guest's code with the organiser's signature over it."""
        step = codes.step_of(moment or clock.now())
        return codes.proof(keys.of_activity(self.id), code, step)

    # Requests

    def send(self, guest: Comrade, **body: Any) -> TestResponse:
        """Deliver a check-in; by the code of this moment unless told otherwise."""
        wanted = {
            "id": str(uuid4()),
            "kind": "code",
            "phase": "in",
            "happened_at": clock.now().isoformat(),
            **body,
        }
        if wanted["kind"] == "code":
            wanted.setdefault("code", self.code())
        return self.client.post(f"{self.address}/check-ins", json=wanted, headers=guest.headers)

    def at_place(self, guest: Comrade, **body: Any) -> TestResponse:
        """Deliver a position: the middle of the fence unless told otherwise."""
        here = {"longitude": SQUARE[0], "latitude": SQUARE[1], "accuracy": 20, **body}
        return self.send(guest, kind="place", **here)

    def deliver(self, proof: str, by: Comrade) -> TestResponse:
        return self.client.post(f"{self.address}/proofs", json={"proof": proof}, headers=by.headers)

    def vouch(self, peer: Comrade, code: str, **more: Any) -> TestResponse:
        body = {"id": str(uuid4()), "code": code, "happened_at": clock.now().isoformat(), **more}
        return self.client.post(f"{self.address}/confirmations", json=body, headers=peer.headers)

    def decide(self, guest: Comrade, *, present: bool = True, **more: Any) -> TestResponse:
        by = more.pop("by", self.organiser)
        return self.client.post(
            f"{self.address}/attendance/{guest.id}/decision",
            json={"present": present, **more},
            headers=by.headers if isinstance(by, Comrade) else by,
        )

    def mine(self, guest: Comrade) -> dict[str, Any]:
        answer = self.client.get(f"{self.address}/check-in", headers=guest.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def overview(self) -> dict[str, Any]:
        answer = self.client.get(f"{self.address}/attendance", headers=self.organiser.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def change(self, **values: object) -> None:
        """Set columns of the activity behind the services' back: times that have passed."""
        with transaction():
            activity = db.session.get(Activity, self.id)
            for name, value in values.items():
                setattr(activity, name, value)

    def ended(self, ago: timedelta) -> None:
        """Let the activity have ended some time ago."""
        end = clock.now() - ago
        self.change(starts_at=end - timedelta(hours=2), join_until=end, ends_at=end)


HallFactory = Callable[..., Hall]


def make_activity(organiser_id: int, **values: Any) -> int:
    """Store an announced activity that runs from an hour ago to an hour from now."""
    now = clock.now()
    wanted = {
        "kind": ActivityKind.JOINT_BUILDING.value,
        "title": "社区清洁日",
        "place": "滨江广场",
        "starts_at": now - timedelta(hours=1),
        "ends_at": now + timedelta(hours=1),
        "join_until": now + timedelta(hours=1),
        "audience": Audience.EVERYONE.value,
        "evidence": ["code", "place", "peers", "photo"],
        "fences": [FENCE],
        "state": ActivityState.ANNOUNCED.value,
        "created_at": now,
        "announced_at": now,
        **values,
    }
    with transaction():
        activity = Activity(organiser_id=organiser_id, **wanted)
        db.session.add(activity)
        db.session.flush()
        db.session.add(ActivityPlaces(activity_id=activity.id, capacity=None))
        return activity.id


@pytest.fixture
def make_hall(client: FlaskClient, branch: Organisation, person: PersonFactory) -> HallFactory:
    """Make activities: ``make_hall(evidence_needed=2)``; the first one's secretary holds all."""
    secretaries: list[Comrade] = []

    def make(**values: Any) -> Hall:
        if not secretaries:
            secretaries.append(person(branch.id, "书记", key="secretary", post=Post.SECRETARY))
        identifier = make_activity(branch.id, **values)
        return Hall(client, identifier, secretaries[0], person, branch)

    return make


@pytest.fixture
def hall(make_hall: HallFactory) -> Hall:
    """An activity for which one kind of evidence suffices."""
    return make_hall()
