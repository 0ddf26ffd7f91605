"""Activities to check in at, their people, and the requests that these send."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from server.activities.models import Activity, ActivityPlaces, Participation
from server.activities.rules import ActivityKind, ActivityState, Audience, EvidenceKind, Standing
from server.attendance import codes, keys
from server.core import clock
from server.core.access import SYSTEM, ActorKind
from server.core.database import db
from server.core.transaction import transaction
from server.identity import service as identity
from server.identity import tokens
from server.identity.models import Member
from server.identity.rules import OrganisationKind
from server.membership.models import Person

HASH_BYTES = 16
TICKET_BYTES = 8
# What an evening in a hall looks like on the network: one address for all.
HALL = "203.0.113.7"
HEAD = (
    "POST /api/v1/activities/{activity}/{door} HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n"
    "User-Agent: ronghe-load\r\n"
    "Accept: application/json\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: {length}\r\n"
    "Authorization: Bearer {token}\r\n"
    "X-Forwarded-For: {address}\r\n"
    "\r\n"
)

# Activities long over with a hundred people each, as years of use would leave them.
FILL_PERSONS = """
    INSERT INTO person (id, branch_id, name_sealed, groups, post, active, created_at)
    SELECT gen_random_uuid(), :branch, '', '{}', 'member', true, :long_ago
    FROM generate_series(1, :people)
"""
FILL_ACTIVITIES = """
    INSERT INTO activity (kind, title, description, bring, place, organiser_id, starts_at, ends_at,
        join_until, audience, audience_groups, evidence, evidence_needed, check_out, fences, state,
        revision, created_at, announced_at)
    SELECT 'study', 'past ' || number, '', '', '', :branch,
        :long_ago + number * interval '1 minute', :long_ago + number * interval '1 minute'
            + interval '2 hours', :long_ago + number * interval '1 minute',
        'everyone', '{}', '{code}', 1, false, '[]', 'announced', 1, :long_ago, :long_ago
    FROM generate_series(1, :activities) AS number
"""
FILL_PARTICIPATIONS = """
    INSERT INTO participation (activity_id, person_id, branch_id, standing, number, ticket,
        by_organiser, joined_at, changed_at)
    SELECT activity.id, person.id, person.branch_id, 'joined', person.number,
        substr(uuid_send(gen_random_uuid()), 1, 8), false, :long_ago, :long_ago
    FROM (SELECT id FROM activity WHERE title LIKE 'past %') AS activity
    CROSS JOIN (
        SELECT id, branch_id, row_number() OVER () AS number FROM person
        WHERE name_sealed = '' AND created_at = :long_ago
    ) AS person
    ORDER BY gen_random_uuid()
"""
FILL_ATTENDANCE = """
    INSERT INTO attendance (activity_id, person_id, branch_id, presence, came_at, changed_at)
    SELECT activity_id, person_id, branch_id, 'present', :long_ago, :long_ago FROM participation
    WHERE joined_at = :long_ago
"""
FILL_EVIDENCE = """
    INSERT INTO evidence (id, activity_id, person_id, kind, phase, outcome, happened_at,
        received_at, coarse, mock, on_paper)
    SELECT gen_random_uuid(), activity_id, person_id, 'code', 'in', 'good', :long_ago, :long_ago,
        false, false, false
    FROM participation WHERE joined_at = :long_ago
"""
PEOPLE_AT_EACH = 100
TABLES = ("person", "activity", "participation", "attendance", "evidence")


@dataclass(frozen=True)
class Comer:
    """A person with a bound phone, and its token."""

    person: UUID
    token: str


def make_branch() -> int:
    """Make a branch that everything here belongs to."""
    now = clock.now()
    with transaction():
        return identity.create_organisation(
            name=f"测速支部 {secrets.token_hex(4)}",
            kind=OrganisationKind.BRANCH,
            parent_id=None,
            actor=SYSTEM,
            now=now,
        ).id


def make_activity(branch: int, *, capacity: int | None = None) -> int:
    """Make an announced activity; without ``capacity`` it runs, with one it is still to come."""
    now = clock.now()
    starts = now - timedelta(hours=1) if capacity is None else now + timedelta(hours=4)
    with transaction():
        activity = Activity(
            kind=ActivityKind.JOINT_BUILDING.value,
            title="社区清洁日",
            place="滨江广场",
            organiser_id=branch,
            starts_at=starts,
            ends_at=starts + timedelta(hours=3),
            join_until=starts,
            audience=Audience.EVERYONE.value,
            evidence=[EvidenceKind.CODE.value],
            state=ActivityState.ANNOUNCED.value,
            created_at=now,
            announced_at=now,
        )
        db.session.add(activity)
        db.session.flush()
        db.session.add(ActivityPlaces(activity_id=activity.id, capacity=capacity))
        return activity.id


def make_comers(branch: int, count: int, activity: int | None = None) -> list[Comer]:
    """Make bound persons, who hold places in an activity where one is named.

    Straight into the tables: thousands of sign-ins would take longer than what is measured.
    """
    now = clock.now()
    pairs = [(uuid4(), uuid4()) for _ in range(count)]
    with transaction():
        db.session.execute(insert(Member), [_member(member) for member, _ in pairs])
        db.session.execute(
            insert(Person),
            [
                {
                    "id": person,
                    "branch_id": branch,
                    "name_sealed": b"",
                    "member_id": member,
                    "created_at": now,
                }
                for member, person in pairs
            ],
        )
        if activity is not None:
            _give_places(activity, branch, [person for _, person in pairs])
    return [Comer(person, tokens.issue(ActorKind.MEMBER, member)[0]) for member, person in pairs]


def _member(member: UUID) -> dict[str, object]:
    return {
        "id": member,
        "openid_sealed": b"",
        "openid_hash": secrets.token_bytes(HASH_BYTES),
        "joined_on": clock.today(),
    }


def _give_places(activity: int, branch: int, persons: list[UUID]) -> None:
    now = clock.now()
    places = db.session.get(ActivityPlaces, activity, with_for_update=True)
    assert places is not None
    db.session.execute(
        insert(Participation),
        [
            {
                "activity_id": activity,
                "person_id": person,
                "branch_id": branch,
                "standing": Standing.JOINED.value,
                "number": number,
                "ticket": secrets.token_bytes(TICKET_BYTES),
                "joined_at": now,
                "changed_at": now,
            }
            for number, person in enumerate(persons, start=places.next_number)
        ],
    )
    places.taken += len(persons)
    places.next_number += len(persons)


def check_in_requests(activity: int, comers: list[Comer], address: str = HALL) -> list[bytes]:
    """Return requests that check in by the code of this moment; use them within the minute."""
    code = codes.rotating_code(keys.of_activity(activity), activity, codes.step_of(clock.now()))
    return [_check_in(activity, comer, code, address) for comer in comers]


def _check_in(activity: int, comer: Comer, code: str, address: str) -> bytes:
    body = {
        "id": str(uuid4()),
        "phase": "in",
        "kind": "code",
        "code": code,
        "happened_at": clock.now().isoformat(),
    }
    return _request(activity, "check-ins", comer, json.dumps(body).encode(), address)


def join_requests(activity: int, comers: list[Comer], address: str = HALL) -> list[bytes]:
    """Return requests that ask for a place."""
    return [_request(activity, "participation", comer, b"{}", address) for comer in comers]


def _request(activity: int, door: str, comer: Comer, body: bytes, address: str) -> bytes:
    head = HEAD.format(
        activity=activity, door=door, length=len(body), token=comer.token, address=address
    )
    return head.encode() + body


def fill(branch: int, count: int) -> None:
    """Store ``count`` check-ins of past activities, each with its participation and evidence."""
    values = {
        "branch": branch,
        "long_ago": clock.now() - timedelta(days=60),
        "people": PEOPLE_AT_EACH,
        "activities": count // PEOPLE_AT_EACH,
    }
    for statement in (
        FILL_PERSONS,
        FILL_ACTIVITIES,
        FILL_PARTICIPATIONS,
        FILL_ATTENDANCE,
        FILL_EVIDENCE,
    ):
        with transaction():
            # Keys are right by their making: asking for each of millions would take minutes.
            db.session.execute(text("SET LOCAL session_replication_role = replica"))
            db.session.execute(text(statement), values)


def vacuum() -> None:
    """Do what autovacuum would have done by the time so many had come."""
    with db.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for table in TABLES:
            connection.execute(text(f"VACUUM ANALYZE {table}"))


def present(activity: int) -> int:
    """Return how many are present at an activity."""
    found: int = db.session.scalar(
        text(
            "SELECT count(*) FROM attendance WHERE activity_id = :activity AND presence = 'present'"
        ),
        {"activity": activity},
    )
    db.session.rollback()
    return found


def places_given(activity: int) -> tuple[int, int]:
    """Return how many hold a place and how many wait."""
    row = db.session.execute(
        text(
            "SELECT count(*) FILTER (WHERE standing = 'joined'),"
            " count(*) FILTER (WHERE standing = 'waiting')"
            " FROM participation WHERE activity_id = :activity"
        ),
        {"activity": activity},
    ).one()
    db.session.rollback()
    return row[0], row[1]
