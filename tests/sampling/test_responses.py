"""That somebody answered is known from the night on; what, how often and when is not, ever."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from server.audit.models import AuditEntry
from server.campaigns import queries as campaigns
from server.campaigns.models import SampleLink
from server.campaigns.rules import key_name
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.core.transaction import transaction
from server.evaluation import answering
from server.evaluation.models import Evaluation
from server.sampling import dispatching, letters, outreach_tasks, queries, responses
from server.sampling.models import CellResponse, DispatchCount, LetterRun, SampleDraw
from server.sampling.persons import Contact
from server.sampling.rules import Panel, Standing
from tests.factories.city import City
from tests.factories.closing import close, close_and_settle
from tests.factories.outreach import Outbox, Sample, make_sample
from tests.factories.sampling import make_draw, make_frame, sample_campaign
from tests.public.conftest import Form

ASKED = 13
TODAY = date(2026, 11, 23)


def rate(client: FlaskClient, sample: Sample, place: int, department: int = 0) -> str:
    """Rate one department of a place's link on the web; return the receipt."""
    link = campaigns.sample_link(sample.codes[place])
    assert link is not None
    form = Form(client, f"{sample.codes[place]}/{link.departments[department]}")
    page = form.open()
    answer = form.send(form.filled(page))
    assert answer.status_code == 201, answer.text
    return form.filled(page)["receipt"][0]  # type: ignore[index, no-any-return]


def count(sample: Sample, day: date = TODAY) -> None:
    with transaction():
        responses.count(sample.campaign.id, day=day)


def flagged(sample: Sample) -> list[int]:
    return [one.place for one in sample.persons() if one.answered]


def sent_counts(sample: Sample) -> list[tuple[str, int, str, str, str, int]]:
    rows = db.session.scalars(
        select(DispatchCount)
        .where(DispatchCount.draw_id == sample.draw.id)
        .order_by(DispatchCount.occasion, DispatchCount.round, DispatchCount.way)
    )
    return [(one.occasion, one.round, one.way, one.state, one.reason, one.number) for one in rows]


def counts() -> list[tuple[date, int, int, int]]:
    db.session.expire_all()
    rows = db.session.scalars(select(CellResponse).order_by(CellResponse.day, CellResponse.cell))
    return [(one.day, one.cell, one.asked, one.answered) for one in rows]


def test_who_has_rated_anything_has_answered(client: FlaskClient, city: City) -> None:
    sample = make_sample(city)
    rate(client, sample, 2)
    rate(client, sample, 5)
    rate(client, sample, 5, department=1)
    assert flagged(sample) == []
    count(sample)
    assert flagged(sample) == [2, 5]
    assert counts() == [(TODAY, 1, ASKED, 2)]


def test_a_second_count_of_the_day_takes_the_first_ones_place(
    client: FlaskClient, city: City
) -> None:
    sample = make_sample(city)
    count(sample)
    rate(client, sample, 0)
    count(sample)
    count(sample, TODAY + timedelta(days=1))
    assert counts() == [(TODAY + timedelta(days=1), 1, ASKED, 1)]
    days = responses.daily(sample.campaign.id)
    assert [(day, asked, done) for day, _, asked, done in days] == [
        (TODAY, ASKED, 1),
        (TODAY + timedelta(days=1), ASKED, 1),
    ]


def test_who_takes_everything_back_has_not_answered(client: FlaskClient, city: City) -> None:
    sample = make_sample(city)
    secret = rate(client, sample, 3)
    count(sample)
    assert flagged(sample) == [3]
    answer = client.delete(
        f"/api/v1/campaigns/{sample.campaign.id}/receipt", headers={"Receipt": secret}
    )
    assert answer.status_code == 200, answer.text
    count(sample)
    assert flagged(sample) == []


def test_an_answer_of_a_reserve_is_nobodys_response(client: FlaskClient, city: City) -> None:
    sample = make_sample(city)
    rate(client, sample, sample.persons(Standing.RESERVE)[0].place)
    count(sample)
    assert flagged(sample) == []
    assert counts() == [(TODAY, 1, ASKED, 0)]


def test_a_rating_carries_its_cell_and_nothing_that_leads_back(
    client: FlaskClient, city: City
) -> None:
    sample = make_sample(city)
    rate(client, sample, 4)
    (rating,) = db.session.scalars(select(Evaluation)).all()
    assert (rating.channel, rating.cell) == (4, 1)
    assert (rating.rater_tag, rating.check_openid, rating.contact_sealed) == (None, None, None)
    stored = db.session.execute(text("SELECT to_jsonb(evaluation)::text FROM evaluation")).scalar()
    assert sample.codes[4] not in str(stored)


def test_the_night_job_counts_for_the_day_that_ended(
    client: FlaskClient, city: City, caplog: pytest.LogCaptureFixture
) -> None:
    sample, other = make_sample(city), make_sample(city)
    rate(client, sample, 1)
    key_ring().destroy(key_name(other.campaign.id))
    outreach_tasks.count_responses(0)
    yesterday = clock.today() - timedelta(days=1)
    assert counts() == [(yesterday, 1, ASKED, 1)]
    assert "key missing" in caplog.text


def test_a_draft_is_not_counted(city: City, caplog: pytest.LogCaptureFixture) -> None:
    draft = sample_campaign(city)
    make_draw(city, draft, make_frame(city))
    outreach_tasks.count_responses(0)
    assert counts() == []
    assert "key missing" not in caplog.text


def test_an_invitation_at_the_moment_of_the_close_leaves_nothing_waiting(
    app: APIFlask, city: City
) -> None:
    sample = make_sample(city)
    draw_id, campaign_id, office = sample.draw.id, sample.campaign.id, sample.office
    invited, may_commit = threading.Event(), threading.Event()

    def invite() -> None:
        with app.app_context(), transaction():
            dispatching.invite(draw_id, sms=True, actor=office, now=clock.now())
            invited.set()
            assert may_commit.wait(10)

    def finish() -> None:
        with app.app_context(), transaction():
            responses.finish(campaign_id, clock.now())

    first, second = threading.Thread(target=invite), threading.Thread(target=finish)
    first.start()
    assert invited.wait(10)
    close(campaign_id)
    second.start()
    second.join(0.3)
    assert second.is_alive()
    may_commit.set()
    first.join()
    second.join()
    assert sample.dispatches() == []
    assert sent_counts(sample) == [("invitation", 1, "sms", "failed", "closed", ASKED)]


def test_rates_are_those_of_the_latest_count(client: FlaskClient, city: City) -> None:
    sample = make_sample(city)
    before = responses.response_rates(sample.campaign.id)
    assert [(one.cell, one.asked, one.answered) for one in before] == [
        (None, ASKED, 0),
        (1, ASKED, 0),
    ]
    count(sample)
    rate(client, sample, 0)
    count(sample, TODAY + timedelta(days=1))
    panel, cell = responses.response_rates(sample.campaign.id)
    assert (panel.panel, panel.cell, panel.answered) == (Panel.RESIDENTS, None, 1)
    assert (cell.name, cell.asked, cell.answered) == ("区县=东区", ASKED, 1)
    assert cell.rate is not None
    assert round(cell.rate, 4) == Decimal("0.0769")
    assert responses.daily(sample.campaign.id) == [
        (TODAY, Panel.RESIDENTS, ASKED, 0),
        (TODAY + timedelta(days=1), Panel.RESIDENTS, ASKED, 1),
    ]


def test_the_close_counts_once_more_and_erases_who_and_which_link(
    client: FlaskClient, city: City
) -> None:
    sample = make_sample(city, [Contact(f"张{at}", "", "江滨路") for at in range(24)])
    sample.invite()
    with transaction():
        run = letters.start(sample.draw.id, actor=sample.office, now=clock.now())
    outreach_tasks.make_letters(str(run.id))
    rate(client, sample, 0)
    count(sample, TODAY - timedelta(days=1))
    rate(client, sample, 1)
    close_and_settle(sample.campaign.id)
    closed = clock.local_date(clock.now())
    assert counts()[-1] == (closed, 1, ASKED, 2)
    assert {one.answered for one in sample.persons()} == {None}
    draw = db.session.get(SampleDraw, sample.draw.id)
    assert draw is not None
    assert draw.links_sealed is None
    assert draw.finished_at is not None
    with pytest.raises(Refusal, match="sample_links_erased"):
        queries.codes_of(draw)
    assert sample.dispatches() == []
    assert sent_counts(sample) == [("invitation", 1, "letter", "failed", "closed", ASKED)]
    (kept,) = db.session.scalars(select(LetterRun))
    assert (kept.dispatches, kept.size) == ([], ASKED)
    with pytest.raises(Refusal, match="letters_gone"):
        letters.download_list(run.id, actor=sample.office, now=clock.now())
    with pytest.raises(KeyMissingError):
        list(answering.answered(sample.campaign.id, ["ABCD1234EFGH"]))
    actions = list(db.session.scalars(select(AuditEntry.action)))
    assert actions.count("sample.links_erased") == 1


def test_the_order_of_the_table_does_not_tell_who_answered(client: FlaskClient, city: City) -> None:
    sample = make_sample(city)
    rate(client, sample, 2)
    rate(client, sample, 5)
    count(sample)
    in_order = text("SELECT place FROM drawn_person ORDER BY ctid")
    assert list(db.session.scalars(in_order)) == list(range(20))
    db.session.rollback()
    before = [(one.place, one.number, one.cell, one.standing) for one in sample.persons()]
    close_and_settle(sample.campaign.id)
    assert list(db.session.scalars(in_order)) == list(range(20))
    after = [(one.place, one.number, one.cell, one.standing) for one in sample.persons()]
    assert before == after


def test_no_rows_transaction_tells_the_night_in_which_somebody_answered(
    client: FlaskClient, city: City
) -> None:
    sample = make_sample(city)
    for night, place in enumerate((5, 1)):
        rate(client, sample, place)
        count(sample, TODAY + timedelta(days=night))
    written = set(db.session.scalars(text("SELECT xmin::text FROM drawn_person")))
    assert flagged(sample) == [1, 5]
    assert len(written) == 1


def test_settling_again_changes_nothing_of_it(client: FlaskClient, city: City) -> None:
    sample = make_sample(city)
    rate(client, sample, 0)
    close(sample.campaign.id)
    with transaction():
        responses.finish(sample.campaign.id, clock.now())
    first = counts()
    with transaction():
        responses.finish(sample.campaign.id, clock.now())
    assert counts() == first
    assert first[-1][2:] == (ASKED, 1)


def test_a_settling_that_died_before_the_end_is_done_again(
    client: FlaskClient, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = make_sample(city)
    rate(client, sample, 0)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(letters, "forget_draws", killed)
        with pytest.raises(Killed):
            close_and_settle(sample.campaign.id)
    assert counts() == []
    from server.evaluation import tasks  # noqa: PLC0415 the job as the worker calls it

    tasks.settle(sample.campaign.id)
    assert counts()[-1][2:] == (ASKED, 1)


def test_a_lost_key_loses_the_last_count_and_still_erases(
    client: FlaskClient, city: City, caplog: pytest.LogCaptureFixture
) -> None:
    sample = make_sample(city)
    rate(client, sample, 0)
    count(sample)
    key_ring().destroy(key_name(sample.campaign.id))
    close_and_settle(sample.campaign.id)
    assert counts() == [(TODAY, 1, ASKED, 1)]
    assert {one.answered for one in sample.persons()} == {None}
    assert "could not be counted" in caplog.text


def test_ten_thousand_persons_are_asked_about_in_bounded_slices(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = make_sample(city)
    monkeypatch.setattr(answering, "LINKS_AT_ONCE", 4)
    asked: list[int] = []
    stored = answering._stored

    def counted(campaign_id: int, names: list[bytes]) -> set[bytes]:
        asked.append(len(names))
        return stored(campaign_id, names)

    monkeypatch.setattr(answering, "_stored", counted)
    found = list(answering.answered(sample.campaign.id, sample.codes))
    assert found == [False] * 20
    assert asked == [12] * 5


def test_nothing_but_the_flag_says_who_answered(client: FlaskClient, city: City) -> None:
    sample = make_sample(city)
    sample.invite()
    sample.send(Outbox())
    before = [(one.place, one.state, one.attempts, one.sent_on) for one in sample.dispatches()]
    links = db.session.scalar(select(func.count()).select_from(SampleLink))
    rate(client, sample, 0)
    count(sample)
    after = [(one.place, one.state, one.attempts, one.sent_on) for one in sample.dispatches()]
    assert before == after
    assert db.session.scalar(select(func.count()).select_from(SampleLink)) == links
