"""Headings of a file that somebody made: which row they stand in, which field each one fits."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from server.core.errors import Refusal

# Headings stand among the first rows, below a title or a note; a longer cell is content.
HEADING_ROWS = 20
LONGEST_HEADING = 30

Normal = Callable[[str], str]


class Field(Protocol):
    """A field to read: its name, and words that headings use for it, the surest first."""

    @property
    def name(self) -> str:
        """The field's own name."""

    @property
    def synonyms(self) -> tuple[str, ...]:
        """What headings call it, as they are compared."""


def suggest(fields: Sequence[Field], headings: Sequence[str], normal: Normal) -> dict[str, str]:
    """Return a heading for each field that one fits, each heading once; exact words go first.

    ``normal`` gives a heading as it is compared with the synonyms.
    """
    found: dict[str, str] = {}
    free = {heading: normal(heading) for heading in headings if heading.strip()}
    for exact in (True, False):
        for field in fields:
            if field.name not in found:
                heading = _fitting(field, free, exact=exact)
                if heading is not None:
                    found[field.name] = heading
                    del free[heading]
    return found


def _fitting(field: Field, free: Mapping[str, str], *, exact: bool) -> str | None:
    for word in field.synonyms:
        for heading, compared in free.items():
            if compared == word if exact else word in compared:
                return heading
    return None


def heading_row(fields: Sequence[Field], rows: Sequence[Sequence[str]], normal: Normal) -> int:
    """Return which of the first rows holds the headings: the one that most fields know."""
    if not rows:
        raise Refusal("import_file_empty", 422, field="file")
    top = rows[:HEADING_ROWS]
    return max(
        range(len(top)),
        key=lambda at: (len(suggest(fields, top[at], normal)), _filled(top[at]), -at),
    )


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if 0 < len(cell.strip()) <= LONGEST_HEADING)


def places(headings: Sequence[str], row: Sequence[str], normal: Normal) -> dict[str, int] | None:
    """Return where each heading stands in a row, the first time; None where one is missing."""
    at: dict[str, int] = {}
    for place, heading in enumerate(row):
        at.setdefault(normal(heading), place)
    if any(normal(heading) not in at for heading in headings):
        return None
    return {heading: at[normal(heading)] for heading in headings}


def find(
    headings: Sequence[str], rows: Sequence[Sequence[str]], normal: Normal
) -> tuple[int, dict[str, int]]:
    """Return the row of the headings and the place of each; refuse without them."""
    for number, row in enumerate(rows[:HEADING_ROWS]):
        found = places(headings, row, normal)
        if found is not None:
            return number, found
    raise Refusal("source_columns_missing", 422, names="、".join(headings))
