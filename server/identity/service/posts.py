"""Roles that come and go with a post on the phone."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert

from server.core.access import Role
from server.core.database import db
from server.identity.models import RoleGrant

Place = tuple[Role, int]


def exchange_roles(
    member_id: UUID, *, taken: Iterable[Place] = (), given: Iterable[Place] = (), now: datetime
) -> None:
    """Take roles at places from a member and give others; what is both taken and given stays.

    It writes no audit entry: the change of post is the caller's act and has one of its own, which
    names the person. One that names the member would join the two in the log for good.
    """
    wanted = set(given)
    gone = set(taken) - wanted
    if gone:
        db.session.execute(
            delete(RoleGrant).where(
                RoleGrant.member_id == member_id,
                tuple_(RoleGrant.role, RoleGrant.organisation_id).in_(
                    [(role.value, place) for role, place in gone]
                ),
            )
        )
    if wanted:
        db.session.execute(
            insert(RoleGrant)
            .values(
                [
                    {
                        "member_id": member_id,
                        "role": role.value,
                        "organisation_id": place,
                        "granted_at": now,
                    }
                    for role, place in sorted(wanted)
                ]
            )
            .on_conflict_do_nothing(constraint="uq_role_grant")
        )
