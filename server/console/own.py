"""The account of the person at the desk, for pages about that person alone."""

from uuid import UUID

from server.core.access import current_actor
from server.core.errors import Refusal


def own_account() -> UUID:
    """Return the signed-in account; refuse with 401 where there is none."""
    account_id = current_actor().id
    if account_id is None:
        raise Refusal("sign_in_needed", 401)
    return account_id
