"""What a figure is made of: charts for the page, their tables, their likeness in a workbook. Pure.

The table is the chart's content: page, workbook and chart show the same numbers.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from server.core.rounding import half_up

Cell = str | int | Decimal | None
Option = dict[str, Any]


class Content(enum.StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    POINTS = "points"
    SHARE = "share"


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    label: str
    content: Content = Content.TEXT


@dataclass(frozen=True)
class Table:
    """Columns and rows; None is shown as a dash."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def __post_init__(self) -> None:
        """Hold every row to the columns: a slip here would put a number under a wrong heading."""
        for row in self.rows:
            if len(row) != len(self.columns):
                message = f"{len(row)} cells below {len(self.columns)} headings"
                raise ValueError(message)


class NativeKind(enum.StrEnum):
    """Which chart of a spreadsheet program stands for ours."""

    STACKED = "stacked"
    BARS = "bars"
    LINES = "lines"
    DOTS = "dots"
    HEAT = "heat"


@dataclass(frozen=True)
class Series:
    """Some rows of a column, with the columns of their intervals' ends where they have some."""

    name: str
    column: int
    first: int
    last: int
    low: int | None = None
    high: int | None = None
    colour: str | None = None


@dataclass(frozen=True)
class Native:
    """A spreadsheet's chart over the table below it."""

    kind: NativeKind
    category: int
    series: Sequence[Series]
    axis: str = ""
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True)
class Chart:
    """A chart: its words, what ECharts draws, its table, its likeness in a workbook.

    ``alt`` is what somebody who can't see the chart is told; the table has the numbers.
    """

    code: str
    title: str
    alt: str
    height: int
    option: Option
    table: Table
    native: Native | None
    notes: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Figure:
    """A page of charts; ``empty`` says why there are none."""

    meaning: str
    facts: Sequence[tuple[str, str]]
    charts: Sequence[Chart]
    empty: str = ""
    notes: Sequence[str] = field(default=())


def share(part: int, whole: int) -> Decimal | None:
    """Return a part of a whole, rounded half up to a tenth of a per cent."""
    return half_up(Decimal(part) / whole, 3) if whole else None


def shown(cell: Cell, content: Content) -> str:
    """Return a cell as the page shows it."""
    if cell is None:
        return "—"
    if content is Content.SHARE:
        return f"{per_cent(Decimal(cell))}%"
    if content is Content.COUNT:
        return f"{cell:,}"
    return str(half_up(Decimal(cell), 2)) if content is Content.POINTS else str(cell)


def per_cent(fraction: Decimal) -> Decimal:
    """Return a share as per cent with one decimal."""
    return half_up(fraction * 100, 1)


def points(value: str | Decimal | None) -> Decimal | None:
    """Return a figure of a result document with the two places that pages show."""
    return None if value is None else half_up(Decimal(value), 2)


def number(value: Decimal | None) -> float | None:
    """Return a number for drawing; what is drawn needs no more digits than a float has."""
    return None if value is None else float(value)
