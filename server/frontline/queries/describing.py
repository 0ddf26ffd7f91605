"""Entries and experiences as one caller may see them, with a fixed number of statements a list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from server.activities import queries as activities
from server.frontline.authority import Caller, may_organise, steps_of
from server.frontline.models import Entry, EntryReview, Experience
from server.frontline.queries import rows
from server.frontline.readings import (
    EntryReading,
    ExperienceReading,
    HandedOn,
    PictureReading,
    Reference,
    ReviewReading,
    UnitReading,
    UseReading,
)
from server.frontline.rules import (
    CORRECTABLE,
    STEP_OF_ENTRY,
    STEP_OF_EXPERIENCE,
    WITHDRAWABLE,
    ContentState,
    EntryState,
    ExperienceState,
    ReviewStep,
    Served,
    Solution,
    Verdict,
)
from server.identity import queries as identity
from server.membership import queries as membership
from server.pictures import queries as pictures
from server.pictures.rules import PictureState
from server.rectification import queries as rectification
from server.rectification.rules import Stage

ENTRY_SUBJECT = "frontline_entry"
EXPERIENCE_SUBJECT = "experience"


@dataclass(frozen=True)
class _Standing:
    """What a caller is to one item."""

    own: bool
    near: bool
    steps: Sequence[ReviewStep]


class _Readers:
    """Names and reach that the items of one list share."""

    def __init__(
        self, items: Sequence[Entry | Experience], caller: Caller, extra: Iterable[int] = ()
    ) -> None:
        self.caller = caller
        branches = {item.branch_id for item in items} | set(extra)
        found = identity.organisations_by_id(branches)
        self.references = {one.id: Reference(one.id, one.name) for one in found}
        self.paths = {one.id: one.path for one in found}
        self.standings = {item.id: self._standing(item) for item in items}
        self.authors = membership.names(
            {item.person_id for item in items if self.standings[item.id].near}
        )

    def _standing(self, item: Entry | Experience) -> _Standing:
        caller = self.caller
        own = caller.person_id is not None and caller.person_id == item.person_id
        steps = steps_of(caller.actor, self.paths[item.branch_id])
        near = own or bool(steps) or caller.branch_id == item.branch_id
        return _Standing(own, near, steps)

    def pictures(
        self, kind: str, items: Sequence[Entry | Experience]
    ) -> dict[UUID, list[PictureReading]]:
        found = pictures.of_subjects(kind, [item.id for item in items])
        return {
            item.id: [
                PictureReading(one.id, pictures.address(one))
                for one in found[str(item.id)]
                if self.standings[item.id].own or one.state == PictureState.PASSED
            ]
            for item in items
        }


def describe_entries(entries: Sequence[Entry], caller: Caller) -> list[EntryReading]:
    """Return entries as ``caller`` may see them, in the same order."""
    if not entries:
        return []
    ids = [entry.id for entry in entries]
    units = rows.units(ids)
    named = {organisation for sent in units.values() for organisation in sent}
    named |= {entry.community_id for entry in entries if entry.community_id}
    readers = _Readers(entries, caller, named)
    told = rows.reviews(ids)
    merged = rows.absorbed(ids)
    shown = readers.pictures(ENTRY_SUBJECT, entries)
    cases = _cases(entries)
    titles = activities.titles({entry.activity_id for entry in entries if entry.activity_id})
    return [
        _entry(
            entry,
            readers,
            units=units.get(entry.id, {}),
            told=told.get(entry.id, []),
            merged=merged.get(entry.id, []),
            shown=shown[entry.id],
            title=titles.get(entry.activity_id or 0),
            case=cases.get(entry.case_id) if entry.case_id else None,
        )
        for entry in entries
    ]


def _cases(entries: Sequence[Entry]) -> dict[UUID, HandedOn]:
    """Return how far the cases of some entries are."""
    wanted = [entry.case_id for entry in entries if entry.case_id]
    if not wanted:
        return {}
    found = rectification.cases_by_id(wanted)
    names = identity.organisation_names({one.department_id for one in found.values()})
    return {
        one.id: HandedOn(one.number, names[one.department_id], Stage(one.stage))
        for one in found.values()
    }


def _entry(
    entry: Entry,
    readers: _Readers,
    *,
    units: Mapping[int, int],
    told: Sequence[EntryReview],
    merged: Sequence[UUID],
    shown: Sequence[PictureReading],
    title: str | None,
    case: HandedOn | None,
) -> EntryReading:
    state = EntryState(entry.state)
    standing = readers.standings[entry.id]
    organises = may_organise(readers.caller.actor, readers.paths[entry.branch_id])
    return EntryReading(
        id=entry.id,
        state=state,
        branch=readers.references[entry.branch_id],
        author=readers.authors.get(entry.person_id) if standing.near else None,
        activity=Reference(entry.activity_id, title) if entry.activity_id and title else None,
        community=readers.references.get(entry.community_id or 0),
        happened_on=entry.happened_on,
        place=entry.place,
        came=entry.came,
        units=[UnitReading(readers.references[one], people) for one, people in units.items()],
        problem=entry.problem,
        served=Served(entry.served),
        solution=Solution(entry.solution),
        measures=entry.measures,
        hand_on=entry.hand_on,
        case_id=entry.case_id,
        case=case if standing.near else None,
        lesson=entry.lesson,
        pictures=shown,
        reviews=_reviews(told) if standing.own or standing.steps else [],
        content_state=ContentState(entry.content_state) if standing.steps else None,
        review_step=_open_step(
            STEP_OF_ENTRY.get(state), standing, readers.caller, branch_approver(entry, told)
        ),
        merged_into=entry.merged_into,
        merged=merged if standing.near else [],
        may_edit=standing.own and state in CORRECTABLE,
        may_withdraw=standing.own and state in WITHDRAWABLE,
        may_share=state is EntryState.APPROVED
        and (standing.own or organises or ReviewStep.OFFICE in standing.steps),
        revision=entry.revision,
        created_at=entry.created_at,
        submitted_at=entry.submitted_at,
        approved_at=entry.approved_at,
    )


def branch_approver(entry: Entry, told: Sequence[EntryReview]) -> UUID | None:
    """Return who approved an entry for its branch since it was last sent in, if anybody did."""
    for review in reversed(told):
        if review.step == ReviewStep.BRANCH and review.verdict == Verdict.APPROVED:
            return review.reviewed_by if review.reviewed_at >= entry.submitted_at else None
    return None


def _open_step(
    step: ReviewStep | None, standing: _Standing, caller: Caller, branch_reviewer: UUID | None
) -> ReviewStep | None:
    """Return the step that waits for this caller, or None."""
    if step is None or standing.own or step not in standing.steps:
        return None
    if step is ReviewStep.OFFICE and caller.is_person(branch_reviewer):
        return None
    return step


def _reviews(told: Sequence[EntryReview]) -> list[ReviewReading]:
    return [
        ReviewReading(ReviewStep(one.step), Verdict(one.verdict), one.reason, one.reviewed_at)
        for one in told
    ]


def describe_experiences(
    experiences: Sequence[Experience], caller: Caller, *, with_uses: bool = False
) -> list[ExperienceReading]:
    """Return experiences as ``caller`` may see them; ``with_uses`` tells who made use of one."""
    if not experiences:
        return []
    used = rows.uses(experiences[0].id) if with_uses else []
    extra = {use.branch_id for use in used}
    if caller.branch_id is not None:
        extra.add(caller.branch_id)
    readers = _Readers(experiences, caller, extra)
    counts = rows.use_counts([experience.id for experience in experiences])
    shown = readers.pictures(EXPERIENCE_SUBJECT, experiences)
    telling = [
        UseReading(branch=readers.references[one.branch_id], note=one.note, used_on=one.used_on)
        for one in used
    ]
    return [
        _experience(
            one, readers, shown=shown[one.id], use_count=counts.get(one.id, 0), uses=telling
        )
        for one in experiences
    ]


def _experience(
    experience: Experience,
    readers: _Readers,
    *,
    shown: Sequence[PictureReading],
    use_count: int,
    uses: Sequence[UseReading],
) -> ExperienceReading:
    state = ExperienceState(experience.state)
    standing = readers.standings[experience.id]
    caller = readers.caller
    # Only the office's return of a shared one is left: not a verdict that waits for anybody.
    waits = None if state is ExperienceState.SHARED else STEP_OF_EXPERIENCE.get(state)
    return ExperienceReading(
        id=experience.id,
        state=state,
        branch=readers.references[experience.branch_id],
        author=readers.authors.get(experience.person_id) if standing.near else None,
        entry_id=experience.entry_id if standing.near else None,
        title=experience.title,
        body=experience.body,
        tags=experience.tags,
        pictures=shown,
        reviews=_steps(experience) if standing.own or standing.steps else [],
        return_reason=experience.return_reason if standing.own or standing.steps else "",
        content_state=ContentState(experience.content_state) if standing.steps else None,
        review_step=_open_step(waits, standing, caller, experience.branch_reviewer),
        may_edit=standing.own and state is not ExperienceState.WITHDRAWN,
        may_withdraw=standing.own and state is not ExperienceState.WITHDRAWN,
        may_use=state is ExperienceState.SHARED
        and caller.branch_id is not None
        and caller.branch_id != experience.branch_id
        and may_organise(caller.actor, readers.paths[caller.branch_id]),
        use_count=use_count,
        uses=uses,
        revision=experience.revision,
        created_at=experience.created_at,
        submitted_at=experience.submitted_at,
        shared_at=experience.shared_at,
    )


def _steps(experience: Experience) -> list[ReviewReading]:
    """Return what is known of an experience's review: the last round alone."""
    state = ExperienceState(experience.state)
    told = []
    if experience.branch_reviewer is not None:
        told.append(ReviewReading(ReviewStep.BRANCH, Verdict.APPROVED, "", None))
    if state is ExperienceState.SHARED:
        told.append(ReviewReading(ReviewStep.OFFICE, Verdict.APPROVED, "", experience.shared_at))
    if state is ExperienceState.RETURNED:
        step = ReviewStep.OFFICE if experience.branch_reviewer else ReviewStep.BRANCH
        told.append(ReviewReading(step, Verdict.RETURNED, experience.return_reason, None))
    return told
