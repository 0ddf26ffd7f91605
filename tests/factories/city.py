"""A small city, made through the services as the console would make it."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from server.campaigns import service as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM, Actor, ActorKind, Grant, Role
from server.core.transaction import transaction
from server.identity import service as identity
from server.identity import tokens
from server.identity.models import Account, Organisation
from server.identity.rules import OrganisationKind
from server.indicators import service as indicators
from server.indicators.models import IndicatorVersion

PASSWORD = "correct horse battery staple"
TREE = [
    {
        "code": code,
        "name": name,
        "weight": "25",
        "leaves": [
            {
                "code": f"{code}{number}",
                "name": f"{name}{number}",
                "question": f"您对{name}第{number}项满意吗？",
                "weight": "12.5",
                "method": "overall",
                "duties": [],
            }
            for number in (1, 2)
        ],
    }
    for code, name in (
        ("A", "落实中心工作"),
        ("B", "优化办事服务"),
        ("C", "正确履行职责"),
        ("D", "严守纪律法律"),
    )
]


@dataclass
class City:
    """Ids and actors of the small city."""

    root: Organisation
    departments: list[Organisation]
    enterprise: Organisation
    version: IndicatorVersion
    accounts: dict[str, Account] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def campaign(
        self,
        *,
        kind: CampaignKind = CampaignKind.SURVEY,
        is_open: bool = True,
        channels: tuple[Channel, ...] = (
            Channel.OPEN,
            Channel.SERVICE_CENTRE,
            Channel.ENTERPRISE_ONLINE,
        ),
    ) -> Campaign:
        """Make a campaign over all departments, open unless told otherwise."""
        now = clock.now()
        office = self.actors["office1"]
        with transaction():
            campaign = campaigns.create_campaign(
                kind=kind,
                title="2026 年第四季度评价",
                description="",
                indicator_version_id=self.version.id,
                channels=list(channels),
                opens_at=now - timedelta(hours=1),
                closes_at=now + timedelta(days=7),
                departments=[department.id for department in self.departments],
                actor=office,
                now=now,
            )
            if is_open:
                campaigns.open_campaign(campaign.id, actor=office, now=now)
        return campaign

    def codes(self, campaign: Campaign, department: Organisation, size: int = 3) -> list[str]:
        """Issue rating codes."""
        with transaction():
            _, codes = campaigns.issue_codes(
                campaign.id,
                department_id=department.id,
                size=size,
                actor=self.actors["office1"],
                now=clock.now(),
            )
        return codes


def _organisation(
    name: str, kind: OrganisationKind, parent: int | None, **more: object
) -> Organisation:
    return identity.create_organisation(
        name=name, kind=kind, parent_id=parent, actor=SYSTEM, now=clock.now(), **more
    )


def build_city() -> City:
    """Make the city: two departments, an institution, an enterprise, an account for each role."""
    now = clock.now()
    with transaction():
        root = _organisation("临江市", OrganisationKind.CITY, None)
        departments = [
            _organisation(
                "市场监督管理局",
                OrganisationKind.DEPARTMENT,
                root.id,
                short_name="市监局",
                aliases=["工商局"],
                enterprise_facing=True,
            ),
            _organisation("公安局", OrganisationKind.DEPARTMENT, root.id),
            _organisation("图书馆", OrganisationKind.PUBLIC_INSTITUTION, root.id),
        ]
        enterprise = _organisation("江畔纺织有限公司", OrganisationKind.ENTERPRISE, root.id)
        version = indicators.create_version(
            name="测试指标", note="", tree=TREE, is_sample=True, actor=SYSTEM, now=now
        )
        city = City(root, departments, enterprise, version)
        for name, role, place in (
            ("office1", Role.OFFICE, root),
            ("office2", Role.OFFICE, root),
            ("admin", Role.ADMINISTRATOR, root),
            ("auditor", Role.AUDITOR, root),
            ("adjudicator", Role.ADJUDICATOR, root),
            ("party", Role.PARTY_STAFF, root),
            ("owner", Role.METHOD_OWNER, root),
            ("inspector", Role.INSPECTOR, departments[0]),
            ("liaison", Role.LIAISON, departments[0]),
            ("head", Role.HEAD, departments[0]),
        ):
            account, _ = identity.create_account(
                name=name, display_name=f"{name} 同志", actor=SYSTEM, now=now
            )
            identity.set_password(account, PASSWORD, must_change=False)
            identity.grant_role(role, place.id, account_id=account.id, actor=SYSTEM, now=now)
            city.accounts[name] = account
            city.actors[name] = Actor(
                ActorKind.ACCOUNT, account.id, (Grant(role, place.id, place.path),)
            )
    return city


def member_id_of(token: str) -> UUID:
    """Read the member out of a session token."""
    return tokens.read(token)[1]
