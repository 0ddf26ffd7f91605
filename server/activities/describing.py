"""Activities in the form of their schemas."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from server.activities import queries
from server.activities.rules import AUDIENCE_LABELS, KIND_LABELS, ActivityKind, Audience
from server.identity import queries as identity
from server.membership import queries as membership
from server.pictures import queries as pictures
from server.pictures.rules import PictureState


def describe_all(
    held: Sequence[queries.Activity], reader: queries.Reader, now: datetime
) -> list[dict[str, Any]]:
    """Return activities in the form of BriefSchema."""
    return [
        brief | {"kind_label": KIND_LABELS[ActivityKind(brief["kind"])]}
        for brief in queries.briefs(held, reader, now)
    ]


def describe(held: queries.Activity, reader: queries.Reader, now: datetime) -> dict[str, Any]:
    """Return an activity in the form of ActivitySchema."""
    (brief,) = describe_all([held], reader, now)
    names = membership.group_names() if held.audience_groups else {}
    agreement = queries.agreement(held.agreement_id) if held.agreement_id else None
    manages = queries.may_manage(held, reader.actor)
    return brief | {
        "description": held.description,
        "bring": held.bring,
        "community": identity.organisation(held.community_id) if held.community_id else None,
        "partners": queries.partners(held.id),
        "agreement": agreement,
        "audience": held.audience,
        "audience_label": AUDIENCE_LABELS[Audience(held.audience)],
        "audience_groups": [
            {"id": one, "name": names[one]} for one in held.audience_groups if one in names
        ],
        "fences": held.fences,
        "evidence": held.evidence,
        "evidence_needed": held.evidence_needed,
        "check_out": held.check_out,
        "pictures": _pictures(held.id, manages=manages),
        "revision": held.revision,
        "cancel_reason": held.cancel_reason,
        "may_manage": manages,
    }


def describe_standing(activity_id: int, person_id: UUID) -> dict[str, Any]:
    """Return where a person stands with an activity in the form of ParticipationSchema."""
    mine = queries.mine([activity_id], person_id)[activity_id]
    places = queries.places([activity_id])[activity_id]
    return {
        "standing": mine.standing,
        "number": mine.number,
        "ahead": mine.ahead,
        "taken": places.taken,
        "capacity": places.capacity,
    }


def _pictures(activity_id: int, *, manages: bool) -> list[dict[str, Any]]:
    """Return the pictures that passed; an organiser sees that others wait, not what they show."""
    found = pictures.of_subjects("activity", [activity_id])[str(activity_id)]
    return [
        {"id": one.id, "address": pictures.address(one) if passed else None}
        for one in found
        if (passed := one.state == PictureState.PASSED) or manages
    ]
