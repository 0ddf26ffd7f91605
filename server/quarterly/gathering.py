"""What an edition is made of, taken once: publications, groups, and numbers of cases; reads only.

The inputs hold what is withheld as well, and never leave the office; their form is JSON, so that
the document can be made again from them (``checking``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, CampaignState
from server.core import clock
from server.core.database import db
from server.identity import queries as identity
from server.publication import queries as publications
from server.publication.queries import Published
from server.quarterly import groups
from server.quarterly.document import figures_node
from server.quarterly.figures import CaseFigures, Count
from server.quarterly.leaving_out import left_out, shown_groups
from server.quarterly.rules import PARTS, Measure, quarter_of_campaign
from server.rectification import queries as rectification
from server.rectification.queries import Rates
from server.scoring import queries as scoring
from server.settings import queries as settings
from server.settings.rules import SMALLEST_GROUP

FORMAT = 1
Inputs = dict[str, Any]


@dataclass(frozen=True)
class Gathered:
    """Inputs, the publications' documents by campaign, and the campaigns that can't be in it."""

    inputs: Inputs
    documents: Mapping[int, Mapping[str, Any]]
    missing: list[Campaign]


def gather(quarter: str, *, as_of: datetime) -> Gathered:
    """Return what an edition of a quarter would be made of now."""
    wanted = campaigns_of(quarter)
    current = {one.id: publications.current(one.id) for one in wanted}
    published = {key: found for key, found in current.items() if found is not None}
    documents = {key: found.document for key, found in published.items()}
    cases = case_figures(quarter, as_of=as_of)
    present = _departments({*cases, *_departments_in(documents.values())})
    inputs: Inputs = {
        "inputs": FORMAT,
        "quarter": quarter,
        "as_of": as_of.astimezone(clock.SHANGHAI).isoformat(),
        "smallest_group": int(settings.value(SMALLEST_GROUP)),
        "publications": [_publication(found) for found in published.values()],
        "departments": [{"id": key, "name": name} for key, name in present.items()],
        "groups": _groups(list(present)),
        "cases": {str(key): figures_node(cases[key]) for key in sorted(cases)},
        "no_cases": figures_node(_figures(None)),
    }
    return Gathered(inputs, documents, [one for one in wanted if one.id not in published])


def campaigns_of(quarter: str) -> list[Campaign]:
    """Return the campaigns that belong to a quarter, the oldest first."""
    found = campaigns.campaigns(states=[CampaignState.OPEN, CampaignState.CLOSED])
    return sorted(
        (
            one
            for one in found
            if quarter
            == quarter_of_campaign(
                CampaignKind(one.kind),
                opens_at=one.opens_at,
                closes_at=one.closes_at,
                closed_at=one.closed_at,
            )
        ),
        key=lambda one: one.id,
    )


def case_figures(quarter: str, *, as_of: datetime) -> dict[int, CaseFigures]:
    """Return each department's numbers of a quarter's cases, without ratings of withheld groups.

    Which groups are published is asked of every campaign, not only of those of the quarter: a
    rating of any may have registered a case.
    """
    hidden = left_out(quarter, shown_groups(_newest_documents()))
    found = rectification.rates(quarter, as_of=as_of, without=hidden)
    return {department: _figures(rates) for department, rates in found.items()}


def standing(published: Published) -> dict[str, Any]:
    """Return a publication's confidence level, and exact scores with their errors.

    Only of departments whose score is public.
    """
    if published.score_run_id is None:
        return {"level": None, "errors": {}}
    result: Any = scoring.run(published.score_run_id).result
    exact = {node["id"]: node["exact"] for node in result["departments"]}
    return {
        "level": result["interval_level"],
        "errors": {
            str(node["id"]): exact[node["id"]]
            for node in published.document["departments"]
            if "score" in (node["score"] or {})
        },
    }


def _newest_documents() -> dict[int, Mapping[str, Any]]:
    closed = (one for one in publications.closed_campaigns() if one.published)
    found = ((one.id, publications.current(one.id)) for one in closed)
    return {key: one.document for key, one in found if one is not None}


def _publication(published: Published) -> dict[str, Any]:
    return {
        "campaign": published.campaign_id,
        "version": published.version,
        "digest": published.digest.hex(),
        **standing(published),
    }


def _departments_in(documents: Iterable[Mapping[str, Any]]) -> set[int]:
    return {node["id"] for document in documents for node in document["departments"]}


def _departments(ids: Iterable[int]) -> dict[int, str]:
    """Return departments' names, by pinyin."""
    organisation = identity.Organisation
    rows = db.session.execute(
        select(organisation.id, organisation.name)
        .where(organisation.id.in_(list(ids)))
        .order_by(organisation.sort_key, organisation.id)
    )
    return {row[0]: row[1] for row in rows}


def _groups(departments: list[int]) -> list[dict[str, Any]]:
    """Return the groups with their departments that are present, then those of no group."""
    place = groups.group_of_departments()
    found = [
        {
            "name": group.name,
            "departments": [one for one in departments if place.get(one) == group.id],
        }
        for group in groups.every_group()
    ]
    loose = [one for one in departments if one not in place]
    shown: list[dict[str, Any]] = [one for one in found if one["departments"]]
    return [*shown, {"name": None, "departments": loose}] if loose else shown


def _figures(rates: Rates | None) -> CaseFigures:
    if rates is None:
        return {one: Count(0, dict.fromkeys(PARTS[one], 0)) for one in Measure}
    return {
        Measure.REGISTERED: Count(rates.registered),
        Measure.DUE: Count(
            rates.due, {"answered": rates.answered_in_time, "closed": rates.closed_in_time}
        ),
        Measure.CALLED_BACK: Count(
            rates.real_name, {"called": rates.called_back, "in_time": rates.called_back_in_time}
        ),
        Measure.SATISFIED: Count(rates.solved + rates.not_solved, {"solved": rates.solved}),
    }
