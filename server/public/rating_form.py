"""The plain form: what was typed, read and checked, and kept for showing it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask import request
from marshmallow import ValidationError

from server.core.errors import InvalidInput, flatten
from server.core.imaging import LARGEST_PHOTO
from server.evaluation.content import Content
from server.evaluation.readings import Question
from server.evaluation.rules import MOST_PHOTOS
from server.evaluation.schemas import ContentInput, content_of
from server.public import pictures

# Six pictures and the words around them.
LARGEST_FORM = MOST_PHOTOS * LARGEST_PHOTO + 1024 * 1024
NEEDS_LEVEL = "请为这一项选择等级，或选择“不了解”。"
NEEDS_OVERALL = "请选择总体评价。"
TOO_MANY_PHOTOS = f"最多 {MOST_PHOTOS} 张图片，请取消勾选不需要的图片。"


@dataclass
class Posted:
    """A form as it was sent, and what is wrong with it by the field's name."""

    overall: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    comment: str = ""
    reachable: bool = False
    name: str = ""
    phone: str = ""
    photos: Sequence[UUID] = ()
    handle_now: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    def content(self, questions: Sequence[Question]) -> Content | None:
        """Return the content, or None with ``errors`` filled, all at once."""
        if not self.overall:
            self.errors["overall"] = NEEDS_OVERALL
        for question in questions:
            if str(question.id) not in self.levels:
                self.errors[f"levels.{question.id}"] = NEEDS_LEVEL
        try:
            loaded = ContentInput().load(self._fields())
        except ValidationError as error:
            self.note(flatten(error.messages))
            return None
        return None if self.errors else content_of(loaded)

    def note(self, errors: Sequence[Mapping[str, str]]) -> None:
        """Take in refused fields; the first sentence of each field stays."""
        for error in errors:
            self.errors.setdefault(_shown_field(error["field"]), error["message"])

    def _fields(self) -> dict[str, object]:
        contact = {"name": self.name, "phone": self.phone} if self.reachable else None
        return {
            "overall": _number(self.overall),
            "levels": {leaf: _number(level) for leaf, level in self.levels.items()},
            "tags": list(self.tags),
            "comment": self.comment,
            "photos": [str(photo) for photo in self.photos],
            "contact": contact,
            "handle_now": self.handle_now,
        }


def read(campaign_id: int, secret: str, *, may_store: bool) -> Posted:
    """Read the sent form, and take in its pictures."""
    form = request.form
    kept = [photo for photo in map(_uuid, form.getlist("photo")) if photo]
    added, faults = pictures.take_in(
        campaign_id, secret, request.files.getlist("pictures"), may_store=may_store
    )
    posted = Posted(
        overall=form.get("overall", ""),
        levels={
            name.removeprefix("level-"): value
            for name, value in form.items()
            if name.startswith("level-")
        },
        tags=form.getlist("tag"),
        # Browsers send line breaks as two characters; the limit counts what people see.
        comment=form.get("comment", "").replace("\r\n", "\n"),
        reachable=form.get("reach") == "contact",
        name=form.get("name", ""),
        phone=form.get("phone", ""),
        photos=list(dict.fromkeys([*kept, *added])),
        handle_now=bool(form.get("handle_now")),
    )
    if faults:
        posted.errors["photos"] = "；".join(faults)
    elif len(posted.photos) > MOST_PHOTOS:
        posted.errors["photos"] = TOO_MANY_PHOTOS
    return posted


def note_refusal(posted: Posted, refusal: InvalidInput) -> None:
    """Take in what the submission found wrong."""
    posted.note(refusal.errors)


def allow_pictures() -> None:
    """Raise this request's body limit to what six pictures take."""
    request.max_content_length = LARGEST_FORM


def _shown_field(name: str) -> str:
    first = name.split(".", 1)[0]
    return first if first in {"tags", "photos"} else name


def _number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else text  # noqa: PLR2004 a level has one digit


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
