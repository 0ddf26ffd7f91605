"""The office's own figures: groups of any size, as they stand now. They never leave the office."""

from server.publication.document import Document, document
from server.publication.gathering import gather_department, gather_overview


def overview(campaign_id: int) -> Document:
    """Return a settled campaign's groups in the form of a publication, nothing withheld."""
    return document(gather_overview(campaign_id), {})


def department(campaign_id: int, department_id: int) -> Document:
    """Return one department's figures in the form of a publication, nothing withheld."""
    return document(gather_department(campaign_id, department_id), {})
