"""Jobs of frames: checking and taking files in, erasing persons whose time is over."""

from uuid import UUID

from flask import current_app
from sqlalchemy.exc import OperationalError

from server.core import clock
from server.core.access import SYSTEM
from server.core.errors import Refusal
from server.core.jobs import queue
from server.core.transaction import transaction
from server.sampling import service
from server.settings import queries as settings
from server.settings.rules import FRAME_DAYS

BROKEN = "系统出错，已经记录。没有导入任何内容，请稍后重新检查。"


@queue.task(queue="sources")
def work(import_id: str) -> None:
    """Check a file, or make it a frame: whole, or not at all."""
    found = UUID(import_id)
    try:
        with transaction():
            service.work(found, now=clock.now())
    except service.Cancelled:
        _end(found, "", cancelled=True)
    except Refusal as refusal:
        _end(found, refusal.message)
    except OperationalError:
        # The database was away: the job is given back and begins anew.
        raise
    except Exception as error:
        # Whatever it was, the person who waits is told. The log says where it broke, without the
        # error's text: persons of the file may be in it.
        plain = Exception(type(error).__name__)
        trace = (Exception, plain, error.__traceback__)
        current_app.logger.exception("frame import %s broke", found, exc_info=trace)
        _end(found, BROKEN)
    with transaction():
        service.forget_file(found)


def _end(found: UUID, failure: str, *, cancelled: bool = False) -> None:
    with transaction():
        service.end_import(found, failure, cancelled=cancelled, now=clock.now())


@queue.periodic(cron="20 4 * * *")
@queue.task(queue="housekeeping", queueing_lock="erase_frames")
def erase_frames(timestamp: int) -> None:
    """Erase the persons of frames some days after their campaigns were settled."""
    del timestamp
    now = clock.now()
    with transaction():
        service.forget_old_imports(now)
        due = service.due_for_erasure(int(settings.value(FRAME_DAYS)), now)
    for frame_id in due:
        with transaction():
            service.erase_persons(frame_id, actor=SYSTEM, now=clock.now())
