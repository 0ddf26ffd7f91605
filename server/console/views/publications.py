"""Publishing: history, the preview of a new version with what changes, and publishing it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.campaigns import queries as campaigns
from server.campaigns import service as campaign_service
from server.campaigns.queries import Campaign
from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.people import names_of
from server.console.query import number, searched
from server.console.rendering import page
from server.console.slices import page_after
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import Refusal
from server.core.text import CleanText
from server.publication import queries, service
from server.publication.differences import changes, names_in
from server.publication.rules import LONGEST_NOTE
from server.publication.service import Preview
from server.scoring import canonical
from server.scoring import queries as scoring
from server.scoring.queries import ScoreRun
from server.scoring.rules import RunState

DEPARTMENTS_A_PAGE = 50
MOST_CHANGES = 200


class PublicationSchema(FormSchema):
    """What is published: a computation or none, the document looked at, and why."""

    run = fields.UUID(load_default=None, allow_none=True)
    digest = fields.String(required=True)
    note = CleanText(load_default="")


@console.get("/campaigns/<int:campaign_id>/publications")
@requires(Role.OFFICE)
def show_publications(campaign_id: int) -> str:
    """Show every version, and the computations that a new one can be made with."""
    campaign = _own(campaign_id)
    versions = queries.versions(campaign_id)
    runs = _publishable(campaign_id)
    return page(
        "publications",
        campaign=campaign,
        versions=versions,
        runs=runs,
        schemes={run.scheme_id: scoring.stored_scheme(run.scheme_id) for run in runs},
        people=names_of(version.published_by for version in versions),
    )


@console.get("/campaigns/<int:campaign_id>/publications/preview")
@requires(Role.OFFICE)
def preview_publication(campaign_id: int) -> str:
    """Show exactly what the public will see, what is withheld and why, and what changes."""
    _own(campaign_id)
    run = _run_asked()
    found = service.preview(campaign_id, score_run_id=run)
    digest = canonical.digest(found.document)
    return _preview(campaign_id, run, found, Form(PublicationSchema(), {"digest": digest}))


@console.post("/campaigns/<int:campaign_id>/publications")
@requires(Role.OFFICE)
def publish(campaign_id: int) -> Response | tuple[str, int]:
    """Publish what was looked at; where it has changed meanwhile, show it anew."""
    _own(campaign_id)
    form = Form.posted(PublicationSchema())

    def carry_out(run: UUID | None, digest: str, note: str) -> int:
        return service.publish(
            campaign_id,
            score_run_id=run,
            note=note,
            digest=digest,
            actor=current_actor(),
            now=clock.now(),
        ).version

    version = form.submit(carry_out)
    if version is None:
        run = _run_asked()
        found = service.preview(campaign_id, score_run_id=run)
        # What is shown below is what the next attempt publishes.
        form.put("digest", canonical.digest(found.document))
        return _preview(campaign_id, run, found, form), 422
    flash(f"第 {version} 版已公布。", "success")
    return redirect(url_for("console.show_publications", campaign_id=campaign_id))


@console.get("/campaigns/<int:campaign_id>/publications/<int:version>")
@requires(Role.OFFICE)
def show_publication(campaign_id: int, version: int) -> str:
    """Show one version: what it says of each department, and what it changed."""
    campaign = _own(campaign_id)
    found = queries.published(campaign_id, version)
    earlier = queries.published(campaign_id, version - 1) if version > 1 else None
    q = searched()
    departments = found.document["departments"]
    matching = queries.matching(departments, q)
    return page(
        "publication",
        campaign=campaign,
        publication=found,
        document=found.document,
        people=names_of([found.published_by]),
        changes=changes(earlier.document, found.document) if earlier else [],
        names=names_in(*([earlier.document] if earlier else []), found.document),
        most=MOST_CHANGES,
        departments=page_after(
            matching, lambda one: one["id"], request.args.get("cursor"), DEPARTMENTS_A_PAGE
        ),
        department=_department_asked(departments),
        q=q,
    )


def _own(campaign_id: int) -> Campaign:
    """Return a campaign all of whose departments the signed-in person's office reaches."""
    campaign = campaigns.public_campaign(campaign_id)
    campaign_service.require_office(campaigns.department_paths(campaign_id), current_actor())
    return campaign


def _publishable(campaign_id: int) -> list[ScoreRun]:
    return [
        run
        for run in scoring.runs(campaign_id)
        if run.state == RunState.DONE.value and not run.set_apart
    ]


def _run_asked() -> UUID | None:
    asked = request.values.get("run", "")
    try:
        return UUID(asked) if asked else None
    except ValueError as error:
        raise Refusal("not_found", 404) from error


def _preview(campaign_id: int, run: UUID | None, found: Preview, form: Form) -> str:
    reasons: Counter[Any] = Counter()
    for choice in found.withheld.values():
        reasons.update(choice.reasons)
    departments = found.document["departments"]
    current = queries.current(campaign_id)
    return page(
        "publication_preview",
        campaign=campaigns.public_campaign(campaign_id),
        run=run,
        found=found,
        document=found.document,
        reasons=reasons,
        names=names_in(*([current.document] if current else []), found.document),
        few=_few_changed(found),
        most=MOST_CHANGES,
        lost=_loses_scores(found),
        department=_department_asked(departments),
        departments=page_after(
            departments, lambda one: one["id"], request.args.get("cursor"), DEPARTMENTS_A_PAGE
        ),
        form=form,
        longest=LONGEST_NOTE,
    )


def _department_asked(departments: Sequence[queries.Node]) -> queries.Node | None:
    """Return the department that is looked at closely, if any."""
    asked = number("department")
    return next((one for one in departments if one["id"] == asked), None)


def _loses_scores(found: Preview) -> bool:
    """Tell whether the last version has scores and this one would not."""
    return any(change.place == ("scheme",) and change.after is None for change in found.changes)


def _few_changed(found: Preview) -> list[str]:
    """Name the groups whose number of ratings changes by fewer than the smallest group.

    Who keeps both versions can subtract them: the office is told before it publishes.
    """
    smallest = found.document["smallest_group"]
    return sorted(
        {
            change.name
            for change in found.changes
            if change.place[:1] == ("channels",)
            and change.place[-1:] == ("count",)
            and isinstance(change.before, int)
            and isinstance(change.after, int)
            and 0 < abs(change.before - change.after) < smallest
        }
    )
