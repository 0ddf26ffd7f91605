"""The first rows of a frame's file, read once and kept beside it, sealed as it is.

A workbook's first rows may stand behind megabytes that have to be unpacked and parsed, which nobody
should be able to ask for at each look at a page.
"""

import json
from uuid import UUID

from server.core.errors import Refusal
from server.sources import files, parcels

KIND = "preview"
# What a page shows of a cell, and more than a heading may have.
LONGEST_CELL = 200


def keep(import_id: UUID) -> list[files.Row]:
    """Read a file's first rows and keep them; refuse a file that is no table."""
    rows = [
        (line, [cell[:LONGEST_CELL] for cell in cells]) for line, cells in files.preview(import_id)
    ]
    data = json.dumps(rows).encode()
    writer = parcels.Writer(import_id, KIND)
    try:
        for start in range(0, len(data), parcels.PIECE):
            writer.write(data[start : start + parcels.PIECE])
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return rows


def read(import_id: UUID) -> list[files.Row]:
    """Return a file's first rows as they were kept; refuse where its files are gone."""
    try:
        _, stream = parcels.opened(import_id, KIND)
    except Refusal:
        # Uploaded before previews were kept, or the file is gone as well.
        return keep(import_id)
    with stream:
        return [(line, cells) for line, cells in json.load(stream)]


def forget(import_id: UUID) -> None:
    """Remove what was kept."""
    parcels.forget(import_id, KIND)
