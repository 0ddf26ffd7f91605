"""Reading findings: what is set apart, lists, one in full.

Two rules stand in front of every reading for people. The seal: of an open survey nothing was
searched, so nothing is there to see. The reach: the office sees the departments below its grants,
and inspectors those of theirs once the campaign is closed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, page
from server.evaluation import queries as evaluation
from server.evaluation.counts import GroupKey, Places
from server.evaluation.models import Evaluation, Exclusion
from server.evaluation.queries import EvaluationFilters
from server.evaluation.readings import RatingReading
from server.evaluation.rules import EvaluationState, ExclusionState
from server.identity import queries as identity
from server.integrity.models import CampaignSearch, Finding, FindingRating
from server.integrity.rules import FindingKind, FindingState

Organisation = identity.Organisation


@dataclass(frozen=True)
class FindingFilters:
    """What a list of findings is narrowed to; None narrows nothing."""

    campaign_id: int | None = None
    department_id: int | None = None
    kind: FindingKind | None = None
    state: FindingState | None = None


@dataclass(frozen=True, kw_only=True)
class FindingReading:
    """A finding, with the names that a page shows."""

    id: UUID
    campaign_id: int
    campaign_title: str
    campaign_kind: CampaignKind
    campaign_state: CampaignState
    department_id: int
    department_name: str
    channel: Channel
    kind: FindingKind
    state: FindingState
    ratings: int
    evidence: dict[str, Any]
    found_on: date
    judged_by: UUID | None
    judged_at: datetime | None
    note: str


@dataclass(frozen=True)
class Progress:
    """What became of a finding's ratings: ``waiting`` is for a second person of the office.

    Those that wait still count and are in ``counted`` too.
    """

    counted: int = 0
    waiting: int = 0
    excluded: int = 0
    withdrawn: int = 0

    @property
    def undisputed(self) -> int:
        """How many count that nobody proposes to exclude."""
        return self.counted - self.waiting

    @property
    def ratings(self) -> int:
        """How many there are."""
        return self.counted + self.excluded + self.withdrawn


@dataclass(frozen=True)
class SearchReading:
    """When a campaign was searched last, and whether that was the search at its close."""

    searched_at: datetime
    final: bool


def set_apart(campaign_id: int, finding_id: UUID | None = None) -> dict[GroupKey, Places]:
    """Return the counts of what waits for a verdict, as ``evaluation.counts.counts_of`` has them.

    These are the still counted ratings of open findings, and those whose exclusion was proposed and
    not yet decided; each rating once, however many findings it is in. With ``finding_id`` those of
    one finding, whatever its state.
    """
    answer = (
        func.unnest(func.array_prepend(Evaluation.overall, Evaluation.levels))
        .table_valued("level", with_ordinality="place", name="answer")
        .render_derived()
    )
    key = (Evaluation.department_id, Evaluation.channel, Evaluation.cell)
    rows = db.session.execute(
        select(*key, answer.c.place, answer.c.level, func.count().label("number"))
        .select_from(Evaluation)
        .join(answer, true())
        .where(
            Evaluation.campaign_id == campaign_id,
            Evaluation.state == EvaluationState.COUNTED,
            Evaluation.id.in_(_apart(campaign_id, finding_id)),
        )
        .group_by(*key, answer.c.place, answer.c.level)
    )
    counts: dict[GroupKey, Places] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for row in rows:
        group = GroupKey(row.department_id, row.channel, row.cell)
        counts[group][row.place - 1][row.level] += row.number
    return {
        group: {place: dict(levels) for place, levels in places.items()}
        for group, places in counts.items()
    }


def _apart(campaign_id: int, finding_id: UUID | None) -> Select[UUID]:
    """Select the ratings that wait for a verdict, or all of one finding."""
    chosen = select(FindingRating.evaluation_id).join(
        Finding, Finding.id == FindingRating.finding_id
    )
    if finding_id is not None:
        return chosen.where(Finding.id == finding_id)
    proposed = exists().where(
        Exclusion.campaign_id == campaign_id,
        Exclusion.evaluation_id == FindingRating.evaluation_id,
        Exclusion.state == ExclusionState.PROPOSED.value,
    )
    return chosen.where(
        Finding.campaign_id == campaign_id,
        or_(
            Finding.state == FindingState.OPEN.value,
            and_(Finding.state == FindingState.PROPOSED.value, proposed),
        ),
    )


def figures(campaign_id: int) -> dict[FindingKind, dict[FindingState, int]]:
    """Return how many findings of each kind and state a campaign has."""
    rows = db.session.execute(
        select(Finding.kind, Finding.state, func.count().label("number"))
        .where(Finding.campaign_id == campaign_id)
        .group_by(Finding.kind, Finding.state)
    )
    found = {kind: dict.fromkeys(FindingState, 0) for kind in FindingKind}
    for row in rows:
        found[FindingKind(row.kind)][FindingState(row.state)] = row.number
    return found


def last_search(campaign_id: int) -> SearchReading | None:
    """Return when a campaign was searched last, if it was."""
    row = db.session.get(CampaignSearch, campaign_id)
    return None if row is None else SearchReading(row.searched_at, row.final)


def findings(
    filters: FindingFilters, *, actor: Actor, cursor: str | None = None, limit: int = 20
) -> Page[FindingReading]:
    """Return findings as far as the actor's grants reach, those of the latest campaign first."""
    wanted: list[tuple[Any, Any]] = [
        (Finding.campaign_id, filters.campaign_id),
        (Finding.department_id, filters.department_id),
        (Finding.kind, filters.kind and filters.kind.value),
        (Finding.state, filters.state and filters.state.value),
    ]
    query = _readings().where(
        _within(actor), *(column == value for column, value in wanted if value is not None)
    )
    found = page(
        query,
        [Finding.campaign_id, Finding.ratings, Finding.id],
        kinds=[int, int, _uuid],
        key=lambda row: [row[0].campaign_id, row[0].ratings, row[0].id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([_reading(*row) for row in found.items], found.next_cursor)


def finding(finding_id: UUID, *, actor: Actor) -> FindingReading:
    """Return one finding; refuse with 404 what the actor's grants don't reach."""
    row = db.session.execute(_readings().where(Finding.id == finding_id, _within(actor))).first()
    if row is None:
        raise Refusal("finding_unknown", 404)
    return _reading(*row)


def ratings_of(
    finding_id: UUID, *, actor: Actor, cursor: str | None = None, limit: int = 20
) -> Page[RatingReading]:
    """Return the ratings that a finding sets apart: levels, tags and words, nothing of a person."""
    found = finding(finding_id, actor=actor)
    among = select(FindingRating.evaluation_id).where(FindingRating.finding_id == finding_id)
    return evaluation.evaluations(
        found.campaign_id,
        EvaluationFilters(among=among),
        actor=actor,
        cursor=cursor,
        limit=limit,
    )


def progress(finding_id: UUID) -> Progress:
    """Return what became of a finding's ratings."""
    return progresses([finding_id]).get(finding_id, Progress())


def progresses(finding_ids: Iterable[UUID]) -> dict[UUID, Progress]:
    """Return what became of the ratings of some findings."""
    waiting = exists().where(
        Exclusion.campaign_id == Evaluation.campaign_id,
        Exclusion.evaluation_id == Evaluation.id,
        Exclusion.state == ExclusionState.PROPOSED.value,
    )
    is_counted = Evaluation.state == EvaluationState.COUNTED
    rows = db.session.execute(
        select(
            FindingRating.finding_id,
            func.count().filter(is_counted),
            func.count().filter(is_counted, waiting),
            func.count().filter(Evaluation.state == EvaluationState.EXCLUDED),
            func.count().filter(Evaluation.state == EvaluationState.WITHDRAWN),
        )
        .select_from(FindingRating)
        .join(Finding, Finding.id == FindingRating.finding_id)
        .join(
            Evaluation,
            and_(
                Evaluation.campaign_id == Finding.campaign_id,
                Evaluation.id == FindingRating.evaluation_id,
            ),
        )
        .where(FindingRating.finding_id.in_(list(finding_ids)))
        .group_by(FindingRating.finding_id)
    )
    return {finding_id: Progress(*numbers) for finding_id, *numbers in rows}


def daily(finding_id: UUID) -> list[tuple[str, int, int]]:
    """Return by day how many of a finding's ratings came, and how many of its group altogether.

    Withdrawn ones are left out, excluded ones are not: this is about what came. Sample ratings
    have no day.
    """
    found = db.session.get_one(Finding, finding_id)
    if found.channel == Channel.SAMPLE:
        return []
    mine = exists().where(
        FindingRating.finding_id == finding_id, FindingRating.evaluation_id == Evaluation.id
    )
    rows = db.session.execute(
        select(Evaluation.rated_on, func.count().filter(mine), func.count())
        .where(
            Evaluation.campaign_id == found.campaign_id,
            Evaluation.department_id == found.department_id,
            Evaluation.channel == found.channel,
            Evaluation.state != EvaluationState.WITHDRAWN,
        )
        .group_by(Evaluation.rated_on)
        .order_by(Evaluation.rated_on)
    )
    return [(day.isoformat(), apart, number) for day, apart, number in rows]


def proposers(finding_id: UUID) -> set[UUID | None]:
    """Return who proposed an exclusion of this finding's ratings that is not decided yet."""
    return set(
        db.session.scalars(
            select(Exclusion.proposed_by)
            .distinct()
            .where(
                FindingRating.finding_id == finding_id,
                Finding.id == FindingRating.finding_id,
                Exclusion.campaign_id == Finding.campaign_id,
                Exclusion.evaluation_id == FindingRating.evaluation_id,
                Exclusion.state == ExclusionState.PROPOSED.value,
            )
        )
    )


def _readings() -> Select[*tuple[Any, ...]]:
    return (
        select(Finding, Campaign.title, Campaign.kind, Campaign.state, Organisation.name)
        .join(Campaign, Campaign.id == Finding.campaign_id)
        .join(Organisation, Organisation.id == Finding.department_id)
    )


def _within(actor: Actor) -> ColumnElement[bool]:
    """Narrow to what the actor may read: the office at any time, inspectors after the close."""
    reach: list[ColumnElement[bool]] = []
    for role, condition in (
        (Role.OFFICE, true()),
        (Role.INSPECTOR, Campaign.state == CampaignState.CLOSED.value),
    ):
        paths = [grant.path for grant in actor.grants if grant.role is role]
        reach += [
            and_(condition, Organisation.path.startswith(path, autoescape=True)) for path in paths
        ]
    if not reach:
        raise Refusal("not_allowed", 403)
    sealed = and_(
        Campaign.kind == CampaignKind.SURVEY.value, Campaign.state != CampaignState.CLOSED.value
    )
    return and_(or_(*reach), ~sealed)


def _reading(found: Finding, title: str, kind: str, state: str, department: str) -> FindingReading:
    return FindingReading(
        id=found.id,
        campaign_id=found.campaign_id,
        campaign_title=title,
        campaign_kind=CampaignKind(kind),
        campaign_state=CampaignState(state),
        department_id=found.department_id,
        department_name=department,
        channel=Channel(found.channel),
        kind=FindingKind(found.kind),
        state=FindingState(found.state),
        ratings=found.ratings,
        evidence=found.evidence,
        found_on=found.found_on,
        judged_by=found.judged_by,
        judged_at=found.judged_at,
        note=found.note,
    )


def _uuid(value: object) -> UUID:
    return UUID(str(value))
