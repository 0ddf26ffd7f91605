"""The pictures of a form: chosen from files, put in order by number, taken off by a tick.

They are stored as soon as they arrive, so that a mistake elsewhere in the form does not cost them;
the form then carries their ids. Nobody sees them before something takes them up.
"""

from collections.abc import Iterable
from uuid import UUID

from flask import request
from marshmallow import fields
from werkzeug.datastructures import FileStorage

from server.activities.rules import MOST_PICTURES
from server.console.forms import Form, FormSchema
from server.core import clock
from server.core.errors import InvalidInput, Refusal
from server.core.imaging import LARGEST_PHOTO
from server.core.limits import enforce
from server.core.transaction import transaction
from server.pictures import queries, service
from server.pictures.queries import Picture
from server.pictures.rules import Purpose

# As many pictures as an activity holds, and the words around them.
LARGEST_FORM = MOST_PICTURES * LARGEST_PHOTO + 1024 * 1024
LONGEST_NAME = 40
LONGEST_NUMBER = 3
GONE = "有图片已失效，请重新选择。"


class PicturesSchema(FormSchema):
    """What a form says of pictures, once ``take_in`` has read them."""

    pictures = fields.List(fields.UUID(), load_default=list)


def take_in(form: Form, purpose: Purpose) -> None:
    """Store the pictures that the request brings; the form's field names them after its own."""
    named = _in_typed_order()
    known = {one.id for one in queries.pictures(named)}
    kept = [one for one in named if one in known]
    added, faults = _store(request.files.getlist("picture_files"), purpose, len(kept))
    if len(kept) < len(named):
        faults.insert(0, GONE)
    form.put("pictures", [*kept, *added])
    if faults:
        form.errors["pictures"] = "；".join(faults)


def refuse_faults(form: Form) -> None:
    """Keep a form from being saved without a picture that could not be taken."""
    if fault := form.error("pictures"):
        raise InvalidInput([{"field": "pictures", "message": fault}])


def shown(form: Form) -> list[Picture]:
    """Return the pictures that a form names, in its order."""
    return queries.pictures(list(map(UUID, map(str, form.value("pictures") or []))))


def _in_typed_order() -> list[UUID]:
    """Return the pictures that stay: by the typed numbers, where equal as they stood."""
    sent = request.form
    removed = set(sent.getlist("picture_removed"))
    lines = zip(sent.getlist("pictures"), sent.getlist("picture_number"), strict=False)
    stay = [line for line in dict(lines).items() if line[0] not in removed]
    return [
        identifier
        for name, _ in sorted(stay, key=lambda line: _number(line[1]))
        if (identifier := _uuid(name))
    ]


def _store(
    files: Iterable[FileStorage], purpose: Purpose, count: int
) -> tuple[list[UUID], list[str]]:
    """Store files up to the number that is left; return ids, and what is wrong with others."""
    ids: list[UUID] = []
    faults: list[str] = []
    over = 0
    for file in files:
        if not file.filename:
            continue
        if count + len(ids) >= MOST_PICTURES:
            over += 1
            continue
        try:
            ids.append(_store_one(file, purpose))
        except Refusal as refusal:
            faults.append(f"{file.filename[:LONGEST_NAME]}：{refusal.message}")
    if over:
        faults.append(f"最多 {MOST_PICTURES} 张图片，多出的 {over} 张没有上传。")
    return ids, faults


def _store_one(file: FileStorage, purpose: Purpose) -> UUID:
    enforce("upload")
    with transaction():
        data = file.stream.read(LARGEST_PHOTO + 1)
        return service.store(data, purpose, None, now=clock.now()).id


def _number(text: str) -> int:
    """Return a typed number; what is none stands behind all."""
    plain = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if plain else 10**LONGEST_NUMBER


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
