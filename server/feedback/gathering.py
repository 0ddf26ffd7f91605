"""What a sheet is made of, read: the newest publications of a quarter, and the cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignKind, CampaignState
from server.core import clock
from server.core.access import SYSTEM
from server.feedback import comments, document
from server.feedback.document import Source, per_cent
from server.feedback.rules import MOST_CASES
from server.identity import queries as identity
from server.publication import queries as publications
from server.quarterly.rules import quarter_of_campaign
from server.rectification import queries as rectification
from server.rectification.queries import Case, CaseFilter, Lateness, Rates
from server.rectification.rules import CaseKind

Node = Mapping[str, Any]


def gather(quarter: str, department_id: int, *, now: datetime) -> document.Document:
    """Return what a department's sheet would say now."""
    department = identity.organisation(department_id)
    sources = sources_of(quarter)
    return document.make(
        quarter,
        (department.id, department.name),
        sources,
        cases=_cases(quarter, department_id, now),
        comments=comments.chosen(
            department_id, {source.campaign: source.document for source in sources}
        ),
        as_of=now.astimezone(clock.SHANGHAI).isoformat(),
    )


def sources_of(quarter: str) -> list[Source]:
    """Return the newest publications of the campaigns that belong to a quarter."""
    found = []
    for campaign in campaigns.campaigns(states=[CampaignState.CLOSED]):
        belongs = quarter_of_campaign(
            CampaignKind(campaign.kind),
            opens_at=campaign.opens_at,
            closes_at=campaign.closes_at,
            closed_at=campaign.closed_at,
        )
        newest = publications.current(campaign.id) if belongs == quarter else None
        if newest is not None:
            digest = newest.digest.hex()
            found.append(Source(campaign.id, newest.version, digest, newest.document))
    return sorted(found, key=lambda one: one.campaign)


def quarters() -> list[str]:
    """Return the quarters of which there is something to tell, the latest first."""
    found = {
        quarter_of_campaign(
            CampaignKind(one.kind),
            opens_at=one.opens_at,
            closes_at=one.closes_at,
            closed_at=one.closed_at,
        )
        for one in campaigns.campaigns(states=[CampaignState.CLOSED])
    }
    return sorted({one for one in found if one} | set(rectification.quarters(SYSTEM)), reverse=True)


def comment_texts(sheet: Node) -> list[str]:
    """Return the words of a sheet's comments, as far as they may be shown today."""
    named = sheet["comments"]["refs"]
    newest = {
        campaign: publications.current(campaign) for campaign in {one["campaign"] for one in named}
    }
    documents = {key: found.document for key, found in newest.items() if found is not None}
    return comments.texts(sheet["department"]["id"], named, documents)


def _cases(quarter: str, department_id: int, now: datetime) -> dict[str, Any]:
    """Return the quarter's cases, and all that are open: what is due is due whenever it began."""
    mine = CaseFilter(department_id=department_id, quarter=quarter)
    still = CaseFilter(department_id=department_id, is_open=True)
    found: dict[Any, Case] = {}
    for asked in (mine, still):
        listed = rectification.cases_to_export(asked, actor=SYSTEM, now=now, most=MOST_CASES)
        found |= {one.id: one for one in listed}
    late = rectification.lateness(found.values(), now=now)
    counted = rectification.rates(quarter, as_of=now).get(department_id, Rates())
    standing = rectification.standing([department_id], now=now)[department_id]
    return {
        "figures": {
            "registered": counted.registered,
            "reopened": counted.reopened,
            "open": standing.open,
            "late": standing.late,
            "by_kind": {CaseKind(kind).value: count for kind, count in counted.by_kind.items()},
        },
        "rates": _rates(counted),
        "list": [_case(one, late[one.id]) for one in _ordered(list(found.values()))],
    }


def _ordered(cases: Sequence[Case]) -> list[Case]:
    return sorted(cases, key=lambda one: one.number)


def _case(case: Case, lateness: Lateness) -> dict[str, Any]:
    closed = case.closed_at
    return {
        "id": str(case.id),
        "number": case.number,
        "title": case.title,
        "kind": case.kind,
        "stage": case.stage,
        "quarter": case.quarter,
        "registered_on": clock.local_date(case.registered_at).isoformat(),
        "due_on": clock.local_date(case.rectify_due_at).isoformat(),
        "answered": case.answered_at is not None,
        "closed_on": None if closed is None else clock.local_date(closed).isoformat(),
        "lateness": lateness.value,
    }


def _rates(counted: Rates) -> dict[str, list[Any]]:
    """Return each rate as part, whole, and per cent; None where there is nothing to be part of."""
    raters = counted.solved + counted.not_solved
    pairs = {
        "called_back": (counted.called_back, counted.real_name),
        "called_back_in_time": (counted.called_back_in_time, counted.real_name),
        "answered_in_time": (counted.answered_in_time, counted.due),
        "closed_in_time": (counted.closed_in_time, counted.due),
        "solved": (counted.solved, raters),
    }
    return {name: [part, whole, per_cent(part, whole)] for name, (part, whole) in pairs.items()}
