"""Warnings (黄牌, 红牌) and calls (叫号): in time, made up for, never doubled."""

from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server.core.access import Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import service as identity
from server.notifications.models import DeskNotice
from server.rectification import calls, queries, service, warnings
from server.rectification.models import Call, CallItem, Case
from server.rectification.rules import CallbackOutcome, CaseKind, OriginKind
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, fresh, lines, origin_of, rated, told
from tests.factories.identity import actor_in, at_once

DAY = timedelta(days=1)


def warn(now: datetime) -> None:
    """Do what the job does."""
    for case_id in warnings.near(now):
        with transaction():
            warnings.warn(case_id, now=now)


def call(now: datetime) -> Call | None:
    with transaction():
        return calls.make_due(now=now)


class TestWarnings:
    """Limit of the case below: 10 December."""

    def test_yellow_a_day_before_and_red_a_day_after_once_each(self, city: City) -> None:
        rated(city)
        liaison, office = city.accounts["liaison"].id, city.accounts["office1"].id
        steps = (
            ("2026-12-08 23:59", []),
            ("2026-12-09 08:00", ["黄牌：办理即将到期"]),
            ("2026-12-10 08:00", ["黄牌：办理即将到期"]),
            ("2026-12-11 08:00", ["黄牌：办理即将到期"]),
            ("2026-12-12 00:00", ["黄牌：办理即将到期", "红牌：办理已超期"]),
            ("2026-12-20 08:00", ["黄牌：办理即将到期", "红牌：办理已超期"]),
        )
        for moment, expected in steps:
            for _ in range(2):
                warn(at(moment))
            assert told(liaison, "case_warning") == expected, moment
        # Of what is late the office hears too.
        assert told(office, "case_warning") == ["红牌：办理已超期"]

    def test_a_missed_yellow_is_not_told_when_it_is_too_late_for_it(self, city: City) -> None:
        rated(city)
        warn(at("2026-12-20 08:00"))
        assert told(city.accounts["liaison"].id, "case_warning") == ["红牌：办理已超期"]

    def test_an_answered_case_warns_of_nothing(self, city: City) -> None:
        case = rated(city)
        done(lambda: service.answer(case.id, "好", actor=city.actors["liaison"], now=NOON))
        warn(at("2026-12-20 08:00"))
        assert told(city.accounts["liaison"].id, "case_warning") == []

    def test_an_extended_limit_is_warned_of_anew(self, city: City) -> None:
        case = rated(city)
        warn(at("2026-12-09 08:00"))
        done(
            lambda: service.extend(
                case.id, "会商", actor=city.actors["head"], now=at("2026-12-09 09:00")
            )
        )
        warn(at("2026-12-12 08:00"))
        warn(at("2026-12-24 08:00"))
        assert told(city.accounts["liaison"].id, "case_warning") == ["黄牌：办理即将到期"] * 2

    def test_a_callback_that_is_due_is_warned_of(self, city: City) -> None:
        case = rated(city, real_name=True)
        warn(at("2026-11-25 20:00"))
        warn(at("2026-11-28 08:00"))
        titles = told(city.accounts["liaison"].id, "case_warning")
        assert titles == ["黄牌：回访即将到期", "红牌：回访已超期"]
        done(
            lambda: service.call_back(
                origin_of(case).id,
                CallbackOutcome.REACHED,
                actor=city.actors["liaison"],
                now=at("2026-11-28 09:00"),
            )
        )
        warn(at("2026-12-02 08:00"))
        assert told(city.accounts["liaison"].id, "case_warning") == titles

    def test_two_workers_warn_once(self, app: APIFlask, city: City) -> None:
        case = rated(city)
        moment = at("2026-12-09 08:00")
        assert at_once(app, [lambda: warnings.warn(case.id, now=moment)] * 3) == ["done"] * 3
        assert told(city.accounts["liaison"].id, "case_warning") == ["黄牌：办理即将到期"]


@pytest.mark.parametrize(
    ("weekdays", "hour", "now", "due"),
    [
        ([1, 2, 3, 4, 5], 9, "2026-11-25 09:00", "2026-11-25 09:00"),
        ([1, 2, 3, 4, 5], 9, "2026-11-25 08:59", "2026-11-24 09:00"),
        ([1, 2, 3, 4, 5], 9, "2026-11-22 12:00", "2026-11-20 09:00"),
        ([1], 0, "2026-11-23 00:00", "2026-11-23 00:00"),
        ([1], 15, "2026-11-23 14:00", "2026-11-16 15:00"),
    ],
)
def test_the_rhythm_names_the_latest_moment(
    weekdays: list[int], hour: int, now: str, due: str
) -> None:
    assert calls.latest_due(weekdays, hour, at(now)) == at(due)


class TestCalls:
    """By default on weekdays at nine."""

    def test_each_department_hears_of_its_open_and_late_cases(self, city: City) -> None:
        late = rated(city, "1:a")
        waiting = rated(city, "1:b", matter="other", now=NOON + 10 * DAY)
        elsewhere = rated(city, "1:c", place=1, now=NOON + 10 * DAY)
        made = call(at("2026-12-11 09:01"))
        assert made is not None
        assert made.due_at == at("2026-12-11 09:00")
        items = {
            item.department_id: item
            for item, _ in queries.call_items(made.id, city.actors["office1"])
        }
        mine = items[city.departments[0].id]
        assert (mine.open_cases, mine.late_cases) == ([late.id, waiting.id], [late.id])
        assert items[city.departments[1].id].open_cases == [elsewhere.id]
        assert items[city.departments[1].id].late_cases == []
        assert lines(late) == ["registered", "called"]
        assert lines(waiting) == ["registered"]
        assert fresh(late).calls == 1

    def test_three_calls_in_a_row_climb_from_liaison_to_inspector(self, city: City) -> None:
        rated(city)
        names = ("liaison", "head", "inspector")
        for day, expected in ((11, [1, 0, 0]), (14, [2, 1, 0]), (15, [3, 2, 1]), (16, [4, 3, 2])):
            call(at(f"2026-12-{day} 09:05"))
            heard = [len(told(city.accounts[name].id, "case_called")) for name in names]
            assert heard == expected, day

    def test_a_call_without_late_cases_begins_the_row_anew(self, city: City) -> None:
        case = rated(city)
        for day in (11, 14):
            call(at(f"2026-12-{day} 09:05"))
        done(
            lambda: service.answer(
                case.id, "好", actor=city.actors["liaison"], now=at("2026-12-14 10:00")
            )
        )
        call(at("2026-12-15 09:05"))
        done(
            lambda: service.refuse_closing(
                case.id, "不好", actor=city.actors["office1"], now=at("2026-12-15 10:00")
            )
        )
        call(at("2026-12-21 09:05"))
        levels = db.session.scalars(select(CallItem.level).order_by(CallItem.call_id)).all()
        assert levels == [1, 2, 1, 1]

    def test_missed_runs_are_made_up_for_once(self, city: City) -> None:
        rated(city)
        assert call(at("2026-11-26 09:00")) is not None
        # The worker was down for a week.
        made = call(at("2026-12-03 15:00"))
        assert made is not None
        assert made.due_at == at("2026-12-03 09:00")
        assert call(at("2026-12-03 15:05")) is None
        assert db.session.scalar(select(func.count()).select_from(Call)) == 2

    def test_two_workers_call_once(self, app: APIFlask, city: City) -> None:
        case = rated(city)
        moment = at("2026-12-11 09:05")
        outcomes = at_once(app, [lambda: calls.make_due(now=moment)] * 4)
        assert outcomes == ["done"] * 4
        assert db.session.scalar(select(func.count()).select_from(Call)) == 1
        assert len(told(city.accounts["liaison"].id, "case_called")) == 1
        assert lines(case) == ["registered", "called"]

    def test_a_new_rhythm_calls_nobody_for_moments_before_it(self, city: City) -> None:
        rated(city)
        done(
            lambda: service.set_rhythm(
                [5], 16, "改为每周", actor=city.actors["office1"], now=at("2026-11-25 12:00")
            )
        )
        assert call(at("2026-11-27 15:59")) is None
        assert call(at("2026-11-27 16:00")) is not None

    def test_the_office_calls_by_itself_and_nobody_else_does(self, city: City) -> None:
        rated(city)
        assert done(lambda: calls.call_now(actor=city.actors["office1"], now=NOON))
        for actor in (city.actors["head"], actor_in(Role.OFFICE, city.departments[0])):
            with pytest.raises(Refusal):
                calls.call_now(actor=actor, now=NOON)

    def test_calling_by_hand_steps_up_once_a_day_at_most(self, city: City) -> None:
        rated(city)
        office, first = city.actors["office1"], at("2026-12-14 10:00")
        minute = timedelta(minutes=1)
        for moment in (
            first,
            first + minute,
            first + 2 * minute,
            first + DAY,
            first + DAY + minute,
        ):
            done(lambda moment=moment: calls.call_now(actor=office, now=moment))
        levels = db.session.scalars(select(CallItem.level).order_by(CallItem.call_id)).all()
        assert levels == [1, 1, 1, 2, 2]

    def test_a_delegate_is_told_too_and_another_department_is_not(self, city: City) -> None:
        rated(city)
        with transaction():
            other, _ = identity.create_account(
                name="other", display_name="公安局联络员", actor=city.actors["admin"], now=NOON
            )
            identity.grant_role(
                Role.LIAISON,
                city.departments[1].id,
                account_id=other.id,
                actor=city.actors["admin"],
                now=NOON,
            )
        call(at("2026-12-11 09:05"))
        assert told(other.id) == []
        assert db.session.scalar(select(func.count()).select_from(DeskNotice)) > 0


class TestTheCalendar:
    """A limit that reaches an unknown year is worked out again when its holidays are known."""

    def register(self, city: City) -> Case:
        return rated(
            city,
            "f",
            kind=CaseKind.SUPERVISION,
            origin_kind=OriginKind.FINDING,
            basis="第一条",
            now=at("2026-12-21 10:00"),
        )

    def recount(self, now: datetime) -> int:
        moved = 0
        for case_id in service.to_recount(now):
            moved += bool(done(lambda case_id=case_id: service.recount(case_id, now=now)))
        return moved

    def test_a_provisional_limit_moves_when_the_office_enters_the_year(self, city: City) -> None:
        case = self.register(city)
        assert case.provisional
        assert case.rectify_due_at == at("2027-01-11 23:59:59")
        office, moment = city.actors["office1"], at("2026-12-28 10:00")
        days = [(at(f"2027-01-0{day} 00:00").date(), False, "元旦") for day in (1, 4)]
        done(lambda: service.enter_year(2027, days, actor=office, now=moment))
        assert self.recount(moment) == 1
        moved = fresh(case)
        assert not moved.provisional
        assert moved.rectify_due_at == at("2027-01-13 23:59:59")
        assert lines(case)[-1] == "note"
        assert "办理期限已重新计算" in told(city.accounts["liaison"].id)
        assert self.recount(moment) == 0

    def test_no_limit_is_moved_into_the_past(self, city: City) -> None:
        case = self.register(city)
        office = city.actors["office1"]
        moment = at("2027-01-11 10:00")
        days = [
            (at(f"2027-01-{day} 00:00").date(), True, "调休") for day in ("02", "03", "09", "10")
        ]
        done(lambda: service.enter_year(2027, days, actor=office, now=moment))
        self.recount(moment)
        assert fresh(case).rectify_due_at == at("2027-01-11 23:59:59")

    def test_a_day_in_another_year_is_no_day_of_the_year(self, city: City) -> None:
        with pytest.raises(Exception, match="invalid_input"):
            service.enter_year(
                2027,
                [(NOON.date(), False, "元旦")],
                actor=city.actors["office1"],
                now=NOON,
            )
