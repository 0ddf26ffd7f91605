"""Writing frames and draws."""

from server.sampling.intake import Unit
from server.sampling.persons import Contact
from server.sampling.service.draws import (
    MOST_SKIP_DAYS,
    Preview,
    delete_draw,
    draw_sample,
    fault_of,
    preview,
    wish_of,
)
from server.sampling.service.frames import (
    LARGEST_FILE,
    Cancelled,
    add_corrections,
    add_frame,
    apply_import,
    cancel_import,
    choose_columns,
    delete_frame,
    due_for_erasure,
    end_import,
    erase_persons,
    forget_file,
    forget_old_imports,
    upload_frame,
    work,
)

__all__ = [
    "LARGEST_FILE",
    "MOST_SKIP_DAYS",
    "Cancelled",
    "Contact",
    "Preview",
    "Unit",
    "add_corrections",
    "add_frame",
    "apply_import",
    "cancel_import",
    "choose_columns",
    "delete_draw",
    "delete_frame",
    "draw_sample",
    "due_for_erasure",
    "end_import",
    "erase_persons",
    "fault_of",
    "forget_file",
    "forget_old_imports",
    "preview",
    "upload_frame",
    "wish_of",
    "work",
]
