"""Answers that are files to keep, with Chinese names."""

from urllib.parse import quote

from flask import Response

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}


def file_answer(data: bytes, name: str, kind: str) -> Response:
    """Return a file to keep; ``kind`` is docx, xlsx or json."""
    return Response(
        data,
        content_type=TYPES[kind],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.{kind}"},
    )
