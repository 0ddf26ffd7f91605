"""A photo: taken up, kept thirty days, shown to the organisers alone, never needed."""

import io
from datetime import timedelta

from PIL import Image
from sqlalchemy import select

from server.attendance.models import Evidence
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.pictures import service as pictures
from server.pictures.models import Picture
from tests.attendance.conftest import Hall, HallFactory
from tests.factories.members import Comrade


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(buffer, "JPEG")
    return buffer.getvalue()


def upload(hall: Hall, guest: Comrade, purpose: str = "check_in") -> str:
    answer = hall.client.post(
        "/api/v1/pictures",
        data={"file": (io.BytesIO(jpeg()), "a.jpg"), "purpose": purpose},
        headers=guest.headers,
    )
    assert answer.status_code == 201, answer.text
    identifier: str = answer.json["id"]
    return identifier


def test_a_photo_counts_where_the_activity_takes_photos(hall: Hall) -> None:
    anna = hall.guest("anna")
    picture = upload(hall, anna)
    answer = hall.send(anna, kind="photo", picture=picture)
    assert (answer.json["presence"], answer.json["kinds"]) == ("present", ["photo"])
    assert hall.send(anna, kind="photo", picture=picture).json["presence"] == "present"
    db.session.rollback()
    kept = db.session.scalars(select(Picture)).one()
    assert kept.delete_after == clock.today() + timedelta(days=30)


def test_a_photo_of_somebody_else_or_of_another_purpose_is_unknown(hall: Hall) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    for picture in (upload(hall, ben), upload(hall, anna, "activity")):
        answer = hall.send(anna, kind="photo", picture=picture)
        assert (answer.status_code, answer.json["code"]) == (422, "picture_unknown")
    assert hall.send(anna, kind="photo").json["code"] == "picture_unknown"


def test_a_photo_is_shown_to_the_organisers_alone(hall: Hall) -> None:
    anna, ben = hall.guest("anna"), hall.guest("ben")
    picture = upload(hall, anna)
    hall.send(anna, kind="photo", picture=picture)
    (item,) = [one for one in hall.overview()["items"] if one["person"] == str(anna.id)]
    assert item["pictures"] == [picture]
    address = f"{hall.address}/check-in-pictures/{picture}"
    shown = hall.client.get(address, headers=hall.organiser.headers)
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert hall.client.get(address, headers=ben.headers).status_code == 403
    assert hall.client.get(address).status_code == 401
    with transaction():
        db.session.get(Picture, stored_id(picture)).state = "passed"  # type: ignore[union-attr]
    assert hall.client.get(f"/pictures/{picture}").status_code == 404


def stored_id(picture: str) -> object:
    db.session.rollback()
    return db.session.scalars(select(Picture.id).where(Picture.id == picture)).one()


def test_no_other_picture_is_reached_through_an_activity(make_hall: HallFactory) -> None:
    one, other = make_hall(), make_hall()
    anna = one.guest("anna")
    picture = upload(one, anna)
    one.send(anna, kind="photo", picture=picture)
    foreign = f"{other.address}/check-in-pictures/{picture}"
    assert other.client.get(foreign, headers=other.organiser.headers).status_code == 404


def test_deleting_a_photo_leaves_the_presence(hall: Hall) -> None:
    anna = hall.guest("anna")
    hall.send(anna, kind="photo", picture=upload(hall, anna))
    with transaction():
        pictures.remove_spent(clock.today() + timedelta(days=31))
    db.session.rollback()
    assert db.session.scalars(select(Evidence.picture_id)).all() == [None]
    assert hall.mine(anna)["my"]["presence"] == "present"
