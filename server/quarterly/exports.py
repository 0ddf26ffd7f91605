"""An edition as files: canonical JSON, open data as CSV with its schema, XLSX and DOCX."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from server.core.lazily import Later
from server.core.workbooks import csv_table
from server.quarterly import tables
from server.quarterly.form import Paper, paper_of
from server.quarterly.queries import Edition
from server.quarterly.rules import PARTS, Measure
from server.scoring import canonical
from server.settings import queries as settings
from server.settings.rules import OFFICE_NAME

if TYPE_CHECKING:
    from server.quarterly import pages, workbook
else:
    pages = Later("server.quarterly.pages")
    workbook = Later("server.quarterly.workbook")

COLUMN_NOTES = {
    "quarter": ("string", "quarter, such as 2026Q4"),
    "edition": ("integer", "edition of the quarter; a later one corrects an earlier one"),
    "group": ("string", "group of comparable departments; empty: in no group, or the whole city"),
    "department_id": ("integer", "department; empty in sums"),
    "department": ("string", "name of the department; empty in sums"),
    "table": ("string", "campaign: results of ratings; cases: rectification of poor ratings"),
    "campaign_id": ("integer", "campaign, where the row is about one"),
    "channel": ("string", "channel, where the row is about one; empty: all together"),
    "measure": ("string", "what is counted or scored; after a point, a part of it"),
    "withheld": ("integer", "1: not shown, so that nobody's answers can be worked out"),
    "value": ("number", "count, or score from 0 to 100; empty where withheld, and for ranks"),
    "low": ("number", "lowest value of a score's interval, best rank of a rank interval"),
    "high": ("number", "highest value of a score's interval, worst rank of a rank interval"),
    "of": ("number", "what a part is a part of; for ranks, how many departments are compared"),
}


def canonical_bytes(edition: Edition) -> bytes:
    """Return the document's canonical bytes, whose SHA-256 is the edition's digest."""
    return canonical.encode(edition.document)


def as_csv(edition: Edition) -> str:
    """Return the figures, one a row, in the columns of ``schema``."""
    rows = tables.open_data(edition.quarter, edition.edition, edition.document)
    return csv_table([tables.OPEN_HEADINGS, *rows])


def schema() -> dict[str, Any]:
    """Return the CSV's description, as a Table Schema."""
    measures = [
        name
        for measure in Measure
        for name in (measure.value, *(f"{measure.value}.{part}" for part in PARTS[measure]))
    ]
    notes = {"measure": f"score, rank, count; {', '.join(measures)}"}
    return {
        "fields": [
            {
                "name": name,
                "type": COLUMN_NOTES[name][0],
                "description": notes.get(name, COLUMN_NOTES[name][1]),
            }
            for name in tables.OPEN_HEADINGS
        ],
        "missingValues": [""],
    }


def as_workbook(edition: Edition) -> bytes:
    """Return the edition as XLSX."""
    return workbook.as_workbook(edition, _paper(edition))


def as_document(edition: Edition) -> bytes:
    """Return the edition as DOCX."""
    return pages.as_document(edition, _paper(edition))


def fingerprint(words: Mapping[str, str]) -> str:
    """Return a few signs that change with words that stand beside an edition."""
    return canonical.digest(dict(words))[:8]


def _paper(edition: Edition) -> Paper:
    return paper_of(edition, settings.value(OFFICE_NAME))
