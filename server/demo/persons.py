"""The demo city's Party members: some with a bound phone, most without one yet."""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from server.core.access import SYSTEM
from server.identity import service as identity
from server.membership import service
from server.membership.rules import Post
from server.wechat.platform import current_platform
from server.wechat.sandbox import openid_of

SOURCE = Path(__file__).parents[2] / "config" / "demo-party.yaml"
Node = dict[str, Any]


def party_plan() -> Node:
    """Return the plan of the demo's Party life."""
    plan: Node = yaml.safe_load(SOURCE.read_text())
    return plan


def make_groups(now: datetime) -> dict[str, int]:
    """Make the groups that coverage looks at; return their ids by name."""
    return {
        name: service.add_group(name, actor=SYSTEM, now=now).id for name in party_plan()["groups"]
    }


def add_bound_person(entry: Node, branch_id: int, groups: dict[str, int], now: datetime) -> None:
    """Add a person and bind the sandbox's phone of that key, by a one-time code like anybody's."""
    person = service.add_person(
        branch_id=branch_id,
        name=entry["name"],
        groups=[groups[name] for name in entry.get("groups", [])],
        post=Post(entry["post"]),
        actor=SYSTEM,
        now=now,
    )
    code = service.issue_binding_code(person.id, actor=SYSTEM, now=now)
    member = identity.member_of_openid(openid_of(entry["key"]), now)
    service.bind_with_code(code, member.id, now)


def add_unbound_persons(places: dict[str, int], groups: dict[str, int], now: datetime) -> None:
    """Add the persons without a phone; each has the number that the sandbox gives to ``name``.

    So anybody can sign in to the sandbox under that name and try the binding by phone number.
    """
    for branch, persons in party_plan()["persons"].items():
        for entry in persons:
            service.add_person(
                branch_id=places[branch],
                name=entry["name"],
                phone=current_platform().phone_number(f"sandbox:{entry['name']}:demo"),
                groups=[groups[name] for name in entry.get("groups", [])],
                post=Post(entry.get("post", Post.MEMBER)),
                actor=SYSTEM,
                now=now,
            )
