"""The demo city's organisations, accounts and people, from config/demo-city.yaml."""

import json
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from flask import current_app
from sqlalchemy import event

from server.core.access import ROLE_LABELS, SYSTEM, Role
from server.core.database import db
from server.demo.persons import add_bound_person, add_unbound_persons, make_groups
from server.identity import queries, service
from server.identity.rules import OrganisationKind
from server.membership.rules import POST_LABELS, Post
from server.wechat.sandbox import openid_of

SOURCE = Path(__file__).parents[2] / "config" / "demo-city.yaml"
ACCOUNTS_FILE = "demo-accounts.json"
PEOPLE_FILE = Path("sandbox") / "people.json"
FACING = "enterprise"

Node = dict[str, Any]


def exists() -> bool:
    """Tell whether the database has a city, the demo's or a real one."""
    return queries.root() is not None


def make_demo_city(now: datetime) -> None:
    """Make organisations, accounts and people; a database that has a city stays as it is.

    The files with the accounts' passwords and the sandbox's people are written once the
    transaction is committed, so that they never speak of a city that was rolled back.
    """
    if exists():
        return
    plan: Node = yaml.safe_load(SOURCE.read_text())
    places = dict(_organisations(plan["organisations"], None, now))
    accounts = [_account(entry, places, now) for entry in plan["accounts"]]
    groups = make_groups(now)
    people = [_person(entry, places, groups, now) for entry in plan["people"]]
    add_unbound_persons(places, groups, now)
    _write_after_commit({Path(ACCOUNTS_FILE): accounts, PEOPLE_FILE: people})


def restore_accounts_file(now: datetime) -> None:
    """Where the demo city's accounts have lost their file, give them new passwords and write it.

    A database without each of the demo's accounts is somebody's own, and is left alone.
    """
    if (_var() / ACCOUNTS_FILE).exists():
        return
    plan: Node = yaml.safe_load(SOURCE.read_text())
    found = [(entry, queries.account_by_name(entry["name"])) for entry in plan["accounts"]]
    listed = []
    for entry, account in found:
        if account is None:
            return
        password = service.reset_password(account.id, actor=SYSTEM, now=now)
        service.set_password(account, password, must_change=False)
        listed.append(_listed_account(entry, password))
    _write_after_commit(
        {
            Path(ACCOUNTS_FILE): listed,
            PEOPLE_FILE: [_listed_person(entry) for entry in plan["people"]],
        }
    )


def _organisations(
    nodes: list[Node], parent_id: int | None, now: datetime
) -> Iterator[tuple[str, int]]:
    for node in nodes:
        duties = node.get("duties", [])
        organisation = service.create_organisation(
            name=node["name"],
            kind=OrganisationKind(node["kind"]),
            parent_id=parent_id,
            short_name=node.get("short_name", ""),
            aliases=node.get("aliases", []),
            duties=duties,
            enterprise_facing=FACING in duties,
            actor=SYSTEM,
            now=now,
        )
        yield organisation.name, organisation.id
        yield from _organisations(node.get("children", []), organisation.id, now)


def _account(entry: Node, places: dict[str, int], now: datetime) -> Node:
    account, password = service.create_account(
        name=entry["name"], display_name=entry["display_name"], actor=SYSTEM, now=now
    )
    # A demo is for looking around: its passwords need no change at the first sign-in.
    service.set_password(account, password, must_change=False)
    service.grant_role(
        Role(entry["role"]),
        places[entry["organisation"]],
        account_id=account.id,
        actor=SYSTEM,
        now=now,
    )
    return _listed_account(entry, password)


def _listed_account(entry: Node, password: str) -> Node:
    return {
        "name": entry["name"],
        "password": password,
        "display_name": entry["display_name"],
        "roles": [entry["role"]],
    }


def _person(entry: Node, places: dict[str, int], groups: dict[str, int], now: datetime) -> Node:
    if "post" in entry:
        add_bound_person(entry, places[entry["organisation"]], groups, now)
    elif "role" in entry:
        member = service.member_of_openid(openid_of(entry["key"]), now)
        service.grant_role(
            Role(entry["role"]),
            places[entry["organisation"]],
            member_id=member.id,
            actor=SYSTEM,
            now=now,
        )
    return _listed_person(entry)


def _listed_person(entry: Node) -> Node:
    label = ROLE_LABELS[Role(entry.get("role", Role.CITIZEN))]
    if "post" in entry:
        label = POST_LABELS[Post(entry["post"])]
    place = entry.get("organisation")
    return {
        "key": entry["key"],
        "name": entry["name"],
        "role_label": f"{label}（{place}）" if place else label,
    }


def _var() -> Path:
    folder: Path = current_app.config["CONFIGURATION"].var_dir
    return folder


def _write_after_commit(files: dict[Path, list[Node]]) -> None:
    folder = _var()

    def write(_session: object) -> None:
        for name, content in files.items():
            _write_private(folder / name, content)

    event.listen(db.session(), "after_commit", write, once=True)


def _write_private(path: Path, content: list[Node]) -> None:
    """Write a file that only its owner can read; it appears whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
    Path(draft).replace(path)
