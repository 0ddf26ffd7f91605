"""What a rater of a department is asked: read once a campaign, kept for a few seconds.

Departments, leaves and channels are fixed once a campaign is open. Whether it is open is asked by
the submission's own statement; what is kept here only chooses the words of a refusal.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignKind, CampaignState, Channel, refusal_of
from server.core.errors import Refusal

KEEP_SECONDS = 5.0
MOST_KEPT = 64


@dataclass(frozen=True)
class Form:
    """A department in a campaign, as its raters meet it."""

    campaign_id: int
    title: str
    kind: CampaignKind
    state: CampaignState
    opens_at: datetime
    closes_at: datetime
    paused: bool
    channels: frozenset[Channel]
    department_id: int
    department_name: str
    enterprise_facing: bool
    leaves: tuple[int, ...]

    def refuse_unless_open(self, now: datetime) -> None:
        """Refuse with the reason why the campaign takes no rating now."""
        reason = refusal_of(
            self.state,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            paused=self.paused,
            now=now,
        )
        if reason == "campaign_paused":
            raise Refusal(reason, 503, headers={"Retry-After": "300"})
        if reason:
            raise Refusal(reason, 409)


def form(campaign_id: int, department_id: int) -> Form:
    """Return the form, at most five seconds old; refuse an unknown campaign or department."""
    found = _forms(campaign_id).get(department_id)
    if found is None:
        raise Refusal("department_unknown", 404, field="department")
    return found


def forget(campaign_id: int) -> None:
    """Drop a campaign's kept forms, which turned out to be stale."""
    current_app.extensions.get("evaluation_forms", {}).pop(campaign_id, None)


def _forms(campaign_id: int) -> Mapping[int, Form]:
    """Return the forms of all departments: read one by one they would cost as many queries."""
    kept: dict[int, tuple[float, Mapping[int, Form]]] = current_app.extensions.setdefault(
        "evaluation_forms", {}
    )
    moment = time.monotonic()
    found = kept.get(campaign_id)
    if found and moment - found[0] < KEEP_SECONDS:
        return found[1]
    fresh = _read(campaign_id)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[campaign_id] = (moment, fresh)
    return fresh


def _read(campaign_id: int) -> Mapping[int, Form]:
    campaign = campaigns.public_campaign(campaign_id)
    return {
        organisation.id: Form(
            campaign_id=campaign.id,
            title=campaign.title,
            kind=CampaignKind(campaign.kind),
            state=CampaignState(campaign.state),
            opens_at=campaign.opens_at,
            closes_at=campaign.closes_at,
            paused=campaign.pause_reason is not None,
            channels=frozenset(Channel(channel) for channel in campaign.channels),
            department_id=organisation.id,
            department_name=organisation.name,
            enterprise_facing=organisation.enterprise_facing,
            leaves=tuple(row.leaves),
        )
        for row, organisation in campaigns.every_department(campaign_id)
    }
