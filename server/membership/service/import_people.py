"""Rows of people: what each would do, and doing it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert

from server.core.access import Actor, ActorKind
from server.core.clock import local_date
from server.core.database import db
from server.identity import queries as identity
from server.identity.queries import Organisation
from server.identity.rules import OrganisationKind
from server.membership import queries
from server.membership.files import Row
from server.membership.models import Person, PersonMove
from server.membership.places import OUT_OF_REACH, Places
from server.membership.register import Known, Register, register_of
from server.membership.rules import (
    KEEPERS,
    LONGEST_PERSON_NAME,
    MOST_GROUPS,
    PARTY_KINDS,
    PERSON_CODE,
    Move,
    Outcome,
    Post,
    normal_name,
    normal_phone,
    parts_of,
    post_of,
)
from server.membership.sealing import phone_hash, seal_name, seal_phone
from server.membership.service import posts
from server.membership.service.departures import departed
from server.membership.service.persons import note_move

PHONE_FAULT = "不是 11 位手机号码。"
CALCULATED_FAULT = "号码被表格软件改成了科学计数，请把这一列设为文本后重新填写。"


@dataclass
class PersonPlan:
    """What a row says, and what it would do."""

    line: int
    name: str = ""
    branch_id: int = 0
    phone: str = ""
    phone_hash: bytes | None = None
    code: str = ""
    post: Post | None = None
    groups: list[int] | None = None
    outcome: Outcome = Outcome.REFUSED
    person_id: UUID | None = None
    changes: list[str] = field(default_factory=list)

    @property
    def stands_as(self) -> Post:
        """The post that a new or moved person would have."""
        return self.post or Post.MEMBER


def plan_people(rows: Sequence[Row], actor: Actor) -> list[PersonPlan]:
    """Return what each row would do; a row with faults, which are noted in it, does nothing."""
    places = Places(identity.upper_organisations())
    groups = {one.name: one.id for one in queries.groups()}
    plans = [_parsed(row, places, groups, actor) for row in rows]
    good = [plan for row, plan in zip(rows, plans, strict=True) if not row.faults]
    register = register_of(
        {plan.branch_id for plan in good},
        {plan.code for plan in good if plan.code},
        {plan.phone_hash for plan in good if plan.phone_hash},
    )
    matching = _Matching(register, actor)
    for row, plan in zip(rows, plans, strict=True):
        if not row.faults:
            matching.match(row, plan)
    _check_secretaries(rows, plans, register)
    for row, plan in zip(rows, plans, strict=True):
        if row.faults:
            plan.outcome = Outcome.REFUSED
    return plans


def _parsed(row: Row, places: Places, groups: dict[str, int], actor: Actor) -> PersonPlan:
    plan = PersonPlan(row.line)
    plan.name = normal_name(row.values["name"])
    if not 1 <= len(plan.name) <= LONGEST_PERSON_NAME:
        row.blame("name", f"请填写 1 至 {LONGEST_PERSON_NAME} 个字的姓名。")
    _read_branch(row, plan, places, actor)
    phone = row.values.get("phone", "")
    if phone:
        number = normal_phone(phone)
        if number is None:
            calculated = "E+" in phone.upper()
            row.blame("phone", CALCULATED_FAULT if calculated else PHONE_FAULT)
        else:
            plan.phone, plan.phone_hash = number, phone_hash(number)
    plan.code = row.values.get("code", "")
    if plan.code and not PERSON_CODE.fullmatch(plan.code):
        row.blame("code", "编号为 1 至 40 个字母、数字、点、横线或下划线。")
    post = row.values.get("post", "")
    plan.post = post_of(post) if post else None
    if post and plan.post is None:
        row.blame("post", "请填写书记、副书记、支部委员或党员。")
    _read_groups(row, plan, groups)
    return plan


def _read_branch(row: Row, plan: PersonPlan, places: Places, actor: Actor) -> None:
    def against(place: Organisation) -> str | None:
        if OrganisationKind(place.kind) not in PARTY_KINDS:
            return "这个单位不是党组织，请填写党支部。"
        return None if _reaches(actor, place.path) else OUT_OF_REACH

    text = row.values["branch"]
    if not text:
        row.blame("branch", "请填写支部。")
        return
    found, reason = places.one(text, against)
    if found is None:
        row.blame("branch", reason)
    else:
        plan.branch_id = found.id


def _reaches(actor: Actor, path: str) -> bool:
    return actor.kind is ActorKind.SYSTEM or actor.reaches(path, *KEEPERS)


def _read_groups(row: Row, plan: PersonPlan, groups: dict[str, int]) -> None:
    named = parts_of(row.values.get("groups", ""))
    if any(name not in groups for name in named):
        row.blame("groups", "有未登记的群体，请先在“党员群体”页面添加，或改用已有的名称。")
    elif len(named) > MOST_GROUPS:
        row.blame("groups", f"最多 {MOST_GROUPS} 个群体。")
    elif named:
        plan.groups = sorted(groups[name] for name in named)


class _Matching:
    """Finds the person that a row is about, and refuses where two could be meant."""

    def __init__(self, register: Register, actor: Actor) -> None:
        self._register = register
        self._actor = actor
        self._paths: dict[int, str] = {}
        self._lines: dict[object, int] = {}
        self._new: dict[tuple[int, str], tuple[int, bool]] = {}

    def match(self, row: Row, plan: PersonPlan) -> None:
        """Set what the row would do."""
        known = self._known(row, plan)
        if row.faults or self._seen_before(row, plan, known):
            return
        if known is None:
            self._note_new(row, plan)
            return
        if not _reaches(self._actor, self._path(known.branch_id)):
            row.blame("name", "此人登记在您管理范围以外的支部，请联系对方党组织转接。")
            return
        plan.person_id = known.id
        plan.changes = _changes(plan, known)
        plan.outcome = Outcome.CHANGED if plan.changes else Outcome.UNCHANGED

    def _known(self, row: Row, plan: PersonPlan) -> Known | None:
        by_code = self._register.by_code.get(plan.code) if plan.code else None
        by_phone = self._register.by_phone.get(plan.phone_hash) if plan.phone_hash else None
        if by_code is not None:
            if by_phone is not None and by_phone.id != by_code.id:
                row.blame("phone", "这个手机号登记在另一名党员名下，与编号不是同一人。")
            return by_code
        if by_phone is not None:
            if by_phone.name != plan.name:
                row.blame("phone", "这个手机号登记在另一名党员名下，请核对。")
            elif plan.code and by_phone.code:
                row.blame("code", "与此人已登记的编号不同，请核对。")
            return by_phone
        return self._of_name(row, plan)

    def _of_name(self, row: Row, plan: PersonPlan) -> Known | None:
        same = self._register.by_name.get((plan.branch_id, plan.name), [])
        # Who has another code is somebody else of the same name.
        same = [one for one in same if not (plan.code and one.code)]
        same = [one for one in same if one.active] or same
        if len(same) > 1:
            row.blame("name", "该支部有同名党员，请填写编号或已登记的手机号以便区分。")
            return None
        if same and plan.phone_hash and same[0].phone_hash:
            reason = "同名党员已登记了另一个手机号；同一人请在其资料中修改，不同的人请填写编号。"
            row.blame("phone", reason)
            return None
        return same[0] if same else None

    def _seen_before(self, row: Row, plan: PersonPlan, known: Known | None) -> bool:
        keys: list[tuple[str, object]] = [
            ("code", plan.code),
            ("phone", plan.phone_hash),
            ("name", known.id if known else None),
        ]
        wanted = [(name, key) for name, key in keys if key]
        for name, key in wanted:
            if (name, key) in self._lines:
                row.blame(name, f"与第 {self._lines[name, key]} 行重复。")
                return True
        self._lines.update(dict.fromkeys(wanted, row.line))
        return False

    def _note_new(self, row: Row, plan: PersonPlan) -> None:
        """Take a row for a new person, unless another new one can't be told from it."""
        key, told_apart = (plan.branch_id, plan.name), bool(plan.code or plan.phone)
        line, former = self._new.setdefault(key, (row.line, told_apart))
        if line != row.line and not (told_apart and former):
            row.blame("name", f"与第 {line} 行同名；不同的人请都填写编号或手机号。")
            return
        plan.outcome = Outcome.NEW

    def _path(self, branch_id: int) -> str:
        if branch_id not in self._paths:
            self._paths[branch_id] = identity.organisation(branch_id).path
        return self._paths[branch_id]


def _changes(plan: PersonPlan, known: Known) -> list[str]:
    """Return which fields a row changes. A blank cell changes nothing."""
    moves = known.branch_id != plan.branch_id or not known.active
    differs = {
        "name": plan.name != known.name,
        "branch": known.branch_id != plan.branch_id,
        "active": not known.active,
        "phone": bool(plan.phone_hash) and plan.phone_hash != known.phone_hash,
        "code": bool(plan.code) and plan.code != known.code,
        "post": plan.stands_as != known.post if moves else plan.post not in {None, known.post},
        "groups": plan.groups is not None and plan.groups != sorted(known.groups),
    }
    return [name for name, changed in differs.items() if changed]


def _check_secretaries(
    rows: Sequence[Row], plans: Sequence[PersonPlan], register: Register
) -> None:
    """Note a fault in each row that would give a branch its second secretary.

    A fault keeps that row's person where it is, which may be another branch's secretary's place:
    so it goes on until no fault is new.
    """
    pairs = list(zip(rows, plans, strict=True))
    while True:
        good = [(row, plan) for row, plan in pairs if not row.faults]
        standing = _standing_secretaries([plan for _, plan in good], register)
        lines: dict[int, int] = {}
        for row, plan in good:
            if plan.post is not Post.SECRETARY:
                continue
            if plan.branch_id in lines:
                row.blame("post", f"第 {lines[plan.branch_id]} 行已是该支部书记。")
            elif standing.get(plan.branch_id, plan.person_id) != plan.person_id:
                row.blame("post", "该支部已有书记，请先在其资料中办理继任。")
            else:
                lines[plan.branch_id] = row.line
        if not any(row.faults for row, _ in good):
            return


def _standing_secretaries(plans: Iterable[PersonPlan], register: Register) -> dict[int, UUID]:
    """Return each branch's secretary, without those whom a row moves or gives another post."""
    by_person = {plan.person_id: plan for plan in plans if plan.person_id}

    def stays(branch_id: int, person_id: UUID) -> bool:
        plan = by_person.get(person_id)
        return plan is None or (plan.branch_id == branch_id and plan.post in {None, Post.SECRETARY})

    return {
        branch_id: person_id
        for branch_id, person_id in register.secretaries.items()
        if stays(branch_id, person_id)
    }


def apply_people(plans: Iterable[PersonPlan], actor: Actor, now: datetime) -> None:
    """Do what the plans say, in the caller's transaction; former secretaries step down first."""
    wanted = list(plans)
    changed = {plan.person_id: plan for plan in wanted if plan.outcome is Outcome.CHANGED}
    persons = queries.persons_for_update([one for one in changed if one is not None])
    before = {identifier: posts.held(person) for identifier, person in persons.items()}
    for person in persons.values():
        if person.post == Post.SECRETARY and "post" in changed[person.id].changes:
            person.post = Post.MEMBER.value
    db.session.flush()
    for person in persons.values():
        _change(person, changed[person.id], actor, now)
    db.session.flush()
    departed([one for one in persons if "branch" in changed[one].changes])
    for person in persons.values():
        posts.keep_in_step(person, before[person.id], now)
    _insert([plan for plan in wanted if plan.outcome is Outcome.NEW], actor, now)


def _change(person: Person, plan: PersonPlan, actor: Actor, now: datetime) -> None:
    changes: Collection[str] = plan.changes
    if "active" in changes:
        person.active = True
        note_move(person, Move.RETURNED, None, plan.branch_id, actor, now)
    elif "branch" in changes:
        note_move(person, Move.MOVED, person.branch_id, plan.branch_id, actor, now)
    person.branch_id = plan.branch_id
    if "name" in changes:
        person.name_sealed = seal_name(plan.name)
    if "phone" in changes:
        person.phone_sealed, person.phone_hash = seal_phone(plan.phone), plan.phone_hash
    if "code" in changes:
        person.code = plan.code
    if "groups" in changes:
        person.groups = plan.groups or []
    if "post" in changes:
        person.post = plan.stands_as.value


def _insert(plans: Sequence[PersonPlan], actor: Actor, now: datetime) -> None:
    if not plans:
        return
    ids = [uuid4() for _ in plans]
    db.session.execute(
        insert(Person),
        [
            {
                "id": identifier,
                "branch_id": plan.branch_id,
                "name_sealed": seal_name(plan.name),
                "phone_sealed": seal_phone(plan.phone) if plan.phone else None,
                "phone_hash": plan.phone_hash,
                "code": plan.code or None,
                "groups": plan.groups or [],
                "post": plan.stands_as.value,
                "active": True,
                "created_at": now,
            }
            for identifier, plan in zip(ids, plans, strict=True)
        ],
    )
    db.session.execute(
        insert(PersonMove),
        [
            {
                "person_id": identifier,
                "kind": Move.JOINED.value,
                "to_branch_id": plan.branch_id,
                "moved_on": local_date(now),
                "moved_by": actor.id,
            }
            for identifier, plan in zip(ids, plans, strict=True)
        ],
    )
