"""What a hotline hands over becomes cases: poor ratings, what waits too long, or everything."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import Role
from server.core.clock import SHANGHAI
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.rectification import service
from server.rectification.models import Case, CaseOrigin
from server.rectification.rules import CaseKind, ClosedBy, Stage
from server.sources import casework, registering, tasks
from server.sources import service as sources
from server.sources.models import Source, SourceMatter
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, fresh, lines, origin_of
from tests.factories.excluding import exclude
from tests.factories.handed_over import hand_over, prepare, row, sheet, sweep, values
from tests.factories.identity import actor_in

DAY = timedelta(days=1)


def cases() -> list[Case]:
    db.session.expire_all()
    return list(db.session.scalars(select(Case).order_by(Case.number)))


def only() -> Case:
    (case,) = cases()
    return case


@pytest.fixture(autouse=True)
def moved(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def test_a_poor_imported_rating_becomes_a_case_and_a_good_one_none(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    said = values(reply="已处理", reply_time="2026-11-24 10:00")
    hand_over(
        city,
        hotline,
        sheet(
            row("A1", "2026-11-23 10:00", **said, **values(level=2, contact="13800000000")),
            row("A2", "2026-11-23 10:00", **said, **values(level=4)),
            row("A3", "2026-11-23 10:00", **said),
        ),
        now=NOON,
    )
    assert cases() == []
    for _ in range(2):
        sweep(hotline, NOON, moved)
    case = only()
    assert (case.kind, case.department_id) == ("hotline_rating", city.departments[1].id)
    # Five working days from when the department could know of it.
    assert case.rectify_due_at == at("2026-12-02 23:59:59")
    origin = origin_of(case)
    assert origin.real_name
    assert origin.callback_due_at == at("2026-11-26 23:59:59")
    # The reply was there before the rating: it answers nothing.
    assert case.stage == Stage.REGISTERED


def test_history_is_not_registered_unless_the_source_registers_everything(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    old = sheet(row("A1", "2025-11-23 10:00", **values(level=1)))
    hand_over(city, hotline, old, now=NOON)
    sweep(hotline, NOON, moved)
    assert cases() == []
    hand_over(city, hotline, old, now=NOON, every=True)
    sweep(hotline, NOON, moved)
    assert only().quarter == "2025Q4"


def test_a_matter_without_a_department_waits_for_one(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    unknown = values(department="不认识的局", level=1)
    hand_over(city, hotline, sheet(row("A1", "2026-11-23 10:00", **unknown)), now=NOON)
    sweep(hotline, NOON, moved)
    assert cases() == []
    assign(city, city.departments[0].id)
    sweep(hotline, NOON, moved)
    assert only().department_id == city.departments[0].id


def assign(city: City, department_id: int, now: datetime = NOON) -> None:
    with transaction():
        sources.assign(
            db.session.scalars(select(SourceMatter.id)).all(),
            department_id=department_id,
            category_id=None,
            actor=city.actors["office1"],
            now=now,
        )


def test_an_open_case_follows_its_matter_to_another_department(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    hand_over(city, hotline, sheet(row("A1", "2026-11-23 10:00", **values(level=1))), now=NOON)
    sweep(hotline, NOON, moved)
    assign(city, city.departments[0].id, NOON + DAY)
    case = only()
    assert case.department_id == city.departments[0].id
    assert lines(case) == ["registered", "transferred"]


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        (CaseKind.HOTLINE_URGENT, "2026-11-26"),
        (CaseKind.HOTLINE_COMMON, "2026-11-30"),
        (CaseKind.HOTLINE_COMPLEX, "2026-12-02"),
    ],
)
def test_an_unanswered_matter_registers_when_its_limit_has_passed(
    city: City, hotline: Source, moved: pytest.MonkeyPatch, kind: CaseKind, last: str
) -> None:
    data = sheet(row("A1", "2026-11-23 10:00"))
    hand_over(city, hotline, data, now=at("2026-11-23 20:00"), kind=kind)
    sweep(hotline, at(f"{last} 23:59:59"), moved)
    assert cases() == []
    sweep(hotline, at(f"{last} 23:59:59") + timedelta(seconds=1), moved)
    case = only()
    assert case.kind == kind
    assert case.rectify_due_at == at(f"{last} 23:59:59")


def test_a_reply_answers_and_closes_the_case_of_a_matter(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    hand_over(city, hotline, sheet(row("A1", "2026-11-23 10:00")), now=NOON)
    late = at("2026-12-03 08:00")
    sweep(hotline, late, moved)
    replied = values(reply="路灯已修好", reply_time="2026-12-04 16:00")
    hand_over(
        city, hotline, sheet(row("A1", "2026-11-23 10:00", **replied)), now=at("2026-12-05 09:00")
    )
    for _ in range(2):
        sweep(hotline, at("2026-12-05 09:10"), moved)
    case = only()
    assert (case.stage, case.closed_by) == (Stage.CLOSED, "hotline")
    assert case.first_answered_at == at("2026-12-04 16:00")
    assert case.first_answered_at > case.first_due_at
    assert lines(case) == ["registered", "answered", "closed"]


def test_a_poor_rating_is_not_done_with_by_a_reply(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    poor = values(level=1, reply="已处理", reply_time="2026-11-24 10:00")
    hand_over(city, hotline, sheet(row("A1", "2026-11-23 10:00", **poor)), now=NOON)
    sweep(hotline, NOON, moved)
    again = poor | values(reply="已上门致歉", reply_time="2026-11-27 10:00")
    hand_over(city, hotline, sheet(row("A1", "2026-11-23 10:00", **again)), now=NOON + 3 * DAY)
    sweep(hotline, NOON + 3 * DAY, moved)
    case = only()
    assert (case.stage, case.answered_at) == (Stage.ANSWERED, at("2026-11-27 10:00"))
    # The office closes it, after the hotline's callback.
    done(
        lambda: service.close(
            case.id,
            ClosedBy.HOTLINE,
            "热线回访满意",
            actor=city.actors["office1"],
            now=NOON + 4 * DAY,
        )
    )


def test_a_rating_that_its_source_bettered_closes_after_an_answer_as_a_callback(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    names = ("A1", "A2")
    hand_over(
        city,
        hotline,
        sheet(*(row(name, "2026-11-23 10:00", **values(level=1)) for name in names)),
        now=NOON,
    )
    sweep(hotline, NOON, moved)
    done(
        lambda: service.answer(
            cases()[0].id,
            "已整改",
            actor=actor_in(Role.LIAISON, city.departments[1]),
            now=NOON + DAY,
        )
    )
    hand_over(
        city,
        hotline,
        sheet(*(row(name, "2026-11-23 10:00", **values(level=5)) for name in names)),
        now=NOON + 2 * DAY,
    )
    sweep(hotline, NOON + 2 * DAY, moved)
    assert [one.closed_by for one in cases()] == ["hotline", "withdrawal"]


def test_a_poor_rating_after_an_open_matter_joins_its_case(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    hand_over(city, hotline, sheet(row("A1", "2026-11-23 10:00")), now=NOON)
    late = at("2026-12-03 08:00")
    sweep(hotline, late, moved)
    poor = sheet(row("A1", "2026-11-23 10:00", **values(level=1)))
    hand_over(city, hotline, poor, now=late + DAY)
    sweep(hotline, late + DAY, moved)
    assert lines(only()) == ["registered", "joined"]
    assert db.session.scalar(select(func.count()).select_from(CaseOrigin)) == 2


def test_a_killed_job_goes_on_where_it_stopped_and_doubles_nothing(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    moved.setattr(registering, "BATCH", 2)
    data = sheet(*(row(f"A{n}", "2026-11-23 10:00", **values(level=1)) for n in range(5)))
    hand_over(city, hotline, data, now=NOON)
    with transaction():
        assert registering.register_batch(hotline.id, now=NOON) is not None
    registering.register_batch(hotline.id, now=NOON)
    db.session.rollback()
    assert len(cases()) == 2
    register_all(hotline)
    assert [one.number for one in cases()] == [f"2026-0000{n}" for n in range(1, 6)]


def register_all(source: Source) -> None:
    after: int | None = 0
    while after is not None:
        with transaction():
            after = registering.register_batch(source.id, after=after, now=NOON)


def test_an_import_registers_nothing_itself_but_stores_the_job(city: City, hotline: Source) -> None:
    data = sheet(row("A1", "2026-11-23 10:00", **values(level=1)))
    run_id = prepare(city, hotline, data, now=NOON)
    tasks.work(str(run_id))
    assert cases() == []
    stored = db.session.execute(text("SELECT task_name, args FROM procrastinate_jobs")).all()
    assert [(one.task_name.rsplit(".")[-1], one.args) for one in stored] == [
        ("register_matters", {"source_id": hotline.id})
    ]


def test_a_counted_rating_that_two_persons_set_apart_lets_its_case_go(
    city: City, hotline: Source, moved: pytest.MonkeyPatch
) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE, channels=(Channel.HOTLINE,))
    now = clock.now()
    said = now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    poor = values(level=1)
    hand_over(city, hotline, sheet(*(row(f"A{n}", said, **poor) for n in range(2))), now=now)
    sweep(hotline, now, moved)
    ratings = db.session.scalars(select(Evaluation).order_by(Evaluation.id)).all()
    assert len(ratings) == len(cases()) == 2
    exclude(city, campaign.id, ratings[0].id)
    for _ in range(2):
        sweep(hotline, now + timedelta(minutes=1), moved)
    assert sorted(one.stage for one in cases()) == ["closed", "registered"]
    assert {one.closed_by for one in cases()} == {"withdrawal", None}


class TestTheMatterBehind:
    """What the department sees of a case's ticket, and its contact for calling back alone."""

    @pytest.fixture
    def case(self, city: City, hotline: Source, moved: pytest.MonkeyPatch) -> Case:
        said = values(level=1, text="路灯不亮", contact="13800000000")
        hand_over(city, hotline, sheet(row("A1", "2026-11-23 10:00", **said)), now=NOON)
        sweep(hotline, NOON, moved)
        return only()

    def test_its_department_reads_the_ticket_and_no_other_does(
        self, city: City, case: Case
    ) -> None:
        origin = origin_of(case)
        shown = casework.matter_behind(origin, actor_in(Role.LIAISON, city.departments[1]))
        assert (shown.ticket, shown.body, shown.is_rating) == ("A1", "路灯不亮", True)
        with pytest.raises(Refusal):
            casework.matter_behind(origin, city.actors["liaison"])

    def test_the_contact_is_unsealed_after_the_look_was_recorded(
        self, city: City, case: Case
    ) -> None:
        liaison = actor_in(Role.LIAISON, city.departments[1])
        contact = done(lambda: casework.contact_of(origin_of(case), liaison, NOON))
        assert contact.phone == "13800000000"
        assert lines(case)[-1] == "contact_shown"
        assert fresh(case).stage == Stage.REGISTERED

    def test_a_matters_contact_stands_nowhere_in_the_case(self, case: Case) -> None:
        tables = ("rectification_case", "case_event", "case_origin", "audit_entry", "desk_notice")
        for table in tables:
            rows = db.session.execute(text(f"SELECT CAST(t AS text) FROM {table} AS t")).scalars()
            assert "13800000000" not in "".join(rows)
        assert case.title == "A1 号来电"
