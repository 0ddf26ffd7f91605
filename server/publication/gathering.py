"""Gathering all figures of a settled campaign, before anything is withheld; reads only."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import select

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.evaluation import counts
from server.evaluation.models import GroupSize
from server.evaluation.rules import LEVEL_LABELS
from server.identity import queries as identity
from server.indicators import queries as indicators
from server.publication.figures import (
    Answers,
    Basis,
    Department,
    Figures,
    Group,
    Node,
    Question,
)
from server.scoring import queries as scoring
from server.scoring.queries import ScoreRun
from server.scoring.rules import OVERALL_LEAF, WITH_PANELS, RunState
from server.settings import queries as settings
from server.settings.rules import LEVEL_SCORES, SMALLEST_GROUP

MOST_READS = 5
# The question about the department as a whole, in the counts.
OVERALL_PLACE = 0

Cells = dict[tuple[str, str, str], tuple[tuple[Fraction, int], ...]]
Excluded = Mapping[tuple[int, int], Mapping[str, int]]
Tally = Mapping[tuple[int, int], Mapping[int, Mapping[int, int]]]


class _Asked(NamedTuple):
    """A department of the campaign with the codes of its leaves, in the order of the places."""

    id: int
    name: str
    questions: tuple[Question, ...]


def gather(campaign_id: int, *, run: ScoreRun | None = None) -> Figures:
    """Return every figure of a settled campaign, with the scores of a finished computation.

    Refuses a sealed campaign with ``campaign_sealed``, one that is being settled with
    ``campaign_not_settled``; a computation that is not one to publish of this campaign with
    ``score_run_not_publishable``, and one of other counts than now stand with
    ``score_run_outdated``.
    """
    campaign = campaigns.settled_campaign(campaign_id)
    departments = _departments(campaign, _asked(campaign), *_read(campaign_id))
    if run is None:
        return Figures(_basis(campaign), tuple(departments))
    return _with_scores(campaign, departments, run)


def gather_overview(campaign_id: int, *, interim: bool = False) -> Figures:
    """Return the ratings of each group without the single questions; refuses as ``gather``.

    ``interim``: of a campaign that is still open, whose seal was broken.
    """
    campaign = _campaign(campaign_id, interim=interim)
    asked = [_Asked(one.id, one.name, ()) for one in _asked(campaign)]
    found = _departments(campaign, asked, *_read(campaign_id, place=OVERALL_PLACE))
    return Figures(_basis(campaign), tuple(found))


def gather_department(campaign_id: int, department_id: int, *, interim: bool = False) -> Figures:
    """Return one department's figures; refuses as ``gather``, an unknown department with 404."""
    campaign = _campaign(campaign_id, interim=interim)
    asked = [one for one in _asked(campaign) if one.id == department_id]
    if not asked:
        raise Refusal("department_unknown", 404, field="department")
    found = _departments(campaign, asked, *_read(campaign_id, department_id))
    return Figures(_basis(campaign), tuple(found))


def _campaign(campaign_id: int, *, interim: bool) -> Campaign:
    if interim:
        return campaigns.public_campaign(campaign_id)
    return campaigns.settled_campaign(campaign_id)


def _departments(
    campaign: Campaign, asked: Iterable["_Asked"], tally: Tally, excluded: Excluded
) -> list[Department]:
    persons = _persons(campaign.id)
    return [
        Department(
            one.id,
            one.name,
            one.questions,
            tuple(
                _group(one, Channel(channel), tally, persons, excluded)
                for channel in sorted(campaign.channels)
            ),
        )
        for one in asked
    ]


def _read(
    campaign_id: int, department_id: int | None = None, *, place: int | None = None
) -> tuple[Tally, Excluded]:
    """Return counts by group and exclusions by group, both of one moment.

    Exclusions are all that still changes a settled campaign: the counts between two equal readings
    of them belong to both.
    """
    before = counts.excluded_of(campaign_id)
    for _ in range(MOST_READS):
        found = counts.counts_of(campaign_id, department_id, place=place)
        after = counts.excluded_of(campaign_id)
        if before == after:
            return _together(found), {
                key: {reason.value: number for reason, number in sorted(reasons.items())}
                for key, reasons in after.items()
            }
        before = after
    raise Refusal("campaign_not_settled", 409, headers={"Retry-After": "3"})


def _together(found: counts.Counts) -> Tally:
    """Add up the stratum cells of each group."""
    tally: dict[tuple[int, int], dict[int, dict[int, int]]] = {}
    for key, places in found.items():
        group = tally.setdefault((key.department_id, key.channel), {})
        for place, levels in places.items():
            into = group.setdefault(place, {})
            for level, number in levels.items():
                into[level] = into.get(level, 0) + number
    return tally


def _persons(campaign_id: int) -> dict[tuple[int, int], int]:
    rows = db.session.execute(
        select(GroupSize.department_id, GroupSize.channel, GroupSize.raters).where(
            GroupSize.campaign_id == campaign_id
        )
    )
    return {(row.department_id, row.channel): row.raters for row in rows}


def _asked(campaign: Campaign) -> list[_Asked]:
    organisation = identity.Organisation
    version = campaign.indicator_version_id
    headings = {heading.id: heading.name for heading in indicators.headings(version)}
    leaves = {
        leaf.id: Question(leaf.code, leaf.name, headings.get(leaf.parent_id or 0, ""))
        for leaf in indicators.leaves(version)
    }
    rows = db.session.execute(
        select(organisation.id, organisation.name, CampaignDepartment.leaves)
        .join(CampaignDepartment, CampaignDepartment.department_id == organisation.id)
        .where(CampaignDepartment.campaign_id == campaign.id)
        .order_by(organisation.sort_key, organisation.id)
    )
    return [_Asked(row.id, row.name, tuple(leaves[leaf] for leaf in row.leaves)) for row in rows]


def _group(
    asked: _Asked,
    channel: Channel,
    tally: Tally,
    persons: Mapping[tuple[int, int], int],
    excluded: Excluded,
) -> Group:
    key = (asked.id, int(channel))
    places = tally.get(key, {})
    codes = (OVERALL_LEAF, *(question.code for question in asked.questions))
    reasons = excluded.get(key, {})
    return Group(
        channel,
        # Persons were counted at the close; at worst each rating excluded since was its rater's
        # only one.
        max(0, persons.get(key, 0) - sum(reasons.values())),
        {code: Answers(dict(places.get(place, {}))) for place, code in enumerate(codes)},
        reasons,
    )


def _basis(campaign: Campaign, scheme: Node | None = None) -> Basis:
    scores = campaign.level_scores or settings.value(LEVEL_SCORES)
    smallest = int(settings.value(SMALLEST_GROUP))
    return Basis(
        campaign_id=campaign.id,
        title=campaign.title,
        description=campaign.description,
        kind=CampaignKind(campaign.kind),
        closed_on=clock.local_date(campaign.closed_at or campaign.closes_at),
        # A scheme may ask for larger groups than the city does, never for smaller ones.
        smallest_group=max(smallest, scheme["smallest_group"] if scheme else 0),
        level_scores={level: str(scores[str(level)]) for level in LEVEL_LABELS},
        scheme=scheme,
    )


def _with_scores(campaign: Campaign, departments: Iterable[Department], run: ScoreRun) -> Figures:
    if run.campaign_id != campaign.id or run.state != RunState.DONE.value or run.set_apart:
        raise Refusal("score_run_not_publishable", 409)
    result: Any = run.result
    trees = {node["id"]: node for node in result["departments"]}
    places = {place["department"]: place for place in result["places"]}
    cells = _cells(run)
    found = []
    for one in departments:
        tree = trees.get(one.id)
        if tree is None or not _agrees(one, tree):
            raise Refusal("score_run_outdated", 409)
        found.append(
            Department(
                one.id,
                one.name,
                one.questions,
                one.groups,
                tree=tree if tree["score"] is not None else None,
                reason=tree["reason"],
                place=places.get(one.id),
                cells=cells.get(one.id, {}),
            )
        )
    return Figures(_basis(campaign, _scheme(run)), tuple(found))


def _agrees(department: Department, tree: Node) -> bool:
    """Tell whether a tree counts the same answers as now stand.

    The sample survey's panels may be fewer than its raters' panels, never count more.
    """
    groups = {group.channel.code: group for group in department.groups}
    for channel in tree["channels"]:
        counted: dict[str, dict[int, int]] = {}
        for panel in channel["panels"]:
            for indicator in panel["indicators"]:
                into = counted.setdefault(indicator["code"], {})
                for level, number in indicator["levels"].items():
                    into[int(level)] = into.get(int(level), 0) + number
        group = groups.get(channel["channel"])
        for code, levels in counted.items():
            stands = group.of(code).levels if group else {}
            if not _same(levels, stands, whole=channel["channel"] != WITH_PANELS.code):
                return False
    return True


def _same(counted: Mapping[int, int], stands: Mapping[int, int], *, whole: bool) -> bool:
    if whole:
        return all(stands.get(level, 0) == number for level, number in counted.items())
    return all(stands.get(level, 0) >= number for level, number in counted.items())


def _cells(run: ScoreRun) -> dict[int, Cells]:
    """Return each panel's stratum cells: weight and known answers by indicator."""
    snapshot: Any = run.snapshot
    found: dict[int, Cells] = {}
    for department in snapshot["departments"]:
        cells = found.setdefault(department["id"], {})
        for group in department["groups"]:
            if len(group["cells"]) < 2:  # noqa: PLR2004 one cell is the panel itself
                continue
            for code in sorted({code for cell in group["cells"] for code in cell["leaves"]}):
                key = (group["channel"], group["panel"], code)
                cells[key] = tuple(_known(cell, code) for cell in group["cells"])
    return found


def _known(cell: Node, code: str) -> tuple[Fraction, int]:
    levels = cell["leaves"].get(code, {})
    return Fraction(cell["weight"]), sum(number for level, number in levels.items() if level != "0")


def _scheme(run: ScoreRun) -> Node:
    """Return what of a scheme a reader needs to check a score by hand."""
    stored = scoring.stored_scheme(run.scheme_id)
    result: Any = run.result
    document = stored.document
    parts: Sequence[Node] = document["parts"]
    return {
        "name": stored.name,
        "version": stored.version,
        "digest": stored.digest.hex(),
        "snapshot_digest": result["snapshot_digest"],
        "interval_level": result["interval_level"],
        "smallest_group": document["smallest_group"],
        "least_weight": document["least_weight"],
        "parts": [
            {key: part[key] for key in ("code", "name", "owner", "weight", "levels")}
            for part in parts
        ],
        "channels": [
            {
                "channel": channel["channel"],
                "weight": channel["weight"],
                "panels": [
                    {key: panel[key] for key in ("code", "name", "weight")}
                    for panel in channel["panels"]
                ],
            }
            for channel in document["channels"]
        ],
    }
