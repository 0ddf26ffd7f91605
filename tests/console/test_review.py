"""The review queue, single ratings, and setting one apart."""

from collections.abc import Callable

from server.campaigns.models import Campaign
from server.core.database import db
from server.evaluation.models import Evaluation
from server.evaluation.rules import LEVEL_LABELS, CommentState, EvaluationState
from tests.console.conftest import Rate, SignIn
from tests.factories.city import City

Close = Callable[[Campaign], None]
PROPOSAL = {"reason": "duplicate", "note": "同一人同一天的第二份"}


def test_an_open_survey_shows_held_words_and_no_level(desk: SignIn, city: City, rate: Rate) -> None:
    campaign = city.campaign()
    rows = rate(
        campaign, city.departments[0], [1], comment="等了很久", comment_state=CommentState.HELD
    )
    office = desk("office1")
    path = f"/campaigns/{campaign.id}/evaluations"
    for text in (
        office.read("/review"),
        office.read(f"{path}/{rows[0].id}"),
    ):
        assert "等了很久" in text
        assert not any(f">{label}<" in text for label in LEVEL_LABELS.values())
    assert "明细封存" in office.read(path)


def test_a_held_comment_is_released_or_refused_and_leaves_the_queue(
    desk: SignIn, city: City, rate: Rate
) -> None:
    campaign = city.campaign()
    rows = rate(
        campaign, city.departments[0], [1, 2], comment="话", comment_state=CommentState.HELD
    )
    office = desk("office1")
    path = f"/campaigns/{campaign.id}/evaluations"
    office.post(f"{path}/{rows[0].id}/comment/release")
    office.post(f"{path}/{rows[1].id}/comment/refusal")
    db.session.expire_all()
    states = {row.id: row.comment_state for row in db.session.query(Evaluation)}
    assert states == {rows[0].id: CommentState.RELEASED, rows[1].id: CommentState.REFUSED}
    assert "没有等待审核的内容" in office.read("/review")
    office.post(f"{path}/{rows[0].id}/comment/release")
    assert "可能已被处理" in office.told()


def test_an_exclusion_takes_a_second_person_and_the_first_is_told_why(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    row = rate(campaign, city.departments[0], [1])[0]
    close(campaign)
    first, second = desk("office1"), desk("office2")
    path = f"/campaigns/{campaign.id}/evaluations/{row.id}"
    missing = first.post(f"{path}/exclusions", reason="", note="依据在此")
    assert missing.status_code == 422
    assert "请选择原因" in missing.text
    assert "依据在此" in missing.text
    first.post(f"{path}/exclusions", **PROPOSAL)
    own = first.read("/exclusions")
    assert "须由另一位工作人员确认" in own
    assert "/confirmation" not in own
    theirs = second.read("/exclusions")
    exclusion = theirs.split("/exclusions/")[1].split("/")[0]
    first.post(f"/exclusions/{exclusion}/confirmation")
    assert "必须是两个人" in first.told()
    second.post(f"/exclusions/{exclusion}/confirmation")
    db.session.expire_all()
    assert db.session.query(Evaluation).one().state == EvaluationState.EXCLUDED
    assert "已确认" in first.read(path)


def test_ratings_are_filtered(desk: SignIn, city: City, rate: Rate, close: Close) -> None:
    campaign = city.campaign()
    rate(campaign, city.departments[0], [5], comment="办得很快", comment_state=CommentState.PASSED)
    rate(campaign, city.departments[1], [1], comment="推来推去", comment_state=CommentState.PASSED)
    close(campaign)
    office = desk("office1")
    for query, shown in (
        (f"department={city.departments[0].id}", {"办得很快"}),
        ("level=1", {"推来推去"}),
        ("q=很快", {"办得很快"}),
        ("channel=2", set()),
        ("state=2", set()),
        ("comment=2", {"办得很快", "推来推去"}),
        ("level=abc&channel=77", {"办得很快", "推来推去"}),
    ):
        text = office.read(f"/campaigns/{campaign.id}/evaluations?{query}")
        assert {words for words in ("办得很快", "推来推去") if words in text} == shown, query


def test_an_inspector_reads_the_ratings_of_the_own_department_only(
    desk: SignIn, city: City, rate: Rate, close: Close
) -> None:
    campaign = city.campaign()
    own = rate(campaign, city.departments[0], [1], comment="本部门", comment_state=2)[0]
    foreign = rate(campaign, city.departments[1], [1], comment="别处", comment_state=2)[0]
    close(campaign)
    inspector = desk("inspector")
    path = f"/campaigns/{campaign.id}/evaluations"
    text = inspector.read(path)
    assert "本部门" in text
    assert "别处" not in text
    assert city.departments[1].name not in text
    assert "提出不予采纳" not in inspector.read(f"{path}/{own.id}")
    inspector.read(f"{path}/{foreign.id}", 404)
