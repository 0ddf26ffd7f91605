"""Pictures: taken in by members, tied to one thing, shown once checked, removed when spent."""

import io
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.core.web import UNLOGGED
from server.pictures import checks, queries, service
from server.pictures.models import Picture
from server.pictures.rules import PictureState, Purpose
from server.wechat.platform import MediaVerdict, PlatformAway, PlatformRefused, current_platform
from tests.factories.rating import Phone

People = Callable[[str], Phone]
SUBJECT = ("entry", "e1")


def jpeg(size: tuple[int, int] = (60, 40)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (20, 130, 30)).save(buffer, "JPEG")
    return buffer.getvalue()


def upload(phone: Phone, purpose: str = "frontline", data: bytes | None = None) -> TestResponse:
    return phone.client.post(
        "/api/v1/pictures",
        data={"file": (io.BytesIO(jpeg() if data is None else data), "a.jpg"), "purpose": purpose},
        headers=phone.headers,
    )


def stored(phone: Phone, purpose: str = "frontline") -> UUID:
    answer = upload(phone, purpose)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json["id"])


def owner(picture_id: UUID) -> UUID | None:
    return db.session.scalars(select(Picture.uploaded_by).where(Picture.id == picture_id)).one()


def take_up(*ids: UUID, subject: tuple[str, str] = SUBJECT, by: UUID | None = None) -> None:
    with transaction():
        service.take_up(
            ids,
            purpose=Purpose.FRONTLINE,
            subject=subject,
            uploaded_by=by or owner(ids[0]),
            now=clock.now(),
        )


def address_of(picture_id: UUID) -> str | None:
    db.session.expire_all()
    return queries.address(queries.picture(picture_id))


def checked(phone: Phone) -> UUID:
    """Store a picture that something holds and that has passed its check."""
    picture = stored(phone)
    take_up(picture)
    with transaction():
        service.decide(picture, shown=True)
    return picture


def state(picture_id: UUID) -> str:
    db.session.rollback()
    return db.session.scalars(select(Picture.state).where(Picture.id == picture_id)).one()


def test_a_picture_is_shown_to_nobody_until_it_is_taken_up_and_checked(
    phone: People, client: FlaskClient
) -> None:
    picture = stored(phone("anna"))
    assert address_of(picture) is None
    take_up(picture)
    assert address_of(picture) is None
    assert checks.sweep(current_platform()) == 1
    with transaction():
        for verdict in current_platform().media_verdicts():
            service.take_verdict(verdict)
    shown = client.get(str(address_of(picture)))
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")


def test_a_picture_is_seen_by_the_address_that_its_readers_are_given_and_not_by_its_id(
    phone: People, client: FlaskClient
) -> None:
    picture = checked(phone("anna"))
    address = str(address_of(picture))
    assert client.get(address).status_code == 200
    for forged in (f"/pictures/{picture}", f"{address}x", "/pictures/WyIiLDFd.x"):
        assert client.get(forged).status_code == 404
    # An address for the content check is none for readers, nor the other way round.
    token = address.rpartition("/")[2]
    assert client.get(f"/pictures/check/{token}").status_code == 404
    assert client.get(f"/pictures/{checks.link(picture).rpartition('/')[2]}").status_code == 404


def test_an_address_stays_the_same_for_a_while_and_is_over_after_two_hours(
    phone: People, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = checked(phone("anna"))
    begun = clock.now().replace(minute=1)
    monkeypatch.setattr(clock, "now", lambda: begun)
    address = str(address_of(picture))
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(minutes=58))
    assert address_of(picture) == address
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(minutes=118))
    assert client.get(address).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(hours=2))
    assert client.get(address).status_code == 404


def test_a_picture_that_is_let_go_is_shown_to_nobody_from_that_moment(
    phone: People, client: FlaskClient
) -> None:
    picture = checked(phone("anna"))
    address = str(address_of(picture))
    with transaction():
        service.let_go(SUBJECT)
    assert client.get(address).status_code == 404
    with transaction():
        assert service.remove_spent(clock.today() + timedelta(days=2)) == 1


def test_photos_of_a_check_in_are_never_sent_to_the_platform(
    phone: People, client: FlaskClient
) -> None:
    picture = stored(phone("anna"), "check_in")
    with transaction():
        service.take_up(
            [picture],
            purpose=Purpose.CHECK_IN,
            subject=("attendance", "1"),
            uploaded_by=owner(picture),
            now=clock.now(),
        )
    assert checks.sweep(current_platform()) == 0
    assert state(picture) == PictureState.WAITING
    assert address_of(picture) is None
    # Whatever anybody decides about one: no address shows it.
    with transaction():
        service.decide(picture, shown=True)
    assert client.get(str(address_of(picture))).status_code == 404


def test_opening_a_picture_leaves_no_line_in_the_log() -> None:
    assert UNLOGGED.match("/pictures/WyJhIiwxXQ.signature")


def test_a_risky_picture_stays_hidden(phone: People) -> None:
    picture = stored(phone("anna"))
    take_up(picture)
    checks.sweep(current_platform())
    trace = db.session.scalars(select(Picture.trace_id)).one()
    with transaction():
        service.take_verdict(MediaVerdict(trace or "", passed=False))
    assert state(picture) == PictureState.HELD
    assert address_of(picture) is None


class Away:
    """A platform that does not answer, or says no."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def check_media(self, openid: str, url: str) -> str:
        del openid, url
        raise self.error


def test_a_picture_waits_for_a_person_when_wechat_stays_silent(phone: People) -> None:
    picture = stored(phone("anna"))
    take_up(picture)
    for _ in range(checks.MOST_ATTEMPTS - 1):
        checks.sweep(Away(PlatformAway()))  # type: ignore[arg-type]
    assert state(picture) == PictureState.WAITING
    checks.sweep(Away(PlatformAway()))  # type: ignore[arg-type]
    assert state(picture) == PictureState.HELD


def test_a_picture_that_wechat_refuses_to_check_waits_for_a_person(phone: People) -> None:
    picture = stored(phone("anna"))
    take_up(picture)
    checks.sweep(Away(PlatformRefused(61010)))  # type: ignore[arg-type]
    assert state(picture) == PictureState.HELD


def test_nobody_takes_up_another_members_picture(phone: People) -> None:
    mine, other = stored(phone("anna")), stored(phone("bert"))
    with pytest.raises(Refusal) as refused:
        take_up(other, by=owner(mine))
    assert (refused.value.code, refused.value.status) == ("picture_unknown", 422)


def test_a_picture_belongs_to_one_thing_only(phone: People) -> None:
    picture = stored(phone("anna"))
    take_up(picture)
    take_up(picture)
    with pytest.raises(Refusal):
        take_up(picture, subject=("entry", "e2"))


def test_a_picture_for_another_purpose_is_not_taken_up(phone: People) -> None:
    with pytest.raises(Refusal):
        take_up(stored(phone("anna"), "check_in"))


def test_pictures_keep_the_order_they_were_named_in_and_those_left_out_go(phone: People) -> None:
    anna = phone("anna")
    first, second, third = stored(anna), stored(anna), stored(anna)
    take_up(first, second, third)
    take_up(third, first)
    found = queries.of_subjects("entry", ["e1"])["e1"]
    assert [picture.id for picture in found] == [third, first]


@pytest.mark.parametrize(
    ("purpose", "data", "status"),
    [("nothing", None, 422), ("frontline", b"no picture", 422), ("frontline", b"", 422)],
)
def test_a_bad_upload_is_refused_by_field(
    phone: People, purpose: str, data: bytes | None, status: int
) -> None:
    answer = upload(phone("anna"), purpose, data)
    assert answer.status_code == status
    assert answer.json["errors"][0]["field"] in {"purpose", "file"}


def test_what_nothing_takes_up_and_what_is_past_its_time_is_removed(
    app: APIFlask, phone: People
) -> None:
    anna = phone("anna")
    loose, kept, spent = stored(anna), stored(anna), stored(anna)
    take_up(kept)
    with transaction():
        service.take_up(
            [spent],
            purpose=Purpose.FRONTLINE,
            subject=("entry", "e2"),
            uploaded_by=owner(spent),
            now=clock.now(),
            keep_days=1,
        )
    with transaction():
        assert service.remove_spent(clock.today() + timedelta(days=2)) == 2
    assert [row.id for row in db.session.scalars(select(Picture))] == [kept]
    assert [queries.path_of(one).exists() for one in (loose, kept, spent)] == [False, True, False]


def test_the_platform_fetches_a_picture_by_a_signed_address_alone(
    phone: People, client: FlaskClient
) -> None:
    picture = stored(phone("anna"))
    address = checks.link(picture).partition("/pictures/")[2]
    assert client.get(f"/pictures/{address}").status_code == 200
    assert client.get(f"/pictures/{address}x").status_code == 404
    assert client.get(f"/pictures/check/{uuid4()}").status_code == 404
