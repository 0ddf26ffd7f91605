"""The matter behind a case: what its department and the office see, and how to call back."""

from dataclasses import dataclass
from datetime import datetime

from server.core.access import Actor, Role
from server.core.crypto import unseal
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.evaluation.content import Contact
from server.identity import queries as identity
from server.rectification import queries as cases
from server.rectification import service as rectification
from server.rectification.models import CaseOrigin
from server.rectification.rules import OriginKind
from server.sources.models import Source, SourceMatter
from server.sources.rules import CONTACT_PURPOSE, KEY_NAME

READERS = (Role.LIAISON, Role.HEAD, Role.OFFICE, Role.INSPECTOR, Role.ADJUDICATOR)
CALLERS = (Role.LIAISON, Role.HEAD)
# What a matter's rating is known by, beside the matter itself.
RATING_MARK = ":rating"


@dataclass(frozen=True, kw_only=True)
class MatterBehind:
    """A matter as its newest version says; ``level`` is the rating that came with it, if any."""

    id: int
    source_name: str
    ticket: str
    happened_at: datetime
    subject: str
    body: str
    reply: str
    replied_at: datetime | None
    level: int | None
    is_rating: bool
    has_contact: bool
    standing: bool


def origin_name(matter_id: int, *, rating: bool) -> str:
    """Return what a case knows a matter, or the rating that came with it, by."""
    return f"{matter_id}{RATING_MARK if rating else ''}"


def matter_behind(origin: CaseOrigin, actor: Actor) -> MatterBehind:
    """Return the matter that registered a case or joined it.

    Refuses who neither speaks for the case's department nor oversees it, and an origin that is no
    matter, with 404.
    """
    _require(origin, actor, *READERS)
    matter = _matter(origin)
    return MatterBehind(
        id=matter.id,
        source_name=db.session.get_one(Source, matter.source_id).name,
        ticket=matter.ticket,
        happened_at=matter.happened_at,
        subject=matter.subject,
        body=matter.body,
        reply=matter.reply,
        replied_at=matter.replied_at,
        level=matter.level,
        is_rating=origin.origin_id.endswith(RATING_MARK),
        has_contact=matter.contact_sealed is not None,
        standing=origin.released_at is None,
    )


def contact_of(origin: CaseOrigin, actor: Actor, now: datetime) -> Contact:
    """Have the look recorded, then unseal a rater's contact for calling back.

    Only for the case's own department and its office, and while the case is open. The caller
    commits before it shows anything. A source hands over one text, mostly a number.
    """
    _require(origin, actor, *CALLERS)
    rectification.show_contact(origin.id, actor=actor, now=now)
    sealed = _matter(origin).contact_sealed
    if sealed is None:
        raise Refusal("case_without_contact", 409)
    contact = unseal(standing_key(KEY_NAME), bytes(sealed), CONTACT_PURPOSE).decode()
    return Contact("", contact)


def _require(origin: CaseOrigin, actor: Actor, *roles: Role) -> None:
    # Of the department that has the case today: after a transfer the former one sees it no more.
    department = cases.case(origin.case_id).department_id
    actor.require(identity.organisation(department).path, *roles)


def _matter(origin: CaseOrigin) -> SourceMatter:
    if origin.kind != OriginKind.MATTER:
        raise Refusal("matter_unknown", 404)
    found = db.session.get(SourceMatter, int(origin.origin_id.removesuffix(RATING_MARK)))
    if found is None:
        raise Refusal("matter_unknown", 404)
    return found
