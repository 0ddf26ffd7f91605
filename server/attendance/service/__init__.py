"""Writing check-ins: the member's own, what others say of it, the organiser's word, paper."""

from server.attendance.answers import Answer
from server.attendance.queries import rotating_code
from server.attendance.service.check_in import Claim, Position, check_in, check_in_at_once
from server.attendance.service.decisions import decide
from server.attendance.service.others import Confirmation, confirm, deliver_proof
from server.attendance.service.paper import (
    PAPER_LABELS,
    PaperLine,
    PaperReport,
    import_paper,
)
from server.attendance.service.retention import forget_evidence

__all__ = [
    "PAPER_LABELS",
    "Answer",
    "Claim",
    "Confirmation",
    "PaperLine",
    "PaperReport",
    "Position",
    "check_in",
    "check_in_at_once",
    "confirm",
    "decide",
    "deliver_proof",
    "forget_evidence",
    "import_paper",
    "rotating_code",
]
