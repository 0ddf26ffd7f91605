"""Registering (挂号): one case a matter, each origin once, numbers without gaps."""

import importlib
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server.audit.models import AuditEntry
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.rectification import queries, service
from server.rectification.models import Case, CaseOrigin, LimitRule
from server.rectification.rules import DEFAULT_LIMITS, CaseKind, OriginKind
from server.rectification.service import Origin
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, fresh, lines, origin_of, rated, told
from tests.factories.identity import actor_in, at_once


def test_a_case_is_numbered_has_its_limit_and_is_told_to_its_department(city: City) -> None:
    case = rated(city, real_name=True)
    assert case.number == "2026-00001"
    assert case.rectify_due_at == at("2026-12-10 23:59:59")
    assert origin_of(case).callback_due_at == at("2026-11-26 23:59:59")
    assert lines(case) == ["registered"]
    for name in ("liaison", "head"):
        assert told(city.accounts[name].id) == ["新挂号：办事差评"]
    assert told(city.accounts["office1"].id) == []
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "case.registered"))
    assert entry is not None
    assert entry.detail["number"] == case.number


def test_the_same_origin_registers_once(city: City) -> None:
    case = rated(city)
    again = rated(city, matter="indicator:B1:2026Q4", now=NOON + timedelta(days=3))
    assert again.id == case.id
    assert db.session.scalar(select(func.count()).select_from(CaseOrigin)) == 1


def test_a_later_rating_of_the_matter_joins_its_open_case(city: City) -> None:
    case = rated(city)
    later = NOON + timedelta(days=2)
    joined = rated(city, "1:b", real_name=True, now=later)
    assert joined.id == case.id
    assert lines(case) == ["registered", "joined"]
    # The case keeps its limit; who joined is to be called back in time of his own.
    assert fresh(case).rectify_due_at == at("2026-12-10 23:59:59")
    assert origin_of(case, 1).callback_due_at == at("2026-11-28 23:59:59")
    assert told(city.accounts["liaison"].id)[-1] == "同一事项又有新的差评"


def test_another_department_or_matter_is_another_case(city: City) -> None:
    numbers = [
        rated(city, "1:a").number,
        rated(city, "1:b", place=1).number,
        rated(city, "1:c", matter="indicator:B1:2026Q4").number,
    ]
    assert numbers == ["2026-00001", "2026-00002", "2026-00003"]


def test_numbers_begin_anew_each_year(city: City) -> None:
    rated(city, "1:a", now=at("2026-12-31 23:59:00"))
    case = rated(city, "1:b", matter="x", now=at("2027-01-01 00:00:00"))
    assert case.number == "2027-00001"


def test_a_matter_whose_case_was_closed_is_registered_anew(city: City) -> None:
    case = rated(city)
    done(lambda: service.release_origin(OriginKind.EVALUATION, "1:a", now=NOON))
    assert rated(city, "1:b").id != case.id


def test_many_at_once_make_one_case_and_no_gap_in_the_numbers(app: APIFlask, city: City) -> None:
    department = city.departments[0].id

    def register(name: str, matter: str) -> None:
        service.register(
            CaseKind.POOR_RATING,
            department,
            matter,
            origin=Origin(OriginKind.EVALUATION, name),
            title="不满意",
            counts_from=NOON,
            quarter="2026Q4",
            actor=SYSTEM,
            now=NOON,
        )

    steps = [lambda n=n: register(f"1:{n}", "same") for n in range(6)]
    steps += [lambda n=n: register(f"2:{n % 3}", f"own {n % 3}") for n in range(6)]
    outcomes = at_once(app, steps)
    assert outcomes == ["done"] * 12
    numbers = db.session.scalars(select(Case.number).order_by(Case.number)).all()
    assert numbers == [f"2026-0000{n}" for n in range(1, 5)]
    assert db.session.scalar(select(func.count()).select_from(CaseOrigin)) == 9


def test_the_index_has_the_last_word_on_a_matter(city: City) -> None:
    case = rated(city)
    twin = Case(
        **{
            column.key: getattr(case, column.key)
            for column in Case.__table__.columns
            if column.key not in {"id", "number"}
        },
        number="2026-99999",
    )
    with pytest.raises(Exception, match="uq_case_open_matter"), transaction():
        db.session.add(twin)


class TestFindings:
    """What 巡察, 督查 and discipline inspection found."""

    def find(self, city: City, role: Role = Role.OFFICE, **more: str) -> Case:
        place = city.root if role is Role.OFFICE else city.departments[0]
        said = {
            "document": "巡察〔2026〕12 号",
            "title": "窗口收费未公示",
            "summary": "抽查三个窗口，均未公示收费依据。",
            "basis": "《优化营商环境条例》第四十三条",
        } | more
        return done(
            lambda: service.register_finding(
                CaseKind.PATROL,
                city.departments[0].id,
                **said,
                actor=actor_in(role, place),
                now=NOON,
            )
        )

    def test_office_and_inspector_register_a_finding_once(self, city: City) -> None:
        case = self.find(city)
        assert case.rectify_due_at == at("2027-02-23 23:59:59")
        assert self.find(city, Role.INSPECTOR).id == case.id

    def test_a_finding_without_its_rule_is_refused(self, city: City) -> None:
        with pytest.raises(InvalidInput):
            self.find(city, basis=" ")

    @pytest.mark.parametrize("role", [Role.LIAISON, Role.HEAD, Role.PARTY_STAFF])
    def test_nobody_else_registers_findings(self, city: City, role: Role) -> None:
        with pytest.raises(Refusal) as refused:
            self.find(city, role)
        assert refused.value.code == "not_allowed"


def test_new_limits_hold_for_new_cases_alone(city: City) -> None:
    before = rated(city, "1:a")
    limits = DEFAULT_LIMITS[CaseKind.POOR_RATING]
    shorter = type(limits)(limits.unit, 2, 5, 0, 7)
    office = city.actors["office1"]
    done(
        lambda: service.set_limits(
            CaseKind.POOR_RATING, shorter, "市委要求", actor=office, now=NOON
        )
    )
    after = rated(city, "1:b", matter="other")
    assert fresh(before).rectify_due_at == at("2026-12-10 23:59:59")
    assert after.rectify_due_at == at("2026-11-30 23:59:59")
    assert queries.newest_limits()[CaseKind.POOR_RATING] == shorter


def test_who_is_not_of_the_whole_citys_office_sets_nothing(city: City) -> None:
    for actor in (city.actors["head"], actor_in(Role.OFFICE, city.departments[0])):
        with pytest.raises(Refusal):
            service.set_rhythm([1], 9, actor=actor, now=NOON)


def test_the_migration_writes_the_defaults_of_the_rules() -> None:
    seeded = importlib.import_module("migrations.versions.0028_create_cases").LIMITS
    said = {
        (kind.value, one.unit.value, one.callback, one.rectify, one.extension, one.silence)
        for kind, one in DEFAULT_LIMITS.items()
    }
    assert set(seeded) == said
    assert LimitRule.__tablename__ == "limit_rule"
