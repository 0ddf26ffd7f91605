"""Taking pictures in, tying them to what they belong to, removing them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.lazily import Later
from server.pictures import queries
from server.pictures.models import Picture
from server.pictures.rules import PictureState, Purpose
from server.wechat.platform import MediaVerdict

if TYPE_CHECKING:
    from server.core import imaging
else:
    imaging = Later("server.core.imaging")


def store(data: bytes, purpose: Purpose, member_id: UUID | None, *, now: datetime) -> Picture:
    """Take in a picture for a purpose; nothing shows it before something takes it up.

    Raises Refusal for an unreadable, too large or too big one.
    """
    drawn = imaging.redraw(data)
    picture = Picture(
        id=uuid4(),
        purpose=purpose.value,
        uploaded_by=member_id,
        uploaded_on=clock.local_date(now),
        width=drawn.width,
        height=drawn.height,
    )
    path = queries.path_of(picture.id)
    imaging.draft_jpeg(path, drawn).rename(path)
    db.session.add(picture)
    return picture


def take_up(
    ids: Sequence[UUID],
    *,
    purpose: Purpose,
    subject: tuple[str, str],
    uploaded_by: UUID | None,
    now: datetime,
    keep_days: int | None = None,
) -> list[Picture]:
    """Make these the pictures of a subject, in this order; the ones left out are let go.

    A member can only take up what it uploaded itself; ``uploaded_by`` None stands for a console
    account, whose uploads carry no member. ``keep_days`` counts from ``now``. Raises Refusal
    picture_unknown for one that is gone, another's, or another subject's.
    """
    found = {
        picture.id: picture
        for picture in db.session.scalars(
            select(Picture).where(Picture.id.in_(list(ids))).order_by(Picture.id).with_for_update()
        )
    }
    for picture_id in ids:
        picture = found.get(picture_id)
        if picture is None or not _may_take(picture, purpose, subject, uploaded_by):
            raise Refusal("picture_unknown", 422, field="pictures")
    let_go(subject, but=ids)
    until = clock.local_date(now) + timedelta(days=keep_days) if keep_days is not None else None
    taken = [found[picture_id] for picture_id in ids]
    for position, picture in enumerate(taken):
        picture.subject_kind, picture.subject_id = subject
        picture.position = position
        picture.delete_after = until
    return taken


def let_go(subject: tuple[str, str], *, but: Sequence[UUID] = ()) -> None:
    """Take a subject's pictures from it: nothing shows them from now on, and a job removes them.

    ``but`` are the ones that stay.
    """
    kind, identifier = subject
    db.session.execute(
        update(Picture)
        .where(Picture.subject_kind == kind, Picture.subject_id == identifier)
        .where(Picture.id.not_in(list(but)))
        .values(subject_kind=None, subject_id=None)
    )


def _may_take(
    picture: Picture, purpose: Purpose, subject: tuple[str, str], uploaded_by: UUID | None
) -> bool:
    if picture.purpose != purpose:
        return False
    holder = (picture.subject_kind, picture.subject_id)
    if holder == subject:
        return True
    return holder == (None, None) and picture.uploaded_by == uploaded_by


def decide(picture_id: UUID, *, shown: bool) -> Picture:
    """Release or hold a picture on a person's word; its caller records whose it was."""
    picture = queries.picture(picture_id)
    picture.state = (PictureState.PASSED if shown else PictureState.HELD).value
    return picture


def take_verdict(verdict: MediaVerdict) -> None:
    """Write the platform's answer about a picture; an unknown or repeated one changes nothing."""
    state = PictureState.PASSED if verdict.passed else PictureState.HELD
    db.session.execute(
        update(Picture)
        .where(Picture.trace_id == verdict.trace_id, Picture.state == PictureState.ASKED.value)
        .values(state=state.value)
    )


def remove(ids: Sequence[UUID]) -> None:
    """Delete pictures, rows and files."""
    for picture_id in ids:
        queries.path_of(picture_id).unlink(missing_ok=True)
    db.session.execute(delete(Picture).where(Picture.id.in_(list(ids))))


def remove_spent(today: date) -> int:
    """Delete what nothing took up by the day after its upload, and what is past its time."""
    spent = db.session.scalars(
        select(Picture.id).where(
            (Picture.subject_kind.is_(None) & (Picture.uploaded_on < today - timedelta(days=1)))
            | (Picture.delete_after < today)
        )
    ).all()
    remove(spent)
    return len(spent)
