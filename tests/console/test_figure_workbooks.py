"""Figures as workbooks: the numbers of the page, native charts, nothing that is a formula."""

import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.core.database import db
from server.core.transaction import transaction
from tests.console.conftest import Desk, SignIn
from tests.console.test_figures import KINDS, address, table_on, workbook_of
from tests.factories.city import City
from tests.factories.figures import (
    Quarters,
    store_responses,
)


def as_shown(cell: openpyxl.cell.Cell) -> str:
    if cell.value is None:
        return "—"
    if isinstance(cell.value, str):
        return cell.value
    value = Decimal(str(cell.value))
    if cell.number_format == "0.0%":
        return f"{value * 100:.1f}%"
    return f"{value:.2f}" if cell.number_format == "0.00" else f"{value:,}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "words"])
def test_the_workbook_has_the_pages_numbers(
    desk: SignIn, city: City, quarters: Quarters, kind: str
) -> None:
    newest = quarters.campaigns[-1]
    store_responses(newest.id)
    page = desk("office1").read(address(kind, newest))
    codes = re.findall(r'id="table-([\w-]+)"', page)
    book, parts = workbook_of(desk("office1"), address(kind, newest))
    assert len(book.sheetnames) == 1 + len(codes)
    for code, sheet in zip(codes, book.worksheets[1:], strict=True):
        rows = table_on(page, code)
        wide = len(rows[0])
        found = [[as_shown(cell) for cell in row[:wide]] for row in sheet.iter_rows()]
        assert found == rows, code
    assert "内部" in str(book.worksheets[0]["A1"].value)
    if kind != "heat":
        assert [name for name in parts if name.startswith("xl/charts/chart")]


def charts_of(person: Desk, path: str) -> list[str]:
    base, _, query = path.partition("?")
    data = person.post(f"{base}/workbook?{query}").data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(name for name in archive.namelist() if "charts/chart" in name)
        return [archive.read(name).decode() for name in names]


def test_the_workbooks_charts_are_of_the_right_kind_and_read_the_cells(
    desk: SignIn, quarters: Quarters
) -> None:
    newest = quarters.campaigns[-1]
    stacked = charts_of(desk("office1"), address("distribution", newest))[0]
    assert '<c:grouping val="percentStacked"/>' in stacked
    assert stacked.count("<c:ser>") == 5
    assert "各部门的等级分布" in stacked
    (line,) = charts_of(desk("office1"), address("trend", newest))
    (dots,) = charts_of(desk("office1"), address("scores", newest))
    for chart in (line, dots):
        assert "<c:lineChart>" in chart
        assert '<c:errValType val="cust"/>' in chart
        assert "<c:plus>" in chart
        assert "<c:minus>" in chart


def test_error_bars_reach_the_intervals_ends(desk: SignIn, quarters: Quarters) -> None:
    book, _ = workbook_of(desk("office1"), address("scores", quarters.campaigns[-1]))
    sheet = book.worksheets[1]
    headings = [cell.value for cell in sheet[1]]
    at = {
        name: headings.index(name) for name in ("得分", "区间下限", "区间上限", "上误差", "下误差")
    }
    for row in sheet.iter_rows(min_row=2, values_only=True):
        score, low, high, up, down = (row[place] for place in at.values())
        assert score + up == pytest.approx(high)
        assert score - down == pytest.approx(low)


def test_the_workbooks_heat_map_is_coloured_over_the_scores_alone(
    desk: SignIn, quarters: Quarters
) -> None:
    book, _ = workbook_of(desk("office1"), address("heat", quarters.campaigns[-1]))
    (coloured,) = book.worksheets[1].conditional_formatting
    assert str(coloured.sqref) == "B2:F4"
    assert coloured.rules[0].type == "colorScale"


def test_a_name_that_looks_like_a_formula_stays_a_text(
    desk: SignIn, city: City, quarters: Quarters
) -> None:
    with transaction():
        city.departments[1].name = '=cmd|"/c calc"!A1'
    book, _ = workbook_of(desk("office1"), address("distribution", quarters.campaigns[-1]))
    cells = [row[0] for row in book.worksheets[1].iter_rows() if "cmd" in str(row[0].value)]
    assert [cell.data_type for cell in cells] == ["s"]


def test_taking_a_workbook_out_is_noted(desk: SignIn, quarters: Quarters) -> None:
    workbook_of(desk("office1"), address("heat", quarters.campaigns[-1]))
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "figure.exported")
    ).one()
    assert entry.detail["name"] == "指标热力图"
    assert "下载图表" in desk("office1").read("/audit")
