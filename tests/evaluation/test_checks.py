"""The content check: what passes, what is held for a person, and what is kept of the rater."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import checks
from server.evaluation.models import Evaluation, Photo
from server.evaluation.rules import CommentState, PhotoState
from server.wechat.platform import MediaVerdict, PlatformAway
from tests.evaluation.test_photos import picture
from tests.factories.city import City
from tests.factories.rating import Phone

People = Callable[[str], Phone]


@dataclass(frozen=True)
class Verdict:
    passed: bool
    label: int = 100


@dataclass
class FakePlatform:
    """Answers as it is told, and remembers what it was asked."""

    refuse: str = "坏话"
    away: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def check_text(self, openid: str, text: str, scene: int = 2) -> Verdict:
        if self.away:
            raise PlatformAway
        self.asked.append((openid, text))
        return Verdict(self.refuse not in text)

    def check_media(self, openid: str, url: str) -> str:
        if self.away:
            raise PlatformAway
        self.asked.append((openid, url))
        return f"trace-{len(self.asked)}"


def only() -> Evaluation:
    db.session.expire_all()
    return db.session.scalars(select(Evaluation)).one()


@pytest.mark.parametrize(
    ("comment", "state"), [("很好", CommentState.PASSED), ("坏话", CommentState.HELD)]
)
def test_a_comment_passes_or_is_held_and_the_openid_is_gone(
    phone: People, city: City, comment: str, state: CommentState
) -> None:
    phone("anna").rate(city.campaign().id, city.departments[0].id, comment=comment)
    assert only().check_openid is not None
    platform = FakePlatform()
    assert checks.sweep(platform) == 1
    row = only()
    assert (row.comment_state, row.check_openid, row.state) == (state, None, 1)
    assert checks.sweep(platform) == 0
    assert len(platform.asked) == 1


def test_a_rating_without_words_keeps_no_openid_at_all(phone: People, city: City) -> None:
    phone("anna").rate(city.campaign().id, city.departments[0].id)
    assert only().check_openid is None


def test_when_the_platform_is_silent_the_text_waits_and_then_goes_to_a_person(
    phone: People, city: City
) -> None:
    phone("anna").rate(city.campaign().id, city.departments[0].id, comment="很好")
    platform = FakePlatform(away=True)
    for _ in range(checks.MOST_ATTEMPTS - 1):
        checks.sweep(platform)
        assert only().comment_state == CommentState.WAITING
    checks.sweep(platform)
    row = only()
    assert (row.comment_state, row.comment, row.check_openid) == (CommentState.HELD, "很好", None)


def test_a_photo_is_fetched_by_a_signed_address_and_held_until_the_verdict(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    photo = anna.upload(campaign, picture()).json["id"]
    anna.rate(campaign, department, photos=[photo])
    platform = FakePlatform()
    checks.sweep(platform)
    address = platform.asked[0][1]
    path = address.removeprefix("http://ronghe.test")
    fetched = anna.client.get(path)
    assert (fetched.status_code, fetched.mimetype) == (200, "image/jpeg")
    assert anna.client.get(path[:-3] + "abc").status_code == 404
    row = db.session.scalars(select(Photo)).one()
    db.session.refresh(row)
    assert row.state == PhotoState.ASKED
    with transaction():
        checks.take_verdict(MediaVerdict("trace-1", passed=False))
    db.session.refresh(row)
    assert row.state == PhotoState.HELD
    with transaction():
        checks.take_verdict(MediaVerdict("trace-1", passed=True))
    db.session.refresh(row)
    assert row.state == PhotoState.HELD, "a repeated answer changes nothing"
