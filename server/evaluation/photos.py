"""Photos: decoded under a limit, drawn anew without any metadata, kept as files.

A file's name is the photo's random id, and its times are set to the day's noon. What can't be set,
the file system's own times, is levelled when the campaign is settled (``rewrite``).
"""

import os
import shutil
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import delete, select

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.lazily import Later
from server.evaluation.models import Photo
from server.evaluation.rules import PhotoState

if TYPE_CHECKING:
    from PIL import Image

    from server.core import imaging
else:
    imaging = Later("server.core.imaging")


def store(campaign_id: int, data: bytes, *, now: datetime, photo_id: UUID | None = None) -> Photo:
    """Take in a photo for an open campaign; nobody's name is kept with it.

    ``photo_id`` is given where a repeated upload must get the same id, else it is drawn.
    Raises Refusal for a closed campaign, an unreadable, too large or too big picture.
    """
    campaign = campaigns.public_campaign(campaign_id)
    if campaign.state != CampaignState.OPEN:
        raise Refusal("campaign_closed", 409)
    picture = imaging.redraw(data)
    photo = Photo(
        campaign_id=campaign_id,
        id=photo_id or uuid4(),
        uploaded_on=clock.local_date(now),
        width=picture.width,
        height=picture.height,
    )
    _write(path_of(photo), picture, photo.uploaded_on)
    db.session.add(photo)
    return photo


def path_of(photo: Photo) -> Path:
    """Return where a photo's file is."""
    folder: Path = current_app.config["CONFIGURATION"].media_dir
    return folder / str(photo.campaign_id) / photo.id.hex[:2] / f"{photo.id}.jpg"


def _write(path: Path, picture: "Image.Image", day: date) -> None:
    draft = imaging.draft_jpeg(path, picture)
    _set_noon(draft, day)
    draft.rename(path)


def _set_noon(path: Path, day: date) -> None:
    noon = datetime.combine(day, time(12), tzinfo=clock.SHANGHAI).timestamp()
    os.utime(path, (noon, noon))


def read(photo: Photo) -> bytes:
    """Return a photo's JPEG; refuse with 404 where the file is gone."""
    try:
        return path_of(photo).read_bytes()
    except FileNotFoundError as error:
        raise Refusal("not_found", 404) from error


def photo(campaign_id: int, photo_id: UUID) -> Photo:
    """Return one photo; refuse with 404."""
    found = db.session.get(Photo, (campaign_id, photo_id))
    if found is None:
        raise Refusal("not_found", 404)
    return found


def remove_unclaimed(before: date) -> int:
    """Delete the photos that no rating took up by the end of the day after their upload."""
    left = db.session.scalars(
        select(Photo).where(
            Photo.state == PhotoState.UPLOADED,
            Photo.evaluation_id.is_(None),
            Photo.uploaded_on < before,
        )
    ).all()
    for item in left:
        path_of(item).unlink(missing_ok=True)
        db.session.execute(
            delete(Photo).where(Photo.campaign_id == item.campaign_id, Photo.id == item.id)
        )
    return len(left)


def let_go(campaign_id: int, evaluation_id: UUID) -> None:
    """Give up a rating's photos; as unclaimed ones they are removed by the day's job."""
    for item in db.session.scalars(
        select(Photo).where(Photo.campaign_id == campaign_id, Photo.evaluation_id == evaluation_id)
    ):
        item.evaluation_id = None
        item.state = PhotoState.UPLOADED
        item.trace_id = None


def rewrite(campaign_id: int) -> None:
    """Write a campaign's photos anew, in the order of their ids, so that the files forget when.

    A file's change and birth times can't be set: they would tell the moment of each upload. The new
    folder takes the old one's place in one step; a run that was cut off is begun again.
    """
    folder: Path = current_app.config["CONFIGURATION"].media_dir / str(campaign_id)
    fresh, old = folder.with_suffix(".new"), folder.with_suffix(".old")
    if old.exists():
        # Cut off between the two renames, or after them: the new folder is whole.
        if fresh.exists() and not folder.exists():
            fresh.rename(folder)
        shutil.rmtree(old)
        return
    shutil.rmtree(fresh, ignore_errors=True)
    if not folder.exists():
        return
    for item in db.session.scalars(
        select(Photo)
        .where(Photo.campaign_id == campaign_id, Photo.evaluation_id.is_not(None))
        .order_by(Photo.id)
    ):
        source = path_of(item)
        if source.exists():
            target = fresh / source.relative_to(folder)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            _set_noon(target, item.uploaded_on)
    fresh.mkdir(mode=0o700, exist_ok=True)
    folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old)
