"""The office's own figures: groups of any size, as they stand now. They never leave the office."""

from server.campaigns.rules import SIGNED
from server.publication.document import Document, document
from server.publication.figures import Figures
from server.publication.gathering import gather_department, gather_overview
from server.publication.rules import Reason
from server.publication.withheld import Withheld


def overview(campaign_id: int) -> Document:
    """Return a settled campaign's groups in the form of a publication, nothing withheld."""
    return document(gather_overview(campaign_id), {})


def department(campaign_id: int, department_id: int) -> Document:
    """Return one department's figures in the form of a publication, nothing withheld."""
    return document(gather_department(campaign_id, department_id), {})


def interim_overview(campaign_id: int) -> Document:
    """Return an open survey's groups as they stand now, for an office that has broken its seal.

    While it is open, who rates when can be seen from outside: groups under the smallest size stay
    hidden from the office too.
    """
    return _without_small(gather_overview(campaign_id, interim=True))


def interim_department(campaign_id: int, department_id: int) -> Document:
    """Return one department's figures of an open survey in the same way."""
    return _without_small(gather_department(campaign_id, department_id, interim=True))


def _without_small(figures: Figures) -> Document:
    smallest = figures.basis.smallest_group
    small = {
        one.id: Withheld(
            groups={
                group.channel.code: Reason.FEW_RATERS
                for group in one.groups
                if group.ratings < smallest and group.channel not in SIGNED
            }
        )
        for one in figures.departments
    }
    return document(figures, small)
