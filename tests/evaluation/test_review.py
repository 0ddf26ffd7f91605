"""Review: what is held, who may decide, two persons for an exclusion, nothing deleted."""

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.audit.models import AuditEntry
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import queries, review
from server.evaluation.models import Evaluation, Exclusion, Photo
from server.evaluation.readings import EvaluationFilters
from server.evaluation.rules import (
    CommentState,
    EvaluationState,
    ExclusionReason,
    ExclusionState,
    PhotoState,
)
from tests.factories.city import City
from tests.factories.closing import DAY, close_and_settle, store_ratings

WORDS = "窗口等了很久，没有人答复。"


def held_rating(campaign: Campaign, department_id: int, words: str = WORDS) -> UUID:
    return store_ratings(
        campaign.id,
        department_id,
        [2],
        comment=words,
        comment_state=CommentState.HELD,
    )[0]


def held_photo(campaign: Campaign, evaluation_id: UUID) -> UUID:
    with transaction():
        photo = Photo(
            campaign_id=campaign.id,
            evaluation_id=evaluation_id,
            position=1,
            state=PhotoState.HELD,
            uploaded_on=DAY,
            width=10,
            height=10,
        )
        db.session.add(photo)
        db.session.get_one(Evaluation, (campaign.id, evaluation_id)).photo_count = 1
    return photo.id


def propose(
    campaign: Campaign,
    evaluation_id: UUID,
    actor: Actor,
    reason: ExclusionReason = ExclusionReason.ABUSIVE,
) -> UUID:
    with transaction():
        return review.propose_exclusion(
            campaign.id, evaluation_id, reason=reason, note="见附件", actor=actor, now=clock.now()
        ).id


def decide(exclusion_id: UUID, actor: Actor, *, confirm: bool) -> None:
    with transaction():
        review.decide_exclusion(exclusion_id, confirm=confirm, actor=actor, now=clock.now())


def code_of(call: object, *args: object, **values: object) -> str:
    with pytest.raises(Refusal) as refused:
        call(*args, **values)  # type: ignore[operator]
    db.session.rollback()
    return refused.value.code


def stored(campaign: Campaign, evaluation_id: UUID) -> Evaluation:
    db.session.expire_all()
    return db.session.get_one(Evaluation, (campaign.id, evaluation_id))


def test_releasing_and_refusing_a_comment_deletes_nothing(city: City) -> None:
    campaign, office = city.campaign(), city.actors["office1"]
    shown, hidden = (held_rating(campaign, city.departments[0].id) for _ in range(2))
    with transaction():
        review.release_comment(campaign.id, shown, actor=office, now=clock.now())
        review.refuse_comment(campaign.id, hidden, actor=office, now=clock.now())
    states = [stored(campaign, item).comment_state for item in (shown, hidden)]
    assert states == [CommentState.RELEASED, CommentState.REFUSED]
    assert stored(campaign, hidden).comment == WORDS
    assert queries.held(campaign.id, actor=office).items == []
    again = code_of(review.release_comment, campaign.id, hidden, actor=office, now=clock.now())
    assert again == "comment_not_held"


def test_photos_are_decided_one_by_one(city: City) -> None:
    campaign, office = city.campaign(), city.actors["office1"]
    rating = store_ratings(campaign.id, city.departments[0].id, [5])[0]
    photo = held_photo(campaign, rating)
    (item,) = queries.held(campaign.id, actor=office).items
    assert item.comment is None
    assert [found.id for found in item.photos] == [photo]
    assert queries.reviewable_photo(campaign.id, photo, actor=office).id == photo
    with transaction():
        review.refuse_photo(campaign.id, photo, actor=office, now=clock.now())
    assert db.session.get_one(Photo, (campaign.id, photo)).state == PhotoState.REFUSED
    assert (
        code_of(review.release_photo, campaign.id, photo, actor=office, now=clock.now())
        == "photo_not_held"
    )
    assert code_of(queries.reviewable_photo, campaign.id, photo, actor=office) == "campaign_sealed"


def test_an_open_survey_shows_held_words_without_level_or_tags(city: City) -> None:
    campaign, office = city.campaign(), city.actors["office1"]
    rating = held_rating(campaign, city.departments[0].id)
    with transaction():
        stored(campaign, rating).tags = ["推诿拖延"]
    (item,) = queries.held(actor=office).items
    assert (item.comment, item.overall, item.tags, item.sealed) == (WORDS, None, (), True)
    found = queries.detail(campaign.id, rating, actor=office)
    assert (found.overall, found.answers, found.tags) == (None, (), ())
    assert (
        code_of(queries.evaluations, campaign.id, EvaluationFilters(), actor=office)
        == "campaign_sealed"
    )
    other = store_ratings(campaign.id, city.departments[0].id, [5])[0]
    assert code_of(queries.detail, campaign.id, other, actor=office) == "campaign_sealed"
    inspector = city.actors["inspector"]
    assert code_of(queries.detail, campaign.id, rating, actor=inspector) == "not_allowed"


def test_after_the_close_the_queue_shows_the_level(city: City) -> None:
    campaign, office = city.campaign(), city.actors["office1"]
    rating = held_rating(campaign, city.departments[0].id)
    close_and_settle(campaign.id)
    (item,) = queries.held(campaign.id, actor=office).items
    assert (item.overall, item.sealed) == (2, False)
    found = queries.detail(campaign.id, rating, actor=office)
    assert [answer.level for answer in found.answers] == [2] * 8
    assert found.answers[0].question.name == "落实中心工作1"


@pytest.mark.parametrize(
    "name", ["admin", "auditor", "liaison", "head", "adjudicator", "party", "owner"]
)
def test_single_ratings_are_closed_to_every_other_role(city: City, name: str) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    rating = held_rating(campaign, city.departments[0].id)
    actor, now = city.actors[name], clock.now()
    filters = EvaluationFilters()
    assert code_of(queries.evaluations, campaign.id, filters, actor=actor) == "not_allowed"
    assert code_of(queries.detail, campaign.id, rating, actor=actor) == "not_allowed"
    assert code_of(queries.held, actor=actor) == "not_allowed"
    decided = code_of(review.release_comment, campaign.id, rating, actor=actor, now=now)
    assert decided == "not_allowed"


def test_an_inspector_sees_its_own_departments_ratings_alone(city: City) -> None:
    campaign, inspector = city.campaign(kind=CampaignKind.SERVICE), city.actors["inspector"]
    own = held_rating(campaign, city.departments[0].id)
    foreign = held_rating(campaign, city.departments[1].id)
    found = queries.evaluations(campaign.id, EvaluationFilters(), actor=inspector).items
    assert [item.evaluation_id for item in found] == [own]
    assert queries.detail(campaign.id, own, actor=inspector).overall == 2
    assert code_of(queries.detail, campaign.id, foreign, actor=inspector) == "evaluation_unknown"
    assert code_of(queries.held, actor=inspector) == "not_allowed"
    refused = code_of(review.release_comment, campaign.id, own, actor=inspector, now=clock.now())
    assert refused == "not_allowed"


def test_ratings_are_filtered_and_text_is_taken_literally(city: City) -> None:
    campaign, office = city.campaign(kind=CampaignKind.SERVICE), city.actors["office1"]
    first, second = city.departments[0].id, city.departments[1].id
    percent = held_rating(campaign, first, "满意度 100% 吧_Ok")
    held_rating(campaign, second, "一百分")

    def found(**wanted: object) -> list[UUID]:
        filters = EvaluationFilters(**wanted)  # type: ignore[arg-type]
        page = queries.evaluations(campaign.id, filters, actor=office)
        return [item.evaluation_id for item in page.items]

    assert found(text="100%") == [percent]
    assert found(text="_ok") == [percent]
    assert found(text="1_0") == []
    assert found(text="\\") == []
    assert found(department_id=first) == [percent]
    assert found(department_id=first, overall=5) == []
    assert len(found(state=EvaluationState.COUNTED, comment_state=CommentState.HELD)) == 2


def test_long_lists_page_by_key_without_gap_or_repeat(city: City) -> None:
    campaign, office = city.campaign(kind=CampaignKind.SERVICE), city.actors["office1"]
    wanted = {held_rating(campaign, city.departments[0].id) for _ in range(7)}
    for reading in (
        lambda cursor: queries.held(actor=office, cursor=cursor, limit=3),
        lambda cursor: queries.evaluations(
            campaign.id, EvaluationFilters(), actor=office, cursor=cursor, limit=3
        ),
    ):
        seen: list[UUID] = []
        cursor = None
        while True:
            page = reading(cursor)
            seen += [item.evaluation_id for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(seen) == 7
        assert set(seen) == wanted
    with pytest.raises(Refusal):
        queries.held(actor=office, cursor="WzEsIDJd", limit=3)


def test_two_persons_set_a_rating_apart(city: City) -> None:
    campaign = city.campaign()
    first, second = city.actors["office1"], city.actors["office2"]
    rating = held_rating(campaign, city.departments[0].id)
    proposal = propose(campaign, rating, first)
    assert stored(campaign, rating).state == EvaluationState.COUNTED
    (listed,) = queries.open_exclusions(actor=city.actors["office2"])
    assert (listed.id, listed.proposed_by_name) == (proposal, "office1 同志")
    own = code_of(review.decide_exclusion, proposal, confirm=True, actor=first, now=clock.now())
    assert own == "exclusion_same_person"
    decide(proposal, second, confirm=True)
    assert stored(campaign, rating).state == EvaluationState.EXCLUDED
    assert stored(campaign, rating).comment == WORDS
    assert queries.open_exclusions(actor=city.actors["office2"]) == []
    later = code_of(review.decide_exclusion, proposal, confirm=False, actor=second, now=clock.now())
    assert later == "exclusion_not_open"
    assert (
        code_of(
            review.propose_exclusion,
            campaign.id,
            rating,
            reason=ExclusionReason.TEST,
            note="",
            actor=first,
            now=clock.now(),
        )
        == "evaluation_not_counted"
    )


def test_a_rejected_proposal_leaves_the_rating_and_may_be_followed_by_another(city: City) -> None:
    campaign = city.campaign()
    first, second = city.actors["office1"], city.actors["office2"]
    rating = held_rating(campaign, city.departments[0].id)
    rejected = propose(campaign, rating, first)
    repeated = code_of(
        review.propose_exclusion,
        campaign.id,
        rating,
        reason=ExclusionReason.TEST,
        note="",
        actor=second,
        now=clock.now(),
    )
    assert repeated == "exclusion_open"
    decide(rejected, second, confirm=False)
    assert stored(campaign, rating).state == EvaluationState.COUNTED
    decide(propose(campaign, rating, second), first, confirm=True)
    history = queries.detail(campaign.id, rating, actor=first).exclusions
    assert [item.state for item in history] == ["rejected", "confirmed"]


def test_a_rating_withdrawn_meanwhile_is_not_excluded(city: City) -> None:
    campaign = city.campaign()
    rating = held_rating(campaign, city.departments[0].id)
    proposal = propose(campaign, rating, city.actors["office1"])
    with transaction():
        row = stored(campaign, rating)
        row.state, row.overall, row.levels = EvaluationState.WITHDRAWN, None, []
    second = city.actors["office2"]
    refused = code_of(
        review.decide_exclusion, proposal, confirm=True, actor=second, now=clock.now()
    )
    assert refused == "evaluation_not_counted"
    decide(proposal, second, confirm=False)


def test_the_database_itself_asks_for_two_persons(city: City) -> None:
    campaign, office = city.campaign(), city.actors["office1"]
    rating = held_rating(campaign, city.departments[0].id)
    proposal = db.session.get_one(Exclusion, propose(campaign, rating, office))
    proposal.state = ExclusionState.CONFIRMED.value
    proposal.decided_by, proposal.decided_at = office.id, clock.now()
    with pytest.raises(IntegrityError, match="two_persons"):
        db.session.commit()
    db.session.rollback()


def test_every_step_is_audited_without_the_ratings_content(city: City) -> None:
    campaign = city.campaign()
    first, second = city.actors["office1"], city.actors["office2"]
    rating = held_rating(campaign, city.departments[0].id)
    photo = held_photo(campaign, rating)
    with transaction():
        review.refuse_comment(campaign.id, rating, actor=first, now=clock.now())
        review.release_photo(campaign.id, photo, actor=first, now=clock.now())
    decide(propose(campaign, rating, first), second, confirm=True)
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind.in_(["evaluation", "photo", "exclusion"]))
        .order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in entries] == [
        "comment.refused",
        "photo.released",
        "exclusion.proposed",
        "exclusion.confirmed",
    ]
    assert [entry.actor_id for entry in entries] == [str(first.id)] * 3 + [str(second.id)]
    written = json.dumps([entry.detail for entry in entries], ensure_ascii=False)
    assert WORDS not in written
    assert "level" not in written
    assert "见附件" not in written


def test_no_reading_carries_a_contact_a_pseudonym_or_a_receipt(city: City) -> None:
    campaign, office = city.campaign(kind=CampaignKind.SERVICE), city.actors["office1"]
    rating = held_rating(campaign, city.departments[0].id)
    with transaction():
        stored(campaign, rating).contact_sealed = b"sealed"
    found = queries.detail(campaign.id, rating, actor=office)
    assert not {"contact", "contact_sealed", "pseudonym", "receipt_key"} & set(vars(found))
    assert b"sealed" not in vars(found).values()


def test_unknown_ratings_and_photos_are_refused(city: City) -> None:
    campaign, office, now = city.campaign(), city.actors["office1"], clock.now()
    nothing = uuid4()
    assert (
        code_of(review.release_comment, campaign.id, nothing, actor=office, now=now)
        == "evaluation_unknown"
    )
    assert code_of(review.release_photo, campaign.id, nothing, actor=office, now=now) == "not_found"
    assert (
        code_of(review.decide_exclusion, nothing, confirm=True, actor=office, now=now)
        == "not_found"
    )
