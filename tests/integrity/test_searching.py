"""Searching a campaign: what was planted is found, once, and at the right time."""

import pytest
from sqlalchemy import func, select, text

from server.audit.models import AuditEntry
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import service as evaluation
from server.evaluation import tasks as settling
from server.evaluation.models import Evaluation
from server.evaluation.rules import EvaluationState
from server.integrity import queries, service, tasks, traces
from server.integrity.models import Finding, FindingRating
from server.integrity.rules import FindingKind, FindingState
from server.settings import service as settings
from tests.factories.closing import close, close_and_settle
from tests.factories.manipulation import Given, block, store
from tests.integrity.conftest import MakeRated, Rated

SLOGAN = "强烈要求撤换这个部门的负责人，拖了三年没有人管，全体业主无法接受"


def search(campaign_id: int) -> bool:
    with transaction():
        return service.search_open(campaign_id, now=clock.now())


def found() -> list[Finding]:
    db.session.expire_all()
    return list(db.session.scalars(select(Finding).order_by(Finding.kind, Finding.found_on)))


def set_apart(finding: Finding) -> set[object]:
    return set(
        db.session.scalars(
            select(FindingRating.evaluation_id).where(FindingRating.finding_id == finding.id)
        )
    )


def plant_texts(made: Rated, number: int, place: int = 0) -> list[object]:
    # Spread over the days: only the words give these away.
    return store(
        made.id,
        made.department(place),
        [
            Given(day=made.days[at % 28], overall=1 + at % 2, comment=f"{SLOGAN}{'！' * (at % 4)}")
            for at in range(number)
        ],
    )


def test_an_honest_survey_gives_no_finding(rated: MakeRated) -> None:
    made = rated()
    close_and_settle(made.id)
    assert found() == []
    last = queries.last_search(made.id)
    assert last is not None
    assert last.final


def test_a_planted_burst_is_found_with_all_ratings_of_its_day(rated: MakeRated) -> None:
    made = rated()
    day = made.days[10]
    planted = store(made.id, made.department(), [Given(day=day, levels=[5, 4] * 4)] * 120)
    close_and_settle(made.id)
    [finding] = found()
    assert (finding.kind, finding.department_id, finding.channel) == (
        FindingKind.BURST,
        made.department(),
        Channel.OPEN,
    )
    assert set(planted) <= set_apart(finding)
    assert finding.evidence["day"] == day.isoformat()
    assert finding.evidence["count"] == finding.ratings == len(set_apart(finding))
    assert len(finding.evidence["days"]) == 28
    assert finding.evidence["expected"] < 20


def test_planted_texts_are_found_and_their_words_stay_with_the_ratings(rated: MakeRated) -> None:
    made = rated()
    planted = plant_texts(made, 24)
    close_and_settle(made.id)
    [finding] = found()
    assert finding.kind == FindingKind.SAME_TEXT
    assert set_apart(finding) == set(planted)
    assert "负责人" not in str(finding.evidence)


def test_a_planted_block_is_found_and_nothing_of_it_is_kept(rated: MakeRated) -> None:
    made = rated()
    office = block(4242)
    planted = store(
        made.id,
        made.department(1),
        [Given(day=made.days[at % 28], levels=[5, 4] * 4, block=office) for at in range(60)],
    )
    close_and_settle(made.id)
    [finding] = found()
    assert finding.kind == FindingKind.ADDRESS_BLOCK
    assert set_apart(finding) == set(planted)
    assert (finding.evidence["label"], finding.evidence["count"]) == ("A", 60)
    everything = "\n".join(
        row
        for table in ("finding", "finding_rating", "campaign_search", "audit_entry")
        for row in db.session.scalars(text(f'SELECT row::text FROM "{table}" AS row'))
    )
    assert office.hex() not in everything
    assert db.session.scalar(select(func.count(Evaluation.address_block))) == 0


def test_straight_ratings_and_risky_accounts_are_found(rated: MakeRated) -> None:
    made = rated()
    straight = store(
        made.id,
        made.department(2),
        [Given(day=made.days[at % 28], block=block(at % 390)) for at in range(150)],
    )
    risky = store(
        made.id,
        made.department(0),
        [
            Given(day=made.days[at], overall=4, levels=[4, 5] * 4, risk_rank=3 + at % 2)
            for at in range(5)
        ],
    )
    close_and_settle(made.id)
    by_kind = {finding.kind: finding for finding in found()}
    assert set(by_kind) == {FindingKind.STRAIGHT_LINE, FindingKind.RISK_RANK}
    assert set(straight) <= set_apart(by_kind[FindingKind.STRAIGHT_LINE])
    assert by_kind[FindingKind.STRAIGHT_LINE].evidence["level"] == 5
    assert set_apart(by_kind[FindingKind.RISK_RANK]) == set(risky)
    assert by_kind[FindingKind.RISK_RANK].evidence["by_rank"] == {"3": 3, "4": 2}


def test_imported_ratings_are_searched_for_bursts_and_never_taken_for_straight(
    rated: MakeRated,
) -> None:
    made = rated(each=1)
    unknown = [0] * 8
    usual = [Given(day=day, overall=4, levels=unknown) for day in made.days for _ in range(10)]
    burst = [Given(day=made.days[20], overall=5, levels=unknown)] * 200
    store(made.id, made.department(), usual + burst, Channel.SERVICE_CENTRE)
    close_and_settle(made.id)
    assert [(one.kind, one.channel) for one in found()] == [
        (FindingKind.BURST, Channel.SERVICE_CENTRE)
    ]


def test_withdrawn_and_excluded_ratings_are_not_searched(rated: MakeRated) -> None:
    made = rated()
    planted = plant_texts(made, 24)
    with transaction():
        for identifier in planted[:16]:
            row = db.session.get_one(Evaluation, (made.id, identifier))
            row.state = EvaluationState.EXCLUDED
    close_and_settle(made.id)
    assert found() == []


def test_a_sealed_survey_is_not_searched(rated: MakeRated) -> None:
    made = rated()
    plant_texts(made, 24)
    assert search(made.id) is False
    tasks.search_open_campaigns(0)
    jobs = db.session.scalars(text("SELECT task_name FROM procrastinate_jobs")).all()
    assert not any("search_campaign" in job for job in jobs)
    assert found() == []
    assert queries.last_search(made.id) is None
    assert queries.set_apart(made.id) == {}


def test_an_open_service_campaign_is_searched_daily(rated: MakeRated) -> None:
    made = rated(CampaignKind.SERVICE)
    plant_texts(made, 24)
    tasks.search_open_campaigns(0)
    jobs = db.session.scalars(text("SELECT task_name FROM procrastinate_jobs")).all()
    assert sum("search_campaign" in job for job in jobs) == 1
    tasks.search_campaign(made.id)
    assert [one.kind for one in found()] == [FindingKind.SAME_TEXT]
    last = queries.last_search(made.id)
    assert last is not None
    assert not last.final


def test_searching_again_changes_nothing(rated: MakeRated) -> None:
    made = rated(CampaignKind.SERVICE)
    plant_texts(made, 24)
    search(made.id)
    before = [(one.id, one.fingerprint, one.ratings, one.evidence) for one in found()]
    search(made.id)
    assert [(one.id, one.fingerprint, one.ratings, one.evidence) for one in found()] == before


def test_an_open_finding_grows_with_its_trace(rated: MakeRated) -> None:
    made = rated(CampaignKind.SERVICE)
    plant_texts(made, 24)
    search(made.id)
    [first] = [one.id for one in found()]
    # So many of another wording that the commonest one, which names the finding, is another.
    store(
        made.id,
        made.department(),
        [Given(day=made.days[at % 28], overall=1, comment=SLOGAN + "急") for at in range(40)],
    )
    search(made.id)
    [finding] = found()
    assert (finding.id, finding.ratings) == (first, 64)
    assert len(set_apart(finding)) == 64


def test_a_dismissed_finding_stays_so_until_as_many_came_again(rated: MakeRated) -> None:
    made = rated(CampaignKind.SERVICE)
    first = plant_texts(made, 24)
    search(made.id)
    [dismissed] = found()
    with transaction():
        service.dismiss(
            dismissed.id,
            note="居民自发",
            actor=made.city.actors["office1"],
            now=clock.now(),
        )
    more = plant_texts(made, 20)
    search(made.id)
    assert [(one.state, one.ratings) for one in found()] == [(FindingState.DISMISSED, 24)]
    more += plant_texts(made, 10)
    search(made.id)
    states = {one.state: set_apart(one) for one in found()}
    assert states == {FindingState.DISMISSED: set(first), FindingState.OPEN: set(more)}
    search(made.id)
    assert len(found()) == 2


def test_a_killed_settling_searches_again_cleanly(
    rated: MakeRated, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rated()
    plant_texts(made, 24)
    close(made.id)
    real = traces.SEARCHES[FindingKind.ADDRESS_BLOCK]

    def die(*_: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(traces.SEARCHES, FindingKind.ADDRESS_BLOCK, die)
        with pytest.raises(KeyboardInterrupt):
            settling.settle(made.id)
    assert found() == [], "nothing half done"
    assert not evaluation.is_rewritten(made.id)
    assert traces.SEARCHES[FindingKind.ADDRESS_BLOCK] is real
    settling.settle(made.id)
    assert [one.kind for one in found()] == [FindingKind.SAME_TEXT]


def test_a_settling_killed_between_search_and_rewrite_finds_nothing_twice(
    rated: MakeRated, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rated()
    plant_texts(made, 24)
    close(made.id)

    def die(campaign_id: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "rewrite_closed", die)
        with pytest.raises(KeyboardInterrupt):
            settling.settle(made.id)
    db.session.rollback()
    assert len(found()) == 1
    settling.settle(made.id)
    settling.settle(made.id)
    assert len(found()) == 1
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "campaign.searched")
    ).all()
    assert len(entries) == 1


def test_a_search_that_fails_is_on_record_and_keeps_nobody_from_the_results(
    rated: MakeRated, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = rated()
    plant_texts(made, 24)

    def fail(*_: object) -> object:
        raise ValueError(SLOGAN)

    monkeypatch.setitem(traces.SEARCHES, FindingKind.BURST, fail)
    close_and_settle(made.id)
    assert [one.kind for one in found()] == [FindingKind.SAME_TEXT]
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "finding.search_failed")
    ).one()
    assert entry.detail == {"kind": "burst"}
    assert "ValueError" in caplog.text
    assert SLOGAN not in caplog.text


def test_the_daily_search_does_not_touch_a_campaign_that_was_closed(rated: MakeRated) -> None:
    made = rated(CampaignKind.SERVICE)
    plant_texts(made, 24)
    close(made.id)
    assert search(made.id) is False
    assert found() == []
    settling.settle(made.id)
    assert len(found()) == 1


def test_a_finding_changes_no_rating(rated: MakeRated) -> None:
    made = rated()
    plant_texts(made, 24)
    close(made.id)
    before = db.session.execute(
        select(Evaluation.id, Evaluation.state, Evaluation.overall).order_by(Evaluation.id)
    ).all()
    settling.settle(made.id)
    after = db.session.execute(
        select(Evaluation.id, Evaluation.state, Evaluation.overall).order_by(Evaluation.id)
    ).all()
    assert len(found()) == 1
    assert after == before


def test_the_settings_decide_from_where_on_something_stands_out(rated: MakeRated) -> None:
    made = rated(CampaignKind.SERVICE)
    plant_texts(made, 24)
    with transaction():
        settings.change("text_least", "30", reason="试点", actor=SYSTEM, now=clock.now())
    search(made.id)
    assert found() == []
    with transaction():
        settings.change("text_least", "24", reason="试点", actor=SYSTEM, now=clock.now())
    search(made.id)
    assert len(found()) == 1
