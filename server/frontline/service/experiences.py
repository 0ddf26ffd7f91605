"""Experiences: drafted, sent in, reviewed, shared, made use of, returned, withdrawn."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from server.audit import service as audit
from server.core.access import Actor, ActorKind
from server.core.clock import local_date
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.pinyin import search_key
from server.frontline.authority import (
    Caller,
    author_of,
    caller_of,
    may_organise,
    may_review,
    steps_of,
)
from server.frontline.content import ExperienceContent
from server.frontline.models import Experience, ExperienceUse
from server.frontline.queries import rows
from server.frontline.queries.describing import EXPERIENCE_SUBJECT
from server.frontline.rules import (
    EXPERIENCE_STATE_LABELS,
    STEP_LABELS,
    STEP_OF_EXPERIENCE,
    ContentState,
    EntryState,
    ExperienceState,
    ReviewStep,
    Verdict,
)
from server.frontline.service.telling import tell_of_experience
from server.identity import queries as identity
from server.identity.rules import searchable
from server.membership.queries import Person
from server.pictures import queries as pictures
from server.pictures import service as picture_service
from server.pictures.rules import Purpose

# A change of what somebody has approved, or may be approving, begins review anew.
UNDER_REVIEW = frozenset(
    {ExperienceState.SUBMITTED, ExperienceState.BRANCH_APPROVED, ExperienceState.SHARED}
)


def put_experience(
    experience_id: UUID,
    content: ExperienceContent,
    *,
    revision: int | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[Experience, bool]:
    """Take in a draft or a change; return it, and whether it is new.

    A change of one that is under review or shared sends it through review again; until it is
    approved the collection does not show it. With ``content.entry`` an own entry's lesson is taken
    over where no words are given. The same content again changes nothing.
    """
    existing = db.session.get(
        Experience, experience_id, with_for_update=True, populate_existing=True
    )
    author = author_of(actor, existing.person_id if existing else None)
    content = _with_lesson(content, author)
    if existing is None:
        if _insert(experience_id, content, author, now):
            _attach(experience_id, content, author, now)
            return rows.experience(experience_id), True
        existing = rows.experience_for_update(experience_id)
    if existing.person_id != author.id:
        raise rows.unknown_experience()
    return _change(existing, content, revision, author, now), False


def submit_experience(experience_id: UUID, *, actor: Actor, now: datetime) -> Experience:
    """Send a draft or a returned experience to review; doing it again changes nothing."""
    experience = _own(experience_id, actor)
    if experience.state in {ExperienceState.SUBMITTED, ExperienceState.BRANCH_APPROVED}:
        return experience
    if experience.state not in {ExperienceState.DRAFT, ExperienceState.RETURNED}:
        raise _decided(experience)
    if not experience.body:
        raise InvalidInput([{"field": "body", "message": "请先写下经验的内容。"}])
    _send_in(experience, now)
    return experience


def withdraw_experience(experience_id: UUID, *, actor: Actor) -> Experience:
    """Take an experience back, also from the collection; doing it again changes nothing."""
    experience = _own(experience_id, actor)
    experience.state = ExperienceState.WITHDRAWN.value
    picture_service.let_go((EXPERIENCE_SUBJECT, str(experience_id)))
    return experience


def review_experience(
    experience_id: UUID,
    *,
    verdict: Verdict,
    reason: str = "",
    step: ReviewStep | None = None,
    revision: int | None = None,
    actor: Actor,
    now: datetime,
) -> Experience:
    """Give a step's verdict on an experience; the office can also return a shared one."""
    if verdict is Verdict.MERGED:
        raise InvalidInput([{"field": "verdict", "message": "经验只能通过或退回。"}])
    if verdict is Verdict.RETURNED and not reason:
        raise InvalidInput([{"field": "reason", "message": "请写明理由，让填写人知道怎样修改。"}])
    found = rows.experience(experience_id)
    caller = caller_of(actor)
    if caller.person_id is not None and caller.person_id == found.person_id:
        raise Refusal("review_own", 403)
    path = identity.organisation(found.branch_id).path
    if not steps_of(actor, path):
        raise Refusal("not_allowed", 403)
    experience = rows.experience_for_update(experience_id)
    step = _open_step(experience, caller, path, verdict, step)
    if revision is not None and revision != experience.revision:
        raise Refusal("experience_changed_meanwhile", 409)
    _decide(experience, verdict, step, caller.id, now)
    experience.return_reason = reason if verdict is Verdict.RETURNED else ""
    db.session.flush()
    if actor.kind is ActorKind.ACCOUNT:
        audit.record(
            actor,
            f"experience.{verdict.value}",
            ("experience", experience.id),
            at=now,
            step=step.value,
        )
    tell_of_experience(experience, step, verdict, now)
    return experience


def use_experience(
    experience_id: UUID,
    *,
    note: str,
    branch_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Experience:
    """Note that a branch made use of a shared experience; a second word replaces the first."""
    experience = rows.experience(experience_id)
    caller = caller_of(actor)
    using = branch_id if branch_id is not None else caller.branch_id
    if experience.state != ExperienceState.SHARED:
        raise rows.unknown_experience()
    if using is None:
        raise InvalidInput([{"field": "branch", "message": "请选择党支部。"}])
    if not may_organise(actor, identity.organisation(using).path):
        raise Refusal("experience_use_by_organiser", 403)
    if using == experience.branch_id:
        raise Refusal("experience_own_branch", 409)
    values = {"note": note, "used_on": local_date(now), "noted_by": caller.id}
    db.session.execute(
        insert(ExperienceUse)
        .values(experience_id=experience_id, branch_id=using, **values)
        .on_conflict_do_update(index_elements=["experience_id", "branch_id"], set_=values)
    )
    return experience


def _own(experience_id: UUID, actor: Actor) -> Experience:
    found = rows.experience(experience_id)
    author = author_of(actor, found.person_id)
    if found.person_id != author.id:
        raise rows.unknown_experience()
    return rows.experience_for_update(experience_id)


def _with_lesson(content: ExperienceContent, author: Person) -> ExperienceContent:
    if content.entry is None:
        return content
    entry = rows.entry(content.entry)
    if entry.person_id != author.id or entry.state == EntryState.WITHDRAWN:
        raise rows.unknown_entry()
    return content if content.body else replace(content, body=entry.lesson)


def _insert(experience_id: UUID, content: ExperienceContent, author: Person, now: datetime) -> bool:
    """Store a draft unless the same request, sent twice, has just done so."""
    stored = db.session.scalar(
        insert(Experience)
        .values(
            id=experience_id,
            branch_id=author.branch_id,
            person_id=author.id,
            **_columns(content),
            state=ExperienceState.DRAFT.value,
            return_reason="",
            # A draft is nobody's but its author's: it is checked once it is sent in.
            content_state=ContentState.UNCHECKED.value,
            revision=1,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Experience.id)
    )
    return stored is not None


def _change(
    experience: Experience,
    content: ExperienceContent,
    revision: int | None,
    author: Person,
    now: datetime,
) -> Experience:
    shown = pictures.of_subjects(EXPERIENCE_SUBJECT, [experience.id])[str(experience.id)]
    if content.is_that_of(experience, [picture.id for picture in shown]):
        return experience
    if experience.state == ExperienceState.WITHDRAWN:
        raise _decided(experience)
    known = 1 if revision is None and experience.state == ExperienceState.DRAFT else revision
    if known != experience.revision:
        raise Refusal("experience_changed_meanwhile", 409)
    for column, value in _columns(content).items():
        setattr(experience, column, value)
    experience.revision += 1
    if experience.state in UNDER_REVIEW:
        _send_in(experience, now)
    _attach(experience.id, content, author, now)
    return experience


def _attach(experience_id: UUID, content: ExperienceContent, author: Person, now: datetime) -> None:
    picture_service.take_up(
        content.pictures,
        purpose=Purpose.FRONTLINE,
        subject=(EXPERIENCE_SUBJECT, str(experience_id)),
        uploaded_by=author.member_id,
        now=now,
    )
    db.session.flush()


def _columns(content: ExperienceContent) -> dict[str, object]:
    return {
        "title": content.title,
        "body": content.body,
        "tags": list(content.tags),
        "entry_id": content.entry,
        "search_key": _search_key(content),
    }


def _search_key(content: ExperienceContent) -> str:
    """Return what a search looks in: title and tags as written and in pinyin, words as written."""
    parts = []
    for name in (content.title, *content.tags):
        parts += [searchable(name), *search_key(name).split(" ")]
    return "\n".join(dict.fromkeys([*parts, searchable(content.body)]))


def _send_in(experience: Experience, now: datetime) -> None:
    experience.state = ExperienceState.SUBMITTED.value
    experience.content_state = ContentState.WAITING.value
    experience.branch_reviewer = None
    experience.office_reviewer = None
    experience.submitted_at = now
    experience.shared_at = None
    db.session.flush()


def _open_step(
    experience: Experience,
    caller: Caller,
    path: str,
    verdict: Verdict,
    asked: ReviewStep | None,
) -> ReviewStep:
    """Return the step that the verdict is on; refuse with who decided, or who decides now."""
    state = ExperienceState(experience.state)
    waits = STEP_OF_EXPERIENCE.get(state)
    if state is ExperienceState.SHARED and verdict is Verdict.APPROVED:
        waits = None
    if waits is None or asked not in {None, waits}:
        raise _decided(experience)
    if not may_review(caller.actor, path, waits):
        if waits is ReviewStep.OFFICE:
            raise _decided(experience)
        raise Refusal("entry_not_yet", 409, step=STEP_LABELS[waits])
    approving_twice = waits is ReviewStep.OFFICE and caller.is_person(experience.branch_reviewer)
    if approving_twice and state is not ExperienceState.SHARED:
        raise Refusal("review_same_person", 403)
    return waits


def _decide(
    experience: Experience, verdict: Verdict, step: ReviewStep, by: UUID | None, now: datetime
) -> None:
    if step is ReviewStep.OFFICE:
        experience.office_reviewer = by
    if verdict is Verdict.RETURNED:
        experience.state = ExperienceState.RETURNED.value
        experience.shared_at = None
    elif step is ReviewStep.BRANCH:
        experience.state = ExperienceState.BRANCH_APPROVED.value
        experience.branch_reviewer = by
    else:
        experience.state = ExperienceState.SHARED.value
        experience.shared_at = now


def _decided(experience: Experience) -> Refusal:
    label = EXPERIENCE_STATE_LABELS[ExperienceState(experience.state)]
    return Refusal("experience_decided", 409, state=label)
