"""Names of the accounts behind ids, for lists that show who did something."""

from collections.abc import Iterable
from uuid import UUID

from server.identity import queries as identity

SYSTEM = "系统"


def names_of(ids: Iterable[UUID | str | None]) -> dict[str, str]:
    """Return display names by id as text; None stands for the system itself."""
    wanted = {UUID(str(one)) for one in ids if one}
    names = identity.account_names(wanted) if wanted else {}
    return {"None": SYSTEM, **{str(one): name for one, name in names.items()}}
