"""Pictures of the plain form.

They are stored as soon as they arrive, so that a mistake elsewhere in the form does not cost them;
the form then carries their ids.
"""

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage

from server.core import clock
from server.core.errors import Refusal
from server.core.imaging import LARGEST_PHOTO
from server.core.limits import enforce
from server.core.transaction import transaction
from server.evaluation import photos


def picture_id(secret: str, data: bytes) -> UUID:
    """Return a picture's id: it follows from the receipt's secret and the picture itself.

    So a form that is sent twice names the same pictures and is known as a retry. Without the
    secret nobody can work the id out.
    """
    digest = sha256(secret.encode() + sha256(data).digest()).digest()
    return UUID(bytes=digest[:16], version=4)


def take_in(
    campaign_id: int, secret: str, files: Iterable[FileStorage], *, may_store: bool
) -> tuple[list[UUID], list[str]]:
    """Store chosen pictures; return their ids, and a sentence for each that can't be taken.

    With ``may_store`` False only the ids are worked out: enough to recognise a retry after the
    campaign has closed or the code is used.
    """
    ids: list[UUID] = []
    faults: list[str] = []
    for file in files:
        if not file.filename:
            continue
        data = file.stream.read(LARGEST_PHOTO + 1)
        identifier = picture_id(secret, data)
        try:
            if may_store:
                enforce("upload")
                _store(campaign_id, data, identifier)
        except Refusal as refusal:
            if not refusal.code.startswith("photo_"):
                raise
            faults.append(f"{file.filename[:40]}：{refusal.message}")
        else:
            ids.append(identifier)
    return ids, faults


def _store(campaign_id: int, data: bytes, identifier: UUID) -> None:
    if _is_stored(campaign_id, identifier):
        return
    try:
        with transaction():
            photos.store(campaign_id, data, now=clock.now(), photo_id=identifier)
    except IntegrityError:
        # The same form came in twice at once, and the other one has stored the picture.
        return


def _is_stored(campaign_id: int, identifier: UUID) -> bool:
    try:
        photos.photo(campaign_id, identifier)
    except Refusal:
        return False
    return True
