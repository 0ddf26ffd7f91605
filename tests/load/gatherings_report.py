"""The figures of issue 3, one JSON line each."""

from collections.abc import Iterator
from statistics import median

from tests.load.gatherings import FEW, MANY, PLACES, RUSHING, Gathered, median_of
from tests.load.processes import DATABASE, REDIS, WEB
from tests.load.report import MOST_CPU_MS, MOST_GROWTH, Figure


def gathering_figures(gathered: Gathered) -> Iterator[Figure]:
    """Return every figure; medians of the rounds."""
    few = median_of(gathered.few, lambda one: one.total_cpu)
    yield Figure("check_in_cpu", few, "ms", target=f"<= {MOST_CPU_MS} ms", holds=few <= MOST_CPU_MS)
    for part in (WEB, DATABASE, REDIS):
        used = median(one.cpu[part] for one in gathered.few)
        yield Figure(f"check_in_cpu_{part}", used, "ms")
    many = median_of(gathered.many, lambda one: one.total_cpu)
    yield Figure(
        f"check_in_cpu_at_{MANY}_against_{FEW}",
        many,
        "ms",
        floor=few,
        ratio=many / few,
        target=f"ratio <= {MOST_GROWTH}",
        holds=many / few <= MOST_GROWTH,
    )
    yield Figure(
        "joining_rush",
        median(one.seconds for one in gathered.rushes),
        "s",
        target=f"{RUSHING} for {PLACES} places: exactly {PLACES} get one, all others a turn",
        holds=all(one.holds for one in gathered.rushes),
    )
