"""The steps of an activity: announcing, cancelling, and who takes part."""

from uuid import UUID

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from server.activities import queries, service
from server.activities.rules import ActivityState, Standing
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.query import searched
from server.console.rendering import page
from server.console.views.activities import activity_page, manageable
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import length
from server.core.text import CleanText
from server.identity import queries as identity
from server.membership import queries as membership

SHOWN = (Standing.JOINED, Standing.WALK_IN, Standing.WAITING)


class CancellingSchema(FormSchema):
    """Why an activity is cancelled."""

    reason = CleanText(required=True, validate=length(200, 1))


@console.post("/activities/<int:activity_id>/announcement")
@requires(Role.PARTY_STAFF)
def announce_activity(activity_id: int) -> Response:
    """Let members see a draft and join."""
    step(
        lambda: service.announce(activity_id, actor=current_actor(), now=clock.now()),
        "活动已发布。",
    )
    return redirect(url_for("console.show_activity", activity_id=activity_id))


@console.post("/activities/<int:activity_id>/cancellation")
@requires(Role.PARTY_STAFF)
def cancel_activity(activity_id: int) -> Response | tuple[str, int]:
    """Cancel an activity with a reason; who joined or waits is told."""
    activity = manageable(activity_id)

    def cancel(reason: str) -> int:
        return service.cancel(activity_id, reason, actor=current_actor(), now=clock.now()).id

    form = Form.posted(CancellingSchema())
    if form.submit(cancel) is None:
        return activity_page(activity, form), 422
    flash("活动已取消，已通知报名和候补的人。", "success")
    return redirect(url_for("console.show_activity", activity_id=activity_id))


@console.post("/activities/<int:activity_id>/deletion")
@requires(Role.PARTY_STAFF)
def delete_activity(activity_id: int) -> Response:
    """Remove a draft."""
    done = step(
        lambda: service.delete_draft(activity_id, actor=current_actor(), now=clock.now()),
        "草稿已删除。",
    )
    if done:
        return redirect(url_for("console.show_calendar"))
    return redirect(url_for("console.show_activity", activity_id=activity_id))


@console.get("/activities/<int:activity_id>/roster")
@requires(Role.PARTY_STAFF)
def show_activity_roster(activity_id: int) -> str:
    """Show who takes part and who waits, each in turn, and search for people to add."""
    activity = manageable(activity_id)
    rows = queries.roster(activity_id, SHOWN)
    q = searched()
    found = queries.candidates(activity, q, current_actor())
    branches = _branches([row.person_id for row in rows])
    return page(
        "activity_roster",
        activity=activity,
        roster=rows,
        names=membership.names(row.person_id for row in rows),
        branches=branches,
        places=queries.places([activity_id])[activity_id],
        candidates=found,
        units=identity.organisation_names({row.branch_id for row in found}),
        q=q,
        open=activity.state == ActivityState.ANNOUNCED and activity.ends_at > clock.now(),
        now=clock.now(),
    )


def _branches(person_ids: list[UUID]) -> dict[UUID, str]:
    branch_of = membership.branches_of(person_ids)
    names = identity.organisation_names(set(branch_of.values()))
    return {person: names.get(branch, "") for person, branch in branch_of.items()}


@console.post("/activities/<int:activity_id>/participants/<uuid:person_id>")
@requires(Role.PARTY_STAFF)
def add_participant(activity_id: int, person_id: UUID) -> Response:
    """Give a person a place."""
    step(
        lambda: service.add_participant(activity_id, person_id, current_actor(), clock.now()),
        "已加入名单并通知本人。",
    )
    return redirect(url_for("console.show_activity_roster", activity_id=activity_id))


@console.post("/activities/<int:activity_id>/participants/<uuid:person_id>/removal")
@requires(Role.PARTY_STAFF)
def remove_participant(activity_id: int, person_id: UUID) -> Response:
    """Take a person out."""
    step(
        lambda: service.remove_participant(activity_id, person_id, current_actor(), clock.now()),
        "已移出名单并通知本人。",
    )
    return redirect(url_for("console.show_activity_roster", activity_id=activity_id))
