"""The document of a publication: what everybody may see, and nothing else. Pure.

A figure that is withheld is not in it: a group, a question or a part of the tree says
``"withheld": true`` and nothing more, whether nobody, too few or enough people stand behind it.
Numbers with places are texts, so that the document has one canonical form (``scoring.canonical``).

    {"publication": 1, "campaign": {…}, "smallest_group": 10, "level_scores": {"5": "100", …},
     "scheme": null, "departments": [{"id": 7, "name": "…",
       "channels": [{"channel": "open", "count": 12, "distribution": {"5": 6, …}, "score": "70.00",
                     "excluded": {"test": 1}}, {"channel": "hotline", "withheld": true}],
       "leaves": [{"code": "A1", "name": "…", "heading": "…",
                   "channels": [{"channel": "open", "count": 11, "unknown": 1, "score": "81.82"}]}],
       "score": null}]}

With scores, ``scheme`` names the scheme and the snapshot, and ``score`` is a tree: channel, panel,
indicator, counts, weights. Its figures have 2 places, its interval 1.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from server.campaigns.rules import SIGNED
from server.evaluation.results import score
from server.evaluation.rules import LEVEL_LABELS, UNKNOWN
from server.publication.figures import Basis, Department, Figures, Group, Node
from server.publication.withheld import Withheld
from server.scoring.rules import NO_RATINGS, OVERALL_LEAF, TOO_FEW

FORMAT = 1
CENT = Decimal("0.01")
TENTH = Decimal("0.1")
WITHHELD: Mapping[str, Any] = {"withheld": True}
NOTHING_WITHHELD = Withheld()
OPENLY_EMPTY = frozenset(channel.code for channel in SIGNED)
OVERALL_NAME = "总体评价"

Document = dict[str, Any]


def document(figures: Figures, withheld: Mapping[int, Withheld]) -> Document:
    """Return what is public of a campaign's figures.

    Args:
        figures: all of them.
        withheld: by department, what is left out; nothing where a department is not named, which
            is how the office sees its own figures.
    """
    # The mean of all departments enters every shrunk score: one that is withheld could be
    # worked out from the others'.
    shrunk = not any(() in choice.scores for choice in withheld.values())
    return {
        "publication": FORMAT,
        **_basis(figures.basis),
        "departments": [
            _department(figures.basis, one, withheld.get(one.id, NOTHING_WITHHELD), shrunk=shrunk)
            for one in figures.departments
        ],
    }


def mean_score(levels: Mapping[int, int], scores: Mapping[int, str]) -> str | None:
    """Return the mean score of levels 5 to 1, exact and rounded half up to 2 places."""
    found = score(
        {level: levels.get(level, 0) for level in LEVEL_LABELS},
        {level: Decimal(points) for level, points in scores.items()},
    )
    return None if found is None else f"{found:f}"


def _basis(basis: Basis) -> Document:
    return {
        "campaign": {
            "id": basis.campaign_id,
            "title": basis.title,
            "description": basis.description,
            "kind": basis.kind.value,
            "closed_on": basis.closed_on.isoformat(),
        },
        "smallest_group": basis.smallest_group,
        "level_scores": {str(level): points for level, points in basis.level_scores.items()},
        "scheme": basis.scheme,
    }


def _department(
    basis: Basis, department: Department, withheld: Withheld, *, shrunk: bool
) -> Document:
    return {
        "id": department.id,
        "name": department.name,
        "channels": [_channel(group, basis.level_scores, withheld) for group in department.groups],
        "leaves": [
            {
                "code": question.code,
                "name": question.name,
                "heading": question.heading,
                "channels": [
                    _leaf(group, question.code, basis.level_scores, withheld)
                    for group in department.groups
                ],
            }
            for question in department.questions
        ],
        "score": None if basis.scheme is None else _score(department, withheld, shrunk=shrunk),
    }


def _channel(group: Group, scores: Mapping[int, str], withheld: Withheld) -> Document:
    code = group.channel.code
    if code in withheld.groups or not withheld.shows(code, "", OVERALL_LEAF):
        return {"channel": code, **WITHHELD}
    overall = group.of(OVERALL_LEAF)
    return {
        "channel": code,
        "count": group.ratings,
        "distribution": {str(level): overall.levels.get(level, 0) for level in LEVEL_LABELS},
        "score": mean_score(overall.levels, scores),
        "excluded": dict(group.excluded),
    }


def _leaf(group: Group, code: str, scores: Mapping[int, str], withheld: Withheld) -> Document:
    channel = group.channel.code
    if channel in withheld.groups or not withheld.shows(channel, "", code):
        return {"channel": channel, **WITHHELD}
    answers = group.of(code)
    return {
        "channel": channel,
        "count": answers.known,
        "unknown": answers.unknown,
        "score": mean_score(answers.levels, scores),
    }


def _score(department: Department, withheld: Withheld, *, shrunk: bool) -> Document:
    tree, place = department.tree, department.place
    if tree is None or place is None:
        # Nor here whether nobody or too few: the reason is that of all channels together.
        return {"reason": _of_few(str(department.reason))}
    node: Document = {
        "channels": [_channel_node(one, department, withheld) for one in tree["channels"]]
    }
    if () in withheld.scores:
        return {**WITHHELD, **node}
    low, high = tree["interval"]
    return {
        "score": tree["score"],
        "interval": [_rounded(low, TENTH), _rounded(high, TENTH)],
        "alone": place["alone"],
        "in_table": place["in_table"],
        **({"shrunk": place["shrunk"]} if shrunk and place["shrunk"] is not None else {}),
        **node,
    }


def _channel_node(channel: Node, department: Department, withheld: Withheld) -> Document:
    code = channel["channel"]
    node = {"channel": code, "weight": channel["weight"]}
    if channel["score"] is None:
        return {**node, "reason": _reason(channel), "panels": []}
    return {
        **node,
        **_figure(channel, withheld.scores, (code,)),
        "panels": [_panel_node(panel, code, department, withheld) for panel in channel["panels"]],
    }


def _panel_node(panel: Node, channel: str, department: Department, withheld: Withheld) -> Document:
    key = (channel, panel["panel"])
    node = {"panel": panel["panel"], "name": panel["name"], "weight": panel["weight"]}
    if panel["score"] is None:
        return {**node, "reason": _reason({**panel, "channel": channel}), "indicators": []}
    return {
        **node,
        **_figure(panel, withheld.scores, key),
        "weighted": len(
            {
                weight
                for cell, cells in department.cells.items()
                if cell[:2] == key
                for weight, _ in cells
            }
        )
        > 1,
        "indicators": list(_indicators(panel, key, department, withheld)),
    }


def _indicators(
    panel: Node, key: tuple[str, str], department: Department, withheld: Withheld
) -> Iterator[Document]:
    asked = {OVERALL_LEAF: OVERALL_NAME} | {one.code: one.name for one in department.questions}
    for indicator in panel["indicators"]:
        code = indicator["code"]
        if code not in asked:
            continue
        node = {
            "code": code,
            "name": indicator["name"],
            "part": indicator["part"],
            "weight": indicator["weight"],
        }
        if not withheld.shows(*key, code):
            yield {**node, **WITHHELD}
        elif indicator["score"] is None:
            yield {**node, "reason": NO_RATINGS}
        else:
            counts = {
                str(level): indicator["levels"][str(level)] for level in (*LEVEL_LABELS, UNKNOWN)
            }
            score = {} if key in withheld.blurred else {"score": _rounded(indicator["score"], CENT)}
            yield {**node, **score, "counts": counts}


def _figure(node: Node, withheld: Mapping[Any, Any], key: tuple[str, ...]) -> Document:
    return dict(WITHHELD) if key in withheld else {"score": _rounded(node["score"], CENT)}


def _reason(node: Node) -> str:
    """Say why a figure is missing; of persons not whether there were none or too few."""
    reason = str(node["reason"])
    return reason if node["channel"] in OPENLY_EMPTY else _of_few(reason)


def _of_few(reason: str) -> str:
    return TOO_FEW if reason == NO_RATINGS else reason


def _rounded(text: str, step: Decimal) -> str:
    return f"{Decimal(text).quantize(step, ROUND_HALF_UP):f}"
