"""Importing people: a dry run row by row, what goes in, and what comes back to be corrected."""

import io
import random
from datetime import timedelta

import pytest
from apiflask import APIFlask
from openpyxl import load_workbook
from sqlalchemy import func, select

from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import queries, service, sheets, tasks
from server.membership.models import ImportRun, Person
from server.membership.rules import ImportKind, Post
from tests.factories.city import City
from tests.factories.identity import actor_in, at_once
from tests.factories.members import PersonFactory, make_branch
from tests.membership.files import apply, check, faults, outcomes, table, take_in, xlsx

HEAD = "姓名,支部,手机号,编号,职务,群体"


@pytest.fixture
def _groups(city: City) -> None:
    with transaction():
        for name in ("年轻干部", "离退休干部"):
            service.add_group(name, actor=SYSTEM, now=clock.now())


def people(branch: Organisation) -> dict[str, Person]:
    db.session.expire_all()
    return {row.name: queries.person(row.id) for row in queries.roster(branch.id)}


@pytest.mark.usefixtures("_groups")
def test_a_dry_run_changes_nothing_and_tells_row_by_row(branch: Organisation) -> None:
    run = check(
        table(
            HEAD,
            "张三,第一党支部,13800000001,A1,书记,年轻干部、离退休干部",
            "李四,没有的支部,123,A 2!,局长,没有的群体",
            ",,,,,",
            ",第一党支部,,,,",
        )
    )
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0
    assert outcomes(run) == ["new", "refused", "refused"]
    assert set(faults(run, 3)) == {"branch", "phone", "code", "post", "groups"}
    assert set(faults(run, 5)) == {"name"}
    assert run.report["counts"] == {"new": 1, "changed": 0, "unchanged": 0, "refused": 2}
    apply(run)
    zhang = people(branch)["张三"]
    assert (zhang.code, zhang.post, len(zhang.groups)) == ("A1", "secretary", 2)
    assert queries.phone_of(zhang) == "13800000001"
    assert [one.kind for one in queries.moves(zhang.id)] == ["joined"]


def test_applying_twice_or_sending_the_same_file_again_changes_nothing(
    branch: Organisation,
) -> None:
    data = table(HEAD, "张三,第一党支部,13800000001,,,", "李四,第一党支部,,,副书记,")
    run = take_in(data)
    apply(run)
    assert outcomes(check(data)) == ["unchanged", "unchanged"]
    assert len(people(branch)) == 2


def test_two_who_apply_one_run_at_once_take_it_in_once(app: APIFlask, branch: Organisation) -> None:
    run = check(table(HEAD, "张三,第一党支部,,,,")).id
    done = at_once(
        app,
        [lambda: service.apply_import(run, duties={}, actor=SYSTEM, now=clock.now())] * 2,
    )
    assert done == ["done", "done"]
    assert len(people(branch)) == 1


def test_good_rows_go_in_and_bad_ones_come_back_in_a_file_to_correct(
    branch: Organisation,
) -> None:
    run = check(table(HEAD, "张三,第一党支部,,,,", "李四,第一党支,13800000002,,,"))
    apply(run)
    assert set(people(branch)) == {"张三"}
    with transaction():
        run, rows = service.refused_rows(run.id, actor=SYSTEM, now=clock.now())
    data = sheets.refused(ImportKind.PEOPLE, run.report["fields"], rows)
    book = load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    cells = list(sheet.iter_rows(values_only=True))
    assert cells[0] == ("姓名", "支部", "手机号", "编号", "职务", "群体", "错误原因", "行号")
    assert cells[1][:3] == ("李四", "第一党支", "13800000002")
    assert cells[1][6:] == ("支部：没有找到，请核对名称，或请系统管理员在“单位”中添加。", "3")
    sheet["B2"] = "第一党支部"
    buffer = io.BytesIO()
    book.save(buffer)
    corrected = take_in(buffer.getvalue())
    assert outcomes(corrected) == ["new"]
    assert corrected.report["unknown"] == []
    assert set(people(branch)) == {"张三", "李四"}


def test_people_are_known_by_code_then_number_then_name_within_the_branch(
    branch: Organisation, other_branch: Organisation
) -> None:
    take_in(
        table(
            HEAD,
            "张三,第一党支部,,A1,,",
            "李四,第一党支部,13800000002,,,",
            "王五,第一党支部,,,,",
        )
    )
    run = take_in(
        table(
            HEAD,
            "张三丰,第一党支部,,A1,,",
            "李四,第二党支部,13800000002,,,",
            "王五,第一党支部,13800000003,A3,支部委员,",
        )
    )
    assert outcomes(run) == ["changed"] * 3
    assert [row["changes"] for row in run.report["rows"]] == [
        ["name"],
        ["branch"],
        ["phone", "code", "post"],
    ]
    assert set(people(branch)) == {"张三丰", "王五"}
    assert set(people(other_branch)) == {"李四"}


def test_rows_that_could_mean_two_people_are_refused(branch: Organisation) -> None:
    take_in(
        table(
            HEAD,
            "张三,第一党支部,13800000001,A1,,",
            "张三,第一党支部,13800000002,A2,,",
            "李四,第一党支部,13800000004,,,",
        )
    )
    run = check(
        table(
            HEAD,
            "张三,第一党支部,,,,",
            "张三,第一党支部,13800000002,A1,,",
            "王五,第一党支部,13800000001,,,",
            "李四,第一党支部,13800000005,,,",
            "张三,第一党支部,13800000001,A9,,",
        )
    )
    assert outcomes(run) == ["refused"] * 5
    assert [set(faults(run, line)) for line in range(2, 7)] == [
        {"name"},
        {"phone"},
        {"phone"},
        {"phone"},
        {"code"},
    ]


def test_doubles_within_a_file_are_refused_with_the_line_of_the_first(
    branch: Organisation,
) -> None:
    run = check(
        table(
            HEAD,
            "张三,第一党支部,13800000001,A1,,",
            "张三,第一党支部,,A1,,",
            "李四,第一党支部,13800000001,,,",
            "王五,第一党支部,,,,",
            "王 五,第一党支部,,,,",
            "张三,第一党支部,13800000009,A7,,",
        )
    )
    assert outcomes(run) == ["new", "refused", "refused", "new", "refused", "new"]
    assert "第 2 行" in faults(run, 3)["code"]
    assert "第 2 行" in faults(run, 4)["phone"]
    assert "第 5 行" in faults(run, 6)["name"]


def test_a_branch_gets_one_secretary_from_a_file(
    branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    former = person(branch.id, "老书记", key="former", post=Post.SECRETARY)
    run = check(
        table(
            HEAD,
            "甲,第一党支部,,,书记,",
            "乙,第二党支部,,,书记,",
            "丙,第二党支部,,,支部书记,",
        )
    )
    assert outcomes(run) == ["refused", "new", "refused"]
    assert "继任" in faults(run, 2)["post"]
    assert "第 3 行" in faults(run, 4)["post"]
    handover = take_in(table(HEAD, "甲,第一党支部,,,书记,", "老书记,第一党支部,,,党员,"))
    assert outcomes(handover) == ["new", "changed"]
    secretary = queries.secretary_of(branch.id)
    assert secretary is not None
    assert queries.name_of(secretary) == "甲"
    assert {grant.role for grant in former.actor.grants} == {Role.MEMBER}
    del other_branch


def test_a_secretarys_refused_move_keeps_the_place_taken(
    branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    person(branch.id, "甲书记", post=Post.SECRETARY, code="A1")
    person(other_branch.id, "乙书记", post=Post.SECRETARY)
    run = take_in(table(HEAD, "甲书记,第二党支部,,A1,书记,", "新人,第一党支部,,,书记,"))
    assert outcomes(run) == ["refused", "refused"]


def test_blank_cells_change_nothing_and_a_bound_phone_follows_its_person(
    branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(
        branch.id, "张三", key="zhang", phone="13800000001", code="A1", post=Post.SECRETARY
    )
    assert outcomes(check(table(HEAD, "张三,第一党支部,,A1,,"))) == ["unchanged"]
    take_in(table(HEAD, "张三,第二党支部,,A1,,"))
    moved = people(other_branch)["张三"]
    assert queries.phone_of(moved) == "13800000001"
    assert moved.post == Post.MEMBER
    assert {(one.role, one.organisation_id) for one in zhang.actor.grants} == {
        (Role.MEMBER, other_branch.id)
    }


def test_who_had_left_comes_back_with_a_file(branch: Organisation, person: PersonFactory) -> None:
    zhang = person(branch.id, "张三", code="A1")
    with transaction():
        service.remove_person(zhang.id, actor=SYSTEM, now=clock.now())
    take_in(table(HEAD, "张三,第一党支部,,A1,,"))
    assert people(branch)["张三"].id == zhang.id
    assert [one.kind for one in queries.moves(zhang.id)] == ["returned", "left", "joined"]


def test_branches_are_named_by_path_where_names_repeat(city: City, branch: Organisation) -> None:
    twin = make_branch(city.departments[1].id, "第一党支部")
    run = take_in(
        table(
            HEAD,
            "张三,第一党支部,,,,",
            "李四,公安局/第一党支部,,,,",
            "王五,市监局 / 第一党支部,,,,",
            "赵六,公安局,,,,",
        )
    )
    assert outcomes(run) == ["refused", "new", "new", "refused"]
    assert "同名" in faults(run, 2)["branch"]
    assert "不是党组织" in faults(run, 5)["branch"]
    assert set(people(twin)) == {"李四"}
    assert set(people(branch)) == {"王五"}


def test_party_staff_import_into_what_they_reach_alone(
    city: City, branch: Organisation, other_branch: Organisation, person: PersonFactory
) -> None:
    person(other_branch.id, "外人", code="X1")
    staff = actor_in(Role.PARTY_STAFF, city.departments[0])
    data = table(HEAD, "张三,第一党支部,,,,", "李四,第二党支部,,,,", "外人,第一党支部,,X1,,")
    run = check(data, actor=staff)
    assert outcomes(run) == ["new", "refused", "refused"]
    stranger = actor_in(Role.PARTY_STAFF, city.departments[1])
    for refused in (actor_in(Role.OFFICE, city.root), stranger):
        with pytest.raises(Refusal, match="not_allowed"):
            service.apply_import(run.id, duties={}, actor=refused, now=clock.now())
        db.session.rollback()
    apply(run, staff)
    assert set(people(branch)) == {"张三"}


def test_what_changed_since_the_check_is_left_out_and_said(
    branch: Organisation, person: PersonFactory
) -> None:
    run = check(
        table(HEAD, "张三,第一党支部,,A1,,", "李四,第一党支部,,,书记,", "王五,第一党支部,,,,")
    )
    person(branch.id, "别人", code="A1")
    person(branch.id, "抢先", post=Post.SECRETARY)
    done = apply(run)
    assert outcomes(done) == ["refused", "refused", "new"]
    assert set(people(branch)) == {"别人", "抢先", "王五"}


def test_rows_wait_sealed_for_a_day_and_no_longer(branch: Organisation) -> None:
    run = check(table(HEAD, "张三丰满楼,第一党支部,,,,"))
    assert "张三丰满楼".encode() not in bytes(run.rows_sealed or b"")
    late = clock.now() + timedelta(hours=24, minutes=1)
    with pytest.raises(Refusal, match="import_expired"):
        service.apply_import(run.id, duties={}, actor=SYSTEM, now=late)
    db.session.rollback()
    applied = take_in(table(HEAD, "李四,第一党支部,,,,", "王五,无,,,,"))
    tasks.remove_expired_imports(0)
    assert db.session.scalar(select(func.count()).select_from(ImportRun)) == 2
    with transaction():
        service.remove_expired(late)
    left = db.session.scalars(select(ImportRun)).all()
    assert [one.id for one in left] == [applied.id]
    assert left[0].rows_sealed is None


def test_a_dropped_run_forgets_its_rows_and_is_not_applied(branch: Organisation) -> None:
    run = check(table(HEAD, "张三,第一党支部,,,,"))
    with transaction():
        service.drop_import(run.id, actor=SYSTEM, now=clock.now())
    assert run.rows_sealed is None
    with pytest.raises(Refusal, match="import_dropped"):
        service.apply_import(run.id, duties={}, actor=SYSTEM, now=clock.now())


def test_formulas_in_names_stay_names(branch: Organisation) -> None:
    name = '=HYPERLINK("http://evil";"x")'
    run = take_in(xlsx([["姓名", "支部"], ["'" + name, "第一党支部"], ["+1", "没有"]]))
    rows = queries.roster(branch.id)
    for data in (
        sheets.roster(branch.name, rows, {}),
        sheets.refused(
            ImportKind.PEOPLE,
            ["name", "branch"],
            service.refused_rows(run.id, actor=SYSTEM, now=clock.now())[1],
        ),
        sheets.template(ImportKind.PEOPLE),
    ):
        for sheet in load_workbook(io.BytesIO(data)).worksheets:
            kinds = {cell.data_type for line in sheet.iter_rows() for cell in line if cell.value}
            assert kinds == {"s"}


def test_templates_filled_with_their_examples_are_taken(city: City) -> None:
    make_branch(city.root.id, "第一党支部")
    book = load_workbook(io.BytesIO(sheets.template(ImportKind.PEOPLE)))
    for example in sheets.EXAMPLES[ImportKind.PEOPLE]:
        book.worksheets[0].append(example)
    buffer = io.BytesIO()
    book.save(buffer)
    assert outcomes(check(buffer.getvalue())) == ["new", "new"]


def test_random_files_never_crash_the_check(branch: Organisation) -> None:
    drawn = random.Random(7)  # noqa: S311 the same files each time
    cells = [
        "",
        "张三",
        "第一党支部",
        "1",
        "13800000001",
        "A1",
        "书记",
        "\0",
        "，",
        "_x0000_",
        "=1",
    ]
    for _ in range(30):
        lines = [",".join(drawn.choice(cells) for _ in range(6)) for _ in range(20)]
        run = check(table(HEAD, *lines)) if any(line.strip(",") for line in lines) else None
        if run is not None:
            apply(run)
    assert branch.id
