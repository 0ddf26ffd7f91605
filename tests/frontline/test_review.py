"""Review: the branch first, then the office; two persons, never one's own; nothing is lost."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.attendance.models import Attendance, Evidence
from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.frontline import queries, service
from server.frontline.models import Entry, EntryReview
from server.frontline.rules import EntryState, ReviewStep, Solution, Verdict
from server.notifications.models import Notice
from tests.factories.activities import make_activity
from tests.factories.city import City
from tests.factories.frontline import approve, make_entry, make_experience, put_entry
from tests.factories.identity import actor_in, at_once
from tests.factories.members import Comrade
from tests.frontline.conftest import Team


def review(reviewer: Comrade, entry_id: UUID, **body: object) -> TestResponse:
    assert reviewer.phone is not None
    return reviewer.phone.client.post(
        f"/api/v1/frontline/entries/{entry_id}/reviews",
        json={"verdict": "approved", **body},
        headers=reviewer.headers,
    )


def state_of(entry_id: UUID) -> str:
    db.session.expire_all()
    return db.session.scalars(select(Entry.state).where(Entry.id == entry_id)).one()


def decide(entry_id: UUID, actor: Actor, **values: object) -> None:
    with transaction():
        service.review_entry(
            entry_id,
            **{"verdict": Verdict.APPROVED, "actor": actor, "now": clock.now(), **values},  # type: ignore[arg-type]
        )


def test_an_entry_goes_through_its_branch_and_then_the_office(team: Team) -> None:
    entry = make_entry(team.author)
    answer = review(team.secretary, entry.id)
    assert (answer.status_code, answer.json["state"]) == (201, "branch_approved")
    decide(entry.id, team.office)
    assert state_of(entry.id) == EntryState.APPROVED
    steps = [
        (row.step, row.verdict)
        for row in db.session.scalars(select(EntryReview).order_by(EntryReview.id))
    ]
    assert steps == [("branch", "approved"), ("office", "approved")]


def test_the_offices_verdict_is_audited_and_its_author_told(team: Team) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor)
    decide(entry.id, team.office, verdict=Verdict.RETURNED, reason="请写明楼号。")
    audited = db.session.scalars(select(AuditEntry.action)).all()
    assert "frontline_entry.returned" in audited
    (notice,) = db.session.scalars(
        select(Notice).where(
            Notice.member_id == team.author.member_id, Notice.kind == "entry_reviewed"
        )
    ).all()
    assert notice.body == "请写明楼号。"
    assert notice.page == f"packages/frontline/entry/index?id={entry.id}"


@pytest.mark.parametrize("who", ["colleague", "stranger", "other_secretary"])
def test_who_does_not_lead_the_branch_gives_no_verdict(team: Team, who: str) -> None:
    entry = make_entry(team.author)
    answer = review(getattr(team, who), entry.id)
    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")
    assert state_of(entry.id) == EntryState.SUBMITTED


def test_nobody_reviews_what_is_his_own(team: Team) -> None:
    entry = make_entry(team.secretary)
    answer = review(team.secretary, entry.id)
    assert (answer.status_code, answer.json["code"]) == (403, "review_own")
    assert review(team.organiser, entry.id).status_code == 201


def test_the_branch_alone_does_not_approve_for_the_office(team: Team) -> None:
    entry = make_entry(team.author)
    review(team.secretary, entry.id)
    answer = review(team.organiser, entry.id)
    assert (answer.status_code, answer.json["code"]) == (409, "entry_decided")
    assert "待上级审核" in answer.json["detail"]


def test_the_office_waits_for_the_branch(team: Team) -> None:
    entry = make_entry(team.author)
    with pytest.raises(Refusal) as refused:
        decide(entry.id, team.office)
    assert (refused.value.code, refused.value.status) == ("entry_not_yet", 409)


def test_one_person_never_does_both_steps(team: Team, city: City) -> None:
    entry = make_entry(team.author)
    decide(entry.id, team.party)
    with pytest.raises(Refusal) as refused:
        decide(entry.id, team.party)
    assert refused.value.code == "review_same_person"
    decide(entry.id, team.office)
    assert state_of(entry.id) == EntryState.APPROVED


def test_party_staff_of_the_branch_itself_are_not_its_office(team: Team, branch: object) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor)
    own_staff = actor_in(Role.PARTY_STAFF, branch)  # type: ignore[arg-type]
    with pytest.raises(Refusal) as refused:
        decide(entry.id, own_staff)
    assert refused.value.code == "entry_decided"


def test_two_reviewers_at_once_decide_once_and_the_second_is_told(
    app: APIFlask, team: Team
) -> None:
    entry_id, now = make_entry(team.author).id, clock.now()
    actors = [team.secretary.actor, team.organiser.actor]

    def verdict(actor: Actor) -> None:
        service.review_entry(entry_id, verdict=Verdict.APPROVED, actor=actor, now=now)

    outcomes = at_once(app, [lambda actor=actor: verdict(actor) for actor in actors])
    assert sorted(outcomes) == ["done", "entry_decided"]
    assert len(db.session.scalars(select(EntryReview)).all()) == 1


def test_a_verdict_on_the_branchs_step_is_not_taken_for_the_offices(team: Team) -> None:
    entry = make_entry(team.author)
    decide(entry.id, team.secretary.actor)
    # Party staff of the city may take both steps, but looked at the page before the branch's word.
    with pytest.raises(Refusal) as refused:
        decide(entry.id, team.party, step=ReviewStep.BRANCH)
    assert refused.value.code == "entry_decided"


def test_a_verdict_on_a_text_that_has_changed_is_refused(team: Team) -> None:
    entry = make_entry(team.author)
    put_entry(team.author, entry.id, place="三号楼", revision=1)
    answer = review(team.secretary, entry.id, revision=1)
    assert (answer.status_code, answer.json["code"]) == (409, "entry_changed_meanwhile")


def test_returning_and_merging_need_a_reason_and_a_target(team: Team) -> None:
    entry = make_entry(team.author)
    returned = review(team.secretary, entry.id, verdict="returned")
    merged = review(team.secretary, entry.id, verdict="merged", reason="同一问题")
    itself = review(
        team.secretary, entry.id, verdict="merged", reason="同一问题", into=str(entry.id)
    )
    assert [one["field"] for one in returned.json["errors"]] == ["reason"]
    for answer in (merged, itself):
        assert [one["field"] for one in answer.json["errors"]] == ["into"]


def merge(entry: Entry, target: Entry, actor: Actor) -> None:
    decide(entry.id, actor, verdict=Verdict.MERGED, reason="同一问题", into=target.id)


def merged_into(entry: Entry) -> UUID | None:
    db.session.expire_all()
    return db.session.scalars(select(Entry.merged_into).where(Entry.id == entry.id)).one()


def test_chains_of_mergers_collapse(team: Team) -> None:
    first, second, third = (make_entry(team.author) for _ in range(3))
    secretary = team.secretary.actor
    merge(first, second, secretary)
    merge(second, third, secretary)
    assert merged_into(first) == merged_into(second) == third.id
    fourth = make_entry(team.author)
    # Into one that was merged itself: that is, into what it was merged into.
    merge(fourth, first, secretary)
    assert merged_into(fourth) == third.id
    shown = queries.shown_entry(third.id, secretary)
    assert set(shown.merged) == {first.id, second.id, fourth.id}


def test_two_entries_merged_into_each_other_at_once_leave_one(app: APIFlask, team: Team) -> None:
    one, other = make_entry(team.author).id, make_entry(team.author).id
    secretary, organiser, now = team.secretary.actor, team.organiser.actor, clock.now()

    def step(entry: UUID, into: UUID, actor: Actor) -> None:
        service.review_entry(
            entry, verdict=Verdict.MERGED, reason="同一问题", into=into, actor=actor, now=now
        )

    outcomes = at_once(
        app, [lambda: step(one, other, secretary), lambda: step(other, one, organiser)]
    )
    assert outcomes.count("done") == 1
    assert sorted([state_of(one), state_of(other)]) == ["merged", "submitted"]


def test_a_branch_merges_only_into_what_it_reviews(team: Team) -> None:
    mine, theirs = make_entry(team.author), make_entry(team.stranger)
    with pytest.raises(Refusal) as refused:
        merge(mine, theirs, team.secretary.actor)
    assert refused.value.code == "entry_merge_target"
    approve(mine.id, team.secretary.actor)
    merge(mine, theirs, team.office)
    assert merged_into(mine) == theirs.id


def test_a_reviewer_merges_nothing_into_what_is_his_own(team: Team) -> None:
    theirs, own = make_entry(team.author), make_entry(team.secretary)
    answer = review(
        team.secretary, theirs.id, verdict="merged", reason="同一问题", into=str(own.id)
    )
    assert (answer.status_code, answer.json["code"]) == (403, "review_own")
    assert (state_of(theirs.id), merged_into(theirs)) == ("submitted", None)
    # Nor by way of what was merged into his own.
    other = make_entry(team.colleague)
    merge(other, own, team.organiser.actor)
    with pytest.raises(Refusal):
        merge(theirs, other, team.secretary.actor)
    assert queries.likely_duplicates(theirs.id, team.secretary.actor) == []
    assert queries.likely_duplicates(theirs.id, team.organiser.actor) != []


def test_the_office_parts_what_was_merged_within_a_month(team: Team) -> None:
    first, second = make_entry(team.author), make_entry(team.colleague)
    merge(first, second, team.secretary.actor)
    with pytest.raises(Refusal) as refused, transaction():
        service.undo_merge(first.id, actor=team.office, now=clock.now() + timedelta(days=31))
    assert refused.value.code == "entry_merge_settled"
    with pytest.raises(Refusal), transaction():
        service.undo_merge(first.id, actor=team.organiser.actor, now=clock.now())
    with transaction():
        service.undo_merge(first.id, actor=team.office, now=clock.now())
    assert (state_of(first.id), merged_into(first)) == ("submitted", None)
    # What was said before the merger still stands.
    assert len(db.session.scalars(select(EntryReview)).all()) == 1


def test_withdrawing_what_others_were_merged_into_gives_them_back(team: Team) -> None:
    mine, theirs = make_entry(team.author), make_entry(team.colleague)
    merge(mine, theirs, team.secretary.actor)
    with transaction():
        service.withdraw_entry(theirs.id, actor=team.colleague.actor, now=clock.now())
    assert (state_of(mine.id), merged_into(mine)) == ("submitted", None)


def test_likely_duplicates_are_suggested_to_the_reviewer_alone(team: Team) -> None:
    first = make_entry(team.author)
    alike = make_entry(team.colleague, problem="楼道照明坏了，老人夜间出行很不便。")
    other = make_entry(team.colleague, problem="快递柜太少，需要增设。")
    make_entry(
        team.colleague,
        problem="楼道照明坏了，老人夜间出行很不便。",
        happened_on=clock.today() - timedelta(days=20),
    )
    found = queries.likely_duplicates(first.id, team.secretary.actor)
    assert [one.entry.id for one in found] == [alike.id, other.id]
    assert queries.likely_duplicates(first.id, team.author.actor) == []
    assert team.secretary.phone is not None
    path = f"/api/v1/frontline/entries/{first.id}/duplicates"
    told = team.secretary.phone.client.get(path, headers=team.secretary.headers)
    assert [item["id"] for item in told.json["items"]] == [str(alike.id), str(other.id)]
    hidden = team.secretary.phone.client.get(path, headers=team.author.headers)
    assert hidden.json["items"] == []


# The queue


def test_the_queue_holds_what_waits_for_the_callers_own_step(team: Team) -> None:
    now = clock.now()
    old = make_entry(team.author, now=now - timedelta(hours=3))
    approved = make_entry(team.colleague, now=now - timedelta(hours=2))
    approve(approved.id, team.secretary.actor, now=now)
    own = make_entry(team.secretary, now=now - timedelta(hours=1))
    learnt = make_experience(team.author, team.secretary.actor)

    def waiting(actor: Actor) -> list[UUID]:
        return [item.id for item in queries.review_queue(actor, now=now).items]

    assert waiting(team.secretary.actor) == [old.id]
    assert waiting(team.organiser.actor) == [old.id, own.id]
    assert waiting(team.office) == [approved.id, learnt.id]
    assert waiting(team.author.actor) == []
    assert waiting(team.other_secretary.actor) == []
    assert queries.waiting_count(team.office, now=now) == 2


def test_party_staff_who_took_the_branchs_step_are_not_offered_the_next(team: Team) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.party)
    assert queries.review_queue(team.party, now=clock.now()).items == []
    assert [one.id for one in queries.review_queue(team.office, now=clock.now()).items] == [
        entry.id
    ]


def test_the_queue_pages_through_both_kinds_without_losing_one(team: Team) -> None:
    now = clock.now()
    wanted = [make_entry(team.author, now=now - timedelta(minutes=5 - n)).id for n in range(5)]
    draft = make_experience(team.colleague)
    with transaction():
        service.submit_experience(draft.id, actor=team.colleague.actor, now=now)
    seen: list[UUID] = []
    cursor = None
    while True:
        page = queries.review_queue(team.secretary.actor, cursor=cursor, limit=2, now=now)
        seen += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [*wanted, draft.id]


def test_the_phones_queue_says_what_each_item_is(client: FlaskClient, team: Team) -> None:
    entry = make_entry(team.author)
    answer = client.get("/api/v1/frontline/review-queue", headers=team.secretary.headers)
    (item,) = answer.json["items"]
    assert (item["kind"], item["entry"]["id"]) == ("entry", str(entry.id))
    assert (item["experience"], item["check_in"]) == (None, None)
    assert item["entry"]["may_review"] is True
    assert item["entry"]["review_step"] == "branch"
    assert item["entry"]["content_label"] == "检测中"
    wrong = client.get("/api/v1/frontline/review-queue?cursor=bm8", headers=team.secretary.headers)
    assert wrong.status_code == 422
    scoped = client.get("/api/v1/frontline/entries?scope=review", headers=team.secretary.headers)
    assert [one["id"] for one in scoped.json["items"]] == [str(entry.id)]


def test_doubtful_check_ins_stand_in_the_queue_among_the_rest(
    client: FlaskClient, team: Team
) -> None:
    now = clock.now()
    before = make_entry(team.author, now=now - timedelta(hours=2))
    asked = make_activity(team.author.branch_id, starts_in=timedelta(minutes=-30))
    _ask(asked.id, team.author, now - timedelta(hours=1))
    after = make_entry(team.author, now=now)
    found = queries.review_queue(team.secretary.actor, limit=2, now=now)
    assert [item.kind for item in found.items] == ["entry", "check_in"]
    rest = queries.review_queue(team.secretary.actor, cursor=found.next_cursor, now=now)
    assert [item.id for item in rest.items] == [after.id]
    told = client.get("/api/v1/frontline/review-queue", headers=team.secretary.headers)
    first, question, _ = told.json["items"]
    assert first["entry"]["id"] == str(before.id)
    assert question["check_in"]["activity"] == {"id": asked.id, "name": asked.title}
    assert question["check_in"]["name"] == "张三"
    assert question["check_in"]["doubt_labels"] == ["活动码超过 60 秒后才送达"]


def _ask(activity_id: int, asked: Comrade, at: datetime) -> None:
    person_id = asked.id
    with transaction():
        db.session.add(
            Attendance(
                activity_id=activity_id,
                person_id=person_id,
                branch_id=asked.branch_id,
                presence="question",
                changed_at=at,
            )
        )
        db.session.add(
            Evidence(
                id=uuid4(),
                activity_id=activity_id,
                person_id=person_id,
                kind="code",
                phase="in",
                outcome="doubtful",
                doubt="late",
                happened_at=at,
                received_at=at,
            )
        )


def test_open_problems_are_listed_until_they_become_a_case(team: Team) -> None:
    entry = make_entry(team.author, solution=Solution.OPEN, measures="", hand_on=True)
    make_entry(team.author)
    assert queries.open_problems("1.", team.office).items == []
    approve(entry.id, team.secretary.actor, team.office)
    assert [one.id for one in queries.open_problems("1.", team.office).items] == [entry.id]
    with transaction():
        db.session.get_one(Entry, entry.id).case_id = uuid4()
    assert queries.open_problems("1.", team.office).items == []


def test_a_review_is_signed_with_the_person_and_not_the_phone(team: Team) -> None:
    entry = make_entry(team.author)
    approve(entry.id, team.secretary.actor)
    (row,) = db.session.scalars(select(EntryReview)).all()
    assert row.reviewed_by == team.secretary.id
