"""The draw itself, and a frame's public form. Pure: whoever has frame, plan and seed repeats it.

No library's random numbers: the order of the persons of a cell is that of

    SHA-256(seed ‖ LF ‖ panel ‖ LF ‖ number)

over UTF-8, the number in decimal digits, LF the byte 0x0A. The first of a cell are its sample, the
next its reserve. The place of a drawn person is its place in the same order over all cells.

Departments are dealt in turn: in the order of SHA-256(seed ‖ LF ‖ panel ‖ LF ‖ "department" ‖ LF ‖
id) they go round, each person takes the next few, cell after cell; then the reserves likewise. So
the departments of a cell differ by one person at most, and so do those of the panel.

The drawn persons are written as lines of CSV, by place; SHA-256 over these, each ended by LF, is
the draw's digest.

A frame's digest is SHA-256 over its lines in UTF-8, each ended by LF, cells parted by TAB: first
"number" and the dimensions, then each person's number and categories, by number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from heapq import nsmallest
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

NUMBER = "number"
HEADINGS = ("place", NUMBER, "cell", "standing", "departments")


class Frame(NamedTuple):
    """A frame without persons: dimensions, and categories by number."""

    dimensions: tuple[str, ...]
    categories: Mapping[int, tuple[str, ...]]


class CellWish(NamedTuple):
    """A cell of a plan: its number, who may be drawn, and how many are."""

    number: int
    eligible: Iterable[int]
    drawn: int
    reserve: int


class Drawn(NamedTuple):
    """A drawn person: place in the draw from 0, number in the frame, cell, departments."""

    place: int
    number: int
    cell: int
    is_reserve: bool
    departments: tuple[int, ...]


def digest(dimensions: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> bytes:
    """Return a frame's digest; rows are number and categories, by number."""
    whole = sha256()
    whole.update(line(NUMBER, dimensions))
    for number, categories in rows:
        whole.update(line(str(number), categories))
    return whole.digest()


def line(first: str, cells: Sequence[str]) -> bytes:
    """Return a line of a frame's public form."""
    return ("\t".join((first, *cells)) + "\n").encode()


def _order(begun: "Hash", what: object) -> bytes:
    """Return what something of a panel is ordered by; ``begun`` has taken seed and panel in."""
    whole = begun.copy()
    whole.update(str(what).encode())
    return whole.digest()


def draw(
    seed: str, panel: str, cells: Sequence[CellWish], departments: Iterable[int], each: int
) -> list[Drawn]:
    """Return the drawn persons by place; each gets ``each`` of the departments."""
    found: list[tuple[bytes, int, int, bool]] = []
    begun = sha256(f"{seed}\n{panel}\n".encode())
    for cell in cells:
        keyed = ((_order(begun, number), number) for number in cell.eligible)
        chosen = nsmallest(cell.drawn + cell.reserve, keyed)
        found += [
            (key, number, cell.number, rank >= cell.drawn)
            for rank, (key, number) in enumerate(chosen)
        ]
    by_hash = sorted(departments, key=lambda one: _order(begun, f"department\n{one}"))
    dealt = _dealt(found, by_hash, each)
    return [
        Drawn(place, number, cell, reserve, dealt[number])
        for place, (_, number, cell, reserve) in enumerate(sorted(found))
    ]


def _dealt(
    found: Iterable[tuple[bytes, int, int, bool]], departments: Sequence[int], each: int
) -> dict[int, tuple[int, ...]]:
    """Return each person's departments, as they come round."""
    dealt: dict[int, tuple[int, ...]] = {}
    turns = {False: _turns(departments, each), True: _turns(departments, each)}
    # In each cell in the order of the draw, the sample before the reserves.
    for _, number, _, reserve in sorted(found, key=lambda one: (one[2], one[0])):
        dealt[number] = next(turns[reserve])
    return dealt


def _turns(departments: Sequence[int], each: int) -> Iterator[tuple[int, ...]]:
    at = 0
    while True:
        yield tuple(departments[(at + step) % len(departments)] for step in range(each))
        at = (at + each) % len(departments)


def lines(drawn: Iterable[Drawn]) -> Iterator[str]:
    """Return the drawn persons as lines of CSV, by place."""
    yield ",".join(HEADINGS)
    for one in drawn:
        standing = "reserve" if one.is_reserve else "main"
        departments = " ".join(map(str, one.departments))
        yield f"{one.place},{one.number},{one.cell},{standing},{departments}"


def digest_of_draw(drawn: Iterable[Drawn]) -> bytes:
    """Return what shows that a repeated draw is the same."""
    return sha256("".join(f"{one}\n" for one in lines(drawn)).encode()).digest()
