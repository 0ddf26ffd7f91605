"""A department contests a rating, somebody of neither side decides, and everybody sees how."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.appeals import queries, tasks
from server.appeals import service as appeals
from server.appeals.models import Appeal
from server.appeals.queries import AppealFilters
from server.audit.models import AuditEntry
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import Actor, ActorKind, Grant, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import registering, review
from server.evaluation.counts import excluded_of
from server.evaluation.models import Exclusion
from server.evaluation.rules import EvaluationState, ExclusionReason, ExclusionState
from server.identity import service as identity
from server.ledger.models import PendingLeaf
from server.ledger.rules import Event
from server.notifications.models import DeskNotice
from server.notifications.rules import DeskKind
from server.publication import service as publication
from server.rectification import service as rectification
from server.rectification.models import CaseOrigin
from server.rectification.rules import ClosedBy, OriginKind, Stage
from server.settings import service as settings
from server.settings.rules import APPEAL_DAYS
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.contesting import Rated, later, poor_rating

People = Callable[..., Rated]


@pytest.fixture
def rated(city: City, client: FlaskClient) -> People:
    """Register a case by a poor rating: ``rated(person="anna")``."""

    def make(**more: object) -> Rated:
        return poor_rating(city, client, **more)  # type: ignore[arg-type]

    return make


def appeal(appeal_id: UUID) -> Appeal:
    db.session.expire_all()
    return db.session.get_one(Appeal, appeal_id)


def told(city: City, name: str, kind: DeskKind) -> list[DeskNotice]:
    return list(
        db.session.scalars(
            select(DeskNotice)
            .where(DeskNotice.account_id == city.accounts[name].id, DeskNotice.kind == kind.value)
            .order_by(DeskNotice.created_at)
        )
    )


def refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as caught:
        act()
    assert caught.value.code == code


def texts(rated: Rated) -> list[str]:
    case = rated.told()["case"]
    return [one["text"] for one in case["lines"]]  # type: ignore[index]


# Filing


def test_the_liaison_contests_the_rating_behind_the_case(rated: People, city: City) -> None:
    case = rated()
    filed = appeal(case.appeal())
    assert (filed.state, filed.claim) == ("filed", "not_about_department")
    assert (filed.campaign_id, filed.evaluation_id) == (case.campaign.id, case.evaluation_id)
    assert case.rating.state == EvaluationState.COUNTED
    assert told(city, "adjudicator", DeskKind.APPEAL_FILED)
    assert told(city, "office1", DeskKind.APPEAL_FILED)
    assert not told(city, "liaison", DeskKind.APPEAL_FILED)


def test_the_limit_is_counted_in_working_days_of_the_setting(rated: People, city: City) -> None:
    with transaction():
        settings.change(
            APPEAL_DAYS, "3", reason="试验", actor=city.actors["admin"], now=clock.now()
        )
    # A Thursday: three working days on is the Tuesday after the weekend.
    thursday = datetime(2026, 11, 26, 10, tzinfo=clock.SHANGHAI)
    filed = appeal(rated().appeal(now=thursday))
    assert clock.local_date(filed.due_at).isoformat() == "2026-12-01"


def test_a_rating_is_contested_once(rated: People, city: City) -> None:
    case = rated()
    appeal_id = case.appeal()
    refused("uq_appeal_once", lambda: case.appeal(actor=city.actors["head"]))
    case.decide(appeal_id, uphold=False)
    refused("uq_appeal_once", case.appeal)


def test_an_appeal_that_was_taken_back_may_be_filed_anew(rated: People, city: City) -> None:
    case = rated()
    first = case.appeal()
    with transaction():
        appeals.take_back(first, actor=city.actors["head"], now=clock.now())
    assert appeal(first).state == "taken_back"
    assert appeal(case.appeal()).state == "filed"
    assert "部门撤回了申诉。" in texts(case)


def test_what_is_decided_can_not_be_taken_back(rated: People, city: City) -> None:
    case = rated()
    appeal_id = case.appeal()
    case.decide(appeal_id, uphold=False)
    liaison = city.actors["liaison"]
    refused(
        "appeal_not_open",
        lambda: appeals.take_back(appeal_id, actor=liaison, now=clock.now()),
    )


@pytest.mark.parametrize("name", ["office1", "inspector", "adjudicator", "auditor"])
def test_nobody_but_the_department_files(rated: People, city: City, name: str) -> None:
    case = rated()
    refused("not_allowed", lambda: case.appeal(actor=city.actors[name]))


def test_another_departments_liaison_does_not_file(rated: People, city: City) -> None:
    case = rated(department=1)
    refused("not_allowed", case.appeal)


def test_a_closed_case_is_contested_no_more(rated: People, city: City) -> None:
    case = rated()
    with transaction():
        rectification.release_origin(OriginKind.EVALUATION, _name(case), now=clock.now())
    refused("appeal_case_closed", case.appeal)


def test_a_rating_that_the_department_may_not_see_is_not_contested(
    rated: People, city: City
) -> None:
    case, survey = rated(), city.campaign()
    store_ratings(survey.id, city.departments[0].id, [1] + [5] * 8, channel=Channel.OPEN)
    close_and_settle(survey.id)
    registering.register_closed(survey.id, now=clock.now())
    origin = db.session.scalars(
        select(CaseOrigin).where(CaseOrigin.origin_id.startswith(f"{survey.id}:"))
    ).one()
    case.case_id, case.origin_id = origin.case_id, origin.id
    refused("appeal_rating_withheld", case.appeal)
    assert not db.session.scalars(select(Appeal)).all()


def test_test_data_is_no_claim_of_a_department(rated: People) -> None:
    case = rated()
    refused("invalid_input", lambda: case.appeal(claim=ExclusionReason.TEST))


def test_another_cases_rating_can_not_be_contested(rated: People, city: City) -> None:
    mine, other = rated(), rated(person="berta")
    mine.origin_id = other.origin_id
    refused("appeal_not_a_rating", mine.appeal)


# Deciding


def test_upheld_the_rating_is_set_apart_and_its_case_closed(rated: People, city: City) -> None:
    case = rated()
    appeal_id = case.appeal(claim=ExclusionReason.ABUSIVE)
    case.decide(appeal_id, decision="经查属实。")
    assert case.rating.state == EvaluationState.EXCLUDED
    closed = case.case
    assert (closed.stage, closed.closed_by) == (Stage.CLOSED, ClosedBy.APPEAL)
    exclusion = db.session.scalars(select(Exclusion)).one()
    assert (exclusion.state, exclusion.reason) == (ExclusionState.CONFIRMED, "abusive")
    assert exclusion.proposed_by == city.accounts["liaison"].id
    assert exclusion.decided_by == city.accounts["adjudicator"].id
    leaf = db.session.scalars(
        select(PendingLeaf).where(PendingLeaf.event == int(Event.EXCLUDED))
    ).one()
    assert leaf.reason == "abusive"
    assert told(city, "liaison", DeskKind.APPEAL_DECIDED)
    assert told(city, "office1", DeskKind.APPEAL_DECIDED)


def test_an_upheld_appeal_is_counted_by_its_reason_as_any_exclusion(
    rated: People, city: City
) -> None:
    case = rated()
    case.decide(case.appeal(claim=ExclusionReason.DUPLICATE))
    close_and_settle(case.campaign.id)
    (reasons,) = excluded_of(case.campaign.id).values()
    assert dict(reasons) == {"duplicate": 1}


def test_after_the_close_an_upheld_appeal_still_excludes(rated: People, city: City) -> None:
    case = rated()
    appeal_id = case.appeal()
    close_and_settle(case.campaign.id)
    case.decide(appeal_id)
    assert case.rating.state == EvaluationState.EXCLUDED
    (reasons,) = excluded_of(case.campaign.id).values()
    assert dict(reasons) == {"not_about_department": 1}


def test_what_is_published_changes_by_the_next_publication_alone(
    rated: People, city: City, client: FlaskClient
) -> None:
    case = rated()
    department = city.departments[0].id
    for _ in range(14):
        tag = uuid4().bytes
        store_ratings(
            case.campaign.id, department, [4], channel=Channel.SERVICE_CENTRE, rater_tag=tag
        )
    appeal_id = case.appeal()
    close_and_settle(case.campaign.id)
    path = f"/api/v1/campaigns/{case.campaign.id}/results/{department}"
    before = client.get(path).json
    assert before
    (channel,) = (one for one in before["channels"] if one["channel"] == "service_centre")
    assert (channel["count"], channel["excluded"]) == (15, {})
    case.decide(appeal_id)
    assert client.get(path).json == before
    with transaction():
        publication.publish(
            case.campaign.id,
            score_run_id=None,
            note="申诉成立",
            actor=city.actors["office1"],
            now=clock.now(),
        )
    after = client.get(path).json
    assert after
    (channel,) = (one for one in after["channels"] if one["channel"] == "service_centre")
    assert (channel["count"], channel["excluded"]) == (14, {"not_about_department": 1})


def test_rejected_the_rating_counts_and_the_case_goes_on(rated: People) -> None:
    case = rated()
    case.decide(case.appeal(), uphold=False, decision="属于该局职责。")
    assert case.rating.state == EvaluationState.COUNTED
    assert case.case.stage == Stage.REGISTERED
    assert not db.session.scalars(select(Exclusion)).all()


def test_the_rater_reads_the_appeal_and_the_verdict_without_names(rated: People) -> None:
    case = rated()
    appeal_id = case.appeal(grounds="内部材料：经办人张三。")
    assert any("提出申诉" in text for text in texts(case))
    case.decide(appeal_id, uphold=False, decision="属于该局职责。")
    answer = case.told()
    assert any("申诉不成立" in text and "属于该局职责。" in text for text in texts(case))
    for hidden in ("张三", "liaison", "adjudicator 同志"):
        assert hidden not in str(answer)


def test_the_rater_sees_by_receipt_that_the_rating_counts_no_more(rated: People) -> None:
    case = rated()
    case.decide(case.appeal())
    state = case.receipt_state()
    assert state["state"] == "excluded"
    assert state["exclusion_reason"]


def test_another_rater_of_the_case_reads_nothing_of_the_appeal(
    city: City, client: FlaskClient
) -> None:
    mine = poor_rating(city, client)
    berta = poor_rating(city, client, campaign=mine.campaign, person="berta")
    _join(berta, mine)
    mine.appeal()
    assert any("提出申诉" in text for text in texts(mine))
    assert not any("申诉" in text for text in texts(berta))


def test_a_case_that_another_rating_keeps_open_stays_open(city: City, client: FlaskClient) -> None:
    mine = poor_rating(city, client)
    berta = poor_rating(city, client, campaign=mine.campaign, person="berta")
    _join(berta, mine)
    mine.decide(mine.appeal())
    assert mine.case.stage == Stage.REGISTERED
    assert berta.rating.state == EvaluationState.COUNTED


@pytest.mark.parametrize("name", ["office1", "liaison", "head", "inspector"])
def test_a_role_of_a_side_does_not_decide(rated: People, city: City, name: str) -> None:
    case = rated()
    appeal_id = case.appeal()
    refused("not_allowed", lambda: case.decide(appeal_id, actor=city.actors[name]))


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.OFFICE, "root"), (Role.LIAISON, "department"), (Role.PARTY_STAFF, "department")],
)
def test_an_adjudicator_who_is_of_a_side_too_does_not_decide(
    rated: People, city: City, role: Role, place: str
) -> None:
    case = rated()
    appeal_id = case.appeal()
    own = city.actors["adjudicator"]
    where = city.root if place == "root" else city.departments[0]
    both = Actor(own.kind, own.id, (*own.grants, Grant(role, where.id, where.path)))
    refused("appeal_not_neutral", lambda: case.decide(appeal_id, actor=both))
    assert case.rating.state == EvaluationState.COUNTED


def test_who_had_a_hand_in_the_case_does_not_decide(rated: People, city: City) -> None:
    case = rated()
    account = city.accounts["adjudicator"]
    before = Actor(
        ActorKind.ACCOUNT,
        account.id,
        (Grant(Role.OFFICE, city.root.id, city.root.path),),
    )
    with transaction():
        rectification.note(case.case_id, "请尽快办理。", actor=before, now=clock.now())
    appeal_id = case.appeal()
    refused("appeal_not_neutral", lambda: case.decide(appeal_id))


def test_who_once_proposed_to_exclude_the_rating_does_not_decide(rated: People, city: City) -> None:
    case = rated()
    account = city.accounts["adjudicator"]
    office = (Grant(Role.OFFICE, city.root.id, city.root.path),)
    with transaction():
        review.propose_exclusion(
            case.campaign.id,
            case.evaluation_id,
            reason=ExclusionReason.ABUSIVE,
            note="",
            actor=Actor(ActorKind.ACCOUNT, account.id, office),
            now=clock.now(),
        )
    appeal_id = case.appeal()
    refused("appeal_not_neutral", lambda: case.decide(appeal_id))


def test_an_open_proposal_of_the_office_is_settled_with_the_verdict(
    rated: People, city: City
) -> None:
    case = rated()
    with transaction():
        review.propose_exclusion(
            case.campaign.id,
            case.evaluation_id,
            reason=ExclusionReason.ORGANISED,
            note="",
            actor=city.actors["office1"],
            now=clock.now(),
        )
    case.decide(case.appeal(claim=ExclusionReason.ABUSIVE))
    found = db.session.scalars(select(Exclusion).order_by(Exclusion.proposed_at)).all()
    assert [(one.reason, one.state) for one in found] == [
        ("organised", "rejected"),
        ("abusive", "confirmed"),
    ]


def test_a_verdict_is_given_once(rated: People) -> None:
    case = rated()
    appeal_id = case.appeal()
    case.decide(appeal_id, uphold=False)
    refused("appeal_not_open", lambda: case.decide(appeal_id, uphold=True))


def test_of_a_withdrawn_rating_nothing_is_decided_and_the_appeal_ends(
    rated: People, city: City
) -> None:
    case = rated()
    appeal_id = case.appeal()
    answer = case.phone.client.delete(
        f"/api/v1/campaigns/{case.campaign.id}/receipt",
        headers={**case.phone.headers, "Receipt": case.receipt},
    )
    assert answer.status_code == 200
    refused("appeal_moot", lambda: case.decide(appeal_id))
    tasks.look_through(clock.now())
    ended = appeal(appeal_id)
    assert (ended.state, ended.decided_by) == ("taken_back", None)
    assert "撤回" in ended.decision


# Late ones


def test_a_late_appeal_is_told_once_and_shown(rated: People, city: City) -> None:
    appeal_id = rated().appeal()
    tasks.look_through(clock.now())
    assert len(told(city, "adjudicator", DeskKind.APPEAL_FILED)) == 1
    for _ in range(2):
        tasks.look_through(later(60))
    notices = told(city, "adjudicator", DeskKind.APPEAL_FILED)
    assert [one.occasion for one in notices] == ["", "late"]
    assert "超期" in notices[1].title
    assert told(city, "liaison", DeskKind.APPEAL_FILED)
    late = queries.counts(actor=city.actors["office1"], now=later(60))
    assert (late.waiting, late.late) == (1, 1)
    found = queries.appeal_page(
        AppealFilters(late=True), actor=city.actors["liaison"], now=later(60)
    )
    assert [one.id for one in found.items] == [appeal_id]


def test_what_was_decided_late_stays_late(rated: People) -> None:
    case = rated()
    appeal_id = case.appeal()
    case.decide(appeal_id, uphold=False, now=later(60))
    (found,) = queries.readings([appeal_id])
    assert found.is_late(later(61))


def test_without_anybody_neutral_the_office_is_told_so(rated: People, city: City) -> None:
    with transaction():
        identity.grant_role(
            Role.OFFICE,
            city.root.id,
            account_id=city.accounts["adjudicator"].id,
            actor=city.actors["admin"],
            now=clock.now(),
        )
    rated().appeal()
    (notice,) = told(city, "office1", DeskKind.APPEAL_FILED)
    assert "没有不属于任何一方的裁定人员" in notice.body


# Who reads


def test_another_departments_people_read_no_appeal(rated: People, city: City) -> None:
    case = rated()
    appeal_id = case.appeal()
    other = city.departments[1]
    stranger = Actor(ActorKind.ACCOUNT, uuid4(), (Grant(Role.LIAISON, other.id, other.path),))
    refused("not_allowed", lambda: queries.appeal(appeal_id, actor=stranger))
    assert not queries.appeal_page(AppealFilters(), actor=stranger, now=clock.now()).items


def test_every_step_is_in_the_audit_log(rated: People) -> None:
    case = rated()
    case.decide(case.appeal())
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"appeal.filed", "appeal.upheld", "exclusion.confirmed"} <= actions


def _name(case: Rated) -> str:
    return f"{case.campaign.id}:{case.evaluation_id}"


def _join(case: Rated, other: Rated) -> None:
    """Put a rating behind another one's case, as ratings of one matter are."""
    with transaction():
        db.session.get_one(CaseOrigin, case.origin_id).case_id = other.case_id
    case.case_id = other.case_id
