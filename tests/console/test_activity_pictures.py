"""Pictures of an activity at the desk: chosen, ordered, taken off, and seen before their check."""

import io
import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.activities import service as activities
from server.activities.queries import Activity
from server.console.picture_fields import LARGEST_FORM
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.pictures import checks, queries, service
from server.pictures.models import Picture
from server.pictures.rules import PictureState, Purpose
from server.wechat.platform import current_platform
from tests.console.conftest import Desk, SignIn
from tests.factories.rating import Phone

FORM = {
    "title": "社区义诊",
    "kind": "frontline",
    "place": "望江社区",
    "starts_at": "",
    "ends_at": "",
    "join_until": "",
    "audience": "everyone",
    "evidence": ["code", "organiser"],
    "evidence_needed": "1",
}


@pytest.fixture
def form(branch: Organisation) -> dict[str, object]:
    day = clock.today().replace(year=clock.today().year + 1, day=1)
    times = {"starts_at": f"{day}T09:00", "ends_at": f"{day}T11:00", "join_until": f"{day}T08:00"}
    return {**FORM, **times, "organiser": branch.id}


def file(colour: int = 0, name: str = "a.jpg", kind: str = "JPEG") -> tuple[io.BytesIO, str]:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), (colour, 130, 30)).save(buffer, kind)
    return io.BytesIO(buffer.getvalue()), name


def named(text: str) -> list[str]:
    """Return the ids of the pictures that a page's form carries."""
    return re.findall(r'name="pictures" value="([^"]+)"', text)


def of(activity_id: int) -> list[Picture]:
    db.session.expire_all()
    return queries.of_subjects("activity", [activity_id])[str(activity_id)]


def created(answer: TestResponse) -> int:
    assert answer.status_code == 302, answer.text
    return int(answer.headers["Location"].rpartition("/")[2])


def put(party: Desk, activity: Activity, form: dict[str, object], **more: object) -> TestResponse:
    db.session.refresh(activity)
    path = f"/activities/{activity.id}/edit"
    return party.post(path, **{**form, "revision": activity.revision, **more})


def test_pictures_are_added_ordered_and_taken_off(desk: SignIn, form: dict[str, object]) -> None:
    party = desk("party")
    files = [file(10), file(20, "b.png", "PNG"), file(30, "c.webp", "WEBP")]
    activity_id = created(party.post("/activities", **form, picture_files=files))
    first, second, third = [str(one.id) for one in of(activity_id)]
    assert all(one.uploaded_by is None for one in of(activity_id))
    text = party.read(f"/activities/{activity_id}/edit")
    assert named(text) == [first, second, third]
    activity = db.session.get(Activity, activity_id)
    assert activity
    changed = put(
        party,
        activity,
        form,
        pictures=[first, second, third],
        picture_number=["3", "2", "1"],
        picture_removed=[second],
        picture_files=[file(40)],
    )
    assert changed.status_code == 302, changed.text
    assert [str(one.id) for one in of(activity_id)][:2] == [third, first]
    assert len(of(activity_id)) == 3
    assert second not in {str(one.id) for one in of(activity_id)}


def test_a_mistake_elsewhere_does_not_cost_the_pictures(
    desk: SignIn, form: dict[str, object]
) -> None:
    party = desk("party")
    wrong = party.post("/activities", **{**form, "title": ""}, picture_files=[file(1), file(2)])
    assert wrong.status_code == 422
    ids = named(wrong.text)
    assert len(ids) == 2
    for one in ids:
        shown = party.get(f"/activities/pictures/{one}")
        assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    sent = party.post("/activities", **form, pictures=ids, picture_number=["", "x"])
    assert [str(one.id) for one in of(created(sent))] == ids


def test_files_that_cannot_be_taken_are_named_and_nothing_is_saved(
    desk: SignIn, form: dict[str, object]
) -> None:
    party = desk("party")
    files = [
        file(1),
        (io.BytesIO(b"nothing"), "notes.txt"),
        (io.BytesIO(bytes(6 << 20)), "big.jpg"),
    ]
    answer = party.post("/activities", **form, picture_files=files)
    assert answer.status_code == 422
    assert "notes.txt：图片无法识别" in answer.text
    assert "big.jpg：图片不能超过 5 MB" in answer.text
    assert len(named(answer.text)) == 1
    assert db.session.scalar(select(func.count()).select_from(Activity)) == 0


def test_more_than_nine_are_told_apart(desk: SignIn, form: dict[str, object]) -> None:
    party = desk("party")
    answer = party.post("/activities", **form, picture_files=[file(n) for n in range(11)])
    assert answer.status_code == 422
    assert "最多 9 张图片，多出的 2 张没有上传" in answer.text
    ids = named(answer.text)
    assert len(ids) == 9
    again = party.post("/activities", **form, pictures=ids, picture_number=["1"] * 9)
    assert len(of(created(again))) == 9


def test_a_picture_that_is_gone_or_somebody_elses_is_not_taken_up(
    desk: SignIn, form: dict[str, object]
) -> None:
    party = desk("party")
    theirs = created(party.post("/activities", **form, picture_files=[file(1)]))
    for name in (str(uuid4()), str(of(theirs)[0].id)):
        answer = party.post("/activities", **form, pictures=[name], picture_number=["1"])
        assert answer.status_code == 422
        assert "图片已失效，请重新" in answer.text
    created(party.post("/activities", **form, pictures=["nonsense"], picture_number=["1"]))
    assert len(of(theirs)) == 1


def test_pictures_are_seen_before_their_check_by_who_manages_the_activity_alone(
    desk: SignIn, form: dict[str, object]
) -> None:
    party = desk("party")
    activity_id = created(party.post("/activities", **form, picture_files=[file(1)]))
    (picture,) = of(activity_id)
    address = f"/activities/pictures/{picture.id}"
    text = party.read(f"/activities/{activity_id}")
    assert f"/console{address}" in text
    assert "审核中" in text
    assert party.get(address).status_code == 200
    assert str(picture.id) not in desk("office1").read(f"/activities/{activity_id}")
    desk("office1").read(address, 403)
    desk("liaison").read(address, 403)
    checks.sweep(current_platform())
    assert of(activity_id)[0].state == PictureState.PASSED
    assert "审核中" not in party.read(f"/activities/{activity_id}")
    text = desk("office1").read(f"/activities/{activity_id}")
    shown = re.search(r'src="(/pictures/[^"]+)"', text)
    assert shown
    assert party.client.get(shown[1]).status_code == 200


def test_no_picture_of_something_else_is_given_out(
    desk: SignIn, phone: Callable[[str], Phone]
) -> None:
    data = file(1)[0].getvalue()
    with transaction():
        other = service.store(data, Purpose.FRONTLINE, None, now=clock.now()).id
    anna = phone("anna")
    members = anna.client.post(
        "/api/v1/pictures", data={"file": file(1), "purpose": "activity"}, headers=anna.headers
    ).json["id"]
    for one in (other, members, uuid4()):
        desk("party").read(f"/activities/pictures/{one}", 404)


def test_a_copy_starts_without_pictures(desk: SignIn, form: dict[str, object]) -> None:
    party = desk("party")
    activity_id = created(party.post("/activities", **form, picture_files=[file(1)]))
    assert named(party.read(f"/activities/new?copy={activity_id}")) == []


def test_a_body_that_is_too_large_is_told_plainly(desk: SignIn, form: dict[str, object]) -> None:
    party = desk("party")
    answer = party.post(
        "/activities", **form, picture_files=[(io.BytesIO(bytes(LARGEST_FORM)), "a.jpg")]
    )
    assert answer.status_code == 413
    assert "请减少图片" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Picture)) == 0


def test_a_stranger_sends_no_large_body(desk: SignIn, form: dict[str, object]) -> None:
    client = desk("party").client
    client.delete_cookie("console", path="/console")
    many = {**form, "picture_files": (io.BytesIO(bytes(7 << 20)), "a.jpg")}
    assert client.post("/console/activities", data=many).status_code == 413


def test_pictures_need_the_forms_token(desk: SignIn, form: dict[str, object]) -> None:
    answer = desk("party").client.post(
        "/console/activities", data={**form, "picture_files": file(1)}
    )
    assert answer.status_code == 400
    assert db.session.scalar(select(func.count()).select_from(Picture)) == 0


def test_a_deleted_draft_lets_its_pictures_go(desk: SignIn, form: dict[str, object]) -> None:
    party = desk("party")
    activity_id = created(party.post("/activities", **form, picture_files=[file(1)]))
    picture_id: UUID = of(activity_id)[0].id
    with transaction():
        activities.delete_draft(activity_id, actor=SYSTEM, now=clock.now())
    db.session.expire_all()
    assert queries.picture(picture_id).subject_id is None
