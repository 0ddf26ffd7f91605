"""The document of a quarter's edition: what everybody may see, and nothing else. Pure.

    {"quarterly": 1, "quarter": "2026Q4", "as_of": "2027-01-05", "smallest_group": 10,
     "campaigns": [{"id": 3, "title": "…", "kind": "service", "closed_on": "2026-12-31",
                    "version": 1, "digest": "…", "interval_level": "0.95"}],
     "groups": [{"name": "…", "departments": [{"id": 7, "name": "…",
        "campaigns": [{"campaign": 3,
           "score": {"score": "86.20", "interval": ["84.1", "88.3"], "rank": [1, 3], "ranked": 6},
           "channels": [{"channel": "open", "count": 12, "score": "70.00"},
                        {"channel": "hotline", "withheld": true}]}],
        "cases": {"registered": {"of": 14}, "due": {"of": 12, "answered": 12, "closed": 11},
                  "called_back": {"withheld": true}, "satisfied": {"withheld": true}}}],
        "cases": {…}}],
     "cases": {…}}

Departments stand in groups of comparable size and kind, by name; those of no group in one whose
name is null, without ranks and without a sum. A rank is always an interval, among the departments
of the group alone (``ranked`` of them). Everything of ``campaigns`` is in their publications;
everything else has gone through ``disclosure``. What is withheld says so, and nothing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.core.lazily import Later
from server.quarterly.disclosure import sums_of, withhold
from server.quarterly.figures import CITY, CaseFigures, Choice, Count, Node, count_of, total
from server.quarterly.history import told
from server.quarterly.rules import Measure

if TYPE_CHECKING:
    from server.scoring import ranks
else:
    ranks = Later("server.scoring.ranks")

FORMAT = 1
WITHHELD: Node = {"withheld": True}
SCORE_KEYS = ("score", "interval")
# Fewer have no ranks among them.
LEAST_RANKED = 2
SEED_DIGITS = 12

Document = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A document, and what was left out of its case figures."""

    document: Document
    choices: Mapping[Measure, Choice]


def make(inputs: Node, publications: Mapping[int, Node], earlier: Sequence[Node]) -> Made:
    """Return what is public of a quarter.

    Args:
        inputs: as ``gathering`` writes them.
        publications: the documents that they name, by campaign.
        earlier: the documents of the quarter's editions that were published before, the first
            first.
    """
    figures = _figures(inputs)
    groups = {
        str(place): group["departments"]
        for place, group in enumerate(inputs["groups"])
        if group["name"] is not None
    }
    smallest = max([inputs["smallest_group"], *(one["smallest_group"] for one in earlier)])
    choices = withhold(figures, sums_of(groups, list(figures)), smallest, told(earlier))
    names = {one["id"]: one["name"] for one in inputs["departments"]}
    everybody = list(figures)
    document: Document = {
        "quarterly": FORMAT,
        "quarter": inputs["quarter"],
        "as_of": inputs["as_of"][:10],
        "smallest_group": smallest,
        "campaigns": [_campaign(one, publications) for one in inputs["publications"]],
        "groups": [
            {
                "name": group["name"],
                "departments": [
                    {"id": one, "name": names[one], **part}
                    for one, part in _departments(group, inputs, publications, figures, choices)
                ],
                **(
                    {}
                    if group["name"] is None
                    else {"cases": _sums(figures, group["departments"], choices, str(place))}
                ),
            }
            for place, group in enumerate(inputs["groups"])
        ],
        "cases": _sums(figures, everybody, choices, CITY),
    }
    return Made(document, choices)


def figures_node(figures: CaseFigures) -> dict[str, dict[str, int]]:
    """Return a department's numbers as they stand in the inputs."""
    return {measure.value: figures[measure].node() for measure in Measure}


def _figures(inputs: Node) -> dict[int, CaseFigures]:
    nothing = inputs["no_cases"]
    return {
        one["id"]: {
            Measure(measure): count_of(node)
            for measure, node in inputs["cases"].get(str(one["id"]), nothing).items()
        }
        for one in inputs["departments"]
    }


def _campaign(named: Node, publications: Mapping[int, Node]) -> Document:
    document = publications[named["campaign"]]
    campaign, scheme = document["campaign"], document["scheme"]
    return {
        "id": campaign["id"],
        "title": campaign["title"],
        "kind": campaign["kind"],
        "closed_on": campaign["closed_on"],
        "version": named["version"],
        "digest": named["digest"],
        "interval_level": None if scheme is None else scheme["interval_level"],
    }


def _departments(
    group: Node,
    inputs: Node,
    publications: Mapping[int, Node],
    figures: Mapping[int, CaseFigures],
    choices: Mapping[Measure, Choice],
) -> Iterable[tuple[int, Document]]:
    parts: dict[int, list[Document]] = {one: [] for one in group["departments"]}
    for named in inputs["publications"]:
        document = publications[named["campaign"]]
        nodes = {node["id"]: node for node in document["departments"]}
        places = _places(group, named, nodes)
        for one in group["departments"]:
            if one in nodes:
                parts[one].append(_result(named["campaign"], nodes[one], places))
    for one in group["departments"]:
        cases = {
            measure.value: _shown(figures[one][measure], one in choices[measure].cells)
            for measure in Measure
        }
        yield one, {"campaigns": parts[one], "cases": cases}


def _result(campaign: int, node: Node, places: Mapping[int, Document]) -> Document:
    score = node["score"]
    if score is not None:
        if "withheld" in score:
            score = dict(WITHHELD)
        elif "score" not in score:
            score = {"reason": score["reason"]}
        else:
            own = places.get(node["id"], {})
            score = {**{key: score[key] for key in SCORE_KEYS}, **own}
    return {
        "campaign": campaign,
        "score": score,
        "channels": [
            {"channel": one["channel"], **WITHHELD}
            if "withheld" in one
            else {key: one[key] for key in ("channel", "count", "score")}
            for one in node["channels"]
        ],
    }


def _places(group: Node, named: Node, nodes: Mapping[int, Node]) -> dict[int, Document]:
    """Return the rank intervals of a group's departments among themselves.

    They are drawn as those of the whole table are (``scoring.ranks``), over the departments of the
    group whose score is public.
    """
    errors = named["errors"]
    scored = [
        one
        for one in group["departments"]
        if one in nodes and "score" in (nodes[one]["score"] or {}) and str(one) in errors
    ]
    if group["name"] is None or len(scored) < LEAST_RANKED:
        return {}
    found = ranks.simultaneous(
        [float(errors[str(one)]["score"]) for one in scored],
        [float(errors[str(one)]["standard_error"]) for one in scored],
        level=float(named["level"]),
        seed=int(named["digest"][:SEED_DIGITS], 16),
    )
    return {
        one: {"rank": [place.best, place.worst], "ranked": len(scored)}
        for one, place in zip(scored, found, strict=True)
    }


def _shown(count: Count, withheld: bool) -> Document:  # noqa: FBT001 the second of a pair
    return dict(WITHHELD) if withheld else count.node()


def _sums(
    figures: Mapping[int, CaseFigures],
    members: Sequence[int],
    choices: Mapping[Measure, Choice],
    key: str,
) -> Document:
    return {
        measure.value: _shown(
            total([figures[one][measure] for one in members], measure),
            key in choices[measure].sums,
        )
        for measure in Measure
    }
