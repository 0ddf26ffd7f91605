"""Verdicts on a finding: two persons to exclude, nothing deleted, totals with and without."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import review
from server.evaluation.counts import GroupKey, counts_of
from server.evaluation.models import Evaluation, Exclusion
from server.evaluation.rules import EvaluationState, ExclusionReason, ExclusionState
from server.integrity import queries, service
from server.integrity import totals as totalling
from server.integrity.models import Finding, FindingRating
from server.integrity.rules import FindingKind, FindingState
from tests.factories.closing import close_and_settle
from tests.factories.identity import actor_in, at_once
from tests.factories.manipulation import Given, store
from tests.integrity.conftest import MakeRated, Rated

SLOGAN = "这个部门的服务是全市最好的没有之一请大家都来投最高的等级支持到底"
ORGANISED = ExclusionReason.ORGANISED


@pytest.fixture
def made(rated: MakeRated) -> Rated:
    """A closed survey with 30 planted ratings of one wording, all of them 非常满意."""
    made = rated()
    store(
        made.id,
        made.department(),
        [
            Given(day=made.days[at % 28], levels=[5, 4] * 4, comment=SLOGAN, risk_rank=0)
            for at in range(30)
        ],
    )
    close_and_settle(made.id)
    return made


def finding() -> Finding:
    db.session.expire_all()
    return db.session.scalars(select(Finding)).one()


def ratings() -> list[UUID]:
    return sorted(db.session.scalars(select(FindingRating.evaluation_id)))


def propose(made: Rated, who: str = "office1", chosen: list[UUID] | None = None) -> int:
    with transaction():
        return service.propose_exclusion(
            finding().id,
            reason=ORGANISED,
            note="同一微信群转发的文字",
            chosen=chosen,
            actor=made.city.actors[who],
            now=clock.now(),
        )


def decide(made: Rated, who: str = "office2", *, confirm: bool = True) -> int:
    with transaction():
        actor, identifier = made.city.actors[who], finding().id
        seen = service.to_decide(identifier, actor=actor)
        return service.decide_exclusion(
            identifier, seen=seen, confirm=confirm, actor=actor, now=clock.now()
        )


def dismiss(made: Rated, who: str = "office1") -> None:
    with transaction():
        service.dismiss(
            finding().id, note="核实为同一合唱团", actor=made.city.actors[who], now=clock.now()
        )


def states() -> Counter[int]:
    db.session.expire_all()
    return Counter(db.session.scalars(select(Evaluation.state).where(Evaluation.id.in_(ratings()))))


def apart(made: Rated) -> int:
    return sum(sum(places[0].values()) for places in queries.set_apart(made.id).values())


def test_what_is_found_is_set_apart_and_counts_all_the_same(made: Rated) -> None:
    group = GroupKey(made.department(), 1, 0)
    found = queries.set_apart(made.id)
    assert found == {
        group: {
            0: {5: 30},
            **{place: {5 if place % 2 else 4: 30} for place in range(1, 9)},
        }
    }
    assert counts_of(made.id)[group][0][5] >= 30
    assert states() == {EvaluationState.COUNTED: 30}


def test_totals_are_shown_with_and_without(made: Rated) -> None:
    shown = totalling.totals(queries.finding(finding().id, actor=made.city.actors["office1"]))
    assert shown.whole.count - shown.without.count == 30
    assert shown.whole.distribution[5] - shown.without.distribution[5] == 30
    assert shown.without_any == shown.without
    levels = db.session.scalars(
        select(Evaluation.overall).where(
            Evaluation.department_id == made.department(), Evaluation.id.not_in(ratings())
        )
    ).all()
    points = {5: 100, 4: 80, 3: 60, 2: 30, 1: 0}
    mean = Decimal(sum(points[level or 0] for level in levels)) / len(levels)
    assert shown.without.score == mean.quantize(Decimal("0.01"))
    assert shown.whole.score is not None
    assert shown.whole.score > shown.without.score


def test_a_rating_in_two_findings_is_set_apart_once(made: Rated) -> None:
    first = finding()
    with transaction():
        other = Finding(
            campaign_id=made.id,
            department_id=made.department(),
            channel=1,
            kind=FindingKind.RISK_RANK.value,
            fingerprint=b"x" * 16,
            evidence={},
            ratings=10,
            found_on=clock.today(),
        )
        db.session.add(other)
        db.session.flush()
        for one in ratings()[:10]:
            db.session.add(FindingRating(finding_id=other.id, evaluation_id=one))
    assert apart(made) == 30
    assert sum(sum(p[0].values()) for p in queries.set_apart(made.id, other.id).values()) == 10
    with transaction():
        service.dismiss(first.id, note="无", actor=made.city.actors["office1"], now=clock.now())
    assert apart(made) == 10


def test_excluding_takes_two_persons(made: Rated) -> None:
    assert propose(made) == 30
    assert states() == {EvaluationState.COUNTED: 30}
    assert apart(made) == 30
    with pytest.raises(Refusal, match="exclusion_same_person"):
        decide(made, "office1")
    db.session.rollback()
    assert states() == {EvaluationState.COUNTED: 30}
    assert decide(made, "office2") == 30
    assert states() == {EvaluationState.EXCLUDED: 30}
    assert apart(made) == 0
    assert finding().state == FindingState.PROPOSED
    group = GroupKey(made.department(), 1, 0)
    assert sum(counts_of(made.id)[group][0].values()) == 280
    for row in db.session.scalars(select(Exclusion)):
        assert row.state == ExclusionState.CONFIRMED
        assert row.proposed_by == made.city.accounts["office1"].id
        assert row.decided_by == made.city.accounts["office2"].id
        assert row.reason == ORGANISED
    assert len(db.session.scalars(select(Evaluation)).all()) == 3 * 280 + 30, "nothing is deleted"


def test_rejecting_lets_the_ratings_count_and_sets_nothing_apart_any_more(made: Rated) -> None:
    propose(made)
    assert decide(made, confirm=False) == 30
    assert states() == {EvaluationState.COUNTED: 30}
    assert apart(made) == 0
    with pytest.raises(Refusal, match="exclusions_none"):
        decide(made)
    db.session.rollback()


def test_chosen_ratings_alone_are_proposed_and_the_rest_stands(made: Rated) -> None:
    chosen = ratings()[:4]
    assert propose(made, chosen=chosen) == 4
    assert apart(made) == 4, "what a person left out is judged too"
    assert decide(made) == 4
    assert states() == {EvaluationState.COUNTED: 26, EvaluationState.EXCLUDED: 4}
    assert propose(made) == 26, "the rest may follow"


def test_a_rating_that_is_not_of_the_finding_cannot_be_slipped_in(made: Rated) -> None:
    with pytest.raises(Refusal, match="exclusions_none"):
        propose(made, chosen=made.honest[:3])
    db.session.rollback()
    assert propose(made, chosen=[made.honest[0], ratings()[0]]) == 1
    assert db.session.scalars(select(Exclusion.evaluation_id)).all() == ratings()[:1]


def test_dismissing_sets_nothing_apart_and_may_be_judged_anew(made: Rated) -> None:
    dismiss(made)
    assert apart(made) == 0
    assert finding().note == "核实为同一合唱团"
    with pytest.raises(Refusal, match="finding_judged"):
        dismiss(made, "office2")
    db.session.rollback()
    assert propose(made, "office2") == 30
    assert finding().state == FindingState.PROPOSED


def test_what_one_person_proposed_already_is_not_proposed_twice(made: Rated) -> None:
    single = ratings()[0]
    with transaction():
        review.propose_exclusion(
            made.id,
            single,
            reason=ExclusionReason.TEST,
            note="",
            actor=made.city.actors["office2"],
            now=clock.now(),
        )
    assert propose(made, "office1") == 29
    # office2 decides what office1 proposed; its own waits for somebody else.
    assert decide(made, "office2") == 29
    assert decide(made, "office1") == 1


def test_nobody_decides_what_was_proposed_after_he_looked(made: Rated) -> None:
    propose(made, chosen=ratings()[:1])
    second, identifier = made.city.actors["office2"], finding().id
    seen = service.to_decide(identifier, actor=second)
    assert seen.number == 1
    propose(made)
    for confirm in (True, False):
        with pytest.raises(Refusal, match="exclusions_changed"), transaction():
            service.decide_exclusion(
                identifier, seen=seen, confirm=confirm, actor=second, now=clock.now()
            )
    assert states() == {EvaluationState.COUNTED: 30}
    assert decide(made, "office2") == 30


def test_two_persons_who_decide_at_once_decide_once(app: APIFlask, made: Rated) -> None:
    propose(made)
    identifier = finding().id
    second = made.city.actors["office2"]
    seen = service.to_decide(identifier, actor=second)
    db.session.rollback()

    def step(confirm: bool) -> object:
        return service.decide_exclusion(
            identifier, seen=seen, confirm=confirm, actor=second, now=clock.now()
        )

    outcomes = at_once(app, [lambda: step(True), lambda: step(False)])
    assert sorted(outcomes) == ["done", "exclusions_none"]
    assert len(states()) == 1


def test_two_persons_who_propose_at_once_propose_once(app: APIFlask, made: Rated) -> None:
    identifier = finding().id
    actors = [made.city.actors[name] for name in ("office1", "office2")]
    db.session.rollback()

    def step(actor: Actor) -> object:
        return service.propose_exclusion(
            identifier, reason=ORGANISED, note="一致", actor=actor, now=clock.now()
        )

    outcomes = at_once(app, [lambda: step(actors[0]), lambda: step(actors[1])])
    assert sorted(outcomes) == ["done", "exclusions_none"]
    assert len(db.session.scalars(select(Exclusion)).all()) == 30


def test_a_rating_that_was_withdrawn_meanwhile_is_not_excluded(rated: MakeRated) -> None:
    made = rated(CampaignKind.SERVICE)
    store(
        made.id,
        made.department(),
        [Given(day=made.days[at], levels=[5, 4] * 4, comment=SLOGAN) for at in range(20)],
    )
    with transaction():
        service.search_open(made.id, now=clock.now())
    propose(made)
    with transaction():
        row = db.session.get_one(Evaluation, (made.id, ratings()[0]))
        row.state, row.overall, row.levels = EvaluationState.WITHDRAWN, None, []
    assert apart(made) == 19
    assert decide(made) == 19
    assert states() == {EvaluationState.EXCLUDED: 19, EvaluationState.WITHDRAWN: 1}


@pytest.mark.parametrize("name", ["inspector", "liaison", "head", "admin", "auditor"])
def test_nobody_but_the_office_judges(made: Rated, name: str) -> None:
    for step in (propose, dismiss, decide):
        with pytest.raises(Refusal, match="not_allowed"):
            step(made, name)  # type: ignore[operator]
        db.session.rollback()


def test_an_office_judges_within_its_reach(made: Rated) -> None:
    elsewhere = actor_in(Role.OFFICE, made.city.departments[1])
    for step in (
        lambda: service.dismiss(finding().id, note="无", actor=elsewhere, now=clock.now()),
        lambda: queries.finding(finding().id, actor=elsewhere),
    ):
        with pytest.raises(Refusal):
            step()
        db.session.rollback()


def test_every_act_is_on_record_with_its_number_and_nothing_of_the_ratings(made: Rated) -> None:
    propose(made)
    decide(made, confirm=False)
    entries = {
        entry.action: entry
        for entry in db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject_kind == "finding")
        )
    }
    assert set(entries) == {"exclusion.proposed", "exclusion.rejected"}
    for entry in entries.values():
        assert entry.subject_id == str(finding().id)
        assert entry.detail["size"] == 30
        assert set(entry.detail) <= {"campaign", "reason", "size", "digest"}
    digests: list[Mapping[str, object]] = [entry.detail for entry in entries.values()]
    assert digests[0]["digest"] == digests[1]["digest"], "the same ratings"


def test_figures_count_by_kind_and_state(made: Rated) -> None:
    assert queries.figures(made.id)[FindingKind.SAME_TEXT] == {
        FindingState.OPEN: 1,
        FindingState.DISMISSED: 0,
        FindingState.PROPOSED: 0,
    }
    dismiss(made)
    assert queries.figures(made.id)[FindingKind.SAME_TEXT][FindingState.DISMISSED] == 1
    assert queries.figures(made.id)[FindingKind.BURST][FindingState.OPEN] == 0


def test_the_database_takes_no_open_finding_with_a_judge_and_no_judged_one_without(
    made: Rated,
) -> None:
    found = finding()
    found.state = FindingState.DISMISSED.value
    with pytest.raises(Exception, match="judged_by_somebody"):
        db.session.flush()
    db.session.rollback()


def test_progress_tells_what_became_of_each(made: Rated) -> None:
    propose(made, chosen=ratings()[:10])
    decide(made)
    propose(made, chosen=ratings()[10:15])
    assert queries.progress(finding().id) == queries.Progress(
        counted=20, waiting=5, excluded=10, withdrawn=0
    )
    assert queries.proposers(finding().id) == {made.city.accounts["office1"].id}
