"""Photos: decoded under limits, bare of metadata, claimed by one rating."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from apiflask import APIFlask
from PIL import Image
from sqlalchemy import select

from server.core.database import db
from server.evaluation import photos
from server.evaluation.models import Photo
from tests.factories.city import City
from tests.factories.rating import Phone

People = Callable[[str], Phone]


def picture(size: tuple[int, int] = (60, 40), kind: str = "JPEG", **more: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(buffer, kind, **more)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_drawn_anew_without_metadata(
    app: APIFlask, phone: People, city: City, kind: str
) -> None:
    campaign = city.campaign().id
    exif = Image.Exif()
    exif[0x010F] = "a telling camera"
    answer = phone("anna").upload(campaign, picture(kind=kind, exif=exif))
    assert answer.status_code == 201, answer.text
    stored = db.session.scalars(select(Photo)).one()
    data = photos.read(stored)
    assert b"telling" not in data
    with Image.open(io.BytesIO(data)) as drawn:
        assert (drawn.format, drawn.size, dict(drawn.getexif())) == ("JPEG", (60, 40), {})


def test_a_sideways_photo_is_turned_upright(phone: People, city: City) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    answer = phone("anna").upload(city.campaign().id, picture(exif=exif))
    assert (answer.json["width"], answer.json["height"]) == (40, 60)


def test_a_large_photo_is_made_smaller(phone: People, city: City) -> None:
    answer = phone("anna").upload(city.campaign().id, picture((4000, 1000)))
    assert (answer.json["width"], answer.json["height"]) == (2048, 512)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"no picture", 422, "photo_unreadable"),
        (b"", 422, "photo_unreadable"),
        (b"GIF89a" + b"\0" * 50, 422, "photo_unreadable"),
        (b"\xff\xd8\xff" + b"\0" * (5 * 1024 * 1024), 413, "photo_too_large"),
        (picture()[:200], 422, "photo_unreadable"),
    ],
)
def test_what_is_no_usable_picture_is_refused_by_name(
    phone: People, city: City, data: bytes, status: int, code: str
) -> None:
    answer = phone("anna").upload(city.campaign().id, data)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    phone: People, city: City
) -> None:
    bomb = picture((9000, 9000), "PNG")
    assert len(bomb) < 1_000_000
    answer = phone("anna").upload(city.campaign().id, bomb)
    assert (answer.status_code, answer.json["code"]) == (422, "photo_too_many_pixels")


def test_a_photo_belongs_to_one_rating(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    ids = [phone("anna").upload(campaign, picture()).json["id"] for _ in range(2)]
    assert phone("anna").rate(campaign, department, photos=ids).status_code == 201
    answer = phone("bo").rate(campaign, department, photos=ids[:1])
    assert (answer.status_code, answer.json["code"]) == (422, "photo_unknown")
    held = db.session.scalars(select(Photo).order_by(Photo.position)).all()
    assert [str(item.id) for item in held] == ids
    assert len({item.evaluation_id for item in held}) == 1


def test_seven_photos_are_too_many(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    ids = [f"00000000-0000-4000-8000-00000000000{place}" for place in range(7)]
    answer = phone("anna").rate(campaign, department, photos=ids)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "photos"


def test_unclaimed_photos_are_removed_after_a_day(
    phone: People, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = city.campaign().id
    phone("anna").upload(campaign, picture())
    photo = db.session.scalars(select(Photo)).one()
    path = photos.path_of(photo)
    assert photos.remove_unclaimed(photo.uploaded_on) == 0
    assert photos.remove_unclaimed(photo.uploaded_on + timedelta(days=1)) == 1
    db.session.commit()
    assert not path.exists()


def test_a_photo_carries_no_member_and_no_time(phone: People, city: City) -> None:
    phone("anna").upload(city.campaign().id, picture())
    photo = db.session.scalars(select(Photo)).one()
    assert not any("member" in column.name for column in Photo.__table__.columns)
    assert photos.path_of(photo).stat().st_mtime % 3600 == 0
