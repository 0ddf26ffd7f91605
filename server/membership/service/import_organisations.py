"""Rows of organisations: what each would do, and doing it, those above before those below."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.core.access import Actor, ActorKind, Role
from server.identity import queries as identity
from server.identity import service as organisations
from server.identity.queries import Organisation
from server.identity.rules import KIND_LABELS, LONGEST_NAME, OrganisationKind, searchable
from server.membership.files import Row
from server.membership.places import NOT_FOUND, OUT_OF_REACH, STEPS, Places
from server.membership.rules import Outcome, parts_of

TREE_KEEPERS = (Role.OFFICE, Role.ADMINISTRATOR)
KINDS = {
    **{label: kind for kind, label in KIND_LABELS.items()},
    "支部": OrganisationKind.BRANCH,
    "党总支部": OrganisationKind.GENERAL_BRANCH,
    "机关党委": OrganisationKind.PARTY_COMMITTEE,
    "部门": OrganisationKind.DEPARTMENT,
}
YES_OR_NO = {"是": True, "否": False, "y": True, "n": False, "yes": True, "no": False}
LONGEST_SHORT_NAME = 30
LONGEST_ALIAS = 100
MOST_ALIASES = 20


@dataclass
class OrganisationPlan:
    """What a row says, and what it would do; ``parent_line`` names a parent in the same file."""

    line: int
    name: str = ""
    kind: OrganisationKind | None = None
    parent_id: int | None = None
    parent_line: int | None = None
    short_name: str = ""
    aliases: list[str] | None = None
    duties: list[str] | None = None
    enterprise_facing: bool | None = None
    outcome: Outcome = Outcome.REFUSED
    organisation_id: int | None = None
    changes: list[str] = field(default_factory=list)


def plan_organisations(
    rows: Sequence[Row], actor: Actor, duties: Mapping[str, str]
) -> list[OrganisationPlan]:
    """Return what each row would do; ``duties`` are the codes of duties by their labels."""
    plans = [_parsed(row, duties) for row in rows]
    planning = _Planning(rows, plans, actor)
    planning.find_parents()
    planning.match()
    planning.refuse_orphans()
    for row, plan in zip(rows, plans, strict=True):
        if row.faults:
            plan.outcome = Outcome.REFUSED
    return plans


def _parsed(row: Row, duties: Mapping[str, str]) -> OrganisationPlan:
    values = row.values
    plan = OrganisationPlan(row.line, values["name"], KINDS.get(values["kind"]))
    if not 1 <= len(plan.name) <= LONGEST_NAME:
        row.blame("name", f"请填写 1 至 {LONGEST_NAME} 个字的名称。")
    elif STEPS.search(plan.name):
        row.blame("name", "名称里不能有斜线或大于号，它们用来分隔上下级。")
    if plan.kind is None:
        row.blame("kind", "不认识的类别，请按模板填写，如党支部、机关部门、社区。")
    if not values["parent"]:
        row.blame("parent", "请填写上级。")
    plan.short_name = values.get("short_name", "")
    if len(plan.short_name) > LONGEST_SHORT_NAME:
        row.blame("short_name", f"最多 {LONGEST_SHORT_NAME} 个字。")
    _read_names(row, plan, duties)
    if values.get("enterprise_facing"):
        plan.enterprise_facing = YES_OR_NO.get(values["enterprise_facing"].lower())
        if plan.enterprise_facing is None:
            row.blame("enterprise_facing", "请填写是或否。")
    return plan


def _read_names(row: Row, plan: OrganisationPlan, duties: Mapping[str, str]) -> None:
    """Read the cells that hold several: aliases and duties."""
    if aliases := parts_of(row.values.get("aliases", "")):
        plan.aliases = aliases
        if len(aliases) > MOST_ALIASES or max(map(len, aliases)) > LONGEST_ALIAS:
            row.blame("aliases", f"最多 {MOST_ALIASES} 个别名，每个最多 {LONGEST_ALIAS} 个字。")
    if named := parts_of(row.values.get("duties", "")):
        plan.duties = [duties[one] for one in named if one in duties]
        if len(plan.duties) != len(named):
            row.blame("duties", "不认识的职责，请从“单位”页面列出的职责中选填。")


class _Planning:
    """Places rows in the tree of what is there and what the file itself brings."""

    def __init__(
        self, rows: Sequence[Row], plans: Sequence[OrganisationPlan], actor: Actor
    ) -> None:
        self._pairs = list(zip(rows, plans, strict=True))
        self._actor = actor
        self._places = Places(identity.upper_organisations())
        self._children: dict[int, dict[str, Organisation]] = {}

    def find_parents(self) -> None:
        """Set each row's parent: one that is there, or a row of the file."""
        in_file: dict[str, list[OrganisationPlan]] = {}
        for _, plan in self._pairs:
            in_file.setdefault(searchable(plan.name), []).append(plan)
        for row, plan in self._pairs:
            if not row.values["parent"]:
                continue
            found, reason = self._places.one(row.values["parent"], self._against)
            if found is not None:
                plan.parent_id = found.id
            elif reason == NOT_FOUND:
                self._parent_in_file(row, plan, in_file)
            else:
                row.blame("parent", reason)

    def _against(self, place: Organisation) -> str | None:
        if self._actor.kind is ActorKind.SYSTEM:
            return None
        return None if self._actor.reaches(place.path, *TREE_KEEPERS) else OUT_OF_REACH

    def _parent_in_file(
        self, row: Row, plan: OrganisationPlan, in_file: dict[str, list[OrganisationPlan]]
    ) -> None:
        steps = [searchable(step) for step in STEPS.split(row.values["parent"]) if step.strip()]
        found = [one for one in in_file.get(steps[-1] if steps else "", []) if one is not plan]
        if len(found) > 1 and len(steps) > 1:
            by_line = {one.line: above for above, one in self._pairs}
            found = [
                one
                for one in found
                if searchable(STEPS.split(by_line[one.line].values["parent"])[-1]) == steps[-2]
            ]
        if len(found) == 1:
            plan.parent_line = found[0].line
        else:
            many = f"本文件有 {len(found)} 个同名，请写成“上上级/上级”。"
            row.blame("parent", many if found else NOT_FOUND)

    def match(self) -> None:
        """Set what each row would do, but for rows below refused ones."""
        lines: dict[tuple[object, object, str], int] = {}
        for row, plan in self._pairs:
            if row.faults:
                continue
            key = (plan.parent_id, plan.parent_line, plan.name)
            if key in lines:
                row.blame("name", f"与第 {lines[key]} 行重复。")
                continue
            lines[key] = row.line
            there = self._child(plan.parent_id, plan.name)
            if there is None:
                plan.outcome = Outcome.NEW
            else:
                self._compare(row, plan, there)

    def _child(self, parent_id: int | None, name: str) -> Organisation | None:
        if parent_id is None:
            return None
        if parent_id not in self._children:
            found = identity.children(parent_id)
            self._children[parent_id] = {one.name: one for one in found}
        return self._children[parent_id].get(name)

    def _compare(self, row: Row, plan: OrganisationPlan, there: Organisation) -> None:
        if there.kind != plan.kind:
            row.blame("kind", "与已有单位的类别不同，类别不能更改。")
        elif not there.active:
            row.blame("name", "这个单位已停用，请先启用。")
        plan.organisation_id = there.id
        differs = {
            "short_name": bool(plan.short_name) and plan.short_name != there.short_name,
            "aliases": plan.aliases is not None and plan.aliases != there.aliases,
            "duties": plan.duties is not None and sorted(plan.duties) != sorted(there.duties),
            "enterprise_facing": plan.enterprise_facing not in {None, there.enterprise_facing},
        }
        plan.changes = [name for name, changed in differs.items() if changed]
        plan.outcome = Outcome.CHANGED if plan.changes else Outcome.UNCHANGED

    def refuse_orphans(self) -> None:
        """Refuse rows below a refused one, and rings of rows that stand below each other."""
        by_line = {row.line: (row, plan) for row, plan in self._pairs}
        grounded = {line for line, (row, plan) in by_line.items() if plan.parent_id is not None}
        grounded -= {line for line in grounded if by_line[line][0].faults}
        waiting = [line for line, (row, plan) in by_line.items() if plan.parent_line is not None]
        while True:
            ready = [
                line
                for line in waiting
                if by_line[line][1].parent_line in grounded and not by_line[line][0].faults
            ]
            if not ready:
                break
            grounded.update(ready)
            waiting = [line for line in waiting if line not in grounded]
        for line in waiting:
            row, plan = by_line[line]
            row.blame("parent", f"上级在本文件第 {plan.parent_line} 行，而那一行有误。")


def apply_organisations(plans: Iterable[OrganisationPlan], actor: Actor, now: datetime) -> None:
    """Do what the plans say, in the caller's transaction."""
    wanted = list(plans)
    waiting = [one for one in wanted if one.outcome in {Outcome.NEW, Outcome.CHANGED}]
    made = {one.line: one.organisation_id for one in wanted if one.organisation_id is not None}
    while ready := [one for one in waiting if one.parent_line is None or one.parent_line in made]:
        for plan in ready:
            made[plan.line] = _write(plan, made, actor, now)
        done = {one.line for one in ready}
        waiting = [one for one in waiting if one.line not in done]


def _write(plan: OrganisationPlan, made: Mapping[int, int], actor: Actor, now: datetime) -> int:
    parent_id = plan.parent_id if plan.parent_line is None else made[plan.parent_line]
    if plan.organisation_id is None:
        return organisations.create_organisation(
            name=plan.name,
            kind=plan.kind or OrganisationKind.DEPARTMENT,
            parent_id=parent_id,
            short_name=plan.short_name,
            aliases=plan.aliases or (),
            duties=plan.duties or (),
            enterprise_facing=bool(plan.enterprise_facing),
            actor=actor,
            now=now,
        ).id
    there = identity.organisation(plan.organisation_id)
    organisations.update_organisation(
        there.id,
        name=there.name,
        parent_id=there.parent_id,
        short_name=plan.short_name or there.short_name,
        aliases=there.aliases if plan.aliases is None else plan.aliases,
        duties=there.duties if plan.duties is None else plan.duties,
        enterprise_facing=there.enterprise_facing
        if plan.enterprise_facing is None
        else plan.enterprise_facing,
        actor=actor,
        now=now,
    )
    return there.id
