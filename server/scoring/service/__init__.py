"""Writing scoring schemes and computations of scores."""

from server.scoring.service.runs import (
    Cancelled,
    Order,
    begin,
    cancel_run,
    end_without,
    finish,
    request_run,
)
from server.scoring.service.schemes import (
    change_scheme,
    create_scheme,
    delete_scheme,
    freeze,
    import_scheme,
)

__all__ = [
    "Cancelled",
    "Order",
    "begin",
    "cancel_run",
    "change_scheme",
    "create_scheme",
    "delete_scheme",
    "end_without",
    "finish",
    "freeze",
    "import_scheme",
    "request_run",
]
