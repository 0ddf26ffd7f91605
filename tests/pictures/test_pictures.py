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


def state(picture_id: UUID) -> str:
    db.session.rollback()
    return db.session.scalars(select(Picture.state).where(Picture.id == picture_id)).one()


def test_a_picture_is_shown_to_nobody_until_it_is_taken_up_and_checked(
    phone: People, client: FlaskClient
) -> None:
    picture = stored(phone("anna"))
    assert client.get(f"/pictures/{picture}").status_code == 404
    take_up(picture)
    assert client.get(f"/pictures/{picture}").status_code == 404
    assert checks.sweep(current_platform()) == 1
    with transaction():
        for verdict in current_platform().media_verdicts():
            service.take_verdict(verdict)
    shown = client.get(f"/pictures/{picture}")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")


def test_a_risky_picture_stays_hidden(phone: People, client: FlaskClient) -> None:
    picture = stored(phone("anna"))
    take_up(picture)
    checks.sweep(current_platform())
    trace = db.session.scalars(select(Picture.trace_id)).one()
    with transaction():
        service.take_verdict(MediaVerdict(trace or "", passed=False))
    assert state(picture) == PictureState.HELD
    assert client.get(f"/pictures/{picture}").status_code == 404


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
