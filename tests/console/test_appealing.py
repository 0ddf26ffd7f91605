"""Appeals at the desk: filed from a case, decided by somebody of neither side, taken back."""

import io
import re

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from server.appeals.models import Appeal
from server.core import clock
from server.core.access import Role
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.evaluation.rules import CommentState, EvaluationState
from server.identity import service as identity
from server.rectification import service as rectification
from tests.console.conftest import SignIn, confine
from tests.factories.city import City
from tests.factories.contesting import Rated, later, poor_rating


@pytest.fixture
def rated(city: City, client: FlaskClient) -> Rated:
    """A case that a poor rating registered."""
    return poor_rating(city, client)


def picture() -> tuple[io.BytesIO, str]:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), "#336699").save(held, "JPEG")
    held.seek(0)
    return held, "evidence.jpg"


def form(rated: Rated, **more: object) -> dict[str, object]:
    return {
        "origin": rated.origin_id,
        "claim": "not_about_department",
        "grounds": "由市住建局办理。",
        **more,
    }


def filed() -> Appeal:
    db.session.expire_all()
    return db.session.scalars(select(Appeal)).one()


def test_an_appeal_is_filed_from_the_case_with_evidence(desk: SignIn, rated: Rated) -> None:
    liaison = desk("liaison")
    answer = liaison.post(f"/cases/{rated.case_id}/appeal", **form(rated, picture_files=picture()))
    assert answer.status_code == 302
    path = f"/appeals/{filed().id}"
    text = desk("adjudicator").read(path)
    assert "由市住建局办理。" in text
    shown = re.search(rf"/console({path}/pictures/[0-9a-f-]+)", text)
    assert shown
    for name in ("adjudicator", "office1", "liaison", "inspector"):
        assert desk(name).get(shown[1]).mimetype == "image/jpeg"
    assert "申诉" in liaison.read(f"/cases/{rated.case_id}")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("claim", "test", "请选择理由。"),
        ("claim", "", "请选择理由。"),
        ("grounds", " ", "请填写 1 至 5000 个字。"),
        ("origin", "999999", "没有找到"),
    ],
)
def test_an_appeal_without_reason_or_grounds_is_refused(
    desk: SignIn, rated: Rated, field: str, value: str, message: str
) -> None:
    answer = desk("liaison").post(f"/cases/{rated.case_id}/appeal", **form(rated, **{field: value}))
    assert answer.status_code in {404, 422}
    assert message in answer.text
    assert not db.session.scalars(select(Appeal)).all()


def test_a_second_tap_files_no_second_appeal(desk: SignIn, rated: Rated) -> None:
    liaison = desk("liaison")
    assert liaison.post(f"/cases/{rated.case_id}/appeal", **form(rated)).status_code == 302
    again = liaison.post(f"/cases/{rated.case_id}/appeal", **form(rated))
    assert again.status_code == 422
    assert "每份评价只能申诉一次" in again.text
    assert "?step=appeal" not in liaison.read(f"/cases/{rated.case_id}")
    filed()


def test_the_adjudicator_decides_and_everybody_reads_it(desk: SignIn, rated: Rated) -> None:
    appeal_id = rated.appeal()
    adjudicator = desk("adjudicator")
    missing = adjudicator.post(f"/appeals/{appeal_id}/decision", decision="查明。")
    assert missing.status_code == 422
    assert "请选择申诉是否成立。" in missing.text
    answer = adjudicator.post(
        f"/appeals/{appeal_id}/decision", verdict="upheld", decision="查明属实。"
    )
    assert answer.status_code == 302
    assert rated.rating.state == EvaluationState.EXCLUDED
    for name in ("liaison", "office1", "adjudicator"):
        assert "查明属实。" in desk(name).read(f"/appeals/{appeal_id}")
    assert "申诉成立" in desk("office1").read("/appeals")


@pytest.mark.parametrize("name", ["office1", "liaison", "head", "inspector", "auditor"])
def test_nobody_else_decides(desk: SignIn, rated: Rated, name: str) -> None:
    appeal_id = rated.appeal()
    answer = desk(name).post(
        f"/appeals/{appeal_id}/decision", verdict="rejected", decision="不成立。"
    )
    assert answer.status_code == 403
    assert filed().state == "filed"


def test_an_adjudicator_of_a_side_reads_why_there_is_no_form(
    desk: SignIn, city: City, rated: Rated
) -> None:
    appeal_id = rated.appeal()
    with transaction():
        identity.grant_role(
            Role.LIAISON,
            city.departments[0].id,
            account_id=city.accounts["adjudicator"].id,
            actor=city.actors["admin"],
            now=clock.now(),
        )
    adjudicator = desk("adjudicator")
    text = adjudicator.read(f"/appeals/{appeal_id}")
    assert "您在这个部门担任职务" in text
    assert "作出裁定" not in text
    answer = adjudicator.post(f"/appeals/{appeal_id}/decision", verdict="upheld", decision="成立。")
    assert answer.status_code == 403
    assert rated.rating.state == EvaluationState.COUNTED


def test_words_that_are_held_back_are_shown_to_whoever_decides_alone(
    desk: SignIn, rated: Rated
) -> None:
    with transaction():
        rating = db.session.get_one(Evaluation, (rated.campaign.id, rated.evaluation_id))
        rating.comment, rating.comment_state = "辱骂的话", CommentState.HELD
    appeal_id = rated.appeal()
    assert "辱骂的话" in desk("adjudicator").read(f"/appeals/{appeal_id}")
    for name in ("liaison", "head", "office1", "inspector"):
        assert "辱骂的话" not in desk(name).read(f"/appeals/{appeal_id}")
    rated.decide(appeal_id, uphold=False)
    assert "辱骂的话" not in desk("adjudicator").read(f"/appeals/{appeal_id}")


def test_the_department_takes_its_appeal_back(desk: SignIn, rated: Rated) -> None:
    appeal_id = rated.appeal()
    head = desk("head")
    assert head.post(f"/appeals/{appeal_id}/taking-back").status_code == 302
    assert filed().state == "taken_back"
    assert "已撤回" in head.read(f"/appeals/{appeal_id}")
    assert "?step=appeal" in head.read(f"/cases/{rated.case_id}")


def test_a_late_appeal_is_marked_in_list_and_page(desk: SignIn, rated: Rated) -> None:
    appeal_id = rated.appeal(now=later(-60))
    office = desk("office1")
    assert 'bg-red-lt">超期<' in office.read("/appeals")
    assert "已超期" in office.read(f"/appeals/{appeal_id}")
    assert rated.case.title in office.read("/appeals?late=yes&state=filed")
    assert "没有符合条件的申诉" in office.read("/appeals?state=upheld")


def test_another_department_reads_nothing(desk: SignIn, city: City, rated: Rated) -> None:
    appeal_id = rated.appeal()
    confine(city, "liaison", city.departments[1])
    liaison = desk("liaison")
    assert liaison.get(f"/appeals/{appeal_id}").status_code == 403
    assert liaison.post(f"/appeals/{appeal_id}/taking-back").status_code == 403
    assert rated.case.title not in liaison.read("/appeals")


def test_a_picture_that_is_no_evidence_is_not_given_out(desk: SignIn, rated: Rated) -> None:
    appeal_id = rated.appeal()
    liaison = desk("liaison")
    liaison.post(f"/cases/{rated.case_id}/measure", text="好", picture_files=picture())
    shown = re.search(r"/pictures/([0-9a-f-]{36})", liaison.read(f"/cases/{rated.case_id}"))
    assert shown
    assert desk("adjudicator").get(f"/appeals/{appeal_id}/pictures/{shown[1]}").status_code == 404


def test_after_a_transfer_the_former_department_sees_its_appeal_but_not_the_case(
    desk: SignIn, city: City, rated: Rated
) -> None:
    appeal_id = rated.appeal(grounds="不属于我局。")
    with transaction():
        rectification.transfer(
            rated.case_id,
            city.departments[1].id,
            "应由公安局办理。",
            actor=city.actors["office1"],
            now=clock.now(),
        )
    text = desk("liaison").read(f"/appeals/{appeal_id}")
    assert "不属于我局。" in text
    assert "应由公安局办理。" not in text
    assert "非常不满意" not in text
    assert "非常不满意" in desk("adjudicator").read(f"/appeals/{appeal_id}")
