"""Imports: a file is checked, looked at, then applied or dropped.

What is applied is what was checked: the rows wait sealed, are looked at once more against what has
changed since, and go in together or not at all. Rows with a fault stay out; they wait for their
correction until the run is a day old.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from server.audit import service as audit
from server.core.access import Actor, ActorKind, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import lock
from server.identity import queries as identity
from server.identity import service as organisations
from server.membership import files, queries
from server.membership.columns import LAYOUTS
from server.membership.files import Content, Row
from server.membership.models import ImportRun
from server.membership.rules import (
    IMPORT_LIFE,
    KEEPERS,
    REGISTER_LOCK,
    ImportKind,
    ImportState,
    Outcome,
)
from server.membership.sealing import open_rows, seal_rows
from server.membership.service.import_organisations import (
    TREE_KEEPERS,
    OrganisationPlan,
    apply_organisations,
    plan_organisations,
)
from server.membership.service.import_people import PersonPlan, apply_people, plan_people

Plan = PersonPlan | OrganisationPlan
IMPORTERS: dict[ImportKind, tuple[Role, ...]] = {
    ImportKind.PEOPLE: KEEPERS,
    ImportKind.ORGANISATIONS: TREE_KEEPERS,
}
MOVED_ON = "检查之后相关资料有变动，这一行没有导入，请重新上传。"


def check_import(
    kind: ImportKind, data: bytes, *, duties: Mapping[str, str], actor: Actor, now: datetime
) -> ImportRun:
    """Read a file and store what it would do; nothing else changes.

    ``duties`` are the codes of organisations' duties by their labels.
    """
    place = _place_of(actor, kind)
    content = files.read(data, kind)
    plans = _plans(kind, content.rows, actor, duties)
    run = ImportRun(
        kind=kind.value,
        state=ImportState.CHECKED.value,
        organisation_id=place,
        rows_sealed=seal_rows([asdict(row) for row in content.rows]),
        report=_report(content, plans),
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    counts = run.report["counts"]
    audit.record(actor, "import.checked", ("import", run.id), at=now, kind=kind, **counts)
    return run


def apply_import(
    run_id: UUID, *, duties: Mapping[str, str], actor: Actor, now: datetime
) -> ImportRun:
    """Do what a run's good rows say; doing it again changes nothing."""
    run = queries.import_run_for_update(run_id)
    require_importer(run, actor)
    if run.state == ImportState.APPLIED:
        return run
    if run.state == ImportState.DROPPED:
        raise Refusal("import_dropped", 409)
    if run.rows_sealed is None or run.created_at + IMPORT_LIFE <= now:
        raise Refusal("import_expired", 409)
    kind = ImportKind(run.kind)
    rows = [Row(**one) for one in open_rows(run.rows_sealed)]
    _hold_still(kind)
    plans = _plans_again(kind, rows, run.report, actor, duties)
    if kind is ImportKind.PEOPLE:
        apply_people([one for one in plans if isinstance(one, PersonPlan)], actor, now)
    else:
        these = [one for one in plans if isinstance(one, OrganisationPlan)]
        apply_organisations(these, actor, now)
    run.state, run.applied_at = ImportState.APPLIED.value, now
    run.report = {**run.report, **_outcomes(rows, plans)}
    refused = [asdict(row) for row in rows if row.faults]
    run.rows_sealed = seal_rows(refused) if refused else None
    db.session.flush()
    audit.record(
        actor, "import.applied", ("import", run_id), at=now, kind=kind, **run.report["counts"]
    )
    return run


def drop_import(run_id: UUID, *, actor: Actor, now: datetime) -> ImportRun:
    """Give a checked file up; its rows go at once."""
    run = queries.import_run_for_update(run_id)
    require_importer(run, actor)
    if run.state == ImportState.CHECKED:
        run.state, run.rows_sealed = ImportState.DROPPED.value, None
        audit.record(actor, "import.dropped", ("import", run_id), at=now)
    return run


def refused_rows(run_id: UUID, *, actor: Actor, now: datetime) -> tuple[ImportRun, list[Row]]:
    """Return a run's refused rows with what is wrong, to be corrected; the giving is recorded."""
    run = queries.import_run(run_id)
    require_importer(run, actor)
    if run.rows_sealed is None or run.created_at + IMPORT_LIFE <= now:
        raise Refusal("import_expired", 409)
    faults = {one["line"]: one["faults"] for one in run.report["rows"] if "faults" in one}
    rows = [Row(one["line"], one["values"]) for one in open_rows(run.rows_sealed)]
    refused = [Row(row.line, row.values, faults[row.line]) for row in rows if row.line in faults]
    audit.record(actor, "import.refused_exported", ("import", run_id), at=now, size=len(refused))
    return run, refused


def uploaded_names(run: ImportRun, *, actor: Actor, now: datetime) -> dict[int, tuple[str, str]]:
    """Return the name and the place that each row says, by line: to who sent the file alone.

    They are read from the sealed rows, and gone with them.
    """
    if run.created_by != actor.id or run.rows_sealed is None or run.created_at + IMPORT_LIFE <= now:
        return {}
    place = "branch" if run.kind == ImportKind.PEOPLE else "parent"
    return {
        one["line"]: (one["values"].get("name", ""), one["values"].get(place, ""))
        for one in open_rows(run.rows_sealed)
    }


def remove_expired(now: datetime) -> None:
    """Remove the rows of runs that are a day old, and what was never applied altogether."""
    old = ImportRun.created_at <= now - IMPORT_LIFE
    applied = ImportRun.state == ImportState.APPLIED.value
    db.session.execute(delete(ImportRun).where(old, ~applied))
    db.session.execute(update(ImportRun).where(old, applied).values(rows_sealed=None))


def require_importer(run: ImportRun, actor: Actor) -> None:
    """Refuse unless the actor may import this kind where the run was made."""
    if actor.kind is not ActorKind.SYSTEM:
        place = identity.organisation(run.organisation_id)
        actor.require(place.path, *IMPORTERS[ImportKind(run.kind)])


def _place_of(actor: Actor, kind: ImportKind) -> int:
    """Return the highest organisation for which an actor may import this kind."""
    if actor.kind is ActorKind.SYSTEM:
        root = identity.root()
        if root is None:
            raise Refusal("organisation_unknown", 404)
        return root.id
    grants = [grant for grant in actor.grants if grant.role in IMPORTERS[kind]]
    if not grants:
        raise Refusal("not_allowed", 403)
    return min(grants, key=lambda grant: grant.path.count(".")).organisation_id


def _hold_still(kind: ImportKind) -> None:
    """Wait for other imports, and for who adds one by hand, before looking at what is there."""
    if kind is ImportKind.PEOPLE:
        lock(REGISTER_LOCK)
    else:
        organisations.lock_tree()


def _plans(
    kind: ImportKind, rows: Sequence[Row], actor: Actor, duties: Mapping[str, str]
) -> Sequence[Plan]:
    if kind is ImportKind.PEOPLE:
        return plan_people(rows, actor)
    return plan_organisations(rows, actor, duties)


def _plans_again(
    kind: ImportKind,
    rows: Sequence[Row],
    report: Mapping[str, Any],
    actor: Actor,
    duties: Mapping[str, str],
) -> Sequence[Plan]:
    """Plan the rows once more, keeping out those that were refused or would now do otherwise."""
    before = {one["line"]: one for one in report["rows"]}
    for row in rows:
        row.faults = list(before[row.line].get("faults", []))
    stayed_out = {row.line for row in rows if row.faults}
    plans = _plans(kind, rows, actor, duties)
    for row, plan in zip(rows, plans, strict=True):
        checked = before[row.line]
        same = plan.outcome in {checked["outcome"], Outcome.UNCHANGED}
        if not row.faults and not (same and set(plan.changes) <= set(checked.get("changes", []))):
            row.blame("", MOVED_ON)
    if stayed_out == {row.line for row in rows if row.faults}:
        return plans
    # What a row that stays out now made possible for others must not be taken for granted.
    return _plans(kind, rows, actor, duties)


def _report(content: Content, plans: Sequence[Plan]) -> dict[str, Any]:
    """Return what is shown of a run: lines, fields and reasons, nobody's data."""
    return {
        "fields": content.fields,
        "unknown": content.unknown,
        "identity": content.identity,
        **_outcomes(content.rows, plans),
    }


def _outcomes(rows: Sequence[Row], plans: Sequence[Plan]) -> dict[str, Any]:
    lines: list[dict[str, Any]] = []
    for row, plan in zip(rows, plans, strict=True):
        line: dict[str, Any] = {"line": row.line, "outcome": plan.outcome.value}
        if row.faults:
            line["faults"] = row.faults
        elif plan.changes:
            line["changes"] = plan.changes
        lines.append(line)
    counts = Counter(plan.outcome.value for plan in plans)
    return {"counts": {one.value: counts[one.value] for one in Outcome}, "rows": lines}


def labels_of(kind: ImportKind) -> dict[str, str]:
    """Return the names of a kind's fields."""
    return {one.field: one.label for one in LAYOUTS[kind]} | {"active": "恢复", "": ""}
