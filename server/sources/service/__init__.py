"""Writing sources, runs and matters."""

from server.sources.service.batches import take_batch, verified
from server.sources.service.matters import (
    accept_suggestions,
    assign,
    import_categories,
    suggest_topics,
)
from server.sources.service.registry import create_source, issue_secret, save_mapping
from server.sources.service.runs import (
    Cancelled,
    apply_run,
    cancel_run,
    fail_run,
    forget_expired,
    rejoin,
    start_check,
    upload,
    work,
)

__all__ = [
    "Cancelled",
    "accept_suggestions",
    "apply_run",
    "assign",
    "cancel_run",
    "create_source",
    "fail_run",
    "forget_expired",
    "import_categories",
    "issue_secret",
    "rejoin",
    "save_mapping",
    "start_check",
    "suggest_topics",
    "take_batch",
    "upload",
    "verified",
    "work",
]
