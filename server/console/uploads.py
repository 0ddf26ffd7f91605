"""Tables that come in through a form: a file is what its name says, or is refused with words."""

from werkzeug.datastructures import FileStorage

from server.core.errors import Refusal
from server.core.sheets import ZIP

WORKBOOK_NAMES = (".xlsx", ".xlsm")


def require_as_named(sent: FileStorage) -> None:
    """Refuse a file that is a workbook by its name alone.

    Read as text it would be a table of one odd column, and nobody would see why.
    """
    sent.stream.seek(0)
    head = sent.stream.read(len(ZIP))
    sent.stream.seek(0)
    # Of an empty one its reader tells that it is empty.
    if head and head != ZIP and str(sent.filename).lower().endswith(WORKBOOK_NAMES):
        raise Refusal("file_not_a_workbook", 422, field="file")
