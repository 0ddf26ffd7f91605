"""The operator's import: progress, counts, refused rows, nothing left by a check."""

from pathlib import Path

from apiflask import APIFlask
from openpyxl import load_workbook
from sqlalchemy import func, select

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.sources import service
from server.sources.models import Source, SourceMatter
from tests.factories.city import City
from tests.sources.files import RATED_COLUMNS, rated


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(SourceMatter)) or 0


def test_the_operator_takes_a_file_in(
    app: APIFlask, city: City, hotline: Source, tmp_path: Path
) -> None:
    file, refused = tmp_path / "导出.csv", tmp_path / "待更正.xlsx"
    file.write_bytes(
        rated("T1,2026-01-05 08:00,公安局,满意,好,", "T2,昨天,公安局,满意,=1+1,13800000000")
    )
    runner = app.test_cli_runner()
    missing = runner.invoke(args=["import-source", hotline.name, str(file)])
    assert missing.exit_code == 1
    assert "列对应" in missing.output
    with transaction():
        service.save_mapping(
            hotline.id,
            columns=RATED_COLUMNS,
            levels={},
            departments={},
            actor=city.actors["office1"],
            now=clock.now(),
        )
    checked = runner.invoke(args=["import-source", hotline.name, str(file), "--check"])
    assert (checked.exit_code, count()) == (2, 0)
    done = runner.invoke(args=["import-source", hotline.name, str(file), "--refused", str(refused)])
    assert done.exit_code == 2, done.output
    assert "新增 1" in done.output
    assert "第 3 行 时间" in done.output
    assert count() == 1
    rows = list(load_workbook(refused).worksheets[0].iter_rows(values_only=True))
    assert rows[0][:2] == ("工单编号", "受理时间")
    assert rows[1][:2] == ("T2", "昨天")
    assert "=1+1" in rows[1]
    unknown = runner.invoke(args=["import-source", "没有", str(file)])
    assert unknown.exit_code == 1
