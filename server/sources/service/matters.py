"""Matters of the queue: assigned to departments and topics by a person; topics are suggested."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from server.audit import service as audit
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.identity import queries as identity
from server.sources import joining, queries, registering
from server.sources.models import SourceCategory, SourceMatter
from server.sources.rules import Rating
from server.sources.service.runs import lock_source
from server.sources.topics import Topic, Topics

TREE = ("一级分类", "二级分类", "三级分类")
LARGEST_TREE = 2 << 20
MOST_LEAVES = 5000
LONGEST_NAME = 100
STEP = 500
MOST_ASSIGNED = 500
SUGGEST = """
    UPDATE source_matter SET suggested = true, suggested_category_id = told.topic,
        suggestion_score = told.score
    FROM unnest(CAST(:ids AS bigint[]), CAST(:topics AS integer[]), CAST(:scores AS smallint[]))
        AS told (id, topic, score)
    WHERE source_matter.id = told.id
"""


def assign(
    matter_ids: Sequence[int],
    *,
    department_id: int | None,
    category_id: int | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Give matters a department, a topic or both; those with a level join their campaign."""
    if department_id is None and category_id is None:
        message = "请选择部门或分类。"
        raise InvalidInput([{"field": "department", "message": message}])
    matters = _for_update(matter_ids, actor)
    if department_id is not None:
        _require_rated(department_id, actor)
    if category_id is not None and db.session.get(SourceCategory, category_id) is None:
        raise Refusal("category_unknown", 404, field="category")
    for matter in matters:
        if category_id is not None:
            matter.category_id = category_id
        if department_id is not None and matter.department_id != department_id:
            matter.department_id = department_id
            if matter.level is not None:
                matter.rating = Rating.WAITING.value
    db.session.flush()
    _record(matters, actor, now, department=department_id, category=category_id)
    if department_id is not None:
        for source_id in {one.source_id for one in matters if one.level is not None}:
            source = queries.source(source_id, actor)
            lock_source(source_id, wait=False)
            joining.join_waiting(source, now=now, step=lambda: None)
        registering.reassigned([one.id for one in matters], department_id, now=now)
    return len(matters)


def accept_suggestions(matter_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """Take the suggested topics of matters over, on a person's word."""
    matters = [
        one for one in _for_update(matter_ids, actor) if one.suggested_category_id is not None
    ]
    for matter in matters:
        matter.category_id = matter.suggested_category_id
    _record(matters, actor, now, department=None, category=None)
    return len(matters)


def _for_update(matter_ids: Sequence[int], actor: Actor) -> list[SourceMatter]:
    wanted = sorted(set(matter_ids))
    if not 1 <= len(wanted) <= MOST_ASSIGNED:
        message = f"请选择 1 至 {MOST_ASSIGNED} 件事项。"
        raise InvalidInput([{"field": "matters", "message": message}])
    found = list(
        db.session.scalars(
            select(SourceMatter)
            .where(SourceMatter.id.in_(wanted))
            .order_by(SourceMatter.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    if len(found) != len(wanted):
        raise Refusal("matter_unknown", 404)
    for source_id in {one.source_id for one in found}:
        queries.source(source_id, actor)
    return found


def _require_rated(department_id: int, actor: Actor) -> None:
    department = next(
        (one for one in identity.rated_departments() if one.id == department_id), None
    )
    if department is None:
        raise Refusal("organisation_unknown", 404, field="department")
    actor.require(department.path, Role.OFFICE)


def _record(
    matters: Sequence[SourceMatter],
    actor: Actor,
    now: datetime,
    *,
    department: int | None,
    category: int | None,
) -> None:
    """Write an entry for each source, with the ids of its matters."""
    by_source: dict[int, list[int]] = defaultdict(list)
    for matter in matters:
        by_source[matter.source_id].append(matter.id)
    for source_id, ids in by_source.items():
        audit.record(
            actor,
            "source.assigned",
            ("source", source_id),
            at=now,
            matters=ids,
            department=department,
            category=category,
        )


def import_categories(data: bytes, *, actor: Actor, now: datetime) -> int:
    """Take a topic tree in from a CSV file with three columns; leaves that it lacks go out of use.

    Matters keep the topics that they have.
    """
    leaves = _leaves(data)
    db.session.execute(update(SourceCategory).values(active=False))
    statement = insert(SourceCategory)
    db.session.execute(
        statement.on_conflict_do_update(
            constraint="uq_source_category_path", set_={"active": True}
        ),
        [
            {"first": first, "second": second, "third": third, "active": True}
            for first, second, third in leaves
        ],
    )
    # What the words suggested by the tree before is worked out anew.
    db.session.execute(update(SourceMatter).values(suggested=False))
    audit.record(actor, "source.categories_imported", ("source_tree", 1), at=now, rows=len(leaves))
    return len(leaves)


def _leaves(data: bytes) -> list[tuple[str, str, str]]:
    if len(data) > LARGEST_TREE:
        raise Refusal("categories_unreadable", 422, field="file")
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = data.decode("gb18030", errors="replace")
    rows = csv.reader(io.StringIO(content))
    try:
        head = [cell.strip() for cell in next(rows, [])]
        if not set(TREE) <= set(head):
            raise Refusal("categories_unreadable", 422, field="file")
        places = [head.index(name) for name in TREE]
        found = {
            tuple(row[place].strip()[:LONGEST_NAME] for place in places)
            for row in rows
            if len(row) > max(places)
        }
    except csv.Error as error:
        raise Refusal("categories_unreadable", 422, field="file") from error
    leaves = sorted(
        (one[0], one[1], one[2]) for one in found if all(one) and "\0" not in "".join(one)
    )
    if not 1 <= len(leaves) <= MOST_LEAVES:
        raise Refusal("categories_unreadable", 422, field="file")
    return leaves


def topics() -> Topics:
    """Return the tree in use, ready to suggest from."""
    return Topics(Topic(one.id, one.first + one.second, one.third) for one in queries.categories())


def suggest_topics(source_id: int, ready: Topics) -> bool:
    """Suggest topics for some matters that were not looked at; tell whether there may be more."""
    matters = db.session.execute(
        select(SourceMatter.id, SourceMatter.subject, SourceMatter.body)
        .where(SourceMatter.source_id == source_id, ~SourceMatter.suggested)
        .order_by(SourceMatter.id)
        .limit(STEP)
        .with_for_update(skip_locked=True)
    ).all()
    found = [ready.suggest(one.subject, one.body) for one in matters]
    db.session.execute(
        text(SUGGEST),
        {
            "ids": [one.id for one in matters],
            "topics": [one and one.topic_id for one in found],
            "scores": [one and one.score for one in found],
        },
    )
    return len(matters) == STEP
