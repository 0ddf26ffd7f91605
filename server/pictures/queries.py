"""Reading pictures and their files."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from server.core.database import db
from server.core.errors import Refusal
from server.pictures.addresses import address
from server.pictures.models import Picture
from server.pictures.rules import PictureState, Purpose

__all__ = ["Picture", "address"]


def picture(picture_id: UUID) -> Picture:
    """Return one picture; refuse with 404."""
    found = db.session.get(Picture, picture_id)
    if found is None:
        raise Refusal("not_found", 404)
    return found


def pictures(ids: Sequence[UUID]) -> list[Picture]:
    """Return the pictures that are there, in the order of their ids."""
    found = {one.id: one for one in db.session.scalars(select(Picture).where(Picture.id.in_(ids)))}
    return [found[one] for one in ids if one in found]


def shown_picture(picture_id: UUID) -> Picture:
    """Return a picture that something holds and that may be shown; refuse others with 404.

    A photo that somebody checked in with is its organisers' alone, who ask for it by name.
    """
    found = picture(picture_id)
    private = found.purpose == Purpose.CHECK_IN
    if private or found.subject_kind is None or found.state != PictureState.PASSED:
        raise Refusal("not_found", 404)
    return found


def of_subjects(kind: str, ids: Iterable[object]) -> dict[str, list[Picture]]:
    """Return the pictures of some subjects in their order, with one statement."""
    names = [str(one) for one in ids]
    found: dict[str, list[Picture]] = {name: [] for name in names}
    rows = db.session.scalars(
        select(Picture)
        .where(Picture.subject_kind == kind, Picture.subject_id.in_(names))
        .order_by(Picture.subject_id, Picture.position, Picture.id)
    )
    for row in rows:
        found[str(row.subject_id)].append(row)
    return found


def path_of(picture_id: UUID) -> Path:
    """Return where a picture's file is."""
    folder: Path = current_app.config["CONFIGURATION"].media_dir
    return folder / "pictures" / picture_id.hex[:2] / f"{picture_id}.jpg"


def read(picture_id: UUID) -> bytes:
    """Return a picture's JPEG; refuse with 404 where the file is gone."""
    try:
        return path_of(picture_id).read_bytes()
    except FileNotFoundError as error:
        raise Refusal("not_found", 404) from error
