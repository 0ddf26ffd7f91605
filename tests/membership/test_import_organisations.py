"""Importing organisations: kinds by their labels, parents by name or path."""

import pytest
from sqlalchemy import select

from server.core.access import Role
from server.core.database import db
from server.core.errors import Refusal
from server.identity.models import Organisation
from server.membership.models import ImportRun
from server.membership.rules import ImportKind
from tests.factories.city import City
from tests.factories.identity import actor_in
from tests.membership.files import apply, check, faults, outcomes, table

HEAD = "名称,类别,上级,简称,别名,职责,涉企部门"


def take_in(city: City, *lines: str) -> ImportRun:
    return apply(checked(city, *lines), city.actors["admin"])


def checked(city: City, *lines: str) -> ImportRun:
    return check(table(HEAD, *lines), ImportKind.ORGANISATIONS, city.actors["admin"])


def named(name: str) -> Organisation:
    db.session.expire_all()
    return db.session.scalars(select(Organisation).where(Organisation.name == name)).one()


def test_a_file_may_name_those_below_before_those_above(city: City) -> None:
    run = take_in(
        city,
        "第二党支部,支部,机关党委,二支部,二支、老二支,,",
        "机关党委,党委,公安局,,,,",
        "江边社区,社区,临江市,,,,否",
    )
    assert outcomes(run) == ["new"] * 3
    branch, committee = named("第二党支部"), named("机关党委")
    assert branch.parent_id == committee.id
    assert committee.parent_id == city.departments[1].id
    assert branch.path == f"{committee.path}{branch.id}."
    assert (branch.short_name, branch.aliases) == ("二支部", ["二支", "老二支"])


def test_sending_it_again_changes_nothing_and_corrections_change_what_they_name(
    city: City,
) -> None:
    lines = ("机关党委,党委,公安局,,,,", "第二党支部,党支部,机关党委,,,,")
    take_in(city, *lines)
    assert outcomes(checked(city, *lines)) == ["unchanged"] * 2
    run = take_in(city, "第二党支部,党支部,公安局/机关党委,二支部,,,")
    assert run.report["rows"][0]["changes"] == ["short_name"]
    assert named("第二党支部").short_name == "二支部"


def test_faults_are_named_and_rows_below_a_refused_one_stay_out(city: City) -> None:
    run = take_in(
        city,
        "甲党委,军队,公安局,,,,",
        "甲支部,党支部,甲党委,,,,",
        "乙支部,党支部,没有的单位,,,,",
        "丙/支部,党支部,公安局,,,,也许",
        "丁支部,党支部,戊支部,,,,",
        "戊支部,党支部,丁支部,,,,",
        "己支部,党支部,己支部,,,,",
        "庚支部,党支部,公安局,,,喝茶,",
        "图书馆,机关部门,临江市,,,,",
        "辛支部,党支部,公安局,,,,",
        "辛支部,党支部,公安局,,,,",
    )
    assert outcomes(run) == ["refused"] * 9 + ["new", "refused"]
    assert [sorted(faults(run, line)) for line in range(2, 13)] == [
        ["kind"],
        ["parent"],
        ["parent"],
        ["enterprise_facing", "name"],
        ["parent"],
        ["parent"],
        ["parent"],
        ["duties"],
        ["kind"],
        [],
        ["name"],
    ]
    assert "第 2 行" in faults(run, 3)["parent"]


def test_only_the_keepers_of_the_tree_import_organisations(city: City) -> None:
    data = table(HEAD, "甲党委,党委,公安局,,,,", "乙党委,党委,市监局,,,,")
    for role in (Role.PARTY_STAFF, Role.LIAISON):
        with pytest.raises(Refusal, match="not_allowed"):
            check(data, ImportKind.ORGANISATIONS, actor_in(role, city.root))
    office = actor_in(Role.OFFICE, city.departments[1])
    run = check(data, ImportKind.ORGANISATIONS, office)
    assert outcomes(run) == ["new", "refused"]
    assert "管理范围" in faults(run, 3)["parent"]
