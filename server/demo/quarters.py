"""The demo city's groups of comparison, and the last quarter with a survey, published."""

from datetime import datetime

from server.campaigns import queries as campaigns
from server.core.clock import local_date
from server.core.transaction import transaction
from server.demo.desks import desk
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from server.quarterly import groups, service
from server.rectification.rules import quarter_of

# A department is in the first group one of whose duties it has.
GROUPS = (
    ("窗口服务部门", "window"),
    ("监管执法部门", "enforcement"),
    ("综合管理部门", None),
)
INSTITUTIONS = "公共服务单位"
FREEZER, APPROVER = "office1", "office2"


def make_demo_groups(now: datetime) -> None:
    """Put the departments into groups of comparable size and kind."""
    office = desk(FREEZER)
    made = {
        name: groups.add_group(name, actor=office, now=now).id
        for name in (*(name for name, _ in GROUPS), INSTITUTIONS)
    }
    for department in identity.rated_departments():
        name = INSTITUTIONS
        if department.kind == OrganisationKind.DEPARTMENT:
            name = next(name for name, duty in GROUPS if duty is None or duty in department.duties)
        groups.place_department(department.id, made[name], actor=office, now=now)


def make_demo_quarter(campaign_id: int, now: datetime) -> str:
    """Freeze, approve and publish the quarter in which a survey closed; return its code."""
    closed_at = campaigns.campaign(campaign_id).closed_at or now
    quarter = quarter_of(local_date(closed_at))
    with transaction():
        edition = service.freeze(quarter, actor=desk(FREEZER), now=now)
        service.approve(edition.id, publish_at=now, actor=desk(APPROVER), now=now)
        service.publish_due(edition.id, now=now)
    return quarter
