"""Reading links and the effect as it was rated; nothing here ever tells who rated."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from server.activities.rules import Quarter
from server.core import crockford
from server.core.access import Actor
from server.core.crypto import mac, unseal
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.frontline.authority import caller_of, may_organise, may_review
from server.frontline.disclosure import Levels, Rated, Shown, shown
from server.frontline.models import EffectLink, EffectRating, Entry
from server.frontline.queries import rows
from server.frontline.queries.entries import shown_entry
from server.frontline.rules import (
    CODE_LENGTH,
    CODE_PURPOSE,
    SCENE,
    EntryState,
    LinkKind,
    ReviewStep,
    days_of,
)
from server.identity import queries as identity
from server.settings import queries as settings
from server.settings.rules import SMALLEST_GROUP

LEVELS = (5, 4, 3, 2, 1)


@dataclass(frozen=True)
class EffectResult:
    """What may be told of an effect; ``count`` and ``distribution`` are None where withheld.

    ``distribution`` has all five levels. Who has not rated is in none of the figures.
    """

    withheld: bool = True
    count: int | None = None
    distribution: Mapping[int, int] | None = None

    @classmethod
    def of(cls, levels: Levels | None) -> "EffectResult":
        """Return the result of what may be shown."""
        if not levels:
            return cls()
        spread = {level: levels[level] for level in LEVELS}
        return cls(withheld=False, count=sum(spread.values()), distribution=spread)


@dataclass(frozen=True)
class RatedEntry:
    """What somebody who was served is shown before rating: the matter, and nobody's name."""

    entry_id: UUID
    branch: str
    place: str
    happened_on: date
    problem: str
    measures: str
    came: str
    expires_on: date
    kind: LinkKind


def code_hash(code: str) -> bytes:
    """Return the keyed hash that a link's code is looked up by."""
    return mac(standing_key("lookup"), b"effect code", crockford.normal(code).encode())


def open_code(link: EffectLink) -> str:
    """Return a poster's code in the clear."""
    if link.code_sealed is None:
        raise Refusal("effect_link_unknown", 404)
    return unseal(standing_key("codes"), link.code_sealed, CODE_PURPOSE).decode()


def code_of_scene(scene: str) -> str:
    """Return the code in a scene or typed text; refuse with 404 what can't be one."""
    found = SCENE.fullmatch(scene.strip())
    if found is None or not crockford.is_code(found[1], CODE_LENGTH):
        raise Refusal("effect_link_unknown", 404, field="scene")
    return crockford.normal(found[1])


def usable_link(code: str, today: date) -> tuple[EffectLink, Entry]:
    """Return a link that can be rated through today, with its entry.

    Refuses an unknown code with 404, one that is over with 410.
    """
    link = db.session.scalar(select(EffectLink).where(EffectLink.code_hash == code_hash(code)))
    if link is None:
        raise Refusal("effect_link_unknown", 404, field="scene")
    entry = rows.entry(link.entry_id)
    if entry.state != EntryState.APPROVED:
        raise Refusal("effect_link_unknown", 404, field="scene")
    if today > link.expires_on:
        raise Refusal("effect_link_over", 410)
    return link, entry


def rated_entry(scene: str, *, today: date) -> RatedEntry:
    """Return what a code asks about; refuses as ``usable_link`` does."""
    link, entry = usable_link(code_of_scene(scene), today)
    return RatedEntry(
        entry_id=entry.id,
        branch=identity.organisation(entry.branch_id).name,
        place=entry.place,
        happened_on=entry.happened_on,
        problem=entry.problem,
        measures=entry.measures,
        came=entry.came,
        expires_on=link.expires_on,
        kind=LinkKind(link.kind),
    )


def poster(entry_id: UUID) -> EffectLink | None:
    """Return an entry's poster, or None."""
    return db.session.scalar(
        select(EffectLink).where(
            EffectLink.entry_id == entry_id, EffectLink.kind == LinkKind.POSTER.value
        )
    )


def may_share(entry: Entry, actor: Actor) -> bool:
    """Tell whether somebody may make links to rate an entry: its author, branch and office."""
    path = identity.organisation(entry.branch_id).path
    return (
        caller_of(actor).person_id == entry.person_id
        or may_organise(actor, path)
        or may_review(actor, path, ReviewStep.OFFICE)
    )


def effect_of_entry(entry_id: UUID, actor: Actor, *, today: date) -> EffectResult:
    """Return what may be told of an entry's effect, to whoever may read the entry."""
    shown_entry(entry_id, actor)
    entry = rows.entry(entry_id)
    quarter = Quarter.of(entry.happened_on)
    found = _shown(quarter, branch_id=entry.branch_id, today=today)
    return EffectResult.of(found[entry.branch_id].entries.get(entry_id))


def effect_by_branch(quarter: Quarter, *, today: date) -> dict[int, EffectResult]:
    """Return what may be told of a quarter's effect by branch; who has no rating is left out."""
    return {
        branch_id: EffectResult.of(one.together)
        for branch_id, one in _shown(quarter, today=today).items()
    }


def _shown(quarter: Quarter, *, branch_id: int | None = None, today: date) -> dict[int, Shown]:
    query = (
        select(
            Entry.branch_id,
            EffectRating.entry_id,
            EffectRating.rated_on,
            EffectRating.level,
            func.count().label("number"),
        )
        .join(Entry, Entry.id == EffectRating.entry_id)
        .where(Entry.happened_on.between(*days_of(quarter)))
        .group_by(Entry.branch_id, EffectRating.entry_id, EffectRating.rated_on, EffectRating.level)
    )
    if branch_id is not None:
        query = query.where(Entry.branch_id == branch_id)
    by_branch: dict[int, list[Rated]] = defaultdict(list)
    for row in db.session.execute(query):
        by_branch[row.branch_id].append(Rated(row.entry_id, row.rated_on, row.level, row.number))
    smallest = smallest_group()
    found = {
        one: shown(ratings, smallest=smallest, today=today) for one, ratings in by_branch.items()
    }
    if branch_id is not None:
        found.setdefault(branch_id, Shown())
    return found


def smallest_group() -> int:
    """Return the smallest group whose figures are shown."""
    return int(settings.value(SMALLEST_GROUP))


def approval_quarters() -> Sequence[Quarter]:
    """Return the quarters in which entries were approved, that is, that may have a key."""
    first = func.date_trunc("quarter", func.timezone("Asia/Shanghai", Entry.approved_at))
    found = db.session.scalars(select(first).where(Entry.approved_at.is_not(None)).distinct())
    return [Quarter.of(moment.date()) for moment in found]
