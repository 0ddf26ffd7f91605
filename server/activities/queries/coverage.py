"""Coverage: which branches, groups and communities had no activity in a quarter.

A branch is covered by what it organised or was a partner of, and by what somebody joined who was
its then; see docs/activities.md. Activities are counted, never hours, and no person appears.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, union

from server.activities.models import Activity, ActivityPartner, Participation
from server.activities.rules import (
    COMMUNITY_KINDS,
    ActivityKind,
    ActivityState,
    Quarter,
    Standing,
)
from server.core.database import db
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from server.membership import queries as membership

Counts = list[tuple[int, ActivityKind, int]]


@dataclass
class CoverageLine:
    """A branch, group or community; ``kinds`` counts its activities by kind.

    A community ``outside`` the place is there because units of the place were active in it.
    """

    id: int
    name: str
    kinds: dict[ActivityKind, int] = field(default_factory=dict)
    people: int | None = None
    outside: bool = False

    @property
    def count(self) -> int:
        """How many activities it had."""
        return sum(self.kinds.values())

    @property
    def covered(self) -> bool:
        """Whether it had any."""
        return self.count > 0


@dataclass(frozen=True)
class Coverage:
    """A quarter below one place of the tree; lines without an activity come first."""

    quarter: Quarter
    branches: list[CoverageLine]
    groups: list[CoverageLine]
    communities: list[CoverageLine]


def coverage(quarter: Quarter, path: str, *, now: datetime) -> Coverage:
    """Return a quarter's coverage below ``path``, with a fixed number of statements.

    Announced activities that began in the quarter, were not cancelled and are over by ``now``
    count.
    """
    happened = _happened(quarter, now)
    units = _units(path)
    branches = [one for one in units if one.kind == OrganisationKind.BRANCH]
    communities = [one for one in units if one.kind in COMMUNITY_KINDS]
    people = membership.branch_people([one.id for one in branches])
    groups = [CoverageLine(one.id, one.name) for one in membership.groups()]
    served = [CoverageLine(one.id, one.name) for one in communities]
    elsewhere = _of_communities_elsewhere(happened, path)
    served += _outside(elsewhere)
    led = [CoverageLine(one.id, one.name, people=people.get(one.id, 0)) for one in branches]
    return Coverage(
        quarter,
        _filled(led, _of_branches(happened, path)),
        _filled(groups, _of_groups(happened, path)),
        _filled(served, _of_communities(happened, path) + elsewhere),
    )


def _happened(quarter: Quarter, now: datetime) -> ColumnElement[bool]:
    return (
        (Activity.state == ActivityState.ANNOUNCED.value)
        & (Activity.starts_at >= quarter.starts_at)
        & (Activity.starts_at < quarter.ends_at)
        & (Activity.ends_at <= now)
    )


def _units(path: str) -> Sequence[identity.Organisation]:
    kinds = [OrganisationKind.BRANCH.value, *(one.value for one in COMMUNITY_KINDS)]
    return db.session.scalars(
        select(identity.Organisation)
        .where(
            identity.Organisation.active,
            identity.Organisation.kind.in_(kinds),
            identity.Organisation.path.startswith(path, autoescape=True),
        )
        .order_by(identity.Organisation.sort_key, identity.Organisation.id)
    ).all()


def _organised(happened: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(Activity.organiser_id.label("unit"), Activity.id, Activity.kind).where(happened)


def _partnered(happened: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(ActivityPartner.organisation_id.label("unit"), Activity.id, Activity.kind)
        .join(Activity, Activity.id == ActivityPartner.activity_id)
        .where(happened)
    )


def _joined(happened: ColumnElement[bool], unit: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    """Select the activities that persons joined or walked into, by the branch or a trait."""
    return (
        select(unit.label("unit"), Activity.id, Activity.kind)
        .select_from(Participation)
        .join(membership.Person, membership.Person.id == Participation.person_id)
        .join(Activity, Activity.id == Participation.activity_id)
        .where(
            happened,
            Participation.standing.in_([Standing.JOINED.value, Standing.WALK_IN.value]),
        )
    )


def _below(path: str) -> Select[*tuple[Any, ...]]:
    return select(identity.Organisation.id).where(
        identity.Organisation.path.startswith(path, autoescape=True)
    )


def _of_branches(happened: ColumnElement[bool], path: str) -> Counts:
    joined = _joined(happened, Participation.branch_id.expression)
    held = union(_organised(happened), _partnered(happened), joined).subquery()
    return _by_kind(held, held.c.unit.in_(_below(path)))


def _of_groups(happened: ColumnElement[bool], path: str) -> Counts:
    group = func.unnest(membership.Person.groups)
    below = Participation.branch_id.in_(_below(path))
    return _by_kind(_joined(happened, group).where(below).distinct().subquery())


def _of_communities(happened: ColumnElement[bool], path: str) -> Counts:
    served = select(Activity.community_id.label("unit"), Activity.id, Activity.kind).where(
        happened, Activity.community_id.is_not(None)
    )
    held = union(_organised(happened), _partnered(happened), served).subquery()
    return _by_kind(held, held.c.unit.in_(_below(path)))


def _of_communities_elsewhere(happened: ColumnElement[bool], path: str) -> Counts:
    """Count what units below ``path`` held in communities that are not."""
    below = _below(path)
    partnered = select(ActivityPartner.activity_id).where(
        ActivityPartner.organisation_id.in_(below)
    )
    held = (
        select(Activity.community_id.label("unit"), Activity.id, Activity.kind)
        .where(
            happened,
            Activity.community_id.not_in(below),
            or_(Activity.organiser_id.in_(below), Activity.id.in_(partnered)),
        )
        .subquery()
    )
    return _by_kind(held)


def _outside(counts: Counts) -> list[CoverageLine]:
    found = identity.organisations_by_id({unit for unit, _, _ in counts})
    found = sorted(found, key=lambda one: (one.sort_key, one.id))
    return [CoverageLine(one.id, one.name, outside=True) for one in found]


def _by_kind(held: Subquery, *conditions: ColumnElement[bool]) -> Counts:
    """Count the different activities of each unit and kind."""
    rows = db.session.execute(
        select(held.c.unit, held.c.kind, func.count(held.c.id.distinct()))
        .where(*conditions)
        .group_by(held.c.unit, held.c.kind)
    )
    return [(row[0], ActivityKind(row[1]), row[2]) for row in rows]


def _filled(lines: Iterable[CoverageLine], counts: Counts) -> list[CoverageLine]:
    """Write the counts into the lines; those without any come first, each part as it was."""
    by_id = {line.id: line for line in lines}
    for unit, kind, count in counts:
        if unit in by_id:
            by_id[unit].kinds[kind] = count
    return sorted(by_id.values(), key=lambda line: line.covered)
