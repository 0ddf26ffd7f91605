"""Which steps somebody may take on a case now: what a page offers. The service has the last word.

Appeals are a domain above; whether a rating can still be contested is told there.
"""

import enum
from datetime import datetime

from server.core.access import Actor, Role
from server.rectification import authority
from server.rectification.models import Case, CaseOrigin
from server.rectification.queries.cases import live_origins
from server.rectification.queries.settings import limits_of
from server.rectification.rules import (
    ANSWERABLE,
    ANSWERED,
    FINDINGS,
    CallbackOutcome,
    CaseKind,
    Stage,
)


class Step(enum.StrEnum):
    """A step that is taken with a form of its own; in the order in which they are offered."""

    ACCEPT = "accept"
    CALL_BACK = "call_back"
    ANSWER = "answer"
    MEASURE = "measure"
    EXTEND = "extend"
    ASK_CLOSING = "ask_closing"
    CLOSE = "close"
    REFUSE_CLOSING = "refuse_closing"
    SEND_BACK = "send_back"
    TRANSFER = "transfer"
    NOTE = "note"


def steps(case: Case, actor: Actor, *, now: datetime) -> list[Step]:
    """Return the steps that the actor may take on a case as it stands."""
    path = authority.path_of(case)
    found: set[Step] = set()
    if actor.reaches(path, *authority.DEPARTMENT):
        found |= _of_department(case, now)
    if not authority.is_of_department(case, path, actor):
        if actor.reaches(path, Role.OFFICE):
            found |= _of_office(case)
        if actor.reaches(path, Role.INSPECTOR):
            found |= _of_inspector(case)
    if case.stage != Stage.CLOSED and actor.reaches(path, *authority.READERS):
        found.add(Step.NOTE)
    return [step for step in Step if step in found]


def to_call_back(origins: list[CaseOrigin]) -> list[CaseOrigin]:
    """Return the origins whose raters left a contact and are still to be reached."""
    waiting = {None, CallbackOutcome.UNREACHABLE.value}
    return [one for one in origins if one.real_name and one.callback_outcome in waiting]


def _of_department(case: Case, now: datetime) -> set[Step]:
    stage = Stage(case.stage)
    if stage is Stage.CLOSED:
        return set()
    origins = live_origins(case.id)
    found = set()
    if stage in {Stage.REGISTERED, Stage.REOPENED}:
        found.add(Step.ACCEPT)
    if to_call_back(origins):
        found.add(Step.CALL_BACK)
    if stage in ANSWERABLE:
        found |= {Step.ANSWER, Step.MEASURE}
    if stage is Stage.WITH_INSPECTOR:
        found.add(Step.MEASURE)
    if _extendable(case, stage, now):
        found.add(Step.EXTEND)
    if stage is Stage.ANSWERED and all(one.called_back_at or not one.real_name for one in origins):
        found.add(Step.ASK_CLOSING)
    return found


def limit_passed(case: Case, now: datetime) -> bool:
    """Tell whether it is too late to extend: in the first round its own limit counts as well."""
    return now > case.rectify_due_at or (case.round == 1 and now > case.first_due_at)


def _extendable(case: Case, stage: Stage, now: datetime) -> bool:
    return (
        stage in {Stage.REGISTERED, Stage.ACCEPTED, Stage.REOPENED}
        and case.extended_at is None
        and not limit_passed(case, now)
        and limits_of(case).extension > 0
    )


def _of_office(case: Case) -> set[Step]:
    stage = Stage(case.stage)
    found = set()
    if stage in ANSWERED:
        found |= {Step.CLOSE, Step.REFUSE_CLOSING}
    if stage in ANSWERABLE and case.kind != CaseKind.SURVEY_RATING:
        found.add(Step.TRANSFER)
    return found


def _of_inspector(case: Case) -> set[Step]:
    stage = Stage(case.stage)
    found = set()
    if stage is Stage.WITH_INSPECTOR:
        found |= {Step.SEND_BACK, Step.CLOSE}
    elif stage is not Stage.CLOSED and case.kind in FINDINGS:
        found.add(Step.CLOSE)
    return found
