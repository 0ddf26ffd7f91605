"""The audit log: who did what, when."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import request

from server.audit import queries
from server.console.blueprint import console
from server.console.people import names_of
from server.console.rendering import page
from server.console.words import DOMAINS, OFFICE_DOMAINS
from server.core.access import Role, current_actor, requires
from server.core.clock import SHANGHAI
from server.identity import queries as identity


@console.get("/audit")
@requires(Role.ADMINISTRATOR, Role.AUDITOR, Role.OFFICE)
def list_audit() -> str:
    """List entries, newest first; the office sees those of its own work."""
    wide = current_actor().has(Role.ADMINISTRATOR, Role.AUDITOR)
    domains = DOMAINS if wide else {code: DOMAINS[code] for code in OFFICE_DOMAINS}
    domain = request.args.get("domain", "")
    wanted = [domain] if domain in domains else [] if wide else list(domains)
    name = request.args.get("name", "").strip()
    account = identity.account_by_name(name) if name else None
    found = queries.entries(
        cursor=request.args.get("cursor"),
        within=[f"{code}." for code in wanted],
        # A name that nobody has finds nothing, rather than everything.
        actor_id=account.id if account else UUID(int=0) if name else None,
        before=_end_of(request.args.get("day", "")),
    )
    return page(
        "audit",
        entries=found,
        people=names_of(entry.actor_id for entry in found.items),
        domains=domains.items(),
        domain=domain,
        name=name,
        day=request.args.get("day", ""),
    )


def _end_of(day: str) -> datetime | None:
    """Return when a day ends in Asia/Shanghai, or None for what is no day."""
    try:
        midnight = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
    return midnight + timedelta(days=1)
