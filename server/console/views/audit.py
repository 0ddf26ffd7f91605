"""The audit log: who did what, when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask import request

from server.audit import queries
from server.audit.queries import AuditEntry
from server.campaigns import queries as campaigns
from server.console import audit_details
from server.console.blueprint import console
from server.console.people import names_of
from server.console.query import searched
from server.console.rendering import page
from server.console.words import DOMAINS, OFFICE_DOMAINS
from server.core.access import Role, current_actor, requires
from server.core.clock import SHANGHAI
from server.identity import queries as identity
from server.settings.rules import SETTINGS

# Details whose value is an organisation's id.
PLACE_DETAILS = ("department", "organisation", "parent")
# Details whose values are accounts' ids.
ACCOUNT_DETAILS = ("in_stead_of", "delegate")
# Details whose value is a campaign's id.
CAMPAIGN_DETAILS = ("campaign", "original")


@console.get("/audit")
@requires(Role.ADMINISTRATOR, Role.AUDITOR, Role.OFFICE)
def list_audit() -> str:
    """List entries, newest first; the office sees those of its own work."""
    wide = current_actor().has(Role.ADMINISTRATOR, Role.AUDITOR)
    domains = DOMAINS if wide else {code: DOMAINS[code] for code in OFFICE_DOMAINS}
    domain = request.args.get("domain", "")
    wanted = [domain] if domain in domains else [] if wide else list(domains)
    name = searched("name")
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
        people=names_of(_accounts(found.items)),
        subjects=_subjects(found.items),
        places=_places(found.items),
        titles=_titles(found.items),
        label_of=audit_details.label_of,
        words_of=audit_details.words_of,
        domains=domains.items(),
        domain=domain,
        name=name,
        day=request.args.get("day", ""),
    )


def _accounts(entries: Sequence[AuditEntry]) -> set[str | None]:
    """Return the accounts that entries name: who acted, in whose stead, and delegates."""
    named = {
        one
        for entry in entries
        for key in ACCOUNT_DETAILS
        for one in str(entry.detail.get(key) or "").split(", ")
    }
    return {entry.actor_id for entry in entries} | (named - {""})


def _end_of(day: str) -> datetime | None:
    """Return when a day ends in Asia/Shanghai, or None for what is no day."""
    try:
        midnight = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
    return midnight + timedelta(days=1)


def _subjects(entries: Sequence[AuditEntry]) -> dict[tuple[str, str], str]:
    """Return the names of the campaigns, organisations and accounts that entries are about."""
    ids: dict[str, set[str]] = {"campaign": set(), "organisation": set(), "account": set()}
    for entry in entries:
        if entry.subject_kind in ids:
            ids[entry.subject_kind].add(entry.subject_id)
    titles = campaigns.titles(map(int, ids["campaign"])) if ids["campaign"] else {}
    organisations = identity.organisation_names(map(int, ids["organisation"]))
    return {
        **{("setting", key): setting.label for key, setting in SETTINGS.items()},
        **{("campaign", str(one)): title for one, title in titles.items()},
        **{("organisation", str(one)): name for one, name in organisations.items()},
        **{("account", one): name for one, name in names_of(ids["account"]).items()},
    }


def _titles(entries: Sequence[AuditEntry]) -> dict[int, str]:
    """Return the titles of the campaigns that stand in entries' details."""
    found = {entry.detail.get(key) for entry in entries for key in CAMPAIGN_DETAILS}
    wanted = [one for one in found if isinstance(one, int)]
    return campaigns.titles(wanted) if wanted else {}


def _places(entries: Sequence[AuditEntry]) -> dict[int, str]:
    """Return the names of the organisations that stand in entries' details."""
    found = {entry.detail.get(key) for entry in entries for key in PLACE_DETAILS}
    return identity.organisation_names(one for one in found if isinstance(one, int))
