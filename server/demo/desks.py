"""The demo city's accounts as actors."""

from server.core.access import Actor, ActorKind
from server.identity import queries as identity


def desk(name: str) -> Actor:
    """Return the actor of an account of config/demo-city.yaml."""
    account = identity.account_by_name(name)
    if account is None:
        raise LookupError(name)
    return Actor(ActorKind.ACCOUNT, account.id, identity.access_grants(account_id=account.id))
