"""What a year's results are made of, read: published editions, case rates, groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.assessment.rules import Rate, quarter_codes
from server.identity import queries as identity
from server.quarterly import groups
from server.quarterly import queries as quarters
from server.quarterly.queries import Edition
from server.rectification import queries as rectification
from server.rectification.queries import Rates

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Year:
    """Everything that the results of a year are made of."""

    year: int
    editions: Mapping[str, Edition]
    rates: Mapping[str, Mapping[int, Rates]]
    groups: Mapping[int, str]
    names: Mapping[int, str]
    as_of: datetime

    def inputs(self, department_id: int, scheme: Node) -> dict[str, Any]:
        """Return what a department's result is made of."""
        return {
            "year": self.year,
            "department": {"id": department_id, "name": self.names[department_id]},
            "group": self.groups.get(department_id),
            "scheme": dict(scheme),
            "quarters": {
                code: _quarter(edition, department_id) for code, edition in self.editions.items()
            },
            "rates": {rate.value: list(_rate(rate, self._cases(department_id))) for rate in Rate},
        }

    def _cases(self, department_id: int) -> list[Rates]:
        return [found.get(department_id, Rates()) for found in self.rates.values()]


def gather(year: int, *, now: datetime) -> Year:
    """Return what a year's results would be made of now."""
    editions = {
        code: published[0]
        for code in quarter_codes(year)
        if (published := quarters.published_editions(code))
    }
    rates = {code: rectification.rates(code, as_of=now) for code in quarter_codes(year)}
    ids = {node["id"] for edition in editions.values() for node in _departments(edition)}
    ids |= {department for found in rates.values() for department in found}
    labels = {group.id: group.name for group in groups.every_group()}
    return Year(
        year=year,
        editions=editions,
        rates=rates,
        groups={key: labels[one] for key, one in groups.group_of_departments().items()},
        names=identity.organisation_names(ids),
        as_of=now,
    )


def _departments(edition: Edition) -> list[Node]:
    return [node for group in edition.document["groups"] for node in group["departments"]]


def _quarter(edition: Edition, department_id: int) -> dict[str, Any]:
    """Return a department's published scores of a quarter; a campaign without scores has none."""
    nodes = [node for node in _departments(edition) if node["id"] == department_id]
    campaigns = [one for node in nodes for one in node["campaigns"]]
    return {
        "edition": edition.edition,
        "digest": edition.digest.hex(),
        "rated": bool(campaigns),
        "scores": [
            {"campaign": one["campaign"], **_score(one["score"])}
            for one in campaigns
            if one["score"] is not None
        ],
    }


def _score(score: Node) -> dict[str, Any]:
    if "withheld" in score:
        return {"withheld": True}
    return {"score": score["score"]} if "score" in score else {"reason": score["reason"]}


def _rate(rate: Rate, found: list[Rates]) -> tuple[int, int]:
    """Return a rate's part and whole over the year's quarters."""
    if rate is Rate.SOLVED:
        solved = sum(one.solved for one in found)
        return solved, solved + sum(one.not_solved for one in found)
    if rate in {Rate.CALLED_BACK, Rate.CALLED_BACK_IN_TIME}:
        whole = sum(one.real_name for one in found)
    else:
        whole = sum(one.due for one in found)
    return sum(getattr(one, rate.value) for one in found), whole
