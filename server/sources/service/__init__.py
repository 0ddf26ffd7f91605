"""Writing sources, runs and matters."""

from server.sources.service.batches import take_batch, verified
from server.sources.service.matters import (
    LARGEST_TREE,
    MOST_ASSIGNED,
    accept_suggestions,
    assign,
    import_categories,
    suggest_topics,
    topics,
)
from server.sources.service.registry import create_source, issue_secret, save_mapping
from server.sources.service.runs import (
    LARGEST_FILE,
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
    "LARGEST_FILE",
    "LARGEST_TREE",
    "MOST_ASSIGNED",
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
    "topics",
    "upload",
    "verified",
    "work",
]
