"""Taking an organisation out of use, which persons may still stand in."""

from datetime import datetime

from server.core.access import Actor
from server.core.errors import Refusal
from server.identity import service as identity
from server.membership import queries


def retire_organisation(organisation_id: int, *, actor: Actor, now: datetime) -> None:
    """Take an organisation out of use; refuse while persons stand in it, with a phone or without.

    The lock that identity takes on the organisation is what adding a person waits for.
    """
    identity.set_organisation_active(organisation_id, active=False, actor=actor, now=now)
    if queries.branch_people([organisation_id]):
        raise Refusal("organisation_in_use", 409)
