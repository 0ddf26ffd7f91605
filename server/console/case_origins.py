"""What is behind a case, as its page shows it: a rating, a source's matter, an entry, a finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.appeals import queries as appeals
from server.console.slices import page_after
from server.core.access import Actor
from server.core.errors import Refusal
from server.core.paging import Page
from server.evaluation import casework as ratings
from server.evaluation.casework import RatingBehind
from server.evaluation.content import Contact
from server.rectification import queries
from server.rectification.queries import Case, CaseOrigin
from server.rectification.rules import ORIGIN_LABELS, OriginKind
from server.sources import casework as sources
from server.sources.casework import MatterBehind

ORIGINS_A_PAGE = 5


@dataclass(frozen=True)
class Behind:
    """An origin of a case with what the reader may see of it; ``name`` tells it from the others."""

    origin: CaseOrigin
    name: str
    rating: RatingBehind | None = None
    matter: MatterBehind | None = None
    contested: bool = False

    @property
    def id(self) -> int:
        """The origin's id."""
        return self.origin.id

    @property
    def contestable(self) -> bool:
        """Tell whether the rating can be appealed against: it stands, is seen, and never was."""
        seen = self.rating is not None and self.rating.standing and not self.rating.withheld
        return seen and not self.contested

    def contact(self, *, actor: Actor, now: datetime) -> Contact:
        """Unseal the contact for a callback; the look is recorded with it."""
        if self.origin.kind == OriginKind.EVALUATION:
            return ratings.contact_of(self.origin, actor, now)
        if self.origin.kind == OriginKind.MATTER:
            return sources.contact_of(self.origin, actor, now)
        raise Refusal("case_without_contact", 409)


def behind(case: Case, actor: Actor, cursor: str | None = None) -> Page[Behind]:
    """Return a page of what registered a case and what joined it, in that order."""
    origins = queries.origins(case.id)
    found = page_after(origins, lambda one: one.id, cursor, ORIGINS_A_PAGE)
    named, contested = names(origins), _contested(found.items)
    return Page(
        [_read(one, named[one.id], actor, contested) for one in found.items], found.next_cursor
    )


def one_behind(case: Case, origin_id: int, actor: Actor) -> Behind:
    """Return one origin of a case with what the reader may see of it; refuse another's with 404."""
    origin = queries.origin(origin_id)
    if origin.case_id != case.id:
        raise Refusal("not_found", 404)
    named = names(queries.origins(case.id))
    return _read(origin, named[origin.id], actor, _contested([origin]))


def names(origins: Sequence[CaseOrigin]) -> dict[int, str]:
    """Return what tells a case's origins from each other, by their ids: a kind and a place."""
    if len(origins) == 1:
        return {one.id: ORIGIN_LABELS[OriginKind(one.kind)] for one in origins}
    return {
        one.id: f"{ORIGIN_LABELS[OriginKind(one.kind)]} {place}"
        for place, one in enumerate(origins, start=1)
    }


def _read(origin: CaseOrigin, name: str, actor: Actor, contested: set[int]) -> Behind:
    is_matter = origin.kind == OriginKind.MATTER
    return Behind(
        origin=origin,
        name=name,
        rating=_rating(origin, actor),
        matter=sources.matter_behind(origin, actor) if is_matter else None,
        contested=origin.id in contested,
    )


def contested_rating(campaign_id: int, evaluation_id: UUID, actor: Actor) -> Behind:
    """Return the rating that an appeal is about, as what is behind its case."""
    found = queries.case_of_origin(OriginKind.EVALUATION, f"{campaign_id}:{evaluation_id}")
    if found is None:
        raise Refusal("evaluation_unknown", 404)
    return _read(found[1], ORIGIN_LABELS[OriginKind.EVALUATION], actor, set())


def _rating(origin: CaseOrigin, actor: Actor) -> RatingBehind | None:
    if origin.kind != OriginKind.EVALUATION:
        return None
    return ratings.rating_behind(origin, actor)


def _contested(origins: Sequence[CaseOrigin]) -> set[int]:
    """Return the origins whose ratings have an appeal that was not taken back."""
    names = {ratings.rating_of(one): one.id for one in origins if one.kind == OriginKind.EVALUATION}
    return {names[one] for one in appeals.contested(list(names))}
