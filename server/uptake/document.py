"""The document of a parcel: what a recipient is handed of a published quarter. Pure.

    {"parcel": 1, "id": "…", "from": "host/log", "to": {"name": "…", "kind": "discipline"},
     "quarter": "2026Q3", "edition": 1, "edition_digest": "…", "checkpoint": "…",
     "made_on": "2026-10-20", "note": "…",
     "departments": [{"id": 7, "name": "…", "group": "…", "campaigns": […], "cases": {…}}],
     "items": [{"id": "…", "department": 7, "department_name": "…", "case": null, "text": "…"}]}

``departments`` stand as everybody may read them in the quarter's edition: what is withheld there is
withheld here. Of a case its number, kind, stage and dates are handed on; no rating, no words of a
rater, no contact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

FORMAT = 1
Node = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One thing to be used."""

    id: UUID
    department_id: int
    department_name: str
    text: str
    case: Node | None = None


@dataclass(frozen=True)
class Quarter:
    """A published edition."""

    code: str
    edition: int
    digest: str
    checkpoint: str
    document: Node


def make(
    parcel_id: UUID,
    recipient: tuple[str, str],
    quarter: Quarter,
    items: Sequence[Item],
    *,
    origin: str,
    made_on: date,
    note: str,
) -> dict[str, Any]:
    """Return a parcel's document; ``recipient`` is name and kind."""
    wanted = {item.department_id for item in items}
    return {
        "parcel": FORMAT,
        "id": str(parcel_id),
        "from": origin,
        "to": {"name": recipient[0], "kind": recipient[1]},
        "quarter": quarter.code,
        "edition": quarter.edition,
        "edition_digest": quarter.digest,
        "checkpoint": quarter.checkpoint,
        "made_on": made_on.isoformat(),
        "note": note,
        "departments": [
            {**department, "group": group["name"]}
            for group in quarter.document["groups"]
            for department in group["departments"]
            if department["id"] in wanted
        ],
        "items": [
            {
                "id": str(item.id),
                "department": item.department_id,
                "department_name": item.department_name,
                "case": None if item.case is None else dict(item.case),
                "text": item.text,
            }
            for item in items
        ],
    }
