"""The demo city's frontline log: entries at every step, experiences, and some effect ratings."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from server.activities import queries as activities
from server.core import clock
from server.core.access import Actor, ActorKind
from server.demo.desks import desk
from server.demo.persons import Node, party_plan
from server.frontline import service
from server.frontline.content import EntryContent, ExperienceContent
from server.frontline.rules import EntryState, ExperienceState, LinkKind, Served, Solution, Verdict
from server.identity import queries as identity
from server.identity import service as identity_service
from server.membership import queries as membership
from server.wechat.sandbox import openid_of

# Ids are drawn by phones; the demo's follow from their place in the plan.
NAMESPACE = UUID("6f1d2c54-7f0e-4c7e-9a55-3b5d3f2f8a10")
# Who leads a branch on the phone; the Party committee's officer stands in for the others.
SECRETARIES = {"登记注册处党支部": "secretary-01", "望江社区党支部": "secretary-02"}
STAFF, OFFICE = "party_staff", "office1"


def make_demo_log(activity_ids: dict[str, int], now: datetime) -> None:
    """Make entries, experiences and effect ratings."""
    plan = party_plan()
    for place, node in enumerate(plan["entries"]):
        _entry(uuid5(NAMESPACE, f"entry {place}"), node, activity_ids[node["activity"]], now)
    for place, node in enumerate(plan["experiences"]):
        _experience(uuid5(NAMESPACE, f"experience {place}"), node, now)


def _phone(key: str, now: datetime) -> Actor:
    member = identity_service.member_of_openid(openid_of(key), now)
    grants = identity.access_grants(member_id=member.id)
    return Actor(ActorKind.MEMBER, member.id, grants)


def _branch_reviewer(author: Actor, now: datetime) -> Actor:
    assert author.id is not None  # noqa: S101 a phone's actor has one
    branch = identity.organisation(membership.bound_person(author.id).branch_id)
    key = SECRETARIES.get(branch.name)
    return _phone(key, now) if key else desk(STAFF)


def _entry(entry_id: UUID, node: Node, activity_id: int, now: datetime) -> None:
    author = _phone(node["author"], now)
    activity = activities.activity(activity_id)
    written = min(activity.ends_at + timedelta(hours=1), now)
    service.put_entry(
        entry_id,
        EntryContent(
            activity=activity_id,
            community=activity.community_id,
            happened_on=clock.local_date(activity.starts_at),
            place=activity.place,
            units={activity.organiser_id: node["people"]},
            served=Served(node["served"]),
            solution=Solution(node["solution"]),
            problem=node["problem"],
            measures=node["measures"],
            hand_on=node.get("hand_on", False),
            lesson=node.get("lesson", ""),
        ),
        actor=author,
        now=written,
    )
    _review_entry(entry_id, node, _branch_reviewer(author, now), written)
    if "ratings" in node:
        # Some days ago: a rating is shown from the day after.
        _rate(entry_id, node["ratings"], author, written + timedelta(days=1))


def _review_entry(entry_id: UUID, node: Node, reviewer: Actor, written: datetime) -> None:
    state = EntryState(node["state"])
    if state is EntryState.SUBMITTED:
        return
    verdict = Verdict.RETURNED if state is EntryState.RETURNED else Verdict.APPROVED
    service.review_entry(
        entry_id, verdict=verdict, reason=node.get("reason", ""), actor=reviewer, now=written
    )
    if state is EntryState.APPROVED:
        service.review_entry(entry_id, verdict=Verdict.APPROVED, actor=desk(OFFICE), now=written)


def _rate(entry_id: UUID, levels: list[int], author: Actor, now: datetime) -> None:
    links = service.make_links(
        entry_id, kind=LinkKind.ONE_TIME, size=len(levels), actor=author, now=now
    )
    for code, level in zip(links.codes, levels, strict=True):
        service.rate(service.scene_of(code), level, member_id=None, now=now)


def _experience(experience_id: UUID, node: Node, now: datetime) -> None:
    author = _phone(node["author"], now)
    content = ExperienceContent(
        title=node["title"],
        body=node["body"],
        tags=tuple(node["tags"]),
        entry=uuid5(NAMESPACE, f"entry {node['entry']}"),
    )
    service.put_experience(experience_id, content, actor=author, now=now)
    service.submit_experience(experience_id, actor=author, now=now)
    if ExperienceState(node["state"]) is not ExperienceState.SHARED:
        return
    for reviewer in (_branch_reviewer(author, now), desk(OFFICE)):
        service.review_experience(experience_id, verdict=Verdict.APPROVED, actor=reviewer, now=now)
    for key, note in node.get("used_by", {}).items():
        service.use_experience(experience_id, note=note, actor=_phone(key, now), now=now)
