"""A frame is checked, taken in whole or not at all, and never changed."""

import io
from hashlib import sha256
from uuid import UUID

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.keyring import key_ring
from server.core.transaction import transaction
from server.sampling import frame_preview, frame_sheets, frame_tasks, queries, service
from server.sampling.drawing import digest
from server.sampling.models import FrameImport, FrameUnit, SampleFrame
from server.sampling.persons import Contact, open_contact
from server.sampling.rules import ImportState, Panel
from server.sources import files, parcels
from tests.factories.city import City
from tests.factories.identity import actor_in
from tests.factories.sampling import make_frame
from tests.sampling.files import HEADINGS, as_csv, as_xlsx, residents

COLUMNS = {"name": "姓名", "telephone": "手机号", "address": "地址"}
DIMENSIONS = ["区县", "年龄段"]


def sent(city: City, data: bytes, name: str = "名单.csv") -> UUID:
    with transaction():
        return service.upload_frame(
            Panel.RESIDENTS,
            "普通群众",
            io.BytesIO(data),
            name,
            actor=city.actors["office1"],
            now=clock.now(),
        ).id


def checked(
    city: City,
    data: bytes,
    columns: dict[str, str] = COLUMNS,
    dimensions: list[str] = DIMENSIONS,
) -> FrameImport:
    """Send a file and have it checked."""
    import_id = sent(city, data)
    with transaction():
        service.choose_columns(
            import_id, columns, dimensions, actor=city.actors["office1"], now=clock.now()
        )
    frame_tasks.work(str(import_id))
    return queries.frame_import(import_id, SYSTEM)


def taken_in(city: City, found: FrameImport) -> SampleFrame:
    """Have a checked file become a frame."""
    with transaction():
        service.apply_import(found.id, actor=city.actors["office1"], now=clock.now())
    frame_tasks.work(str(found.id))
    db.session.expire_all()
    assert found.state == ImportState.DONE, found.failure
    frame = db.session.get(SampleFrame, found.frame_id)
    assert frame is not None
    return frame


def units(frame: SampleFrame) -> list[FrameUnit]:
    return list(
        db.session.scalars(
            select(FrameUnit).where(FrameUnit.frame_id == frame.id).order_by(FrameUnit.number)
        )
    )


def reasons(found: FrameImport) -> dict[int, list[str]]:
    return {
        fault["line"]: [f"{name}：{message}" for name, message in fault["faults"]]
        for fault in found.report["faults"]
    }


@pytest.mark.parametrize(
    "data",
    [as_csv(residents()), as_csv(residents(), encoding="gb18030"), as_xlsx(residents())],
    ids=["utf-8", "gb18030", "xlsx"],
)
def test_a_list_becomes_a_frame_of_sealed_persons(city: City, data: bytes) -> None:
    found = checked(city, data)
    assert found.state == ImportState.CHECKED, found.failure
    assert found.report["counts"]["good"] == 40
    assert not db.session.scalar(select(func.count()).select_from(SampleFrame))
    frame = taken_in(city, found)
    assert (frame.size, frame.dimensions) == (40, DIMENSIONS)
    rows = units(frame)
    assert [row.number for row in rows] == list(range(1, 41))
    assert rows[1].categories == ["东区", "18至35岁"]
    assert open_contact(rows[1].person_sealed) == Contact("张1", "13800000001", "江滨路 1 号")
    stored = str(db.session.execute(text("SELECT frame_unit::text FROM frame_unit")).all())
    assert "13800000001" not in stored
    assert b"13800000001".hex() not in stored


def test_the_digest_is_over_numbers_and_categories_as_documented(city: City) -> None:
    rows = residents(3)
    frame = taken_in(city, checked(city, as_csv(rows)))
    lines = "number\t区县\t年龄段\n" + "".join(
        f"{at}\t{row[3]}\t{row[4]}\n" for at, row in enumerate(rows, start=1)
    )
    assert frame.digest == sha256(lines.encode()).digest()
    assert frame.digest == digest(
        DIMENSIONS, ((row.number, row.categories) for row in units(frame))
    )


def test_refused_rows_are_named_by_line_field_and_reason(city: City) -> None:
    rows = residents(20)
    bad = [
        ("甲", "", "", "东区", "18至35岁"),
        ("乙", "12345", "", "东区", "18至35岁"),
        ("丙", "0571-87654321", "", "东区", "18至35岁"),
        ("", "", "某路 1 号", "东区", "18至35岁"),
        ("丁", "13900000001", "", "", "18至35岁"),
        ("戊", "13900000002", "", "东区", "60岁+"),
        ("己", "13900000003", "", "东区", "330102199001011234"),
        ("庚", "+86 138-0000-0003", "", "东区", "18至35岁"),
        ("辛" * 61, "13900000004", "", "东区", "18至35岁"),
        ("壬", "13900000005", "", "东区", "\x07"),
        ("癸", "13900000006", "", "-东区", "18至35岁"),
    ]
    found = checked(city, as_csv([*rows, *bad]))
    told = reasons(found)
    assert list(told) == list(range(22, 33))
    for line, words in zip(
        told,
        (
            "手机号和地址都是空的",
            "号码无法识别",
            "固定电话不能接收短信",
            "须填写姓名或名称",
            "区县：类别是空的",
            "年龄段：类别中不能有",
            "像是电话或证件号码",
            "与第 5 行的手机号相同",
            "姓名或名称：内容过长",
            "无法保存",
            "不能以 - 或 @ 开头",
        ),
        strict=True,
    ):
        assert words in "".join(told[line]), (line, told[line])
    assert found.report["counts"] == {
        "read": 31,
        "good": 20,
        "refused": 11,
        "with_telephone": 20,
        "with_address": 20,
        "unused_corrections": 0,
    }
    assert taken_in(city, found).size == 20


def test_corrected_rows_take_the_places_of_their_lines(city: City) -> None:
    rows = residents(12)
    rows[4] = ("张4", "4", "", "西区", "18至35岁")
    found = checked(city, as_csv(rows))
    headings = [*COLUMNS.values(), *DIMENSIONS]
    book = load_workbook(frame_sheets.refused_workbook(headings, parcels.refused_rows(found.id)))
    sheet = book.active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == [*headings, "错误原因", "行号"]
    assert sheet.cell(2, 7).value == "6"
    sheet.cell(2, 2).value = "13700000004"
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    with transaction():
        service.add_corrections(found.id, file, actor=city.actors["office1"], now=clock.now())
    frame_tasks.work(str(found.id))
    db.session.expire_all()
    assert found.report["counts"]["refused"] == 0
    frame = taken_in(city, found)
    assert open_contact(units(frame)[4].person_sealed) == Contact("张4", "13700000004", "")


def test_a_correction_of_a_line_that_is_none_is_told(city: City) -> None:
    found = checked(city, as_csv([*residents(11), ("甲", "", "", "东区", "18至35岁")]))
    more = as_csv([("甲", "13700000000", "", "东区", "18至35岁", "99")], (*HEADINGS, "行号"))
    with transaction():
        service.add_corrections(
            found.id, io.BytesIO(more), actor=city.actors["office1"], now=clock.now()
        )
    frame_tasks.work(str(found.id))
    db.session.expire_all()
    assert found.report["counts"]["unused_corrections"] == 1
    assert found.report["counts"]["refused"] == 1
    wrong = as_csv([("甲", "13700000000", "", "东区", "18至35岁", "六")], (*HEADINGS, "行号"))
    with pytest.raises(Refusal, match="frame_corrections_unreadable"), transaction():
        service.add_corrections(
            found.id, io.BytesIO(wrong), actor=city.actors["office1"], now=clock.now()
        )


@pytest.mark.parametrize(
    ("columns", "dimensions", "field"),
    [
        ({"name": "姓名"}, [], "telephone"),
        ({"telephone": "手机号", "address": "手机号"}, [], "address"),
        (COLUMNS, ["手机号"], "dimensions"),
        (COLUMNS, ["区县", "区县"], "dimensions"),
        ({"telephone": "手机号"}, list("一二三四五六"), "dimensions"),
    ],
)
def test_columns_that_cannot_be_are_refused(
    city: City, columns: dict[str, str], dimensions: list[str], field: str
) -> None:
    import_id = sent(city, as_csv(residents(3)))
    with pytest.raises(InvalidInput) as refused, transaction():
        service.choose_columns(
            import_id, columns, dimensions, actor=city.actors["office1"], now=clock.now()
        )
    assert refused.value.errors[0]["field"] == field


def test_a_column_of_names_is_no_dimension(city: City) -> None:
    found = checked(city, as_csv(residents(150)), {"telephone": "手机号"}, ["姓名"])
    assert found.state == ImportState.FAILED
    assert "不像分层用的类别" in found.failure
    assert "张" not in str(found.report)


def test_without_a_good_row_there_is_no_frame(city: City) -> None:
    found = checked(city, as_csv([("甲", "", "", "东区", "18至35岁")]))
    with pytest.raises(Refusal, match="frame_without_rows"), transaction():
        service.apply_import(found.id, actor=city.actors["office1"], now=clock.now())


def test_the_uploaded_file_lies_sealed_and_goes_once_the_frame_stands(city: City) -> None:
    found = checked(city, as_csv(residents()))
    path = parcels._path(found.id, "file")
    assert b"13800000001" not in path.read_bytes()
    taken_in(city, found)
    assert not path.exists()


def test_the_first_rows_are_read_once_and_lie_sealed_until_the_frame_stands(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    real = files.preview
    monkeypatch.setattr(files, "preview", lambda run_id: reads.append(run_id) or real(run_id))
    found = checked(city, as_csv(residents()))
    rows = frame_preview.read(found.id)
    assert frame_preview.read(found.id) == rows
    assert reads == [found.id]
    assert rows == real(found.id)
    kept = parcels._path(found.id, "preview")
    assert b"13800000001" not in kept.read_bytes()
    # Kept of an import from before previews were kept, at the first look.
    frame_preview.forget(found.id)
    assert frame_preview.read(found.id) == rows
    taken_in(city, found)
    assert not kept.exists()


def test_a_killed_or_cancelled_import_leaves_nothing_and_can_begin_anew(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = checked(city, as_csv(residents()))
    with transaction():
        service.apply_import(found.id, actor=city.actors["office1"], now=clock.now())

    def killed(rows: int, share: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), transaction():
        service.work(found.id, now=clock.now(), watch=killed)
    db.session.expire_all()
    assert found.state == ImportState.RUNNING
    assert not db.session.scalar(select(func.count()).select_from(FrameUnit))
    frame_tasks.work(str(found.id))
    db.session.expire_all()
    assert found.state == ImportState.DONE
    frame_tasks.work(str(found.id))
    assert db.session.scalar(select(func.count()).select_from(SampleFrame)) == 1


def test_a_cancelled_import_ends_and_its_file_goes(city: City) -> None:
    found = checked(city, as_csv(residents()))
    office = city.actors["office1"]
    with transaction():
        service.apply_import(found.id, actor=office, now=clock.now())
        found.cancel_asked = True
    frame_tasks.work(str(found.id))
    db.session.expire_all()
    assert found.state == ImportState.CANCELLED
    assert not parcels._path(found.id, "file").exists()
    assert not db.session.scalar(select(func.count()).select_from(FrameUnit))


def test_the_database_itself_keeps_a_frame_as_it_is(city: City) -> None:
    frame = make_frame(city)
    for change in (
        update(SampleFrame).values(size=1),
        update(SampleFrame).values(digest=bytes(32)),
        update(FrameUnit).values(categories=["东区", "改"]),
        update(FrameUnit).values(person_key=bytes(16)),
    ):
        with pytest.raises(IntegrityError, match="never changes"), transaction():
            db.session.execute(change)
    assert frame.size == 60


def test_other_offices_do_not_see_a_frame(city: City) -> None:
    frame = make_frame(city)
    other = actor_in(Role.OFFICE, city.departments[0])
    with pytest.raises(Refusal, match="not_allowed"):
        queries.frame(frame.id, other)
    assert not queries.frames(other, cursor=None).items
    assert not queries.usable_frames(other)
    assert [one.id for one in queries.frames(city.actors["office2"], cursor=None).items] == [
        frame.id
    ]


def test_persons_are_found_again_across_frames_and_only_by_the_key(city: City) -> None:
    person = Contact("王五", "13912345678", "")
    first = make_frame(city, {("东区",): 1}, dimensions=["区县"], people=[person])
    second = make_frame(
        city, {("西区",): 1}, dimensions=["区县"], people=[Contact("王 五", "13912345678", "某路")]
    )
    keys = [units(frame)[0].person_key for frame in (first, second)]
    assert keys[0] == keys[1]
    key_ring().destroy("frames-lookup")
    third = make_frame(city, {("东区",): 1}, dimensions=["区县"], people=[person])
    assert units(third)[0].person_key != keys[0]
