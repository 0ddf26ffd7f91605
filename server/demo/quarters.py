"""The demo city's groups of comparison, and the last quarter with a survey, published."""

from datetime import datetime, timedelta

from server.campaigns import queries as campaigns
from server.core.access import Actor, ActorKind
from server.core.clock import local_date
from server.core.transaction import transaction
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
    office = _actor(FREEZER)
    made = {
        name: groups.add_group(name, actor=office, now=now).id
        for name in (*(name for name, _ in GROUPS), INSTITUTIONS)
    }
    for department in identity.rated_departments():
        name = INSTITUTIONS
        if department.kind == OrganisationKind.DEPARTMENT:
            name = next(name for name, duty in GROUPS if duty is None or duty in department.duties)
        groups.place_department(department.id, made[name], actor=office, now=now)


def make_demo_quarter(campaign_id: int, now: datetime) -> None:
    """Freeze, approve and publish the quarter in which a survey closed."""
    closed_at = campaigns.campaign(campaign_id).closed_at or now
    with transaction():
        edition = service.freeze(quarter_of(local_date(closed_at)), actor=_actor(FREEZER), now=now)
        service.approve(edition.id, publish_at=now, actor=_actor(APPROVER), now=now)
        service.publish_due(edition.id, now=now + timedelta(minutes=1))


def _actor(name: str) -> Actor:
    account = identity.account_by_name(name)
    assert account is not None  # noqa: S101 the demo city has it
    return Actor(ActorKind.ACCOUNT, account.id, identity.access_grants(account_id=account.id))
