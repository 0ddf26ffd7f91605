"""A branch with its secretary and two members, and what they were told."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from server.core.database import db
from server.identity.models import Organisation
from server.membership.rules import Post
from server.notifications.models import Notice
from tests.factories.members import Comrade, PersonFactory

Told = Callable[[Comrade], list[tuple[str, str]]]


@dataclass
class People:
    """Who is who in the first branch, and one of the second."""

    secretary: Comrade
    anna: Comrade
    bo: Comrade
    stranger: Comrade


@pytest.fixture
def people(branch: Organisation, other_branch: Organisation, person: PersonFactory) -> People:
    return People(
        secretary=person(branch.id, "书记", key="secretary", post=Post.SECRETARY),
        anna=person(branch.id, "安娜", key="anna"),
        bo=person(branch.id, "薄明", key="bo"),
        stranger=person(other_branch.id, "外人", key="stranger"),
    )


@pytest.fixture
def told() -> Told:
    """Return kind and body of what somebody was told, oldest first."""

    def notices(comrade: Comrade) -> list[tuple[str, str]]:
        db.session.expire_all()
        rows = db.session.scalars(
            select(Notice)
            .where(Notice.member_id == comrade.member_id, Notice.subject_kind == "activity")
            .order_by(Notice.created_at, Notice.id)
        )
        return [(row.kind, row.body) for row in rows]

    return notices
