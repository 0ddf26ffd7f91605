"""Entries, experiences and ratings of the frontline log."""

import io
import json
import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from PIL import Image
from werkzeug.test import TestResponse

from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.transaction import transaction
from server.frontline import service
from server.frontline.content import EntryContent, ExperienceContent
from server.frontline.models import EffectRating, Entry, Experience
from server.frontline.rules import LinkKind, Served, Solution, Verdict
from tests.factories.members import Comrade

JSON = dict[str, Any]


def words_of(answer: TestResponse) -> str:
    """Return a JSON answer's text as people read it: Flask escapes what is not ASCII."""
    return json.dumps(answer.json, ensure_ascii=False)


def entry_body(unit: int, **more: object) -> JSON:
    """Return an entry as a phone sends it."""
    return {
        "happened_on": clock.today().isoformat(),
        "place": "江滨社区文化广场",
        "came": "支部党员到社区走访。",
        "units": [{"organisation": unit, "people": 3}],
        "problem": "楼道照明损坏，老人夜间出行不便。",
        "served": "residents",
        "solution": "solved",
        "measures": "联系物业更换了六盏灯。",
        "hand_on": False,
        "lesson": "先把灯修好，再谈别的。",
        "pictures": [],
        **more,
    }


def put_entry(author: Comrade, entry_id: UUID | None = None, **more: object) -> TestResponse:
    """Send an entry in as its author's phone does."""
    assert author.phone is not None
    return author.phone.client.put(
        f"/api/v1/frontline/entries/{entry_id or uuid4()}",
        json=entry_body(author.branch_id, **more),
        headers=author.headers,
    )


def upload(author: Comrade) -> str:
    """Send in a picture for the frontline log; return its id."""
    assert author.phone is not None
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), (10, 90, 160)).save(buffer, "JPEG")
    buffer.seek(0)
    answer = author.phone.client.post(
        "/api/v1/pictures",
        data={"file": (buffer, "a.jpg"), "purpose": "frontline"},
        headers=author.headers,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def make_entry(author: Comrade, *, now: datetime | None = None, **more: Any) -> Entry:
    """Store an entry through the service."""
    now = now or clock.now()
    content = EntryContent(
        **{
            "happened_on": clock.local_date(now),
            "place": "江滨社区文化广场",
            "units": {author.branch_id: 3},
            "problem": "楼道照明损坏，老人夜间出行不便。",
            "served": Served.RESIDENTS,
            "solution": Solution.SOLVED,
            "measures": "联系物业更换了六盏灯。",
            "lesson": "先把灯修好，再谈别的。",
            **more,
        }
    )
    with transaction():
        entry, _ = service.put_entry(uuid4(), content, actor=author.actor, now=now)
    return entry


def approve(entry_id: UUID, *reviewers: Actor, now: datetime | None = None) -> None:
    """Have an entry approved by each reviewer in turn."""
    for reviewer in reviewers:
        with transaction():
            service.review_entry(
                entry_id, verdict=Verdict.APPROVED, actor=reviewer, now=now or clock.now()
            )


def make_experience(author: Comrade, *reviewers: Actor, **more: Any) -> Experience:
    """Draft an experience; with reviewers, send it in and have each approve it."""
    now = clock.now()
    content = ExperienceContent(
        **{"title": "修灯先修心", "body": "先解决小事，再谈大事。", "tags": ("民生",), **more}
    )
    with transaction():
        experience, _ = service.put_experience(uuid4(), content, actor=author.actor, now=now)
        if reviewers:
            service.submit_experience(experience.id, actor=author.actor, now=now)
        for reviewer in reviewers:
            service.review_experience(
                experience.id, verdict=Verdict.APPROVED, actor=reviewer, now=now
            )
    return experience


def make_codes(
    entry_id: UUID, actor: Actor, size: int = 1, *, now: datetime | None = None
) -> tuple[str, ...]:
    """Issue one-time codes."""
    with transaction():
        links = service.make_links(
            entry_id, kind=LinkKind.ONE_TIME, size=size, actor=actor, now=now or clock.now()
        )
    return links.codes


def make_poster(entry_id: UUID, actor: Actor, *, now: datetime | None = None) -> str:
    """Make the poster and return its scene."""
    with transaction():
        links = service.make_links(
            entry_id, kind=LinkKind.POSTER, actor=actor, now=now or clock.now()
        )
    return service.scene_of(links.codes[0])


def store_effects(entry_id: UUID, levels: Iterable[int], day: date) -> None:
    """Store one rating for each level, each of somebody else."""
    with transaction():
        db.session.add_all(
            EffectRating(
                entry_id=entry_id, pseudonym=secrets.token_bytes(16), level=level, rated_on=day
            )
            for level in levels
        )
