"""The figures of issue 2, one JSON line each."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.load.measures import FEW, MANY, Measured, Round
from tests.load.processes import DATABASE, REDIS, WEB

MOST_CPU_MS = 2.5
LEAST_OF_BARE = 0.12
LEAST_OF_ROWS = 0.20
MOST_GROWTH = 1.1
MOST_MEGABYTES = 400
MEGABYTE = 1_000_000
MILLISECONDS = 1000.0
DIGITS = 4


@dataclass(frozen=True)
class Figure:
    """A measured value, and what it is measured against. ``target`` is in words."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    target: str | None = None
    holds: bool | None = None

    def line(self) -> str:
        """Return the figure as JSON; without a target the last two fields are left out."""
        fields = {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "floor": _rounded(self.floor),
            "ratio": _rounded(self.ratio),
        }
        if self.target is not None:
            fields |= {"target": self.target, "holds": self.holds}
        return json.dumps(fields)


def figures(measured: Measured) -> Iterator[Figure]:
    """Return every figure. Ratios are medians of the rounds' own ratios."""
    yield from _cpu(measured)
    yield _against(measured, "bare_flask_route", lambda one: one.bare_rate, LEAST_OF_BARE)
    yield _against(measured, "pgbench_eleven_rows", lambda one: one.rows_rate, LEAST_OF_ROWS)
    yield from _growth(measured)
    yield _size(measured)


def _cpu(measured: Measured) -> Iterator[Figure]:
    total = measured.median(lambda one: one.few.total_cpu)
    yield Figure(
        "submission_cpu",
        total,
        "ms",
        target=f"<= {MOST_CPU_MS} ms",
        holds=total <= MOST_CPU_MS,
    )
    for part in (WEB, DATABASE, REDIS):
        yield Figure(f"submission_cpu_{part}", _cpu_of(measured, part), "ms")


def _cpu_of(measured: Measured, part: str) -> float:
    return measured.median(lambda one: one.few.cpu[part])


def _against(
    measured: Measured, name: str, floor: Callable[[Round], float], least: float
) -> Figure:
    ratio = measured.median(lambda one: one.few.rate / floor(one))
    return Figure(
        f"submissions_against_{name}",
        measured.median(lambda one: one.few.rate),
        "requests/s",
        floor=measured.median(floor),
        ratio=ratio,
        target=f"ratio >= {least}",
        holds=ratio >= least,
    )


def _growth(measured: Measured) -> Iterator[Figure]:
    cpu = measured.median(lambda one: one.many.total_cpu / one.few.total_cpu)
    yield Figure(
        f"submission_cpu_at_{MANY}_against_{FEW}",
        measured.median(lambda one: one.many.total_cpu),
        "ms",
        floor=measured.median(lambda one: one.few.total_cpu),
        ratio=cpu,
        target=f"ratio <= {MOST_GROWTH}",
        holds=cpu <= MOST_GROWTH,
    )
    # As a cost: seconds a request, so that a slower one gives a ratio above 1.
    wait = measured.median(lambda one: one.few.rate / one.many.rate)
    yield Figure(
        f"submission_time_at_{MANY}_against_{FEW}",
        measured.median(lambda one: MILLISECONDS / one.many.rate),
        "ms",
        floor=measured.median(lambda one: MILLISECONDS / one.few.rate),
        ratio=wait,
        target=f"ratio <= {MOST_GROWTH}",
        holds=wait <= MOST_GROWTH,
    )


def _size(measured: Measured) -> Figure:
    size = measured.bytes_of_many / MEGABYTE
    return Figure(
        f"size_of_{MANY}_evaluations",
        size,
        "MB",
        target=f"<= {MOST_MEGABYTES} MB",
        holds=size <= MOST_MEGABYTES,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
