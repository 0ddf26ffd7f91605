"""After the close nothing that is kept joins a drawn person, or an enterprise, with a rating."""

from datetime import timedelta

from sqlalchemy import select, text

from server.campaigns.rules import Channel
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import forms, queries, receipts
from server.evaluation.content import Content
from server.evaluation.models import Evaluation
from server.evaluation.queries import EvaluationFilters
from server.evaluation.raters import Claim
from server.evaluation.submission import Submission, submit
from server.integrity import material
from server.sampling import replacing, responses
from server.sampling.models import CellResponse, DrawnPerson
from server.sampling.rules import Standing
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.outreach import DAY, Outbox, Sample, make_sample
from tests.factories.rating import new_receipt

ASKED = 13


def rating(sample: Sample, place: int, level: int = 4, secret: str | None = None) -> Submission:
    department = sample.city.departments[0].id
    leaves = forms.form(sample.campaign.id, department).leaves
    return Submission(
        sample.campaign.id,
        department,
        Content(overall=level, levels={str(leaf): level for leaf in leaves}),
        receipts.key_of(secret or new_receipt()),
        Claim(code=sample.codes[place]),
    )


def stored() -> list[Evaluation]:
    db.session.expire_all()
    return list(db.session.scalars(select(Evaluation)))


def test_the_hash_of_content_and_code_is_gone_after_the_close(city: City) -> None:
    sample = make_sample(city)
    submit(rating(sample, 2), now=clock.now())
    assert stored()[0].content_mac is not None
    close_and_settle(sample.campaign.id)
    assert [one.content_mac for one in stored()] == [None]


def test_a_retry_after_the_close_gets_its_first_answer_by_the_receipt_alone(city: City) -> None:
    sample, secret = make_sample(city), new_receipt()
    asked = rating(sample, 2, 5, secret)
    other = rating(sample, 2, 1, secret)
    first = submit(asked, now=clock.now())
    close_and_settle(sample.campaign.id)
    forms.forget(sample.campaign.id)
    assert submit(asked, now=clock.now()) == first
    # What it held can't be told any more.
    assert submit(other, now=clock.now()) == first


def test_no_sample_rating_has_a_day(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    for at, place in enumerate((2, 7, 9)):
        submit(rating(sample, place), now=now + at * timedelta(hours=1))
    first_day = clock.local_date(sample.campaign.opens_at)
    assert {one.rated_on for one in stored()} == {first_day}
    assert material.day_counts(sample.campaign.id) == {}
    with transaction():
        # As an earlier version of the program stored it.
        db.session.execute(text("UPDATE evaluation SET rated_on = rated_on + 3"))
    close_and_settle(sample.campaign.id)
    assert {one.rated_on for one in stored()} == {first_day}
    found = queries.evaluations(
        sample.campaign.id, EvaluationFilters(channel=Channel.SAMPLE), actor=sample.office
    )
    assert [one.rated_on for one in found.items] == [None] * 3


def test_who_was_reminded_or_replaced_is_erased_at_the_close(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now - 8 * DAY)
    sample.send(Outbox(), now=now - 8 * DAY)
    submit(rating(sample, 2), now=now)
    with transaction():
        responses.count(sample.campaign.id, day=clock.local_date(now))
    sample.remind(now=now)
    sample.send(Outbox(), now=now)
    drawn = [(one.place, one.number, one.standing) for one in sample.persons()]
    with transaction():
        assert replacing.call_up(sample.draw.id, 1, 7, actor=sample.office, now=now) == 7
    assert len(sample.persons(Standing.REPLACED)) == 7
    close_and_settle(sample.campaign.id)
    assert sample.dispatches() == []
    assert [(one.place, one.number, one.standing) for one in sample.persons()] == drawn
    kept = db.session.execute(
        text("SELECT occasion, round, way, state, number FROM dispatch_count ORDER BY 1")
    ).all()
    assert [tuple(row) for row in kept] == [
        ("invitation", 1, "sms", "sent", ASKED),
        ("reminder", 1, "sms", "sent", ASKED - 1),
    ]


def test_who_was_called_up_and_replaced_in_turn_is_a_reserve_again(city: City) -> None:
    sample = make_sample(city)
    drawn = [(one.place, one.standing) for one in sample.persons()]
    for _ in range(2):
        last = sample.persons(Standing.CALLED_UP) or sample.persons(Standing.MAIN)
        with transaction():
            replacing.take_refusals(
                sample.draw.id, [last[0].number], actor=sample.office, now=clock.now()
            )
    assert len(sample.persons(Standing.REPLACED)) == 2
    close_and_settle(sample.campaign.id)
    assert [(one.place, one.standing) for one in sample.persons()] == drawn


def test_replacing_raises_no_response_rate(city: City) -> None:
    sample, now = make_sample(city), clock.now()
    sample.invite(now=now - 8 * DAY)
    sample.send(Outbox(), now=now - 8 * DAY)
    with transaction():
        replacing.call_up(sample.draw.id, 1, 7, actor=sample.office, now=now)
    gone = [one.place for one in sample.persons(Standing.REPLACED)]
    for place in [*(one.place for one in sample.persons(Standing.CALLED_UP)), *gone[:5]]:
        submit(rating(sample, place), now=now)
    with transaction():
        responses.count(sample.campaign.id, day=clock.local_date(now))
    for one in responses.response_rates(sample.campaign.id):
        assert (one.answered, one.asked, one.replaced) == (12, 20, 7)
        assert (str(one.rate), str(one.substitution_rate)) == ("0.6", "0.35")
    close_and_settle(sample.campaign.id)
    after = responses.response_rates(sample.campaign.id)[0]
    assert (after.answered, after.asked, after.replaced) == (12, 20, 7)


def test_the_migration_takes_back_what_was_kept_of_settled_campaigns(city: City) -> None:
    from importlib import import_module  # noqa: PLC0415 the migration's name begins with a digit

    step = import_module("migrations.versions.0025_keep_less_of_the_sample")
    sample, now = make_sample(city), clock.now()
    drawn = [one.standing for one in sample.persons()]
    sample.invite(now=now - 8 * DAY)
    sample.send(Outbox(), now=now - 8 * DAY)
    with transaction():
        replacing.call_up(sample.draw.id, 1, 3, actor=sample.office, now=now)
    submit(rating(sample, 2), now=now)
    with transaction():
        db.session.execute(text("UPDATE evaluation SET rated_on = rated_on + 3"))
        db.session.execute(text("UPDATE sample_draw SET finished_at = now()"))
        db.session.add_all(
            CellResponse(
                campaign_id=sample.campaign.id,
                cell=1,
                day=clock.local_date(now + at * DAY),
                asked=ASKED,
                answered=at,
            )
            for at in range(2)
        )
    with transaction():
        for statement in (step.RATINGS, step.PANELS, step.LATEST, *step.SETTLED):
            db.session.execute(text(statement))
    (one,) = stored()
    first_day = clock.local_date(sample.campaign.opens_at)
    assert (one.content_mac, one.rated_on) == (None, first_day)
    assert [row[3] for row in responses.daily(sample.campaign.id)] == [0, 1]
    assert [row.answered for row in db.session.scalars(select(CellResponse))] == [1]
    assert sample.dispatches() == []
    assert [one.standing for one in sample.persons()] == drawn
    assert {one.answered for one in db.session.scalars(select(DrawnPerson))} == {None}
