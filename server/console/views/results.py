"""Results of closed campaigns: the office sees what stands, everybody else what is published."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from server.campaigns import queries as campaigns
from server.campaigns.queries import Campaign
from server.campaigns.rules import CampaignState
from server.console.blueprint import console
from server.console.query import searched
from server.console.rendering import page
from server.console.slices import page_after
from server.core import clock
from server.core.access import Actor, Role, current_actor, requires
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation import seals
from server.identity import queries as identity
from server.publication import live
from server.publication import queries as publications

# These see every department; liaisons, heads and inspectors those that their grants reach.
WIDE = (Role.OFFICE, Role.AUDITOR, Role.PARTY_STAFF, Role.METHOD_OWNER, Role.ADJUDICATOR)
NARROW = (Role.INSPECTOR, Role.LIAISON, Role.HEAD)
DEPARTMENTS_A_PAGE = 20

Node = Mapping[str, Any]


@console.get("/results")
@requires(*WIDE, *NARROW)
def list_results() -> str:
    """List campaigns: results of the closed ones, the seal of the open ones."""
    q = searched()
    found = campaigns.campaign_page(
        states=[CampaignState.OPEN, CampaignState.CLOSED], q=q, cursor=request.args.get("cursor")
    )
    versions = publications.current_versions(campaign.id for campaign in found.items)
    broken = {one.campaign_id for one in seals.broken([campaign.id for campaign in found.items])}
    return page("results", campaigns=found, versions=versions, broken=broken, q=q)


@console.get("/campaigns/<int:campaign_id>/results")
@requires(*WIDE, *NARROW)
def show_results(campaign_id: int) -> str:
    """Show departments by channels; the seal while the campaign is open."""
    campaign = campaigns.public_campaign(campaign_id)
    if _interim_open(campaign):
        return _show_interim(campaign)
    if waiting := _not_yet(campaign):
        return waiting
    actor = current_actor()
    inside = _inside(actor, campaigns.department_paths(campaign_id))
    published = publications.current(campaign_id)
    if published is None and not inside:
        return page("unpublished", campaign=campaign)
    q = searched()
    if inside or published is None:
        document: Mapping[str, Any] = live.overview(campaign_id)
    else:
        document = published.document
    matching = publications.matching(document["departments"], q)
    departments = reached(actor, matching)
    cursor = request.args.get("cursor")
    return page(
        "campaign_results",
        campaign=campaign,
        document=document,
        departments=page_after(departments, lambda one: one["id"], cursor, DEPARTMENTS_A_PAGE),
        published=published,
        inside=inside,
        q=q,
    )


@console.get("/campaigns/<int:campaign_id>/results/<int:department_id>")
@requires(*WIDE, *NARROW)
def show_department_result(campaign_id: int, department_id: int) -> str:
    """Show one department's result with its leaves."""
    campaign = campaigns.public_campaign(campaign_id)
    if _interim_open(campaign):
        return _show_interim_department(campaign, department_id)
    if waiting := _not_yet(campaign):
        return waiting
    actor = current_actor()
    organisation = identity.organisation(department_id)
    if not actor.has(*WIDE) and not actor.reaches(organisation.path, *NARROW):
        raise Refusal("not_allowed", 403)
    inside = _inside(actor, [organisation.path])
    published = publications.current(campaign_id)
    if published is None and not inside:
        return page("unpublished", campaign=campaign)
    if inside or published is None:
        document: Mapping[str, Any] = live.department(campaign_id, department_id)
        department: Node = document["departments"][0]
    else:
        document = published.document
        department = publications.department_of(published, department_id)
    return page(
        "department_result",
        campaign=campaign,
        document=document,
        department=department,
        published=published,
        inside=inside,
    )


def _interim_open(campaign: Campaign) -> bool:
    """Tell whether the signed-in person sees an open survey's results: its seal was broken."""
    if campaign.state != CampaignState.OPEN or not seals.is_broken(campaign.id):
        return False
    actor = current_actor()
    paths = campaigns.department_paths(campaign.id)
    return all(actor.reaches(path, Role.OFFICE) for path in paths)


def _note_look(campaign: Campaign, department_id: int | None = None) -> None:
    # Before anything is shown: a look that can't be recorded shows nothing.
    with transaction():
        seals.note_look(
            campaign.id, department_id=department_id, actor=current_actor(), now=clock.now()
        )


def _show_interim(campaign: Campaign) -> str:
    _note_look(campaign)
    document = live.interim_overview(campaign.id)
    q = searched()
    departments = publications.matching(document["departments"], q)
    cursor = request.args.get("cursor")
    return page(
        "campaign_results",
        campaign=campaign,
        document=document,
        departments=page_after(departments, lambda one: one["id"], cursor, DEPARTMENTS_A_PAGE),
        published=None,
        inside=True,
        broken=seals.broken([campaign.id]),
        q=q,
    )


def _show_interim_department(campaign: Campaign, department_id: int) -> str:
    _note_look(campaign, department_id)
    document = live.interim_department(campaign.id, department_id)
    return page(
        "department_result",
        campaign=campaign,
        document=document,
        department=document["departments"][0],
        published=None,
        inside=True,
        broken=seals.broken([campaign.id]),
    )


def reached(actor: Actor, departments: Sequence[Node]) -> Sequence[Node]:
    """Return the departments of a publication whose results somebody may see."""
    if actor.has(*WIDE):
        return departments
    paths = {
        one.id: one.path for one in identity.organisations_by_id([one["id"] for one in departments])
    }
    return [one for one in departments if actor.reaches(paths[one["id"]], *NARROW)]


def _inside(actor: Actor, paths: Sequence[str]) -> bool:
    """Tell whether somebody sees the office's own figures of the departments at ``paths``.

    A district's office has its district's, and of others' campaigns what is published.
    """
    reaches = all(actor.reaches(path, Role.OFFICE) for path in paths)
    return reaches and request.args.get("shown") != "published"


def _not_yet(campaign: Campaign) -> str | None:
    """Return the page of a campaign that has no results yet."""
    if campaign.state == CampaignState.OPEN:
        return page("sealed", campaign=campaign, shown_in="results")
    if campaign.settled_at is None:
        return page("settling", campaign=campaign)
    return None
