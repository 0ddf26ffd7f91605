"""On whose word a case could be closed now, and what the others still wait for."""

from datetime import datetime

from server.core.access import Actor, Role
from server.core.errors import Refusal
from server.rectification import authority
from server.rectification.models import Case
from server.rectification.rules import FINDINGS, ClosedBy, Stage
from server.rectification.service.deciding import require_grounds

OF_OFFICE = (ClosedBy.RATER, ClosedBy.SILENCE, ClosedBy.HOTLINE, ClosedBy.EVIDENCE)

# Refused for where the case comes from: that won't change.
OF_OTHER_CASES = frozenset({"case_not_of_hotline", "case_has_raters"})


def closing_grounds(case: Case, actor: Actor, *, now: datetime) -> dict[ClosedBy, str]:
    """Return each ground on which the actor closes such cases, with what it still wants, or "".

    Nothing where the actor closes no such case; grounds for cases of another origin are left out.
    """
    path = authority.path_of(case)
    if authority.is_of_department(case, path, actor) or case.stage == Stage.CLOSED:
        return {}
    found: dict[ClosedBy, str] = {}
    if actor.reaches(path, Role.INSPECTOR) and _is_inspectors(case):
        found[ClosedBy.INSPECTOR] = ""
    if actor.reaches(path, Role.OFFICE) and case.stage in {Stage.ANSWERED, Stage.CLOSING_ASKED}:
        wanted = {ground: _wanted(case, ground, now) for ground in OF_OFFICE}
        found |= {ground: words for ground, words in wanted.items() if words is not None}
    return found


def _is_inspectors(case: Case) -> bool:
    return case.stage == Stage.WITH_INSPECTOR or case.kind in FINDINGS


def _wanted(case: Case, ground: ClosedBy, now: datetime) -> str | None:
    try:
        require_grounds(case, ground, now)
    except Refusal as refusal:
        return None if refusal.code in OF_OTHER_CASES else refusal.message
    return ""
