"""Activities: the month, the list, one activity, and the map of a period."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, request, url_for

from server.activities import queries
from server.activities.calendar_file import calendar_answer
from server.activities.queries import Activity
from server.activities.rules import KIND_LABELS, STATE_LABELS, ActivityKind, ActivityState
from server.audit import queries as audit
from server.console import map_tiles
from server.console.blueprint import console
from server.console.forms import Form, FormSchema
from server.console.month import WEEKDAYS, Month, by_day, midnight
from server.console.people import names_of
from server.console.query import number, searched
from server.console.rendering import page
from server.console.scope import READERS, chosen_scopes
from server.core import clock
from server.core.access import Actor, current_actor, requires
from server.core.errors import Refusal
from server.core.paging import Page
from server.identity import queries as identity
from server.identity.queries import Organisation
from server.identity.rules import OrganisationKind
from server.membership import queries as membership
from server.pictures import queries as pictures
from server.pictures.rules import PictureState

KINDS = [(kind.value, words) for kind, words in KIND_LABELS.items()]
STATES = [(state.value, words) for state, words in STATE_LABELS.items()]
MOST_A_DAY = 4
USUAL_DAYS_ON_MAP = 30
MOST_DAYS_ON_MAP = 366
# Units that activities are looked up by; departments and enterprises have their branches.
FILTER_KINDS = frozenset(
    {
        OrganisationKind.CITY,
        OrganisationKind.DISTRICT,
        OrganisationKind.PARTY_COMMITTEE,
        OrganisationKind.GENERAL_BRANCH,
        OrganisationKind.BRANCH,
        OrganisationKind.COMMUNITY,
        OrganisationKind.VILLAGE,
        OrganisationKind.TRADE_UNION,
        OrganisationKind.YOUTH_LEAGUE,
        OrganisationKind.WOMENS_FEDERATION,
    }
)


def organisation_choices(actor: Actor) -> list[tuple[int, str]]:
    """Return the units below which somebody may look, as a tree."""
    return [
        (one.id, "　" * (one.path.count(".") - 1) + one.name)
        for one in identity.upper_organisations()
        if one.kind in FILTER_KINDS and actor.reaches(one.path, *READERS)
    ]


def chosen_kind() -> ActivityKind | None:
    """Return the kind that the page's query asks for."""
    code = request.args.get("kind", "")
    return ActivityKind(code) if code in KIND_LABELS else None


def held_between(
    frm: datetime, to: datetime, paths: Sequence[str], kind: ActivityKind | None = None
) -> list[Activity]:
    """Return what is held below some places of the tree, once each, by start."""
    found = {one.id: one for path in paths for one in queries.calendar(frm=frm, to=to, path=path)}
    wanted = [one for one in found.values() if kind is None or one.kind == kind]
    return sorted(wanted, key=lambda one: (one.starts_at, one.id))


def organiser_names(activities: Sequence[Activity]) -> dict[int, str]:
    """Return the names of activities' organisers."""
    return identity.organisation_names({one.organiser_id for one in activities})


def day_of(name: str) -> date | None:
    """Return a day of the page's query; what is none counts as not given."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None  # noqa: PLR2004 what the database reckons with


@console.get("/activities")
@requires(*READERS)
def show_calendar() -> str:
    """Show a month with what is held below the chosen organisation."""
    actor = current_actor()
    today = clock.today()
    month = Month.read(request.args.get("month", ""), today)
    paths, chosen = chosen_scopes(actor, number("organisation"))
    kind = chosen_kind()
    held = held_between(month.begins_at, month.ends_at, paths, kind)
    return page(
        "activity_calendar",
        month=month,
        days=by_day(held, month.weeks[0][0], month.weeks[-1][-1]),
        organisers=organiser_names(held),
        today=today,
        most=MOST_A_DAY,
        weekdays=WEEKDAYS,
        kinds=KINDS,
        kind=kind or "",
        organisations=organisation_choices(actor),
        organisation_id=chosen,
    )


@console.get("/activities/list")
@requires(*READERS)
def list_activities() -> str:
    """List activities, the latest first; search finds title, place and organiser."""
    actor = current_actor()
    paths, chosen = chosen_scopes(actor, number("organisation"))
    state = request.args.get("state", "")
    kind, day, q = chosen_kind(), day_of("day"), searched()
    found = (
        _of_day(day, paths, kind)
        if day
        else queries.activity_page(
            paths=paths,
            state=ActivityState(state) if state in STATE_LABELS else None,
            kind=kind,
            q=q,
            cursor=request.args.get("cursor"),
        )
    )
    return page(
        "activities",
        activities=found,
        places=queries.places([one.id for one in found.items]),
        organisers=organiser_names(found.items),
        kinds=KINDS,
        kind=kind or "",
        states=STATES,
        state=state,
        day=day,
        q=q,
        organisations=organisation_choices(actor),
        organisation_id=chosen,
        now=clock.now(),
    )


def _of_day(day: date, paths: Sequence[str], kind: ActivityKind | None) -> Page[Activity]:
    begins = midnight(day)
    return Page(held_between(begins, begins + timedelta(days=1), paths, kind), None)


def readable(activity_id: int) -> Activity:
    """Return an activity whose organiser or partner the signed-in person reaches; else refuse.

    A draft is its organiser's alone: a partner learns of it when it is announced.
    """
    found, actor = queries.activity(activity_id), current_actor()
    if actor.reaches(identity.organisation(found.organiser_id).path, *READERS):
        return found
    if found.announced_at is None:
        raise Refusal("activity_unknown", 404)
    if not any(actor.reaches(one.path, *READERS) for one in queries.partners(activity_id)):
        raise Refusal("not_allowed", 403)
    return found


def manageable(activity_id: int) -> Activity:
    """Return an activity that the signed-in person may change; refuse with 403."""
    found = queries.activity(activity_id)
    if not queries.may_manage(found, current_actor()):
        raise Refusal("not_allowed", 403)
    return found


@console.get("/activities/<int:activity_id>")
@requires(*READERS)
def show_activity(activity_id: int) -> str:
    """Show an activity: what, when, where, who takes part, and the steps that are open now."""
    return activity_page(readable(activity_id), Form(FormSchema()))


def activity_page(activity: Activity, form: Form) -> str:
    """Render an activity; ``form`` carries what went wrong with cancelling."""
    history = audit.entries(cursor=None, limit=20, subject=("activity", str(activity.id)))
    organiser = identity.organisation(activity.organiser_id)
    manages = queries.may_manage(activity, current_actor())
    return page(
        "activity",
        activity=activity,
        form=form,
        organiser=organiser,
        partners=queries.partners(activity.id),
        community=_organisation(activity.community_id),
        agreement=queries.agreement(activity.agreement_id) if activity.agreement_id else None,
        groups=membership.group_names(),
        places=queries.places([activity.id])[activity.id],
        picture_address=pictures.address,
        pictures=[
            one for one in pictures_of(activity) if manages or one.state == PictureState.PASSED
        ],
        manages=manages,
        map=mapped([activity]),
        history=history.items,
        people=names_of(entry.actor_id for entry in history.items),
        now=clock.now(),
    )


def pictures_of(activity: Activity) -> list[pictures.Picture]:
    """Return an activity's pictures in their order, whatever their check said."""
    return pictures.of_subjects("activity", [activity.id])[str(activity.id)]


def _organisation(organisation_id: int | None) -> Organisation | None:
    return identity.organisation(organisation_id) if organisation_id else None


def mapped(activities: Sequence[Activity], *, linked: bool = False) -> dict[str, Any]:
    """Return what the map's script draws, and let the page load the configured tiles."""
    return {
        "tiles": map_tiles.for_this_page().described(),
        "items": [
            {
                "id": one.id,
                "title": one.title,
                "kind": one.kind,
                "fences": one.fences,
                "address": url_for("console.show_activity", activity_id=one.id) if linked else "",
            }
            for one in activities
        ],
    }


@console.get("/activities/map")
@requires(*READERS)
def show_map() -> str:
    """Show the fences of what is held in a period, and the list of it beside the map."""
    actor = current_actor()
    paths, chosen = chosen_scopes(actor, number("organisation"))
    today = clock.today()
    frm = day_of("frm") or today
    to = min(
        max(day_of("to") or frm + timedelta(days=USUAL_DAYS_ON_MAP), frm),
        frm + timedelta(days=MOST_DAYS_ON_MAP),
    )
    kind = chosen_kind()
    held = [
        one
        for one in held_between(midnight(frm), midnight(to + timedelta(days=1)), paths, kind)
        if one.state == ActivityState.ANNOUNCED
    ]
    return page(
        "activity_map",
        activities=held,
        organisers=organiser_names(held),
        map=mapped(held, linked=True),
        tiles=map_tiles.for_this_page(),
        frm=frm,
        to=to,
        kinds=KINDS,
        kind=kind or "",
        organisations=organisation_choices(actor),
        organisation_id=chosen,
        now=clock.now(),
    )


@console.get("/activities/<int:activity_id>/calendar.ics")
@requires(*READERS)
def download_calendar(activity_id: int) -> Response:
    """Give an activity as a calendar file."""
    return calendar_answer(readable(activity_id), clock.now())
